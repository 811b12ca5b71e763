// The mistakes of a run one by one: a click on a cell of the confusion matrix, or two lists, choose the classes.
(() => {
  "use strict";
  const MOST_CLASSES = 25; // of a matrix that can be read

  const matrix = (classes, counts, chosen) => {
    const table = make("table", { class: "compact matrix", "aria-label": "Confusion matrix" });
    table.append(make("thead", {}, make("tr", {}, make("td"), ...classes.map((name) => make("th", { scope: "col", class: "number", text: name })))));
    const buttons = [];
    const body = make("tbody");
    classes.forEach((name, actual) => {
      const row = make("tr", {}, make("th", { scope: "row", text: name }));
      counts[actual].forEach((count, predicted) => {
        const cell = make("td", { class: actual === predicted ? "number hit" : "number" });
        if (count && actual !== predicted) {
          const words = `${whole(count)} of ${name} taken for ${classes[predicted]}`;
          const button = make("button", { type: "button", text: whole(count), "aria-label": words, "aria-pressed": "false" });
          button.addEventListener("click", () => chosen(actual, predicted));
          buttons.push({ button, actual, predicted });
          cell.append(button);
        } else cell.textContent = whole(count);
        row.append(cell);
      });
      body.append(row);
    });
    table.append(body);
    return { element: make("div", { class: "scroll" }, table), buttons };
  };

  explore("mistakes", async (body, { classes, mistakes }, run) => {
    const sheet = openSheet(mistakes);
    const found = await sheet.ready;
    const named = (first) => [["", first], ...classes.map((name, index) => [index, name])];
    const [from, actual] = makeSelect("Actual", named("any class"), () => show());
    const [to, predicted] = makeSelect("taken for", named("any class"), () => show());
    const reset = make("button", { type: "button", text: "Show all" });
    const count = make("output", {});
    const grid = make("ul", { class: "tiles", "aria-label": `Mistakes of ${run}` });
    const choose = (one, other) => {
      [actual.value, predicted.value] = [one, other];
      show();
      grid.scrollIntoView({ block: "nearest" });
    };
    const items = mistakes.id.map((id, index) => {
      const [was, taken] = [classes[mistakes.actual[index]], classes[mistakes.predicted[index]]];
      const score = percent(mistakes.score_predicted[index]);
      return {
        index,
        brief: [was, `→ ${taken}`, percent(mistakes.score_predicted[index])],
        lines: [id, `Actual: ${was}, score ${percent(mistakes.score_actual[index])}`, `Taken for: ${taken}, score ${score}`],
        picture: found && ((longest) => sheet.picture(index, longest, `${id}: ${was} taken for ${taken}`)),
      };
    });
    const fits = (list, index) => list === "" || Number(list) === index;
    const cells = matrix(classes, mistakes.confusion, choose);
    const show = () => {
      const shown = items.filter(({ index }) => fits(actual.value, mistakes.actual[index]) && fits(predicted.value, mistakes.predicted[index]));
      let all = 0;
      mistakes.confusion.forEach((row, one) =>
        row.forEach((number, other) => {
          if (one !== other && fits(actual.value, one) && fits(predicted.value, other)) all += number;
        }),
      );
      const left = all - shown.length;
      count.textContent = `${whole(shown.length)} of ${whole(all)} mistakes, the surest first${left > 0 ? `; ${whole(left)} left out` : ""}`;
      for (const { button, actual: one, predicted: other } of cells.buttons) {
        button.setAttribute("aria-pressed", String(actual.value === String(one) && predicted.value === String(other)));
      }
      showTiles(grid, shown);
    };
    reset.addEventListener("click", () => choose("", ""));
    body.replaceChildren();
    if (classes.length <= MOST_CLASSES) {
      body.append(make("p", { class: "note", text: "Rows: actual class; columns: taken for. A number opens its mistakes." }), cells.element);
    }
    body.append(make("div", { class: "controls" }, from, to, reset, count));
    const total = mistakes.confusion.flat().reduce((sum, number) => sum + number, 0) - mistakes.confusion.reduce((sum, row, index) => sum + row[index], 0);
    if (total > items.length) {
      body.append(make("p", { class: "note", text: `Kept are ${whole(items.length)} of ${whole(total)}: half of them the surest of all, the others the surest of each pair of classes.` }));
    }
    if (!found) {
      const why = mistakes.sheet ? `${mistakes.sheet} is not beside this page` : "the run has none";
      body.append(make("p", { class: "note", text: `Without pictures: ${why}.` }));
    }
    body.append(grid);
    show();
  });
})();
