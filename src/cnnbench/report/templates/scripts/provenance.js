// What the tracker knows of how the runs were made, from costs.js: commit, versions, processor.
(() => {
  "use strict";
  const costs = window.cnnbenchCosts;
  if (typeof costs !== "object" || costs === null) return;
  const runs = [...document.querySelectorAll("tr[data-run]")].map((row) => row.dataset.run);
  const known = runs.filter((run) => Object.hasOwn(costs, run) && typeof costs[run] === "object" && costs[run] !== null);
  for (const place of document.querySelectorAll("[data-origin]")) {
    const counts = new Map();
    for (const run of known) {
      const value = costs[run][place.dataset.origin];
      if (typeof value === "string" && value) counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    const told = (value) => (counts.size > 1 ? `${value} (${counts.get(value)} ${counts.get(value) > 1 ? "runs" : "run"})` : value);
    place.textContent = [...counts.keys()].map(told).join("; ");
    place.parentElement.hidden = counts.size === 0;
  }
})();
