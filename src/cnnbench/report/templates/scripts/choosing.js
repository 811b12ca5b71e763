// A choice of the leaderboard's columns: a box for each; those that are not chosen are hidden.
(() => {
  "use strict";
  const boards = [...document.querySelectorAll(".board")];
  const sheet = document.querySelector("#choice fieldset");
  const headers = boards.flatMap((board) => [...board.tHead.rows[0].cells]);
  const boxes = new Map();
  for (const header of headers) {
    const { column, title } = header.dataset;
    if (column === "run" || boxes.has(column)) continue;
    const box = document.createElement("input");
    box.type = "checkbox";
    box.checked = box.defaultChecked = !header.hidden;
    const label = document.createElement("label");
    label.append(box, ` ${title ?? header.innerText.replace(/\s+/g, " ").replace(/ [↕↑↓]$/, "")}`);
    sheet.append(label);
    boxes.set(column, box);
  }
  const show = () => {
    const chosen = [...boxes].some(([, box]) => box.checked !== box.defaultChecked);
    for (const board of boards) {
      board.classList.toggle("chosen", chosen);
      const cells = [...board.tHead.rows[0].cells];
      const hidden = cells.map((cell) => boxes.has(cell.dataset.column) && !boxes.get(cell.dataset.column).checked);
      for (const row of board.rows) for (const [at, cell] of [...row.cells].entries()) cell.hidden = hidden[at];
    }
  };
  const changed = () => {
    const chosen = [...boxes].some(([, box]) => box.checked !== box.defaultChecked);
    const columns = [...boxes].filter(([, box]) => box.checked).map(([name]) => name);
    view.set("columns", ...(chosen ? ["run", ...columns] : [])); // with run, which is always there: none is a choice
    show();
  };
  const asked = view.all("columns").filter((name) => name === "run" || boxes.has(name));
  if (asked.length) for (const [name, box] of boxes) box.checked = asked.includes(name);
  show();
  sheet.addEventListener("change", changed);
  sheet.form.addEventListener("reset", () => setTimeout(changed)); // once the boxes are as they were
  document.getElementById("choice").hidden = false;
})();
