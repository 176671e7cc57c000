// Wanted and found, side by side; on a phone one under the other. A difference is marked by a sign and
// a word besides its colour.

import { el } from "./dom.js";
import { counted } from "./format.js";
import { effectBadge } from "./words.js";

/**
 * @typedef {{ mark: "same" | "wanted" | "found", text: string }} Line
 * @typedef {{ name: string, wanted: any, found: any, same: boolean, effect: string | null, lines: Line[] }} Doc
 */

// Equal lines kept around a difference; longer stretches fold.
const CONTEXT = 3;

/** @param {Doc[]} all */
export function documents(all) {
  if (all.length === 0) return null;
  const different = all.filter(({ same }) => !same);
  const same = all.filter((one) => one.same);
  return el("section", { class: "card", "aria-label": "Wanted and found" },
    el("div", { class: "card-head" }, el("h2", {}, "Wanted and found"),
      el("span", { class: "faint" }, different.length ? `${counted(different.length, "document differs", "documents differ")}, ${same.length} as wanted` : "all as wanted")),
    different.map((one) => el("article", { class: `document e-${one.effect}`, "data-document": one.name },
      el("h3", {}, one.name, " ", effectBadge(one.effect)), sideBySide(one))),
    same.map((one) => el("details", { class: "document same" },
      el("summary", {}, el("span", { class: "check", "aria-hidden": "true" }, "✓"), one.name, el("span", { class: "faint" }, " as wanted")), plain(one))));
}

/** @param {Doc} one */
function plain({ lines }) {
  return el("pre", {}, lines.length ? lines.map(({ text }) => text).join("\n") : "(none)");
}

/** @param {Doc} one */
function sideBySide({ name, lines, wanted, found, effect }) {
  const rows = folded(pairs(lines));
  return el("div", { class: "diff", role: "table", "aria-label": `${name}: wanted and found` },
    el("div", { class: "diff-row diff-head", role: "row" },
      el("span", { role: "columnheader" }, "Wanted", wanted === null && el("span", { class: "faint" }, " · none")),
      el("span", { role: "columnheader" }, "Found", found === null && el("span", { class: "faint" }, " · none"))),
    rows.map((row) => (Array.isArray(row) ? fold(row) : rowOf(row, effect))));
}

/**
 * Lines that are wanted beside those found in their place.
 * @param {Line[]} lines
 * @returns {{ wanted: string | null, found: string | null, same: boolean, first: boolean }[]}
 */
function pairs(lines) {
  const rows = [];
  for (let at = 0; at < lines.length; ) {
    if (lines[at].mark === "same") {
      rows.push({ wanted: lines[at].text, found: lines[at].text, same: true, first: false });
      at += 1;
      continue;
    }
    const end = lines.findIndex(({ mark }, index) => index >= at && mark === "same");
    const stretch = lines.slice(at, end < 0 ? lines.length : end);
    const wanted = stretch.filter(({ mark }) => mark === "wanted");
    const found = stretch.filter(({ mark }) => mark === "found");
    for (let row = 0; row < Math.max(wanted.length, found.length); row += 1) {
      rows.push({ wanted: wanted[row]?.text ?? null, found: found[row]?.text ?? null, same: false, first: row === 0 });
    }
    at += stretch.length;
  }
  return rows;
}

/** @param {ReturnType<typeof pairs>} rows */
function folded(rows) {
  const near = rows.map((_, at) => rows.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some(({ same }) => !same));
  /** @type {(typeof rows[0] | typeof rows)[]} */
  const shown = [];
  for (let at = 0; at < rows.length; ) {
    const end = near[at] ? at + 1 : near.indexOf(true, at);
    const stretch = rows.slice(at, end < 0 ? rows.length : end);
    shown.push(...(stretch.length > 2 ? [stretch] : stretch));
    at += stretch.length;
  }
  return shown;
}

/** @param {ReturnType<typeof pairs>} rows */
function fold(rows) {
  const button = el("button", {
    class: "fold", onclick: () => {
      const opened = rows.map((row) => rowOf(row, null));
      button.parentElement.replaceWith(...opened);
    },
  }, `⋯ ${counted(rows.length, "line")} the same`);
  return el("div", { role: "row", class: "diff-fold" }, el("span", { role: "cell" }, button));
}

/** @param {ReturnType<typeof pairs>[0]} row @param {string | null} effect */
function rowOf({ wanted, found, same, first }, effect) {
  // The word stands once at each place; red alone would say nothing to many.
  const word = first && effect === "widens" && found !== null ? el("span", { class: "effect e-widens" }, "widens") : null;
  return el("div", { class: `diff-row${same ? " same" : ""}`, role: "row" },
    side(wanted, same ? "" : "wanted", "−", "wanted, not found: "),
    side(found, same ? "" : `found e-${effect}`, "+", "found, not wanted: ", word));
}

/** @param {string | null} text @param {string} kind @param {string} sign @param {string} spoken @param {Node | null} [word] */
function side(text, kind, sign, spoken, word) {
  if (text === null) return el("span", { role: "cell", class: "line none" });
  return el("span", { role: "cell", class: `line ${kind}` },
    el("span", { class: "sign", "aria-hidden": "true" }, kind && sign), kind && el("span", { class: "unseen" }, spoken),
    el("span", { class: "text" }, text), word);
}
