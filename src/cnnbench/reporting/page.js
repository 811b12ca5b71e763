// Fills the table of costs from costs.js, which `cnnbench track` writes; without that file the section stays hidden.
"use strict";
(() => {
  const costs = window.cnnbenchCosts;
  const section = document.getElementById("costs");
  if (typeof costs !== "object" || costs === null) return;
  const number = (digits) => (value) =>
    typeof value === "number" && Number.isFinite(value)
      ? value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })
      : "–";
  const columns = [
    ["train_seconds", number(1)],
    ["images_per_second", number(0)],
    ["latency_ms", number(2)],
    ["peak_memory_mib", number(0)],
    ["energy_joules", number(0)],
    ["device", (value) => (typeof value === "string" ? value : "–")],
  ];
  const body = section.querySelector("tbody");
  for (const line of document.querySelectorAll("tr[data-run]")) {
    const run = line.dataset.run;
    if (!Object.hasOwn(costs, run) || typeof costs[run] !== "object" || costs[run] === null) continue;
    const row = body.insertRow();
    const name = document.createElement("th");
    name.scope = "row";
    name.textContent = run;
    row.append(name);
    for (const [key, shown] of columns) {
      const cell = row.insertCell();
      if (key !== "device") cell.className = "number";
      cell.textContent = shown(costs[run][key]);
    }
  }
  section.hidden = body.rows.length === 0;
})();
