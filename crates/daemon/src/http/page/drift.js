// Drift: each difference from when it was first seen until it is gone.

import { accountLink } from "./accountrow.js";
import { el, fill, heading } from "./dom.js";
import { select } from "./filters.js";
import { time } from "./format.js";
import { on } from "./live.js";
import { pagedList } from "./pager.js";
import { ASPECTS, EFFECTS, aspectWord, effectBadge } from "./words.js";

const VIEW = "drift";
const KEYS = ["open", "aspect", "effect", "account"];
const COLUMNS = ["Account", "What differs", "First seen", "Last seen", "How it ended"];
const ENDS = /** @type {Record<string, string>} */ ({ corrected: "corrected by this daemon", elsewhere: "ended elsewhere" });

/** @type {import("./router.js").View} */
export function drift(root, query) {
  let current = query;
  const now = () => current;
  const open = select(VIEW, "open", "Open or ended", "Open and ended", [["true", "Open"], ["false", "Ended"]], now);
  const effects = select(VIEW, "effect", "Effect", "Any effect", Object.entries(EFFECTS).map(([value, [word]]) => [value, word]), now);
  const aspects = select(VIEW, "aspect", "Aspect", "Any aspect", Object.entries(ASPECTS), now);
  const body = el("tbody", {});
  const none = el("p", { class: "empty", hidden: true }, "There is no such drift.");
  const more = el("button", { class: "more", hidden: true, onclick: () => load() }, "Show what is new");
  const list = pagedList(VIEW, body, (items) => {
    none.hidden = items.length > 0;
    fill(body, items.map(row));
  });
  fill(root,
    el("div", { class: "view-head" }, heading("Drift"), more),
    el("search", { class: "filters", "aria-label": "Filters" }, el("div", { class: "filter-row" }, open.element, effects.element, aspects.element)),
    el("div", { class: "card flush" }, el("table", { class: "list drift" },
      el("thead", {}, el("tr", {}, COLUMNS.map((word, index) => el("th", { scope: "col", class: `c${index}` }, word)))), body), none),
    list.foot);

  function load() {
    more.hidden = true;
    void list.load("/drift", new URLSearchParams([...current].filter(([key, value]) => KEYS.includes(key) && value)), current);
  }

  /** @param {URLSearchParams} to */
  function update(to) {
    current = to;
    for (const filter of [open, effects, aspects]) filter.show(to);
    load();
  }

  // Rows in sight follow; new ones wait for a click, so that nothing moves under the reader.
  const end = on("drift", (event) => {
    const shown = body.querySelector(`[data-drift="${CSS.escape(String(event.id))}"]`);
    if (shown) shown.replaceWith(row(event));
    else more.hidden = false;
  });
  update(query);
  return { update, close: () => { end(); list.close(); } };
}

/** @param {any} event a `DriftEvent` */
function row(event) {
  return el("tr", { "data-drift": event.id, class: event.effect === "widens" && !event.ended_at && "widened" },
    el("th", { scope: "row", class: "c0" }, accountLink(event.account, event.account_name), el("span", { class: "id" }, event.account)),
    el("td", { class: "c1" }, effectBadge(event.effect), " ", el("span", { class: "label" }, aspectWord(event.aspect)), " ",
      event.subject && el("code", { class: "break" }, event.subject),
      el("span", { class: "summary break" }, event.summary),
      !event.was_in_sync && el("span", { class: "faint" }, "never right so far: not rolled out yet")),
    el("td", { class: "c2" }, time(event.first_seen)),
    el("td", { class: "c3" }, time(event.last_seen)),
    el("td", { class: "c4" }, event.ended_at ? [ENDS[event.ended_by] ?? "ended", " ", time(event.ended_at)] : el("strong", {}, "open")));
}
