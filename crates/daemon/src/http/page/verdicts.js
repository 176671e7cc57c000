// Accounts by verdict: one bar, and tiles that lead to the accounts.

import { el, fill, setText } from "./dom.js";
import { number } from "./format.js";
import { href } from "./router.js";
import { VERDICTS } from "./words.js";

/**
 * The tiles; `update` takes the `accounts` of the status.
 * @param {HTMLElement} root
 */
export function verdictTiles(root) {
  const total = el("span", { class: "faint" });
  const bar = el("div", { class: "big-bar", "aria-hidden": "true" });
  const widened = tile("widens", "Widened", "Some role allows or trusts more than wanted", href("accounts", { effect: "widens" }));
  const tiles = Object.entries(VERDICTS).map(([verdict, [word, meaning]]) =>
    /** @type {const} */ ([verdict, tile(verdict, word, meaning, href("accounts", { verdict }))]));
  fill(root, el("div", { class: "card-head" }, el("h2", {}, "Accounts by verdict"), total), bar,
    el("ul", { class: "tiles" }, widened.item, tiles.map(([, { item }]) => item)));

  return (/** @type {any} */ accounts) => {
    setText(total, `${number(accounts.total)} in all`);
    fill(bar, stackedBar(accounts.by_verdict, Math.max(accounts.total, 1)));
    widened.show(accounts.widened, accounts.total);
    for (const [verdict, { show }] of tiles) show(accounts.by_verdict[verdict] ?? 0, accounts.total);
  };
}

/**
 * Segments by verdict, each as wide as its share of the whole.
 * @param {Record<string, number>} byVerdict
 * @param {number} whole
 */
export function stackedBar(byVerdict, whole) {
  return Object.keys(VERDICTS).filter((verdict) => byVerdict[verdict] > 0).map((verdict) => {
    const segment = el("span", { class: `segment v-${verdict}`, title: `${VERDICTS[verdict][0]}: ${number(byVerdict[verdict])}` });
    // Set by script: the policy of the page allows no style attributes.
    segment.style.width = `${(byVerdict[verdict] / whole) * 100}%`;
    return segment;
  });
}

/** @param {string} kind @param {string} word @param {string} meaning @param {string} target */
function tile(kind, word, meaning, target) {
  const count = el("b", {});
  const share = el("span", { class: "faint" });
  const link = el("a", { class: `tile v-${kind}`, href: target, title: meaning, "data-tile": kind },
    el("span", { class: "tile-word" }, el("i", { class: "dot" }), word), count, share);
  const show = (/** @type {number} */ value, /** @type {number} */ total) => {
    setText(count, number(value));
    setText(share, value && total ? percent(value / total) : "");
    link.classList.toggle("zero", value === 0);
  };
  return { item: el("li", {}, link), show };
}

/** @param {number} share */
function percent(share) {
  // One account of 50,000 is not none.
  return share < 0.001 ? "< 0.1 %" : `${(share * 100).toFixed(1)} %`;
}
