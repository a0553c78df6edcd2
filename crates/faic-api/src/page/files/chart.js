// Charts of one series as SVG: bars with the highest value and the time axis written beside them.

import { h, svg } from "./dom.js";

const WIDTH = 600;
const HEIGHT = 120;

/** Draws bars for `points` of `{value, label}`; `write` writes a value, `sum` says all of it in a sentence. */
export function bars(title, points, write, sum, from, to) {
  const top = Math.max(...points.map((point) => point.value), 0);
  const step = WIDTH / Math.max(points.length, 1);
  const shapes = points.map((point, index) => {
    const height = top > 0 ? Math.max((point.value / top) * HEIGHT, point.value > 0 ? 2 : 0) : 0;
    const bar = { x: index * step + step * 0.1, y: HEIGHT - height, width: step * 0.8, height, class: "mark" };
    return svg("rect", bar, svg("title", {}, point.label));
  });
  const picture = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": `${title}: ${sum}` };
  return h(
    "figure",
    { class: "chart" },
    h("figcaption", {}, h("span", {}, title), h("strong", {}, sum)),
    h("div", { class: "top" }, top > 0 ? write(top) : ""),
    svg("svg", picture, shapes),
    h("div", { class: "axis" }, h("span", {}, from), h("span", {}, to)),
  );
}
