// The organization as a tree of OUs (WAI-ARIA tree: arrows, Home, End, Enter), counts by verdict.

import { el, fill } from "./dom.js";
import { number } from "./format.js";
import { failure } from "./notice.js";
import { href } from "./router.js";
import { childrenOf, units } from "./units.js";
import { stackedBar } from "./verdicts.js";
import { VERDICTS } from "./words.js";

/** @typedef {import("./units.js").Unit} Unit */

// What asks for attention, gravest first; the rest is told by the bar. The head has no room for longer words.
const TOLD = ["widens", "drifted", "held", "failed", "unreachable"];
const COLUMNS = ["widened", "drifted", "held", "failed", "unreach."];

/** @param {HTMLElement} root */
export function tree(root) {
  const list = el("ul", { class: "tree", role: "tree", "aria-label": "Organizational units", onkeydown: onKey, onclick: onClick });
  fill(root, el("div", { class: "card-head" }, el("h2", {}, "Organization")), columns(), list);
  /** @type {Map<string, Unit[]>} */
  let children = new Map();
  /** @type {Set<string> | null} null until the first answer: the roots open by themselves */
  let expanded = null;
  let current = "";

  async function refresh() {
    try {
      children = childrenOf(await units());
    } catch (error) {
      return fill(list, el("li", {}, failure(error, refresh)));
    }
    if (children.size === 0) return fill(list, el("li", { class: "empty" }, "No organizational unit is known yet."));
    const roots = children.get("") ?? [];
    expanded ??= new Set(roots.map(({ id }) => id));
    current ||= roots[0]?.id ?? "";
    show();
  }

  function show() {
    const hadFocus = list.contains(document.activeElement);
    fill(list, (children.get("") ?? []).map((unit) => item(unit, 1)));
    if (!list.querySelector('[tabindex="0"]')) list.querySelector("[role=treeitem]")?.setAttribute("tabindex", "0");
    if (hadFocus) find(current)?.focus();
  }

  /** @param {Unit} unit @param {number} level @returns {HTMLElement} */
  function item(unit, level) {
    const below = children.get(unit.id) ?? [];
    const isOpen = below.length > 0 && expanded?.has(unit.id);
    const row = el("div", { class: "tree-row" },
      el("span", { class: "twisty", "aria-hidden": "true" }, below.length ? (isOpen ? "▾" : "▸") : ""),
      el("span", { class: "tree-name" }, unit.name || unit.id),
      el("span", { class: "tree-told" }, told(unit)),
      el("span", { class: "mini-bar", "aria-hidden": "true" }, stackedBar(unit.by_verdict, Math.max(unit.accounts, 1))),
      el("span", { class: "tree-count" }, number(unit.accounts)));
    row.style.setProperty("--level", String(level - 1));
    return el("li", {
      role: "treeitem", "data-unit": unit.id, "aria-level": level, tabindex: unit.id === current ? "0" : "-1",
      "aria-expanded": below.length ? String(Boolean(isOpen)) : null, "aria-label": spoken(unit),
    }, row, isOpen && el("ul", { role: "group" }, below.map((child) => item(child, level + 1))));
  }

  /** @param {string} id @returns {HTMLElement | null} */
  const find = (id) => list.querySelector(`[data-unit="${CSS.escape(id)}"]`);

  /** @param {string} id @param {boolean} open */
  function toggle(id, open) {
    if (open) expanded?.add(id);
    else expanded?.delete(id);
    show();
  }

  /** @param {string | null | undefined} id */
  function moveTo(id) {
    if (!id) return;
    find(current)?.setAttribute("tabindex", "-1");
    current = id;
    const to = find(id);
    to?.setAttribute("tabindex", "0");
    to?.focus();
  }

  /** @param {MouseEvent} event */
  function onClick(event) {
    const target = /** @type {Element} */ (event.target);
    const id = target.closest("[role=treeitem]")?.getAttribute("data-unit");
    if (!id) return;
    if (!target.closest(".twisty") || !children.has(id)) return openAccounts(id);
    toggle(id, !expanded?.has(id));
    moveTo(id);
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const seen = [...list.querySelectorAll("[role=treeitem]")].map((one) => one.getAttribute("data-unit"));
    const at = seen.indexOf(current);
    const isOpen = children.has(current) && expanded?.has(current);
    const parent = find(current)?.parentElement?.closest("[role=treeitem]")?.getAttribute("data-unit");
    const keys = /** @type {Record<string, () => void>} */ ({
      ArrowDown: () => moveTo(seen[at + 1]),
      ArrowUp: () => moveTo(seen[at - 1]),
      Home: () => moveTo(seen[0]),
      End: () => moveTo(seen.at(-1)),
      ArrowRight: () => (isOpen ? moveTo(children.get(current)?.[0].id) : children.has(current) && toggle(current, true)),
      ArrowLeft: () => (isOpen ? toggle(current, false) : moveTo(parent)),
      Enter: () => openAccounts(current),
    });
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  }

  void refresh();
  return { refresh };
}

/** @param {string} ou */
function openAccounts(ou) {
  location.hash = href("accounts", { ou });
}

function columns() {
  return el("div", { class: "tree-row tree-head", "aria-hidden": "true" },
    el("span", { class: "tree-name" }), el("span", { class: "tree-told" }, COLUMNS.map((word) => el("span", { class: "count" }, word))),
    el("span", { class: "mini-bar" }), el("span", { class: "tree-count" }, "accounts"));
}

/** @param {Unit} unit */
function told(unit) {
  // An empty place for none, so that the numbers stand in columns.
  return TOLD.map((kind) => {
    const count = countOf(unit, kind);
    return el("span", { class: `count v-${kind}`, title: wordOf(kind) },
      count > 0 && [el("i", { class: "dot" }), number(count), el("span", { class: "word" }, wordOf(kind).toLowerCase())]);
  });
}

/** @param {Unit} unit @param {string} kind a verdict, or "widens" */
function countOf(unit, kind) {
  return kind === "widens" ? unit.widened : unit.by_verdict[kind] ?? 0;
}

/** @param {string} kind */
function wordOf(kind) {
  return kind === "widens" ? "Widened" : VERDICTS[kind][0];
}

/** @param {Unit} unit */
function spoken(unit) {
  const counts = TOLD.filter((kind) => countOf(unit, kind) > 0)
    .map((kind) => `${number(countOf(unit, kind))} ${wordOf(kind).toLowerCase()}`);
  return [unit.name || unit.id, `${number(unit.accounts)} accounts`, ...counts].join(", ");
}
