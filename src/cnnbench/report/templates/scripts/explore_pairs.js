// Two runs on the same test examples: where one is right and the other wrong, their recipes, their curves.
(() => {
  "use strict";
  const differences = (one, other) =>
    [...new Set([...Object.keys(one), ...Object.keys(other)])]
      .filter((knob) => one[knob] !== other[knob])
      .map((knob) => [knob, one[knob] ?? "–", other[knob] ?? "–"]);

  const curves = (names, both) => {
    const made = [];
    for (const key of Object.keys(both[0].history)) {
      if (key.startsWith("val_") || !both.every(({ history }) => `val_${key}` in history && key in history)) continue;
      const lines = [];
      both.forEach(({ history }, index) => {
        for (const [column, dashed] of [[`val_${key}`, ""], [key, " dashed"]]) {
          const points = history[column].map((value, epoch) => [epoch + 1, value]);
          lines.push({ name: `${names[index]}${dashed ? ", training" : ", validation"}`, kind: `${index ? "two" : "one"}${dashed}`, points });
        }
      });
      const values = lines.flatMap((line) => line.points.map(([, value]) => value)).filter(Number.isFinite).sort((a, b) => a - b);
      if (!values.length) continue;
      // one early epoch far off would flatten all others
      const top = Math.min(values.at(-1), values[Math.floor(0.97 * (values.length - 1))] * 1.5 + 1e-9);
      const pad = (top - values[0]) * 0.05 || 0.05;
      const last = Math.max(...both.map(({ history }) => history[key].length));
      const range = { x: [Math.min(1, last - 1), last], y: [values[0] - pad, top + pad] };
      made.push(makeChart({ x: { range: range.x, label: "epoch" }, y: { range: range.y, label: key.replaceAll("_", " ") }, lines, label: `${key} of ${names.join(" and ")}, epoch by epoch` }).element);
    }
    return made;
  };

  // The mistakes of one run that another has right, or has wrong, too.
  const disputed = ({ mistakes, classes }, answers, picture, [mine, another], wantRight) =>
    mistakes.id
      .map((id, index) => ({ id, index, answer: answers.predicted[index] }))
      .filter(({ index, answer }) => answer !== null && (answer === mistakes.actual[index]) === wantRight)
      .map(({ id, index, answer }) => {
        const [was, taken] = [classes[mistakes.actual[index]], classes[mistakes.predicted[index]]];
        return {
          brief: [was, `→ ${taken}`, percent(mistakes.score_predicted[index])],
          lines: [
            id,
            `Actual: ${was}`,
            `${mine}: ${taken}, score ${percent(mistakes.score_predicted[index])}`,
            `${another}: ${classes[answer]}, score ${percent(answers.score[index])}`,
          ],
          picture: picture && ((longest) => picture(index, longest, `${id}: ${was} taken for ${taken}`)),
        };
      });

  const pictures = async (runs, names, both) => {
    const counts = both[1].peers[runs[0]]; // this: the second, other: the first
    const kinds = [
      [`${names[0]} right, ${names[1]} wrong`, 1, true, counts.other_right],
      [`${names[1]} right, ${names[0]} wrong`, 0, true, counts.this_right],
      ["both wrong", 1, false, counts.none_right],
    ];
    const sheets = both.map(({ mistakes }) => openSheet(mistakes));
    const found = await Promise.all(sheets.map(({ ready }) => ready));
    const [count, grid] = [make("output", {}), make("ul", { class: "tiles", "aria-label": "Mistakes of one or both" })];
    const [label, choice] = makeSelect("Show", kinds.map(([words, , , all], index) => [index, `${words} (${whole(all)})`]), () => show());
    const show = () => {
      const [, index, right, all] = kinds[choice.value];
      const kept = (of) => disputed(both[of], both[of].peers[runs[1 - of]], found[of] && sheets[of].picture, [names[of], names[1 - of]], right);
      const items = kept(index);
      if (!right) { // what both have wrong may be kept by one of them alone
        const shown = new Set(items.map(({ lines: [id] }) => id));
        items.push(...kept(1 - index).filter(({ lines: [id] }) => !shown.has(id)));
      }
      const whose = (right ? [index] : [index, 1 - index]).map((of) => `the ${whole(both[of].mistakes.id.length)} kept of ${names[of]}`).join(" or ");
      count.textContent = `${whole(items.length)} of ${whole(all)} shown${items.length < all ? `: those among ${whose}` : ""}`;
      showTiles(grid, items);
    };
    show();
    const table = makeTable(["", `${names[1]} right`, `${names[1]} wrong`], [
      [`${names[0]} right`, whole(counts.both_right), whole(counts.other_right)],
      [`${names[0]} wrong`, whole(counts.this_right), whole(counts.none_right)],
    ], "Test examples that both, one or none gets right");
    const more = make("p", { class: "note" }, "Whether the difference is more than chance: ", make("a", { href: "#comparisons", text: "Comparisons" }), ".");
    return [make("h4", { text: "Who is right" }), table, more, make("div", { class: "controls" }, label, count), grid];
  };

  for (const part of document.querySelectorAll('[data-explore="pairs"]')) {
    const runs = new Map(JSON.parse(part.dataset.runs).map(([name, source, short]) => [name, { source, short }]));
    const names = [...runs.keys()];
    const body = part.querySelector(".explored");
    const result = make("div", { "aria-live": "polite" });
    const options = names.map((name) => [name, runs.get(name).short]);
    const [first, one] = makeSelect("One", options, () => show());
    const [second, other] = makeSelect("and", options, () => show());
    [one.value, other.value] = [names[0], part.dataset.other];
    let turn = 0; // of two choices in a row the later is shown, whichever loads first
    const show = async () => {
      const [mine, pair] = [(turn += 1), [one.value, other.value]];
      if (pair[0] === pair[1]) {
        result.replaceChildren(make("p", { text: "Choose two runs." }));
        return;
      }
      try {
        const both = await Promise.all(pair.map((name) => loadRun(name, runs.get(name).source)));
        const shorts = pair.map((name) => runs.get(name).short);
        const made = both[0].mistakes ? await pictures(pair, shorts, both) : [];
        const changed = differences(both[0].recipe, both[1].recipe);
        made.push(make("h4", { text: "Where their recipes differ" }));
        made.push(changed.length ? makeTable(["", ...shorts], changed, "Differences of the recipes") : make("p", { text: "Nowhere." }));
        const drawn = curves(shorts, both);
        if (drawn.length) made.push(make("h4", { text: "Their learning curves" }), make("div", { class: "columns" }, ...drawn));
        if (mine === turn) result.replaceChildren(...made);
      } catch (error) {
        if (mine === turn) result.replaceChildren(make("p", { class: "caveat", text: error.message }));
      }
    };
    body.replaceChildren(make("div", { class: "controls" }, first, second), result);
    part.hidden = false;
    part.addEventListener("toggle", () => {
      if (!part.open || part.dataset.loaded) return;
      part.dataset.loaded = "yes";
      show();
    });
  }
})();
