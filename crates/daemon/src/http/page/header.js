// The bar on top: whose organization, what the daemon may do, whether the page is live, and the views.

import { token } from "./api.js";
import { el, fill, setText } from "./dom.js";
import { on } from "./live.js";
import { href } from "./router.js";

const VIEWS = [["overview", "Overview"], ["accounts", "Accounts"], ["drift", "Drift"], ["passes", "Passes"]];
const MODES = /** @type {Record<string, string>} */ ({
  observe: "Differences are reported, nothing is written",
  correct: "Differences are corrected",
});
const CONNECTIONS = /** @type {Record<string, string>} */ ({ live: "Live", reconnecting: "Reconnecting…", stopped: "" });

/**
 * @param {HTMLElement} root
 * @param {() => void} signOut
 */
export function header(root, signOut) {
  const organization = el("span", { class: "organization" });
  const badges = el("span", { class: "badges" });
  const connection = el("span", { class: "connection", role: "status" });
  const out = el("button", { class: "quiet", id: "sign-out", onclick: signOut, hidden: true }, "Sign out");
  fill(root,
    el("div", { class: "brand" }, el("strong", {}, "DigitalEx rollout"), organization, badges),
    el("nav", { "aria-label": "Views" },
      VIEWS.map(([name, word]) => el("a", { href: href(name), "data-view": name }, word))),
    el("div", { class: "session" }, connection, out));

  on("status", (status) => {
    setText(organization, status.organization);
    organization.title = `Management account ${status.management_account}`;
    showBadges(badges, status);
    out.hidden = token() === null;
  });
  on("connection", (state) => {
    connection.dataset.state = state;
    setText(connection, CONNECTIONS[state]);
    connection.title = state === "reconnecting" ? "The event stream is interrupted; the status is asked for every 10 s" : "";
    if (state === "stopped") out.hidden = true;
  });
}

/**
 * Marks the view that is shown.
 * @param {import("./router.js").Route} route
 */
export function showRoute({ name, id }) {
  document.body.dataset.view = id ? "" : name;
  for (const link of document.querySelectorAll("[data-view]")) {
    if (link.getAttribute("data-view") === name) link.setAttribute("aria-current", id ? "true" : "page");
    else link.removeAttribute("aria-current");
  }
  const word = VIEWS.find(([view]) => view === name)?.[1] ?? "Not found";
  document.title = `${id ?? word} · DigitalEx rollout`;
}

/** @param {Element} badges @param {any} status */
function showBadges(badges, { mode, correct, role, version }) {
  const shown = JSON.stringify([mode, correct, role, version]);
  if (badges.getAttribute("data-shown") === shown) return;
  badges.setAttribute("data-shown", shown);
  const parts = mode === "correct" && correct.length ? `: ${correct.join(", ").replaceAll("_", " ")}` : "";
  fill(badges,
    el("span", { class: `tag mode-${mode}`, title: `${MODES[mode] ?? mode}${parts}` }, mode),
    el("span", { class: `tag role-${role}`, title: role === "active" ? `This daemon does the work (version ${version})` : "Another daemon does the work; this one waits" }, role));
}
