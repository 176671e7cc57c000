// The running pass with its progress, or the last and the next one; and the button that starts one.

import { post } from "./api.js";
import { announce, el, fill } from "./dom.js";
import { counted, duration, number, time } from "./format.js";
import { on, refresh } from "./live.js";
import { notice } from "./notice.js";
import { passResult } from "./passes.js";
import { stackedBar } from "./verdicts.js";
import { TRIGGERS, VERDICTS } from "./words.js";

/** @param {HTMLElement} root */
export function pass(root) {
  const text = el("div", { class: "pass-text" });
  const bar = el("div", { class: "pass-bar", role: "progressbar", "aria-label": "Progress of the pass", "aria-valuemin": "0", hidden: true });
  const button = el("button", { class: "primary", id: "start-pass", onclick: start }, "Start a pass");
  const error = el("div", {});
  fill(root, el("div", { class: "pass-line" }, text, button), bar, error);
  root.hidden = true;

  async function start() {
    button.disabled = true;
    fill(error);
    try {
      await post("/passes");
      announce("A pass is queued");
      await refresh();
    } catch (cause) {
      const { message, remedy } = /** @type {any} */ (cause);
      fill(error, notice(`No pass was started: ${message}`, remedy));
    }
    button.disabled = false;
  }

  let announced = "";
  on("connection", (state) => { if (state === "stopped") root.hidden = true; });
  on("status", (status) => {
    root.hidden = false;
    button.hidden = status.role !== "active";
    bar.hidden = status.pass === null;
    root.classList.toggle("idle", status.pass === null);
    if (status.pass === null) fill(text, idle(status));
    else showRunning(text, bar, status.pass, expected(status));
    // Each tenth is told, not each second.
    const told = status.pass ? `Pass: ${Math.floor(share(status.pass, expected(status)) * 10) * 10} % done` : announced && "The pass has ended";
    if (told !== announced) announce(announced = told);
  });
}

/**
 * How many accounts the pass has, as far as can be said: until its listing ends, those known from before.
 * @param {any} status
 */
function expected({ pass, accounts }) {
  return pass.listing_complete ? pass.listed : Math.max(pass.listed, accounts.total);
}

/** @param {any} pass @param {number} expected */
function share({ done }, expected) {
  return expected ? Math.min(1, done / expected) : 0;
}

/** @param {Element} text @param {Element} bar @param {any} pass @param {number} expected */
function showRunning(text, bar, pass, expected) {
  const percent = Math.floor(share(pass, expected) * 100);
  const of = pass.listing_complete ? number(pass.listed) : `${number(pass.listed)} listed so far`;
  const left = pass.remaining_seconds === null ? "time left not known yet" : `${duration(pass.remaining_seconds)} left`;
  const counts = Object.keys(VERDICTS).filter((verdict) => verdict !== "in_sync" && pass.by_verdict[verdict]);
  fill(text,
    el("span", {}, el("strong", {}, "Pass running "), el("span", { class: "faint" }, TRIGGERS[pass.trigger] ?? pass.trigger, ", started ", time(pass.started_at))),
    el("span", { class: "figures" }, el("b", { id: "pass-done" }, number(pass.done)), ` of ${of} · ${percent} % · ${left}`),
    el("span", { class: "faint" }, counts.map((verdict) => `${number(pass.by_verdict[verdict])} ${VERDICTS[verdict][0].toLowerCase()}`).join(" · ")));
  bar.setAttribute("aria-valuemax", String(expected));
  bar.setAttribute("aria-valuenow", String(pass.done));
  bar.setAttribute("aria-valuetext", `${number(pass.done)} of ${of}, ${left}`);
  fill(bar, stackedBar(pass.by_verdict, Math.max(expected, 1)));
}

/** @param {any} status */
function idle({ last_pass: last, next_pass_at: next, listing, role }) {
  return [
    last === null ? el("span", {}, "No pass has ended yet") : el("span", {}, el("strong", {}, "Last pass "), time(last.ended_at),
      last.ended_at && ` · took ${duration((Date.parse(last.ended_at) - Date.parse(last.started_at)) / 1000)} · ${counted(last.visited, "account")} `, passResult(last)),
    role === "standby" && el("span", {}, "Another daemon does the work; this one waits"),
    role === "active" && el("span", {}, el("strong", {}, "Next pass "), time(next, "not planned")),
    listing && el("span", { class: listing.complete ? "faint" : "error" }, listing.complete ? "Accounts listed " : "The list of accounts is not whole: ", time(listing.at)),
  ];
}
