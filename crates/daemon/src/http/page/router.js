// Which view is shown is told by the hash, so that it can be shared, and back and forward work:
// #/accounts?verdict=drifted, #/accounts/111122223333.

import { el, fill } from "./dom.js";

/**
 * @typedef {{ update?: (query: URLSearchParams) => void, close?: () => void }} Opened
 * @typedef {{ name: string, id: string | null, query: URLSearchParams }} Route
 * @typedef {(root: HTMLElement, query: URLSearchParams, id: string) => Opened} View
 */

/** @type {Opened | null} */
let opened = null;
/** @type {string | null} */
let shown = null;

/**
 * @param {string} path `accounts`, `accounts/111122223333`
 * @param {URLSearchParams | Record<string, string>} [query]
 */
export function href(path, query = {}) {
  const asked = new URLSearchParams(query).toString();
  return `#/${path}${asked ? `?${asked}` : ""}`;
}

/** @returns {Route} */
export function route() {
  const [path, asked = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [name, id] = path.split("/");
  return { name: name || "overview", id: id ? decodeURIComponent(id) : null, query: new URLSearchParams(asked) };
}

/**
 * Goes there without a step in the history: for what is typed letter by letter.
 * @param {string} path
 * @param {URLSearchParams} query
 */
export function replace(path, query) {
  history.replaceState(null, "", href(path, query));
  dispatchEvent(new HashChangeEvent("hashchange"));
}

/**
 * @param {HTMLElement} root
 * @param {Record<string, View>} views by name; `account` is the view of `accounts/…`
 * @param {(route: Route) => void} onRoute
 */
export function startRouter(root, views, onRoute) {
  const show = (/** @type {boolean} */ isFirst) => {
    const now = route();
    const key = now.id === null ? now.name : `${now.name}/${now.id}`;
    onRoute(now);
    // The same view with other filters keeps its elements, and so the focus.
    if (key === shown && opened?.update) return opened.update(now.query);
    closeView();
    shown = key;
    fill(root);
    const view = views[now.id === null ? now.name : now.name.replace(/s$/, "")];
    if (!view) return fill(root, el("h1", {}, "There is no such page"), el("a", { href: href("overview") }, "To the overview"));
    opened = view(root, now.query, now.id ?? "");
    if (!isFirst) {
      scrollTo(0, 0);
      /** @type {HTMLElement | null} */ (root.querySelector("h1"))?.focus();
    }
  };
  addEventListener("hashchange", () => show(false));
  show(true);
}

/** Closes the view that is open: its listeners end, its elements stay until others come. */
export function closeView() {
  opened?.close?.();
  opened = null;
  shown = null;
}
