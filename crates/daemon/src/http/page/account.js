// One account: who it is, what is wrong and what to do, wanted and found side by side, its history.

import { get, post } from "./api.js";
import { documents, wantedOnly } from "./documents.js";
import { announce, el, fill, heading } from "./dom.js";
import { time } from "./format.js";
import { historyList } from "./history.js";
import { on } from "./live.js";
import { failure, notice } from "./notice.js";
import { href } from "./router.js";
import { pathNames, units } from "./units.js";
import { aspectWord, effectBadge, unusualState, verdictBadge } from "./words.js";

const OWNERSHIP = /** @type {Record<string, string>} */ ({
  ours: "ours: it carries this product's tag", hand_made: "made by hand or by another tool", foreign: "someone else's",
});

/** @type {import("./router.js").View} */
export function account(root, _query, id) {
  const content = el("div", {});
  const history = historyList(id);
  fill(root, el("p", { class: "crumbs" }, el("a", { href: href("accounts") }, "Accounts"), " / ", id), content, history.element);

  async function load() {
    try {
      const [page, known] = await Promise.all([get(`/accounts/${encodeURIComponent(id)}`), units(60_000).catch(() => new Map())]);
      history.element.hidden = false;
      const hadFocus = content.querySelector("#visit") === document.activeElement;
      fill(content, ...sections(page, pathNames(known, page.ou_path)));
      if (hadFocus) /** @type {HTMLElement | null} */ (content.querySelector("#visit"))?.focus();
    } catch (error) {
      history.element.hidden = true;
      fill(content, heading("Account ", id), failure(error, load));
    }
  }

  function refresh() {
    void load();
    history.refresh();
  }

  const end = on("account", (line) => {
    if (line.id !== id) return;
    refresh();
  });
  void load();
  return { update: refresh, close: end };
}

/** @param {any} page an `AccountPage` @param {string[]} path */
function sections(page, path) {
  return [
    el("div", { class: "view-head" },
      el("div", { class: "title" }, heading(page.name || page.id), verdictBadge(page.verdict), effectBadge(page.effect)), visitButton(page.id)),
    page.cause && causeBox(page.cause),
    facts(page, path),
    page.differences.length > 0 && differences(page.differences),
    page.fingerprint === null ? wantedOnly(page.documents) : documents(page.documents),
    page.steps.length > 0 && steps(page.steps),
  ];
}

/** @param {string} id */
function visitButton(id) {
  const said = el("span", { role: "status", class: "faint" });
  const button = el("button", { id: "visit", class: "primary", onclick: visit }, "Visit now");
  async function visit() {
    button.disabled = true;
    try {
      await post(`/accounts/${encodeURIComponent(id)}/visit`);
      fill(said, "Queued; this page follows by itself");
      announce("The visit is queued");
    } catch (error) {
      fill(said, "Not queued: ", /** @type {any} */ (error).message);
    }
    button.disabled = false;
  }
  return el("div", { class: "actions" }, button, said);
}

/** @param {{ code: string, message: string, remedy: string | null }} cause */
function causeBox({ code, message, remedy }) {
  const box = notice(message, remedy);
  box.classList.add("cause-box");
  box.firstElementChild?.prepend(el("code", { class: "faint" }, code));
  return box;
}

/** @param {any} page @param {string[]} path */
function facts({ id, state, profile, role, verified_at: verified, visited_at: visited, next_visit_at: next, left_at: left, failures }, path) {
  const unusual = unusualState(state);
  /** @type {[string, any][]} */
  const rows = [
    ["Account", el("span", {}, el("span", { class: "mono" }, id), unusual && ` (${unusual})`)],
    ["Organizational unit", path.join(" / ") || "not known"],
    ["Profile", profile || "none"],
    ["Role", role?.arn ? el("span", { class: "mono break" }, role.arn) : "not known"],
    ["Role id", role?.id && el("span", { class: "mono" }, role.id)],
    ["Ownership", role?.ownership && (OWNERSHIP[role.ownership] ?? role.ownership)],
    ["Verified", time(verified)],
    ["Last visit", time(visited)],
    ["Next visit", time(next, "not planned")],
    ["Left the organization", left && time(left)],
    ["Not right", failures > 0 && `for ${failures} visit${failures > 1 ? "s" : ""} in a row`],
  ];
  return el("dl", { class: "card facts" }, rows.filter(([, value]) => value).map(([word, value]) => el("div", {}, el("dt", {}, word), el("dd", {}, value))));
}

/** @param {any[]} all */
function differences(all) {
  return el("section", { class: "card", "aria-label": "Differences" }, el("h2", {}, "What differs"),
    el("ul", { class: "differences" }, all.map(({ aspect, effect, summary }) =>
      el("li", { class: `e-${effect}` }, effectBadge(effect), el("span", { class: "label" }, aspectWord(aspect)), el("span", { class: "break" }, summary)))));
}

/** @param {any[]} all strings, or objects with their `call` */
function steps(all) {
  return el("section", { class: "card", "aria-label": "Planned calls" }, el("h2", {}, "Planned calls"),
    el("ol", { class: "steps" }, all.map((step) => {
      if (typeof step === "string") return el("li", {}, el("code", {}, step));
      const { call, name, arn, ...rest } = step;
      const detail = JSON.stringify(rest, null, 2);
      return el("li", {}, el("code", {}, [call, name ?? arn].filter(Boolean).join(" ")),
        detail !== "{}" && el("details", {}, el("summary", {}, "Its parameters"), el("pre", {}, detail)));
    })));
}
