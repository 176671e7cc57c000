// What filters a list: it reads the hash, and every choice writes it, so that a list can be shared.

import { el } from "./dom.js";
import { href } from "./router.js";

/** @typedef {{ element: HTMLElement, show: (query: URLSearchParams) => void }} Filter */

/**
 * Goes to the first page of the list with other filters.
 * @param {string} view
 * @param {URLSearchParams} query
 */
function choose(view, query) {
  query.delete("cursor");
  query.delete("page");
  location.hash = href(view, query);
}

/**
 * Buttons of which several may be pressed.
 * @param {string} view
 * @param {string} key
 * @param {string} label
 * @param {[value: string, word: string, title: string, kind: string][]} choices
 * @param {() => URLSearchParams} current
 * @returns {Filter}
 */
export function toggles(view, key, label, choices, current) {
  const buttons = choices.map(([value, word, title, kind]) => el("button", {
    class: `toggle ${kind}`, title, "data-value": value, "aria-pressed": "false",
    onclick: () => {
      const query = new URLSearchParams(current());
      const has = query.getAll(key).includes(value);
      const others = query.getAll(key).filter((one) => one !== value);
      query.delete(key);
      for (const one of has ? others : [...others, value]) query.append(key, one);
      choose(view, query);
    },
  }, el("i", { class: "dot" }), word));
  return {
    element: el("div", { class: "toggles", role: "group", "aria-label": label, "data-filter": key }, buttons),
    show: (query) => buttons.forEach((button, index) =>
      button.setAttribute("aria-pressed", String(query.getAll(key).includes(choices[index][0])))),
  };
}

/**
 * A drop-down; its first option takes the filter away. Options can be given later.
 * @param {string} view
 * @param {string} key
 * @param {string} label
 * @param {string} all
 * @param {[value: string, word: string][]} options
 * @param {() => URLSearchParams} current
 */
export function select(view, key, label, all, options, current) {
  const element = el("select", {
    "aria-label": label, "data-filter": key,
    onchange: () => {
      const query = new URLSearchParams(current());
      if (element.value) query.set(key, element.value);
      else query.delete(key);
      choose(view, query);
    },
  });
  const show = (/** @type {URLSearchParams} */ query) => {
    const value = query.get(key) ?? "";
    // What the hash says is shown even where it is no known option.
    if (![...element.options].some((option) => option.value === value)) element.append(el("option", { value }, value));
    element.value = value;
  };
  const offer = (/** @type {[string, string][]} */ offered) => {
    element.replaceChildren(el("option", { value: "" }, all), ...offered.map(([value, word]) => el("option", { value }, word)));
    show(current());
  };
  offer(options);
  return { element, show, offer };
}
