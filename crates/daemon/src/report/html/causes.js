// What to do next: one block for each cause, with all that it takes.

const CONCERNED_SHOWN = 50;
const SAID_MS = 2000;

/** @typedef {{ cause: any, filters: Record<string, string>, accounts: Account[] }} Task */

/** @param {Model} model */
function causes(model) {
  const tasks = tasksOf(model);
  return section("next", "What to do next", tasks.length > 0 ? tasks.map((task) => taskBlock(model, task))
    : el("p", { class: "card empty" }, "Nothing: every account that takes part is as wanted."));
}

/**
 * Gravest first: causes of accounts that are widened, then by how many accounts they have, and last those
 * for which nothing has to be done.
 * @param {Model} model
 * @returns {Task[]}
 */
function tasksOf(model) {
  /** @type {Task[]} */
  const tasks = model.causes.map((/** @type {any} */ cause) => ({ cause, filters: { cause: cause.code }, accounts: [] }));
  /** @type {Task} */
  const ready = { cause: readyToApply(), filters: { cause: NO_CAUSE, verdict: "drifted" }, accounts: [] };
  for (const place of model.ordered("gravest")) {
    const account = model.accounts[place];
    if (account[CAUSE] >= 0) tasks[account[CAUSE]]?.accounts.push(account);
    else if (verdictOf(account) === "drifted") ready.accounts.push(account);
  }
  if (ready.accounts.length > 0) tasks.push(ready);
  const rank = (/** @type {Task} */ { accounts }) => (isWidened(model, accounts) ? 0 : accounts.some(isOpen) ? 1 : 2);
  return tasks.sort((one, other) => rank(one) - rank(other) || other.accounts.length - one.accounts.length);
}

/** Drift that nothing stands in the way of has no cause; what to do about it is the same for all. */
function readyToApply() {
  return {
    code: NO_CAUSE, title: "Drifted, and nothing stands in the way", link: null, documents: [],
    remedy: "Write down what would be done with `digitalex-rollout plan --out plan.json`, look at it, then do that and nothing else with `digitalex-rollout apply plan.json`.",
  };
}

/** @param {Model} model @param {Account[]} accounts */
function isWidened(model, accounts) {
  return accounts.some((account) => model.effectOf(account) === "widens");
}

/** @param {Model} model @param {Task} task */
function taskBlock(model, { cause, filters, accounts }) {
  const id = taskId(cause.code);
  return el("article", { id, class: `card task ${isWidened(model, accounts) ? "widened" : ""}`, "data-cause": cause.code, "aria-labelledby": `${id}-title` },
    el("div", { class: "card-head" }, el("h3", { id: `${id}-title`, tabindex: "-1" }, cause.title), el("span", { class: "count" }, counted(cause.accounts ?? accounts.length, "account"))),
    el("p", { class: "marks" }, marksOf(model, accounts), cause.code !== NO_CAUSE && el("code", { class: "faint" }, cause.code)),
    el("p", { class: "remedy" }, withCode(cause.remedy)), moreLink(cause.link),
    cause.documents.map(documentBlock),
    accounts.length > 0 && folded("concerned", accounts.length === 1 ? "The account concerned" : `The ${number(accounts.length)} accounts concerned`,
      () => [concerned(model, accounts), showAll(accounts.length, filters)]));
}

/**
 * What stands between backticks is typed, not read.
 * @param {string} text
 */
function withCode(text) {
  const parts = text.split("`");
  return parts.length % 2 === 0 ? text : parts.map((part, index) => (index % 2 === 0 ? part : el("code", {}, part)));
}

/** @param {string} code */
function taskId(code) {
  return `cause-${code}`;
}

/** @param {Model} model @param {Account[]} accounts */
function marksOf(model, accounts) {
  /** @type {Map<string, Map<string, number>>} */
  const counts = new Map();
  for (const account of accounts) tally(counts, "", verdictOf(account));
  const widened = accounts.filter((account) => model.effectOf(account) === "widens").length;
  const verdicts = [...inOrder(counts.get("") ?? new Map(), VERDICT_NAMES)];
  return [
    widened > 0 && el("span", { class: "effect e-widens" }, `${number(widened)} widened`),
    verdicts.map(([verdict, count]) => el("span", { class: "badge" }, dot(verdict), `${number(count)} ${wordOf(verdict).toLowerCase()}`)),
  ];
}

/** @param {string | null} link */
function moreLink(link) {
  // Whatever the data says: no other scheme than this one is ever followed.
  return link?.startsWith("https://") && el("p", {}, el("a", { href: link, target: "_blank", rel: "noopener noreferrer" }, link));
}

/** @param {{ name: string, about: string, text: string }} given */
function documentBlock({ name, about, text }) {
  const shown = el("pre", { tabindex: "0", role: "region", "aria-label": name }, text);
  return el("figure", { class: "document", "data-document": name },
    el("figcaption", {}, el("div", {}, el("strong", { class: "mono" }, name), el("span", { class: "faint" }, about)), copyButton(text, shown),
      el("button", { type: "button", onclick: () => download(name, text) }, "Download")),
    shown);
}

/** @param {string} text @param {Element} shown */
function copyButton(text, shown) {
  const button = el("button", { type: "button", onclick: copy }, "Copy");
  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      say("Copied");
    } catch {
      // Not every browser gives a page from a file the clipboard.
      getSelection()?.selectAllChildren(shown);
      say("Selected: press Ctrl+C");
    }
  }
  const say = (/** @type {string} */ said) => {
    fill(button, said);
    announce(said);
    setTimeout(() => fill(button, "Copy"), SAID_MS);
  };
  return button;
}

/** @param {string} name @param {string} text */
function download(name, text) {
  const href = URL.createObjectURL(new Blob([text], { type: "application/octet-stream" }));
  el("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), SAID_MS);
}

/** @param {Model} model @param {Account[]} accounts */
function concerned(model, accounts) {
  return el("ul", { class: "names" }, accounts.slice(0, CONCERNED_SHOWN).map((account) =>
    el("li", {}, el("span", { class: "mono" }, account[ID]), " ", nameOf(account), " ", el("bdi", { class: "faint" }, model.units[account[UNIT]]))));
}

/** @param {number} count @param {Record<string, string>} filters */
function showAll(count, filters) {
  const word = count > CONCERNED_SHOWN ? `${number(CONCERNED_SHOWN)} of them are shown; show all ${number(count)} in the table` : "Show in the table";
  return el("button", { type: "button", class: "show-all", onclick: () => askOnlyFor(filters) }, word);
}
