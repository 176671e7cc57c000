// Lists that the server pages: one page in the document at a time, its cursor in the hash.

import { el, fill } from "./dom.js";
import { number } from "./format.js";
import { failure } from "./notice.js";
import { get } from "./api.js";
import { href } from "./router.js";

export const PAGE_SIZE = 100;

/** @type {Map<string, string>} the page before each one that was come to by "Next" */
const before = new Map();

/**
 * Asks for a page, and lets `show` put its items into the body; an answer that is overtaken by a later
 * question is dropped.
 * @param {string} view its name in the hash
 * @param {HTMLElement} body
 * @param {(items: any[]) => void | Promise<void>} show
 */
export function pagedList(view, body, show) {
  const foot = el("nav", { class: "pager", "aria-label": "Pages" });
  /** @type {AbortController | null} */
  let asking = null;

  /** @param {string} path @param {URLSearchParams} filter what is asked, without the page @param {URLSearchParams} query the hash's */
  async function load(path, filter, query) {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    const asked = new URLSearchParams(filter);
    asked.set("limit", String(PAGE_SIZE));
    if (query.has("cursor")) asked.set("cursor", query.get("cursor") ?? "");
    body.setAttribute("aria-busy", "true");
    try {
      const page = await get(path, asked, signal);
      if (signal.aborted) return;
      await show(page.items);
      if (signal.aborted) return;
      fill(foot, ...links(view, query, page));
    } catch (error) {
      if (signal.aborted) return;
      await show([]);
      fill(foot, failure(error, () => void load(path, filter, query)));
    }
    body.removeAttribute("aria-busy");
  }
  return { foot, load, close: () => asking?.abort() };
}

/** @param {string} view @param {URLSearchParams} query @param {any} page */
function links(view, query, { items, next, total }) {
  const index = Math.max(1, Number(query.get("page")) || 1);
  const from = (index - 1) * PAGE_SIZE;
  const here = href(view, query);
  const range = items.length ? `${number(from + 1)}–${number(from + items.length)}` : "";
  const links = [el("span", { class: "range", role: "status" }, !range || total === null || total === undefined ? range : `${range} of ${number(total)}`)];
  if (index > 1) {
    links.push(el("a", { class: "button", href: href(view, turned(query, null, 1)) }, "First"));
    const back = before.get(here);
    if (back) links.push(el("a", { class: "button", rel: "prev", href: back }, "Previous"));
  }
  if (next) {
    const there = href(view, turned(query, next, index + 1));
    before.set(there, here);
    links.push(el("a", { class: "button", rel: "next", href: there }, "Next"));
  }
  return links;
}

/** @param {URLSearchParams} query @param {string | null} cursor @param {number} index */
function turned(query, cursor, index) {
  const other = new URLSearchParams(query);
  other.delete("cursor");
  other.delete("page");
  if (cursor) other.set("cursor", cursor);
  if (index > 1) other.set("page", String(index));
  return other;
}
