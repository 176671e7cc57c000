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
const FOLD_MIN = 3;

/** @param {Doc[]} all */
export function documents(all) {
  if (all.length === 0) return null;
  const different = all.filter(({ same }) => !same);
  const same = all.filter((one) => one.same);
  return el("section", { class: "card", "aria-label": "Wanted and found" },
    el("div", { class: "card-head" }, el("h2", {}, "Wanted and found"),
      el("span", { class: "faint" }, different.length ? `${counted(different.length, "document differs", "documents differ")}, ${same.length} as wanted` : "all as wanted")),
    different.map((one) => el("article", { class: `document e-${one.effect}`, "data-document": one.name },
      el("h3", {}, titled(one.name), " ", effectBadge(one.effect)), sideBySide(one))),
    same.map((one) => el("details", { class: "document same" },
      el("summary", {}, el("span", { class: "check", "aria-hidden": "true" }, "✓"), titled(one.name), el("span", { class: "faint" }, " as wanted")), plain(one))));
}

/**
 * What is wanted of a role that was never read: nothing can be said of what is there.
 * @param {Doc[]} all
 */
export function wantedOnly(all) {
  const wanted = all.filter((one) => one.wanted !== null);
  if (wanted.length === 0) return null;
  return el("section", { class: "card", "aria-label": "Wanted" },
    el("div", { class: "card-head" }, el("h2", {}, "Wanted"), el("span", { class: "faint" }, "the role has not been read: what is there is not known")),
    wanted.map((one) => el("details", { class: "document same" }, el("summary", {}, titled(one.name)), plain(one))));
}

/** @param {Doc} one */
function plain({ lines }) {
  return el("pre", {}, lines.length ? lines.map(({ text }) => text).join("\n") : "(none)");
}

/**
 * @typedef {{ wanted: string | null, found: string | null }} Row
 * @typedef {{ same: boolean, rows: Row[] }} Hunk a stretch of rows that are all equal, or all different
 */

/** @param {Doc} one */
function sideBySide({ name, lines, wanted, found, effect }) {
  const all = hunks(lines);
  return el("div", { class: "diff", role: "table", "aria-label": `${name}: wanted and found` },
    el("div", { class: "diff-row diff-head", role: "row" },
      el("span", { role: "columnheader" }, "Wanted", wanted === null && el("span", { class: "faint" }, " · none")),
      el("span", { role: "columnheader" }, "Found", found === null && el("span", { class: "faint" }, " · none"))),
    all.map(({ same, rows }, at) => (same
      ? folded(rows, at > 0 ? CONTEXT : 0, at < all.length - 1 ? CONTEXT : 0)
      : el("div", { class: "hunk", role: "rowgroup" }, rows.map((row, first) => differentRow(row, effect, first === 0))))));
}

/**
 * Lines that are wanted beside those found in their place.
 * @param {Line[]} lines
 * @returns {Hunk[]}
 */
function hunks(lines) {
  /** @type {Hunk[]} */
  const all = [];
  for (let at = 0; at < lines.length; ) {
    const same = lines[at].mark === "same";
    const end = lines.findIndex(({ mark }, index) => index > at && (mark === "same") !== same);
    const stretch = lines.slice(at, end < 0 ? lines.length : end);
    const wanted = stretch.filter(({ mark }) => mark !== "found");
    const found = stretch.filter(({ mark }) => mark !== "wanted");
    const rows = Array.from({ length: Math.max(wanted.length, found.length) }, (_, row) =>
      ({ wanted: wanted[row]?.text ?? null, found: found[row]?.text ?? null }));
    all.push({ same, rows });
    at += stretch.length;
  }
  return all;
}

/**
 * Equal rows; those far from a difference wait behind a button.
 * @param {Row[]} rows @param {number} before kept at the start @param {number} after kept at the end
 */
function folded(rows, before, after) {
  const hidden = rows.slice(before, rows.length - after);
  if (hidden.length < FOLD_MIN) return rows.map(sameRow);
  const button = el("button", { class: "fold", onclick: () => fold.replaceWith(...hidden.map(sameRow)) }, `⋯ ${counted(hidden.length, "line")} the same`);
  const fold = el("div", { role: "row", class: "diff-fold" }, el("span", { role: "cell" }, button));
  return [rows.slice(0, before).map(sameRow), fold, rows.slice(rows.length - after).map(sameRow)];
}

/** @param {Row} row */
function sameRow({ wanted, found }) {
  return el("div", { class: "diff-row same", role: "row" }, side(wanted, "", "", ""), side(found, "", "", ""));
}

/** @param {Row} row @param {string | null} effect @param {boolean} isFirst of its hunk */
function differentRow({ wanted, found }, effect, isFirst) {
  // The word stands once at each place; red alone would say nothing to many.
  const word = isFirst && effect === "widens" && found !== null ? el("span", { class: "effect e-widens" }, "widens") : null;
  return el("div", { class: "diff-row", role: "row" },
    side(wanted, "wanted", "−", "wanted, not found: "),
    side(found, "found", "+", "found, not wanted: ", word));
}

/** @param {string} name "inline policy x", as a heading */
function titled(name) {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** @param {string | null} text @param {string} kind @param {string} sign @param {string} spoken @param {Node | null} [word] */
function side(text, kind, sign, spoken, word) {
  if (text === null) return el("span", { role: "cell", class: "line none" });
  return el("span", { role: "cell", class: `line ${kind}` },
    el("span", { class: "sign", "aria-hidden": "true" }, sign), spoken && el("span", { class: "unseen" }, spoken),
    el("span", { class: "text" }, text), word);
}
