// Drift over time: open drift stacked by effect, and what was opened and corrected in each step.
// Drawn in SVG at the width it has, so that its letters keep their size on a phone.

import { get } from "./api.js";
import { el, fill, svg } from "./dom.js";
import { counted, exact, number } from "./format.js";
import { failure } from "./notice.js";
import { EFFECTS } from "./words.js";

/** @typedef {{ at: string, open: Record<string, number>, opened: number, corrected: number }} Point */

const RANGES = [[24, 48, "24 h"], [168, 56, "7 d"], [720, 60, "30 d"]];
const REFRESH_MS = 60_000;
const PLOT = { height: 220, left: 44, right: 8, top: 10, stack: 150, lane: 30 };
// Gravest at the base, where lengths compare best.
const STACK = Object.keys(EFFECTS);

/** @param {HTMLElement} root */
export function driftChart(root) {
  let range = RANGES[0];
  /** @type {Point[]} */
  let points = [];
  const plot = el("div", { class: "plot" });
  const reading = el("p", { class: "reading faint" });
  const table = el("details", {}, el("summary", {}, "As a table"));
  const buttons = RANGES.map((one) => el("button", { "aria-pressed": String(one === range), onclick: () => choose(one) }, one[2]));
  fill(root, el("div", { class: "card-head" }, el("h2", {}, "Drift over time"), el("div", { class: "choice", role: "group", "aria-label": "Span" }, buttons)),
    legend(), plot, reading, table);

  /** @param {(string | number)[]} one */
  function choose(one) {
    range = one;
    buttons.forEach((button, index) => button.setAttribute("aria-pressed", String(RANGES[index] === range)));
    void refresh();
  }

  async function refresh() {
    const asked = range;
    try {
      const answer = await get("/drift/series", { hours: String(asked[0]), steps: String(asked[1]) });
      if (asked !== range) return;
      points = answer;
      draw();
      fill(table, el("summary", {}, "As a table"), asTable(points));
    } catch (error) {
      fill(plot, failure(error, refresh));
    }
  }

  function draw() {
    if (points.length === 0) return fill(plot, el("p", { class: "empty" }, "Nothing has been recorded yet."));
    const tell = (/** @type {Point} */ point) => fill(reading, told(point));
    tell(points[points.length - 1]);
    fill(plot, picture(points, Math.max(280, plot.clientWidth), Number(range[0]), tell));
  }

  const watch = new ResizeObserver(() => { if (points.length) draw(); });
  watch.observe(plot);
  const timer = setInterval(refresh, REFRESH_MS);
  void refresh();
  return { refresh, close: () => { watch.disconnect(); clearInterval(timer); } };
}

/** @param {Point[]} points @param {number} width @param {number} hours @param {(point: Point) => void} tell */
function picture(points, width, hours, tell) {
  const max = niceMax(Math.max(...points.map((point) => sum(point))));
  const moves = Math.max(1, ...points.map(({ opened, corrected }) => Math.max(opened, corrected)));
  const step = (width - PLOT.left - PLOT.right) / points.length;
  const y = (/** @type {number} */ value) => PLOT.top + PLOT.stack * (1 - value / max);
  const middle = PLOT.top + PLOT.stack + 8 + PLOT.lane / 2;
  const last = points[points.length - 1];
  const onPointer = (/** @type {PointerEvent} */ event) => {
    const x = event.clientX - /** @type {Element} */ (event.currentTarget).getBoundingClientRect().left;
    const point = points[Math.floor((x - PLOT.left) / step)];
    if (point) tell(point);
  };
  return svg("svg", { viewBox: `0 0 ${width} ${PLOT.height}`, height: PLOT.height, role: "img", "aria-labelledby": "chart-title chart-desc", onpointermove: onPointer, onpointerleave: () => tell(last) },
    svg("title", { id: "chart-title" }, `Open drift in the last ${hours} hours`),
    svg("desc", { id: "chart-desc" }, `${sum(last)} open now, of which ${last.open.widens ?? 0} widen; between ${Math.min(...points.map(sum))} and ${Math.max(...points.map(sum))} in this span. The same as a table follows.`),
    [0, max / 2, max].map((value) => [
      svg("line", { class: "grid", x1: PLOT.left, x2: width - PLOT.right, y1: y(value), y2: y(value) }),
      svg("text", { class: "axis", x: PLOT.left - 6, y: y(value) + 4, "text-anchor": "end" }, number(value))]),
    svg("line", { class: "grid", x1: PLOT.left, x2: width - PLOT.right, y1: middle, y2: middle }),
    svg("text", { class: "axis", x: PLOT.left - 6, y: middle + 4, "text-anchor": "end" }, "±"),
    points.map((point, index) => column(point, PLOT.left + index * step, step, y, middle, moves)),
    timeMarks(points, width, step, hours));
}

/** @param {Point} point @param {number} x @param {number} step @param {(value: number) => number} y @param {number} middle @param {number} moves */
function column(point, x, step, y, middle, moves) {
  const width = Math.max(1, step - 1);
  const half = PLOT.lane / 2 - 1;
  let base = 0;
  const parts = STACK.map((effect) => {
    const count = point.open[effect] ?? 0;
    const part = count > 0 && svg("rect", { class: `e-${effect}`, x, width, y: y(base + count), height: y(base) - y(base + count) });
    base += count;
    return part;
  });
  const up = (point.opened / moves) * half;
  const down = (point.corrected / moves) * half;
  return svg("g", {}, svg("rect", { class: "hit", x, width: step, y: PLOT.top, height: PLOT.height - PLOT.top }), parts,
    up > 0 && svg("rect", { class: "opened", x, width, y: middle - up, height: up }),
    down > 0 && svg("rect", { class: "corrected", x, width, y: middle, height: down }));
}

/** @param {Point[]} points @param {number} width @param {number} step @param {number} hours */
function timeMarks(points, width, step, hours) {
  const format = new Intl.DateTimeFormat("en-GB", hours > 24 ? { day: "numeric", month: "short" } : { hour: "2-digit", minute: "2-digit" });
  const every = Math.ceil(points.length / Math.max(2, Math.floor((width - PLOT.left) / 90)));
  return points.map((point, index) => index % every === 0 && index * step < width - PLOT.left - 50 &&
    svg("text", { class: "axis", x: PLOT.left + index * step, y: PLOT.height - 6 }, format.format(new Date(point.at))));
}

/** @param {Point} point */
function told({ at, open, opened, corrected }) {
  return `${exact(at)}: ${STACK.map((effect) => `${number(open[effect] ?? 0)} ${effect}`).join(", ")}; ${number(opened)} opened, ${number(corrected)} corrected`;
}

/** @param {Point} point */
function sum({ open }) {
  return STACK.reduce((total, effect) => total + (open[effect] ?? 0), 0);
}

/**
 * The next number that is even and easy to read: 2, 4, 10, 20, 40, 100 …
 * @param {number} value
 */
function niceMax(value) {
  const size = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [2, 4, 6, 8, 10, 20].map((factor) => factor * size).find((nice) => nice >= value) ?? value;
}

function legend() {
  return el("ul", { class: "legend" },
    STACK.map((effect) => el("li", { class: `e-${effect}` }, el("i", { class: "swatch" }), `${effect} (open)`)),
    el("li", { class: "opened" }, el("i", { class: "swatch" }), "opened ↑"),
    el("li", { class: "corrected" }, el("i", { class: "swatch" }), "corrected ↓"));
}

/** @param {Point[]} points */
function asTable(points) {
  const head = ["From", ...STACK, "opened", "corrected"];
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `Drift over time, ${counted(points.length, "row")}` },
    el("table", { class: "plain" },
      el("thead", {}, el("tr", {}, head.map((word, index) => el("th", { scope: "col", class: index && "number" }, word)))),
      el("tbody", {}, points.toReversed().map(({ at, open, opened, corrected }) => el("tr", {}, el("th", { scope: "row" }, exact(at)),
        [...STACK.map((effect) => open[effect] ?? 0), opened, corrected].map((value) => el("td", { class: "number" }, number(value))))))));
}
