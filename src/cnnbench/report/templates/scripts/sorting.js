// Makes each header of the leaderboard a button that sorts by its column: once one way, again the other.
(() => {
  "use strict";
  const other = { ascending: "descending", descending: "ascending" };
  const compared = (one, two) => {
    const difference = Number(one) - Number(two);
    return Number.isNaN(difference) ? one.localeCompare(two, "en", { numeric: true }) : difference;
  };
  const sort = (header) => {
    const table = header.closest("table");
    const way = header.ariaSort === header.dataset.sort ? other[header.dataset.sort] : header.dataset.sort;
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
  for (const header of document.querySelectorAll(".board th[data-sort]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    header.append(button);
    header.closest("table").classList.add("sortable");
    button.addEventListener("click", () => sort(header));
  }
})();
