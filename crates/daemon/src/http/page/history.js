// What was seen and done in one account, newest first; older entries on request.

import { get } from "./api.js";
import { el, fill } from "./dom.js";
import { time } from "./format.js";
import { failure } from "./notice.js";
import { verdictBadge } from "./words.js";

const LIMIT = "25";
const KINDS = /** @type {Record<string, string>} */ ({ intent: "About to write", outcome: "Outcome", interrupted: "Interrupted" });

/** @param {string} id */
export function historyList(id) {
  const list = el("ol", { class: "history" });
  const foot = el("div", { class: "pager" });
  const path = `/accounts/${encodeURIComponent(id)}/history`;

  /** @param {string | null} cursor */
  async function load(cursor) {
    try {
      const page = await get(path, cursor ? { limit: LIMIT, cursor } : { limit: LIMIT });
      if (cursor === null) fill(list);
      list.append(...page.items.map(entry));
      if (list.childElementCount === 0) fill(list, el("li", { class: "empty" }, "Nothing has been done here yet."));
      fill(foot, page.next && el("button", { onclick: () => load(page.next) }, "Load older"));
    } catch (error) {
      fill(foot, failure(error, () => void load(cursor)));
    }
  }
  void load(null);
  return {
    element: el("section", { class: "card", "aria-label": "History" }, el("h2", {}, "History"), list, foot),
    refresh: () => void load(null),
  };
}

/** @param {any} one a `HistoryEntry` */
function entry({ at, run, kind, verdict, calls, observation }) {
  return el("li", { class: `entry-${kind}` }, time(at), el("span", { class: "kind" }, KINDS[kind] ?? kind),
    verdict && verdictBadge(verdict), calls.map((/** @type {string} */ call) => el("code", {}, call)),
    el("span", { class: "faint mono", title: `Run ${run}` }, observation ? observation.slice(0, 12) : ""));
}
