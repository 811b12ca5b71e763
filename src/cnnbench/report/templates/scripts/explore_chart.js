// A chart as SVG: lines in the colours of the page, named beside their ends, and a rule that follows a slider.
function makeChart({ x, y, lines, label, height = 240 }) {
  const [width, left, right, top, bottom] = [420, 46, 8, 8, 34];
  const place = ([low, high], from, to) => (value) => from + ((value - low) / (high - low || 1)) * (to - from);
  const across = place(x.range, left, width - right);
  const up = place(y.range, height - bottom, top);
  const at = (value) => value.toFixed(1);
  const ticks = ([low, high]) => {
    const rough = (high - low || 1) / 5;
    const size = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((one) => one * size).find((one) => one >= rough * 0.999);
    const first = Math.ceil(low / step - 1e-9);
    return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, index) => (first + index) * step);
  };
  const number = (value) => String(Number(value.toPrecision(6)));
  const svg = make("svg", { class: "chart", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label });
  for (const value of ticks(y.range)) {
    svg.append(make("line", { class: "grid", x1: left, x2: width - right, y1: at(up(value)), y2: at(up(value)) }));
    svg.append(make("text", { x: left - 6, y: at(up(value)), dy: ".35em", "text-anchor": "end", text: number(value) }));
  }
  for (const value of ticks(x.range)) {
    svg.append(make("text", { x: at(across(value)), y: height - bottom + 15, "text-anchor": "middle", text: number(value) }));
  }
  svg.append(make("text", { x: (left + width - right) / 2, y: height - 4, "text-anchor": "middle", text: x.label }));
  const clipped = (value) => Math.min(Math.max(value, y.range[0]), y.range[1]);
  for (const line of lines) {
    let pen = "M";
    let last = false;
    const path = [];
    for (const [one, other] of line.points) {
      const known = Number.isFinite(other);
      // what leaves the panel ends at its edge
      const inside = known && other === clipped(other);
      if (known && (inside || last)) {
        path.push(`${pen}${at(across(one))} ${at(up(clipped(other)))}`);
        pen = "L";
      }
      if (!inside) pen = "M";
      last = inside;
    }
    svg.append(make("path", { class: `line ${line.kind}`, d: path.join("") }));
  }
  const rule = make("line", { class: "rule", y1: top, y2: height - bottom, hidden: true });
  svg.append(rule);
  const legend = make("p", { class: "legend" }, ...lines.map((line) => make("span", { class: line.kind, text: line.name })));
  return {
    element: make("div", { class: "charted" }, make("p", { class: "axis-title", text: y.label }), svg, legend),
    move(value) {
      rule.removeAttribute("hidden");
      for (const end of ["x1", "x2"]) rule.setAttribute(end, at(across(value)));
    },
  };
}
