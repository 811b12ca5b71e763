// Two classes: what a threshold does, at a prevalence that the reader states, and the net benefit of acting on the scores.
(() => {
  "use strict";
  const ratio = (one, all) => (all ? one / all : NaN);

  // The interval of share / (share + (1 - share) * a / b), of those of two independent proportions: cnnbench.metrics.decision
  const ofRatio = (a, [aLow, aHigh], b, [bLow, bHigh], share) => {
    const end = (one, other, sign) => {
      const [upper, lower] = [one * (2 * a - one), other * (2 * b - other)];
      const difference = a * b + sign * Math.sqrt(Math.max((a * b) ** 2 - upper * lower, 0));
      const limit = sign > 0 ? Infinity : ratio(upper, 2 * a * b) || 0;
      return share ? share / (share + (1 - share) * (lower ? difference / lower : limit)) : 0;
    };
    return [end(aHigh, bLow, 1), end(aLow, bHigh, -1)];
  };

  const slider = (last, value, label) => make("input", { type: "range", min: 0, max: last, step: 1, value, "aria-label": label });

  const operating = (data, run) => {
    const { positive, positives, negatives } = data;
    const tested = positives + negatives;
    const nearest = (threshold) => data.thresholds.findIndex((one) => one !== null && one <= threshold);
    const known = data.chosen === null ? 0.5 : data.chosen;
    const cut = slider(data.thresholds.length - 1, nearest(known), `Threshold of ${run}`);
    const share = make("input", { type: "number", min: 0, max: 100, step: "any", value: (100 * positives / tested).toFixed(1) });
    const [at, table, confusion] = [make("output", {}), make("div", { class: "figures" }), make("div", { class: "figures" })];
    let typed = false; // until the reader types one, the prevalence is that of the test part to the last digit
    const show = () => {
      const [hits, alarms] = [data.true_positives[cut.value], data.false_positives[cut.value]];
      const threshold = data.thresholds[cut.value];
      at.textContent = threshold === null ? "above every score" : `score ≥ ${Number(threshold.toPrecision(6))}`;
      const prevalence = typed ? Math.min(Math.max(Number(share.value) / 100, 0), 1) : positives / tested;
      const [sensitivity, specificity] = [ratio(hits, positives), ratio(negatives - alarms, negatives)];
      const [found, missed] = [sensitivity * prevalence, (1 - sensitivity) * prevalence];
      const [spared, alarmed] = [specificity * (1 - prevalence), (1 - specificity) * (1 - prevalence)];
      const range = (ends) => (ends.some((end) => end === null || Number.isNaN(end)) ? "–" : `[${ends.map(decimal).join(", ")}]`);
      const of = (rates) => (rates.includes(null) ? [NaN, NaN] : rates);
      const [able, spares] = [of(data.sensitivity[cut.value]), of(data.specificity[cut.value])];
      const without = ([low, high]) => [1 - high, 1 - low];
      const positiveEnds = ofRatio(1 - specificity, without(spares), sensitivity, able, prevalence);
      const negativeEnds = ofRatio(1 - sensitivity, without(able), specificity, spares, 1 - prevalence);
      const where = `at a prevalence of ${percent(prevalence)}`;
      table.replaceChildren(
        makeTable(["", "Value", "95 % interval", "Of"], [
          ["Sensitivity", decimal(sensitivity), range(data.sensitivity[cut.value]), `${whole(hits)} of ${whole(positives)} ${positive}`],
          ["Specificity", decimal(specificity), range(data.specificity[cut.value]), `${whole(negatives - alarms)} of ${whole(negatives)} others`],
          ["Positive predictive value", decimal(ratio(found, found + alarmed)), range(positiveEnds), where],
          ["Negative predictive value", decimal(ratio(spared, spared + missed)), range(negativeEnds), where],
        ], `Figures of ${run} at this threshold`),
      );
      confusion.replaceChildren(
        makeTable(["On the test part", `called ${positive}`, "called other"], [
          [positive, whole(hits), whole(positives - hits)],
          ["other", whole(alarms), whole(negatives - alarms)],
        ], `Confusion matrix of ${run} at this threshold`),
      );
    };
    cut.addEventListener("input", show);
    share.addEventListener("input", () => {
      typed = share.value !== "";
      show();
    });
    const button = (text, act) => {
      const made = make("button", { type: "button", text });
      made.addEventListener("click", () => {
        act();
        show();
      });
      return made;
    };
    const jumps = [button("0.5", () => (cut.value = nearest(0.5)))];
    if (data.chosen !== null) jumps.unshift(button("Chosen on validation data", () => (cut.value = nearest(data.chosen))));
    show();
    return [
      make("h4", { text: `Threshold on the score of ${positive}` }),
      make("div", { class: "controls wide" }, make("label", {}, "Threshold ", cut), at, ...jumps),
      make("div", { class: "controls" }, make("label", {}, "Prevalence ", share, " %"), button("That of the test part", () => {
        typed = false;
        share.value = (100 * positives / tested).toFixed(1);
      })),
      make("div", { class: "columns" }, table, confusion),
      make("p", {
        class: "note",
        text: `A threshold that is chosen by looking at test examples flatters the network: this shows what each would do. Predictive values are for a place where the share of ${positive} is as stated, by Bayes' rule, their intervals for that share as known.`,
      }),
    ];
  };

  const benefit = (data, run) => {
    const { risks, calibrated, raw, treat_all: everybody, positive } = data;
    const highest = Math.max(...calibrated, ...raw, ...everybody, 0.01) * 1.05;
    const points = (values) => risks.map((risk, index) => [risk, values[index]]);
    const chart = makeChart({
      x: { range: [0, 1], label: "threshold probability" },
      y: { range: [-highest / 4, highest], label: "net benefit" },
      label: `Decision curve of ${run}: net benefit over the threshold probability; the slider below reads it`,
      lines: [
        { name: "the network, calibrated", kind: "one", points: points(calibrated) },
        { name: "its scores as they come", kind: "one dashed", points: points(raw) },
        { name: "treat all", kind: "two", points: points(everybody) },
        { name: "treat none", kind: "three", points: points(risks.map(() => 0)) },
      ],
    });
    const cut = slider(risks.length - 1, 19, `Threshold probability of ${run}`);
    const [said, judged] = [make("output", {}), make("p", { class: "read" })];
    const show = () => {
      const index = Number(cut.value);
      chart.move(risks[index]);
      said.textContent = percent(risks[index], 0);
      const best = Math.max(everybody[index], 0);
      const more = calibrated[index] - best;
      const other = everybody[index] > 0 ? "treating all" : "treating none";
      judged.textContent =
        `Net benefit ${decimal(calibrated[index])}, as scores come ${decimal(raw[index])}, treat all ${decimal(everybody[index])}, treat none 0.000: ` +
        (Math.abs(more) < 5e-4 ? `the network is worth as much as ${other}.` : `the network is ${more > 0 ? "better" : "worse"} than ${other} by ${(100 * Math.abs(more)).toFixed(1)} true positives per 100 examples.`);
    };
    cut.addEventListener("input", show);
    show();
    return [
      make("h4", { text: "Net benefit (decision curve)" }),
      chart.element,
      make("div", { class: "controls wide" }, make("label", {}, "Threshold probability ", cut), said),
      judged,
      make("p", { class: "note", text: `Who would treat at a risk of 10 % counts nine needless treatments for one that is due: net benefit is true positives less false ones at that rate, per test example, at the share of ${positive} in the test part (Vickers and Elkin 2006). A network is of use where its line is above both others.` }),
    ];
  };

  explore("threshold", (body, { threshold }, run) => {
    if (!threshold) {
      body.replaceChildren(make("p", { text: "There is nothing to show: a class has no test example, or the scores are no numbers." }));
      return;
    }
    body.replaceChildren(...operating(threshold, run), ...benefit(threshold, run));
  });
})();
