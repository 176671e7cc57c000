// The accounts: searched, filtered and paged by the server; the rows in sight follow the event stream.

import { accountRow } from "./accountrow.js";
import { el, fill, heading } from "./dom.js";
import { select, toggles } from "./filters.js";
import { on } from "./live.js";
import { pagedList } from "./pager.js";
import { href, replace } from "./router.js";
import { inTreeOrder, units } from "./units.js";
import { ASPECTS, EFFECTS, VERDICTS } from "./words.js";

const VIEW = "accounts";
const KEYS = ["verdict", "effect", "aspect", "ou", "cause", "q"];
const SEARCH_PAUSE_MS = 250;
const COLUMNS = ["Account", "Verdict", "Differs", "Organizational unit", "Verified", "Next visit"];

/** @type {import("./router.js").View} */
export function accounts(root, query) {
  let current = query;
  const now = () => current;
  const find = searchBox(now);
  const verdicts = toggles(VIEW, "verdict", "Verdict", Object.entries(VERDICTS).map(([value, [word, title]]) => [value, word, title, `v-${value}`]), now);
  const effects = toggles(VIEW, "effect", "Effect", Object.entries(EFFECTS).map(([value, [word, title]]) => [value, word, title, `e-${value}`]), now);
  const aspects = select(VIEW, "aspect", "Aspect", "Any aspect", Object.entries(ASPECTS), now);
  const unit = select(VIEW, "ou", "Organizational unit", "Any organizational unit", [], now);
  const clear = el("a", { class: "button", href: href(VIEW) }, "Clear filters");
  const body = el("tbody", {});
  const none = el("p", { class: "empty", hidden: true }, "No account is like this.");
  const list = pagedList(VIEW, body, show);
  fill(root,
    el("div", { class: "view-head" }, heading("Accounts"), find.element),
    el("search", { class: "filters", "aria-label": "Filters" }, verdicts.element, el("div", { class: "filter-row" }, effects.element, aspects.element, unit.element, clear)),
    el("div", { class: "card flush" },
      el("table", { class: "list accounts" },
        el("thead", {}, el("tr", {}, COLUMNS.map((word, index) => el("th", { scope: "col", class: `c${index}` }, word)))), body), none),
    list.foot);

  /** @type {Map<string, import("./units.js").Unit>} */
  let known = new Map();
  const named = units(60_000).then((all) => {
    known = all;
    unit.offer(inTreeOrder(all).map(({ unit: { id, name }, depth }) => [id, `${"\u00a0\u00a0".repeat(depth)}${name || id}`]));
  }).catch(() => { /* Ids stand in for names; the list itself tells what is wrong. */ });

  /** @param {any[]} items */
  async function show(items) {
    await named;
    none.hidden = items.length > 0;
    fill(body, items.map((line) => accountRow(line, known)));
  }

  function update(/** @type {URLSearchParams} */ to) {
    // `/` was pressed elsewhere: it leads here, into the search box.
    if (to.has("find")) {
      to.delete("find");
      history.replaceState(null, "", href(VIEW, to));
      setTimeout(() => find.input.focus());
    }
    current = to;
    for (const filter of [find, verdicts, effects, aspects, unit]) filter.show(to);
    const filter = new URLSearchParams([...to].filter(([key, value]) => KEYS.includes(key) && value));
    clear.hidden = filter.size === 0;
    void list.load("/accounts", filter, to);
  }

  const end = on("account", (line) => {
    const row = body.querySelector(`[data-account="${CSS.escape(line.id)}"]`);
    if (!row) return;
    const hadFocus = row.contains(document.activeElement);
    const fresh = accountRow(line, known);
    fresh.classList.add("fresh");
    row.replaceWith(fresh);
    if (hadFocus) fresh.querySelector("a")?.focus();
  });
  update(query);
  return { update, close: () => { end(); list.close(); } };
}

/** @param {() => URLSearchParams} current */
function searchBox(current) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let pause;
  const input = el("input", {
    type: "search", id: "search", placeholder: "Name or start of the id", "aria-label": "Search accounts by name or start of the id",
    autocomplete: "off", spellcheck: "false", "aria-keyshortcuts": "/",
    oninput: () => {
      clearTimeout(pause);
      pause = setTimeout(() => {
        const query = new URLSearchParams(current());
        for (const key of ["cursor", "page", "q"]) query.delete(key);
        if (input.value.trim()) query.set("q", input.value.trim());
        replace(VIEW, query);
      }, SEARCH_PAUSE_MS);
    },
    onkeydown: (/** @type {KeyboardEvent} */ event) => { if (event.key === "Escape" && !input.value) input.blur(); },
  });
  return {
    input,
    element: el("div", { class: "search" }, input, el("kbd", { "aria-hidden": "true" }, "/")),
    // Never under the fingers of who types.
    show: (/** @type {URLSearchParams} */ query) => { if (document.activeElement !== input) input.value = query.get("q") ?? ""; },
  };
}
