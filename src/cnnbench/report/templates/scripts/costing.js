// Shows costs from costs.js, which `cnnbench track` writes, as a table and in the plots; without that file nothing changes.
(() => {
  "use strict";
  const costs = window.cnnbenchCosts;
  if (typeof costs !== "object" || costs === null) return;
  const number = (digits) => (value) =>
    typeof value === "number" && Number.isFinite(value)
      ? value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })
      : "–";
  const known = (run) => Object.hasOwn(costs, run) && typeof costs[run] === "object" && costs[run] !== null;

  const columns = [
    ["train_seconds", number(1)],
    ["images_per_second", number(0)],
    ["latency_ms", number(2)],
    ["peak_memory_mib", number(0)],
    ["device", (value) => (typeof value === "string" ? value : "–")],
  ];
  const section = document.getElementById("costs");
  const body = section.querySelector("tbody");
  for (const line of document.querySelectorAll("tr[data-run]")) {
    const run = line.dataset.run;
    if (!known(run)) continue;
    const row = body.insertRow();
    for (const key of ["filter", "dataset", "kind"]) row.dataset[key] = line.dataset[key];
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
  for (const link of document.querySelectorAll('[href="#costs"]')) {
    (link.closest("li") ?? link).hidden = section.hidden;
    link.hidden = section.hidden;
  }

  const shape = (name, attributes, text = "") => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.textContent = text;
    return made;
  };
  const mean = (dot, key) => {
    const values = JSON.parse(dot.dataset.runs)
      .filter((run) => known(run) && typeof costs[run][key] === "number" && costs[run][key] > 0)
      .map((run) => costs[run][key]);
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  };

  // A plot on a new axis: the dots of another, moved along it.
  const moved = (panel, key, title) => {
    const copy = panel.cloneNode(true);
    const dots = [...copy.querySelectorAll(".dot")];
    const known = new Map(dots.map((dot) => [dot, mean(dot, key)]).filter(([, cost]) => cost > 0));
    if (known.size < 2) return null;
    const logs = [...known.values()].map(Math.log10);
    const low = Math.floor(Math.min(...logs));
    const high = Math.max(Math.ceil(Math.max(...logs)), low + 1);
    const at = (log) => `${((100 * (log - low)) / (high - low)).toFixed(2)}%`;
    for (const dot of dots) {
      if (!known.has(dot)) {
        dot.remove();
        continue;
      }
      const x = at(Math.log10(known.get(dot)));
      dot.querySelector("circle").setAttribute("cx", x);
      dot.querySelector(".lead").setAttribute("x1", x);
      for (const end of ["x1", "x2"]) dot.querySelector(".whisker").setAttribute(end, x);
    }
    const drawing = copy.querySelector("svg");
    const ticks = copy.querySelector(".costs");
    const height = drawing.getAttribute("height");
    ticks.replaceChildren();
    for (let power = low; power <= high; power += 1) {
      const x = at(power);
      const label = (10 ** power).toLocaleString("en", { maximumFractionDigits: 6 });
      ticks.append(shape("line", { x1: x, x2: x, y1: 0, y2: height }));
      ticks.append(shape("text", { x, y: height, dy: "1.5em" }, label));
    }
    copy.className = `panel of-${key}`;
    drawing.setAttribute("aria-label", `Against ${title.toLowerCase()}: a point per network; the table of costs says the same`);
    return copy;
  };

  for (const plot of document.querySelectorAll(".tradeoff")) {
    const first = plot.querySelector(".panel");
    const whole = [...plot.querySelectorAll(".panel")].at(-1); // every network has parameters
    const choice = plot.querySelector("label");
    for (const [key, title] of [["train_seconds", "Training, s"], ["latency_ms", "Latency, ms"]]) {
      const panel = moved(whole, key, title);
      if (!panel) continue;
      const label = choice.cloneNode(true);
      const button = label.querySelector("input");
      button.checked = false;
      button.className = `by-${key}`;
      label.replaceChildren(button, ` ${title}`);
      first.before(label);
      plot.querySelector("details").before(panel);
    }
  }
})();
