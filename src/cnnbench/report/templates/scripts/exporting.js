// Two links at each table, which write what it shows as CSV and as JSON: rows that fit the filter, chosen columns.
(() => {
  "use strict";
  const isNumber = (words) => /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(words);
  // 11,033 as a program reads it, where a column holds numbers: a class may be named 1
  const value = (cell) => {
    const words = cell.textContent.replace(/\s+/g, " ").trim();
    const plain = words.replace(/,(?=\d{3}\b)/g, "");
    return cell.matches("td.number") && isNumber(plain) ? Number(plain) : words;
  };
  const read = (table) => {
    const shown = (cell) => !cell.hidden && !cell.matches(".axis");
    const held = []; // by column: what a cell of a row above says of the next rows, and of how many
    return [...table.rows].filter((row) => !row.hidden).map((row) => {
      const cells = [...row.cells].filter(shown);
      const read = [];
      while (cells.length || held[read.length]?.rows) {
        const above = held[read.length];
        if (above?.rows) {
          above.rows -= 1;
          read.push(above.words);
          continue;
        }
        const cell = cells.shift();
        for (let column = 0; column < cell.colSpan; column += 1) {
          held[read.length] = { rows: cell.rowSpan - 1, words: value(cell) };
          read.push(value(cell));
        }
      }
      return read;
    });
  };
  // A spreadsheet would calculate a text that begins like a formula
  const guarded = (words) => (/^\s*[=+\-@＝＋－＠]/.test(words) && !isNumber(words) ? `'${words}` : words);
  const quoted = (words) => (/[",\n]/.test(words) ? `"${words.replaceAll('"', '""')}"` : words);
  const formats = {
    csv: (rows) => rows.map((row) => `${row.map((cell) => quoted(guarded(String(cell)))).join(",")}\n`).join(""),
    json: ([header, ...rows]) => {
      const times = (at) => header.slice(0, at + 1).filter((name) => name === header[at]).length;
      const names = header.map((name, at) => (times(at) > 1 ? `${name} ${times(at)}` : name || "name"));
      const records = rows.map((row) => Object.fromEntries(row.map((cell, at) => [names[at], cell])));
      return `${JSON.stringify(records, null, 2)}\n`;
    },
  };
  const kinds = { csv: "text/csv", json: "application/json" };
  for (const table of document.querySelectorAll("table")) {
    const block = table.closest(".scroll") ?? table;
    let line = block.nextElementSibling;
    if (!line?.matches(".files")) {
      line = document.createElement("p");
      line.className = "files";
      block.after(line);
    }
    const links = Object.entries(kinds).map(([kind, type]) => {
      const link = document.createElement("a");
      link.textContent = kind.toUpperCase();
      link.title = "This table as it is shown";
      link.href = "#";
      link.download = `${table.closest("[id]").id}.${kind}`;
      link.addEventListener("click", () => {
        link.href = `data:${type};charset=utf-8,${encodeURIComponent(formats[kind](read(table)))}`;
      });
      return link;
    });
    line.append(line.childNodes.length ? " As shown: " : "As shown: ", links[0], " ", links[1]);
  }
})();
