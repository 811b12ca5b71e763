// Makes each header of the leaderboard a button that sorts by its column: once one way, again the other.
(() => {
  "use strict";
  const other = { ascending: "descending", descending: "ascending" };
  const headers = [...document.querySelectorAll(".board th[data-sort]")];
  const compared = (one, two) => {
    const difference = Number(one) - Number(two);
    return Number.isNaN(difference) ? one.localeCompare(two, "en", { numeric: true }) : difference;
  };
  const name = (header) => `${header.closest("table").id}.${header.dataset.column}`;
  const sort = (header, way) => {
    const table = header.closest("table");
    for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", way);
    const value = (row) => row.cells[header.cellIndex].dataset.value;
    const body = table.tBodies[0];
    const rows = [...body.rows].sort((one, two) => {
      if (!value(one) || !value(two)) return Number(!value(one)) - Number(!value(two)); // what has none comes last
      return compared(value(one), value(two)) * (way === "ascending" ? 1 : -1);
    });
    body.append(...rows);
  };
  const keep = () => {
    const sorted = headers.filter((header) => header.ariaSort);
    view.set("sort", ...sorted.map((header) => `${name(header)}.${header.ariaSort}`));
  };
  for (const header of headers) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    header.append(button);
    header.closest("table").classList.add("sortable");
    button.addEventListener("click", () => {
      const { sort: first } = header.dataset;
      sort(header, header.ariaSort === first ? other[first] : first);
      keep();
    });
    for (const way of Object.keys(other)) if (view.all("sort").includes(`${name(header)}.${way}`)) sort(header, way);
  }
})();
