// What the parts that a reader may try share. Functions that are declared are there from the start, whatever the order.

// An element with attributes (`text` is its content) and children.
function make(tag, attributes = {}, ...children) {
  const svg = ["svg", "line", "path", "text"].includes(tag);
  const made = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "text") made.textContent = value;
    else if (key === "value") made.value = value;
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

// The numbers of a run, from the script beside the page that holds them, once.
function loadRun(run, source) {
  loadRun.loaded ??= new Map();
  if (!loadRun.loaded.has(run)) {
    const loading = new Promise((resolve, reject) => {
      const script = make("script", { src: source });
      const missing = () => reject(new Error(`${source} is not beside this page: the pictures and numbers of a run are in the folder of the report.`));
      script.addEventListener("load", () => {
        const known = window.cnnbenchRuns;
        if (known && Object.hasOwn(known, run)) resolve(known[run]);
        else missing();
      });
      script.addEventListener("error", missing);
      document.head.append(script);
    });
    loading.catch(() => loadRun.loaded.delete(run)); // to be tried again
    loadRun.loaded.set(run, loading);
  }
  return loadRun.loaded.get(run);
}

// Shows the parts of one kind, and fills each when it is first opened.
function explore(kind, build) {
  for (const part of document.querySelectorAll(`[data-explore="${kind}"]`)) {
    const body = part.querySelector(".explored");
    part.hidden = false;
    part.addEventListener("toggle", async () => {
      if (!part.open || part.dataset.loaded) return;
      part.dataset.loaded = "yes";
      try {
        build(body, await loadRun(part.dataset.run, part.dataset.script), part.dataset.run);
      } catch (error) {
        delete part.dataset.loaded;
        body.replaceChildren(make("p", { class: "caveat", text: error.message }));
      }
    });
  }
}

// A select of [value, words] with its label.
function makeSelect(label, options, changed) {
  const field = make("select", {}, ...options.map(([value, words]) => make("option", { value, text: words })));
  field.addEventListener("change", changed);
  return [make("label", {}, `${label} `, field), field];
}

// A table: rows of cells, of which the first is a header.
function makeTable(head, rows, name) {
  const line = (cells, first) =>
    make("tr", {}, ...cells.map((cell, place) => {
      const made = make(first || place === 0 ? "th" : "td", first || place === 0 ? { scope: first ? "col" : "row" } : {});
      made.append(cell);
      return made;
    }));
  const table = make("table", { class: "compact", "aria-label": name });
  if (head) table.append(make("thead", {}, line(head, true)));
  table.append(make("tbody", {}, ...rows.map((row) => line(row, false))));
  return make("div", { class: "scroll" }, table);
}

function decimal(value) {
  return Number.isFinite(value) ? value.toFixed(3) : "–";
}

function whole(value) {
  return value.toLocaleString("en");
}

// A share in percent; only exactly 0 and 1 read as 0 % and 100 %.
function percent(share, digits = 1) {
  if (!Number.isFinite(share)) return "–";
  const least = 10 ** -digits;
  if (share > 0 && 100 * share < least / 2) return `<${least} %`;
  if (share < 1 && 100 * share > 100 - least / 2) return `>${100 - least} %`;
  return `${(100 * share).toFixed(digits)} %`;
}
