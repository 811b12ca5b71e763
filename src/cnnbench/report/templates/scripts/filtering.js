// Shows the runs that match the text, the data set and the kind of data, in every table and plot of the first screen.
(() => {
  "use strict";
  const form = document.getElementById("controls");
  const [text, dataset, kind, count] = ["text", "dataset", "kind", "count"].map((name) =>
    document.getElementById(`filter-${name}`),
  );
  const filter = () => {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const one of document.querySelectorAll("[data-filter]")) {
      const fits =
        words.every((word) => one.dataset.filter.includes(word)) &&
        (!dataset.value || one.dataset.dataset === dataset.value) &&
        (!kind.value || one.dataset.kind === kind.value);
      one.toggleAttribute("hidden", !fits);
    }
    for (const board of document.querySelectorAll(".board")) {
      board.hidden = [...board.tBodies[0].rows].every((row) => row.hidden);
    }
    const rows = [...document.querySelectorAll(".board tbody tr")];
    count.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} rows`;
  };
  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("reset", () => setTimeout(filter)); // once the fields are empty
  form.addEventListener("submit", (event) => event.preventDefault());
  filter(); // a browser may have kept what was typed
})();
