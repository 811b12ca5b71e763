// Two links at each table, which write what it shows as CSV and as JSON: rows that fit the filter, chosen columns.
(() => {
  "use strict";
  const text = (cell) => cell.textContent.replace(/\s+/g, " ").trim();
  const isNumber = (words) => /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(words);
  const plain = (words) => (/^[+\u2212-]?\d{1,3}(,\d{3})+(\.\d+)?$/.test(words) ? words.replaceAll(",", "") : words);
  const read = (table) => {
    const rows = [...table.rows].filter((row) => !row.hidden);
    return rows.map((row) => [...row.cells].filter((cell) => !cell.hidden && !cell.matches(".axis")).map((cell) => plain(text(cell))));
  };
  // A spreadsheet would calculate a text that begins like a formula
  const guarded = (words) => (/^\s*[=+\-@＝＋－＠]/.test(words) && !isNumber(words) ? `'${words}` : words);
  const quoted = (words) => (/[",\n]/.test(words) ? `"${words.replaceAll('"', '""')}"` : words);
  const formats = {
    csv: (rows) => rows.map((row) => row.map((cell) => quoted(guarded(cell))).join(",")).join("\n") + "\n",
    json: ([header, ...rows]) => {
      const value = (words) => (isNumber(words) ? Number(words) : words);
      const record = (row) => Object.fromEntries(row.map((cell, at) => [header[at] || "name", value(cell)]));
      return JSON.stringify(rows.map(record), null, 2) + "\n";
    },
  };
  const kinds = { csv: "text/csv", json: "application/json" };
  const title = (table) => {
    const part = table.closest("[id]");
    return (table.id || part?.id || "table").replace(/[^\w.-]+/g, "-");
  };
  for (const table of document.querySelectorAll("table")) {
    const block = table.closest(".scroll") ?? table;
    let line = block.nextElementSibling;
    if (!line?.matches(".files")) {
      line = document.createElement("p");
      line.className = "files";
      block.after(line);
    }
    const links = Object.keys(kinds).map((kind) => {
      const link = document.createElement("a");
      link.textContent = kind.toUpperCase();
      link.title = "This table as it is shown";
      link.href = "#";
      link.download = `${title(table)}.${kind}`;
      link.addEventListener("click", () => {
        link.href = `data:${kinds[kind]};charset=utf-8,${encodeURIComponent(formats[kind](read(table)))}`;
      });
      return link;
    });
    line.append(...(line.childNodes.length ? [" "] : []), "As shown: ", links[0], " ", links[1]);
  }
})();
