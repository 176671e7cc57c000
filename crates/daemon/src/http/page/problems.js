// The daemon's problems, as banners above everything.

import { announce, el, fill } from "./dom.js";
import { on } from "./live.js";

/** @param {HTMLElement} root */
export function problems(root) {
  let shown = "";
  on("connection", (state) => { if (state === "stopped") { shown = ""; fill(root); } });
  on("status", (status) => {
    const now = JSON.stringify(status.problems);
    if (now === shown) return;
    shown = now;
    fill(root, status.problems.map(banner));
    if (status.problems.length) announce(status.problems.map((/** @type {any} */ problem) => problem.message).join(". "));
  });
}

/** @param {{ code: string, message: string, remedy: string | null }} problem */
function banner({ code, message, remedy }) {
  return el("div", { class: "notice" },
    el("div", {}, el("strong", {}, message), " ", el("code", { class: "faint" }, code),
      remedy && el("p", {}, el("span", { class: "label" }, "Next step "), remedy)));
}
