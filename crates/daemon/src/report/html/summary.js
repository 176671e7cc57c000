// What the report adds up to: who asked what and when, the counts, and where things differ.

const UNITS_SHOWN = 20;

/** @param {Model} model */
function banner({ listing_incomplete: reason }) {
  return reason !== null && el("section", { id: "incomplete", class: "notice", "aria-label": "The list of accounts is not whole" },
    el("strong", {}, "⚠ The list of accounts is not whole"), el("p", {}, reason),
    el("p", {}, "This report speaks only of the accounts that were listed. What it counts may be too little, and an account that is not named here was not looked at."));
}

/** @param {Model} model */
function title({ head }) {
  /** @type {[string, Child][]} */
  const facts = [
    ["Started", time(head.started_at)],
    ["Took", span(head.started_at, head.finished_at)],
    ["Management account", code(head.management_account)],
    ["Called from account", code(head.caller)],
    ["Tool version", code(head.tool_version)],
    ["Called as", code(head.caller_arn)],
    ["Run", code(head.run)],
    ["Digest of the configuration", code(head.config_digest)],
  ];
  return el("div", { class: "title" }, el("h1", {}, `${capitalized(head.command)} of organization `, code(head.organization)),
    definitions(facts));
}

/** @param {[string, Child][]} facts those without a value are left out */
function definitions(facts) {
  return el("dl", { class: "facts" }, facts.filter(([, value]) => value).map(([word, value]) => {
    const isLong = value instanceof Element && (value.textContent?.length ?? 0) > 36;
    return el("div", { class: isLong && "wide" }, el("dt", {}, word), el("dd", {}, value));
  }));
}

/** @param {string} text */
function code(text) {
  return el("span", { class: "mono" }, text);
}

/** @param {string} word */
function capitalized(word) {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** @param {Model} model */
function summary(model) {
  return section("summary", "Summary", lead(model), tiles(model),
    el("div", { class: "columns" }, verdictChart(model), aspectChart(model)), unitChart(model));
}

/** @param {Model} model */
function lead(model) {
  const isApplied = model.head.command === "apply";
  const given = `${counted(model.total, "account")}${model.listing_incomplete === null ? "" : " listed"}`;
  return el("p", { class: "lead" },
    `${number(countOf(model, AS_WANTED))} of ${given} are as wanted. `,
    el("strong", { class: model.widened > 0 && "e-widens" }, widenedSentence(model.widened, isApplied)),
    model.adopted > 0 && accountsLink({ q: BY_HAND }, {}, ` Made by hand before, ${isApplied ? "adopted" : "to be adopted"}: ${number(model.adopted)}.`));
}

/** @param {number} count @param {boolean} isApplied */
function widenedSentence(count, isApplied) {
  if (count === 0) return `No role that was read ${isApplied ? "allowed or trusted" : "allows or trusts"} more than it should.`;
  if (isApplied) return `${number(count)} allowed or trusted more than they should.`;
  return count === 1 ? "1 allows or trusts more than it should." : `${number(count)} allow or trust more than they should.`;
}

/** @param {Model} model */
function tiles(model) {
  /** @type {[string, string, string[], string][]} */
  const groups = [
    ["right", "As wanted", AS_WANTED, "v-in_sync"],
    ["wrong", "Not as wanted", NOT_AS_WANTED, "v-drifted"],
    ["unread", "Not read", NOT_READ, "v-unreachable"],
    ["left-out", "Left out", LEFT_OUT, "v-skipped"],
  ];
  const given = model.listing_incomplete === null ? "Accounts" : "Accounts listed, not all";
  const widened = model.head.command === "apply" ? "Allowed or trusted more than they should" : "Allow or trust more than they should";
  return el("ul", { class: "tiles" },
    tile("total", given, model.total, model.total, {}, ""),
    groups.map(([name, word, verdicts, kind]) => tile(name, word, countOf(model, verdicts), model.total, { verdict: verdicts }, kind)),
    tile("widened", widened, model.widened, model.total, { effect: "widens" }, "e-widens"));
}

/** @param {string} name @param {string} word @param {number} count @param {number} total @param {Record<string, string | string[]>} filters @param {string} kind */
function tile(name, word, count, total, filters, kind) {
  return el("li", {}, accountsLink(filters, { class: `tile ${kind} ${count === 0 ? "zero" : ""}`, "data-tile": name },
    el("span", { class: "tile-word" }, kind && el("i", { class: `dot ${kind}` }), word),
    el("b", {}, number(count)), el("span", { class: "faint" }, kind && share(count, total))));
}

/** @param {Model} model */
function verdictChart(model) {
  const counts = model.verdicts.map((/** @type {[string, number]} */ [, count]) => count);
  const rows = model.verdicts.map((/** @type {[string, number]} */ [verdict, count]) => ({
    name: [accountsLink({ verdict }, {}, dot(verdict), wordOf(verdict)), el("span", { class: "meaning" }, meaningOf(verdict))],
    parts: new Map([[verdict, count]]), of: Math.max(...counts), told: share(count, model.total),
  }));
  return card("by-verdict", "Accounts by verdict", "Each account has exactly one.", barTable(["Verdict", "Accounts", "Share"], rows),
    el("p", { class: "sum", "data-sum": "verdicts" }, additionOf(counts, model)));
}

/**
 * That the counts add up, for those who check.
 * @param {number[]} counts
 * @param {Model} model
 */
function additionOf(counts, { total, accounts }) {
  const sum = counts.reduce((all, count) => all + count, 0);
  const addition = `${counts.map(number).join(" + ") || "0"} = ${number(sum)}`;
  if (sum === total && accounts.length === total) return `✓ ${addition}: all ${counted(total, "account")}, each once.`;
  return el("strong", { class: "e-widens" }, `⚠ ${addition}, but the total is ${number(total)} and ${counted(accounts.length, "account")} are named: this report is not right.`);
}

/** @param {Model} model */
function aspectChart(model) {
  /** @type {Map<string, Map<string, number>>} */
  const counts = new Map();
  for (const account of model.accounts) {
    for (const [aspect, effect] of model.aspectsOf(account)) tally(counts, aspect, effect);
  }
  const most = Math.max(...[...counts.values()].map(sumOf));
  const widened = (/** @type {Map<string, number>} */ effects) => effects.get("widens") ?? 0;
  const sorted = [...counts].sort(([, one], [, other]) => widened(other) - widened(one) || sumOf(other) - sumOf(one));
  const rows = sorted.map(([aspect, effects]) => ({
    name: accountsLink({ aspect }, {}, aspectWord(aspect)),
    parts: inOrder(effects, EFFECT_NAMES), of: most, told: toldOf(effects, EFFECT_NAMES),
  }));
  return card("by-aspect", "Accounts by what differs", "An account that differs in several is counted in each, by the gravest effect there.",
    rows.length > 0 ? [legend(EFFECT_NAMES), barTable(["What differs", "Accounts", "Effect"], rows)]
      : el("p", { class: "empty" }, "Nothing differs in the accounts that were read."));
}

/** @param {Model} model */
function unitChart(model) {
  /** @type {Map<number, Map<string, number>>} */
  const counts = new Map();
  for (const account of model.accounts) tally(counts, account[UNIT], verdictOf(account));
  const sorted = [...counts].sort((one, other) => sumOf(other[1]) - sumOf(one[1]));
  const rowOf = (/** @type {[number, Map<string, number>]} */ [unit, verdicts]) => ({
    name: unit < 0 ? "Not known" : accountsLink({ ou: model.units[unit] }, {}, el("bdi", {}, model.units[unit])),
    parts: inOrder(verdicts, VERDICT_NAMES), of: sumOf(verdicts), told: toldOf(verdicts, VERDICT_NAMES),
  });
  const heads = ["Organizational unit", "Accounts", "Verdicts"];
  const rest = sorted.slice(UNITS_SHOWN);
  const inRest = rest.reduce((sum, [, verdicts]) => sum + sumOf(verdicts), 0);
  return card("by-unit", "Accounts by organizational unit", "Largest first. Each bar is all of the unit.",
    legend(model.verdicts.map((/** @type {[string, number]} */ [verdict]) => verdict)), barTable(heads, sorted.slice(0, UNITS_SHOWN).map(rowOf)),
    rest.length > 0 && folded("more", `${number(rest.length)} more, with ${counted(inRest, "account")}`, () => barTable(heads, rest.map(rowOf))));
}

/**
 * @param {Map<string, number>} counts
 * @param {string[]} order
 * @returns {Map<string, number>} those that are not zero, in order
 */
function inOrder(counts, order) {
  return new Map(order.filter((kind) => counts.has(kind)).map((kind) => [kind, counts.get(kind) ?? 0]));
}

/** @param {Map<string, number>} counts @param {string[]} order */
function toldOf(counts, order) {
  return [...inOrder(counts, order)].map(([kind, count]) => `${number(count)} ${wordOf(kind).toLowerCase()}`).join(", ");
}

/** @param {string} id @param {string} title @param {string} about @param {...Child} children */
function card(id, title, about, ...children) {
  return el("section", { id, class: "card", "aria-labelledby": `${id}-title` },
    el("div", { class: "card-head" }, el("h3", { id: `${id}-title` }, title), el("span", { class: "faint" }, about)), children);
}

/** @param {string[]} kinds */
function legend(kinds) {
  return el("ul", { class: "legend" }, kinds.map((kind) => el("li", {}, dot(kind), wordOf(kind))));
}

/**
 * Bars as rows of a table, so that they are read as well as seen.
 * @param {string[]} heads
 * @param {{ name: Child, parts: Map<string, number>, of: number, told: string }[]} rows
 */
function barTable([what, counts, told], rows) {
  const heads = [[what, "name"], ["", "drawn"], [counts, "number"], [told, "told"]];
  return el("table", { class: "bars" },
    el("thead", {}, el("tr", {}, heads.map(([word, kind]) => word ? el("th", { scope: "col", class: kind }, word) : el("td", { class: kind })))),
    el("tbody", {}, rows.map((row) => el("tr", {}, el("th", { scope: "row", class: "name" }, row.name), el("td", { class: "drawn" }, bar(row.parts, row.of)),
      el("td", { class: "number" }, number(sumOf(row.parts))), el("td", { class: "told" }, row.told)))));
}

/** @param {Map<string, number>} parts @param {number} whole */
function bar(parts, whole) {
  const segments = [...parts].map(([kind, count]) => {
    const segment = el("span", { class: `segment ${mark(kind)}`, title: `${wordOf(kind)}: ${number(count)}` });
    segment.style.setProperty("flex-grow", String(count));
    return segment;
  });
  const drawn = el("div", { class: "bar", "aria-hidden": "true" }, segments);
  drawn.style.setProperty("width", `${(sumOf(parts) / whole) * 100}%`);
  return drawn;
}
