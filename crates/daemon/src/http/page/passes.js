// The passes, newest first.

import { el, fill, heading } from "./dom.js";
import { duration, number, short, time } from "./format.js";
import { on } from "./live.js";
import { pagedList } from "./pager.js";
import { stackedBar } from "./verdicts.js";
import { TRIGGERS } from "./words.js";

const COLUMNS = ["Started", "Trigger", "Took", "Accounts", "By verdict", "Calls", "Result"];
const NUMBERS = new Set(["Accounts", "Calls"]);

/** @type {import("./router.js").View} */
export function passes(root, query) {
  const body = el("tbody", {});
  const none = el("p", { class: "empty", hidden: true }, "No pass has been recorded yet.");
  const list = pagedList("passes", body, (items) => {
    none.hidden = items.length > 0;
    fill(body, items.map(row));
  });
  fill(root, el("div", { class: "view-head" }, heading("Passes")),
    el("div", { class: "card flush" }, el("table", { class: "list passes" },
      el("thead", {}, el("tr", {}, COLUMNS.map((word, index) => el("th", { scope: "col", class: `c${index}${NUMBERS.has(word) ? " number" : ""}` }, word)))), body), none),
    list.foot);
  let current = query;
  const update = (/** @type {URLSearchParams} */ to) => {
    current = to;
    void list.load("/passes", new URLSearchParams(), to);
  };
  // A later page keeps its place.
  const end = on("pass", () => { if (!current.has("cursor")) update(current); });
  update(query);
  return { update, close: () => { end(); list.close(); } };
}

/**
 * What is to be said of a pass: nothing where all went well.
 * @param {any} pass a `PassLine`
 */
export function passResult({ interrupted, fell_behind: fellBehind, listing_incomplete: partial, ended_at: ended }) {
  const said = [
    !ended && !interrupted && "running",
    interrupted && "interrupted",
    fellBehind && "fell behind",
    partial && "list of accounts not whole",
  ].filter(Boolean);
  return said.length ? el("span", { class: "tag warn", title: partial || null }, said.join(", ")) : el("span", { class: "tag" }, "complete");
}

/** @param {any} pass a `PassLine` */
function row(pass) {
  const total = Object.values(pass.by_verdict).reduce((sum, count) => sum + /** @type {number} */ (count), 0);
  return el("tr", {},
    el("th", { scope: "row", class: "c0" }, time(pass.started_at), el("span", { class: "faint exact" }, short(pass.started_at))),
    el("td", { class: "c1" }, TRIGGERS[pass.trigger] ?? pass.trigger),
    el("td", { class: "c2" }, pass.ended_at ? duration((Date.parse(pass.ended_at) - Date.parse(pass.started_at)) / 1000) : ""),
    el("td", { class: "c3 number" }, number(pass.visited)),
    el("td", { class: "c4" }, el("span", { class: "mini-bar wide" }, stackedBar(pass.by_verdict, Math.max(total, 1)))),
    el("td", { class: "c5 number", title: listed(pass.calls) }, number(totalOf(pass.calls)), calls(pass.throttled)),
    el("td", { class: "c6" }, passResult(pass)));
}

/** @param {Record<string, number>} counts */
function totalOf(counts) {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** @param {Record<string, number>} counts */
function listed(counts) {
  return Object.entries(counts).map(([call, count]) => `${call} ${number(count)}`).join("\n");
}

/** @param {Record<string, number>} throttled */
function calls(throttled) {
  const count = totalOf(throttled);
  return count > 0 && el("span", { class: "faint", title: listed(throttled) }, ` · ${number(count)} throttled`);
}
