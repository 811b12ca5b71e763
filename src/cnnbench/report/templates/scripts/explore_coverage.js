// Selective classification: how often a network errs where it may leave the cases that it is least sure of.
(() => {
  "use strict";
  explore("coverage", (body, { coverage, tested }, run) => {
    if (!coverage) {
      body.replaceChildren(make("p", { text: "There is nothing to show: the scores are no numbers." }));
      return;
    }
    const { coverages, risks, area, errors } = coverage;
    const whole_risk = errors / tested;
    const chart = makeChart({
      x: { range: [0, 1], label: "coverage: share of cases that the network answers" },
      y: { range: [0, Math.max(whole_risk, ...risks, 0.01) * 1.08], label: "risk: share of wrong answers" },
      label: `Risk against coverage of ${run}; the slider below reads it`,
      lines: [
        { name: "the surest first", kind: "one", points: coverages.map((one, index) => [one, risks[index]]) },
        { name: "left out by lot", kind: "three", points: [[coverages[0], whole_risk], [1, whole_risk]] },
      ],
    });
    const cut = make("input", { type: "range", min: 0, max: coverages.length - 1, step: 1, value: 79, "aria-label": `Coverage of ${run}` });
    const [said, read] = [make("output", {}), make("p", { class: "read" })];
    const show = () => {
      const index = Number(cut.value);
      chart.move(coverages[index]);
      said.textContent = percent(coverages[index], 0);
      read.textContent = `Of the surest ${percent(coverages[index], 0)} it gets ${percent(risks[index], 2)} wrong; of all ${whole(tested)} test examples ${percent(whole_risk, 2)}. Area under the curve: ${area.toFixed(4)}.`;
    };
    cut.addEventListener("input", show);
    show();
    body.replaceChildren(
      chart.element,
      make("div", { class: "controls wide" }, make("label", {}, "Coverage ", cut), said),
      read,
      make("p", { class: "note", text: "Sure is who has a high score for the predicted class. Where the line falls to the left, the scores know which cases to hand on to a person; where it is flat they do not. On the test part, without an interval." }),
    );
  });
})();
