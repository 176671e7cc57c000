// Open drift by aspect and effect; each count leads to its list.

import { el, fill, setText } from "./dom.js";
import { number } from "./format.js";
import { href } from "./router.js";
import { ASPECTS, EFFECTS, effectBadge } from "./words.js";

// The verdicts of accounts whose role was read.
const READ = ["in_sync", "converged", "drifted", "held"];

/**
 * The table; `update` takes the status.
 * @param {HTMLElement} root
 */
export function driftTable(root) {
  const total = el("a", { href: href("drift", { open: "true" }) });
  const none = el("p", { class: "empty" });
  const rows = Object.entries(ASPECTS).map(([aspect, word]) => {
    const cells = Object.keys(EFFECTS).map((effect) => [effect, el("a", { href: href("drift", { open: "true", aspect, effect }) })]);
    const row = el("tr", {}, el("th", { scope: "row" }, word), cells.map(([effect, link]) => el("td", { class: `number e-${effect}` }, link)));
    return { aspect, row, cells };
  });
  const table = el("table", { class: "plain" },
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Aspect"),
      Object.keys(EFFECTS).map((effect) => el("th", { scope: "col", class: "number" }, effectBadge(effect))))),
    el("tbody", {}, rows.map(({ row }) => row)));
  fill(root, el("div", { class: "card-head" }, el("h2", {}, "Drift now"), total), table, none);

  return (/** @type {any} */ { drift, accounts }) => {
    // No drift is good news only where something was read.
    const isRead = READ.some((verdict) => accounts.by_verdict[verdict] > 0);
    setText(none, isRead ? "Nothing differs in any account that could be read." : "No account has been read yet.");
    setText(total, `${number(drift.open)} open`);
    table.hidden = drift.open === 0;
    none.hidden = drift.open !== 0;
    for (const { aspect, row, cells } of rows) {
      const counts = drift.by_aspect[aspect] ?? {};
      row.hidden = !Object.values(counts).some((count) => /** @type {number} */ (count) > 0);
      for (const [effect, link] of cells) {
        const count = counts[effect] ?? 0;
        setText(link, number(count));
        link.classList.toggle("zero", count === 0);
        link.setAttribute("aria-label", `${number(count)}: ${ASPECTS[aspect]}, ${effect}`);
      }
    }
  };
}
