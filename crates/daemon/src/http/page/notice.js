// Boxes that say what is wrong, and the next step.

import { el } from "./dom.js";

/**
 * @param {string} title
 * @param {string | null} [remedy]
 * @param {...any} more
 */
export function notice(title, remedy, ...more) {
  return el("div", { class: "notice", role: "alert" },
    el("div", {}, el("strong", {}, title), remedy && el("p", {}, el("span", { class: "label" }, "Next step "), remedy)), ...more);
}

/**
 * What went wrong with a request, and a button to try again.
 * @param {any} error
 * @param {() => void} retry
 */
export function failure(error, retry) {
  // A request that never got an answer says only "Failed to fetch".
  const message = error.status ? error.message : "The daemon cannot be reached";
  const again = el("button", { onclick: () => { box.remove(); retry(); } }, "Try again");
  const box = notice(message, error.remedy, again);
  return box;
}
