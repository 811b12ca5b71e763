// Shows the runs that match the text, the data set and the kind of data, in every table, plot and section of runs.
(() => {
  "use strict";
  const form = document.getElementById("controls");
  const names = ["text", "dataset", "kind"];
  const [text, dataset, kind, count] = [...names, "count"].map((name) => document.getElementById(`filter-${name}`));
  const fields = { filter: text, dataset, kind };
  const filter = () => {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const one of document.querySelectorAll("[data-filter]")) {
      const fits =
        words.every((word) => one.dataset.filter.includes(word)) &&
        (!dataset.value || one.dataset.dataset === dataset.value) &&
        (!kind.value || one.dataset.kind === kind.value);
      one.toggleAttribute("hidden", !fits);
    }
    for (const part of document.querySelectorAll(".league, .dataset, .runs > li, .repeats")) {
      part.hidden = [...part.querySelectorAll("[data-filter]")].every((one) => one.hidden);
    }
    const rows = [...document.querySelectorAll(".board tbody tr")];
    count.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} rows`;
  };
  const changed = () => {
    for (const [name, field] of Object.entries(fields)) view.set(name, field.value.trim());
    filter();
  };
  for (const [name, field] of Object.entries(fields)) field.value = view.get(name);
  form.hidden = false;
  form.addEventListener("input", (event) => {
    if (event.target.id.startsWith("filter-")) changed();
  });
  form.addEventListener("reset", () => setTimeout(changed)); // once the fields are empty
  form.addEventListener("submit", (event) => event.preventDefault());
  filter();
})();
