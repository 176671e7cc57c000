// The report as it is embedded, and what is found out from it once: counts, orders, what is searched.

/** @typedef {any[]} Account an account's values, by the places below */
/** @typedef {ReturnType<typeof modelOf>} Model */

const [ID, NAME, UNIT, VERDICT, PROFILE, IDENTITY, ACCESS_KEY, ADOPTED, FINDINGS, WRITES, CAUSE, MESSAGE, REMEDY] = Array(13).keys();
const BY_HAND = "made by hand";
const AS_WANTED = ["in_sync", "converged"];
const NOT_AS_WANTED = ["drifted", "held", "failed"];
const NOT_READ = ["unreachable", "not_visited"];
const LEFT_OUT = ["skipped"];
/** What asks for a person first. */
const GRAVEST_FIRST = ["failed", "unreachable", "held", "drifted", "not_visited", "converged", "in_sync", "skipped"];

/** @param {any} report what is embedded */
function modelOf(report) {
  const { accounts, units, profiles } = report;
  // The gravest effect of each list of findings, and its gravest effect on each aspect.
  const effects = report.findings.map((/** @type {any[]} */ findings) => gravest(findings));
  const aspects = report.findings.map(effectByAspect);
  const nameKeys = accounts.map((/** @type {Account} */ account) => folding(account[NAME]));
  const byName = [...accounts.keys()].sort((one, other) => compare(nameKeys[one], nameKeys[other]));
  /** @type {Map<string, number[]>} */
  const orders = new Map([["name", byName]]);

  /** @param {Account} account */
  const effectOf = (account) => effects[account[FINDINGS]] ?? null;
  /** @param {Account} account @returns {Map<string, string>} */
  const aspectsOf = (account) => aspects[account[FINDINGS]] ?? new Map();
  const keys = sortKeys(units, profiles, effectOf);

  /**
   * The places of all accounts in an order; of equals, by name.
   * @param {string} sort `name`, or `-name` for the reverse
   * @returns {number[]}
   */
  function ordered(sort) {
    const known = orders.get(sort);
    if (known) return known;
    const order = sort.startsWith("-") ? ordered(sort.slice(1)).toReversed() : sortedBy(keys.get(sort) ?? keys.get("gravest"));
    orders.set(sort, order);
    return order;
  }

  /** @param {any} key */
  function sortedBy(key) {
    const values = Float64Array.from(accounts, key);
    return [...byName].sort((one, other) => values[one] - values[other]);
  }

  /** @type {ReturnType<typeof searchedTexts> | null} */
  let searched = null;
  const texts = () => searched ??= searchedTexts(report);

  return { ...report, effectOf, aspectsOf, ordered, texts };
}

/**
 * What is searched: of each account its own, and what accounts share, each once.
 * @param {any} report
 */
function searchedTexts({ accounts, identities, units, findings, causes, messages }) {
  const ownOf = (/** @type {Account} */ account) => [
    account[ID], account[NAME], ofAccount(identities[account[IDENTITY]] ?? "", account), account[ACCESS_KEY] ?? "", account[ADOPTED] ? BY_HAND : "",
  ];
  const searchable = (/** @type {any[]} */ all, /** @type {(one: any) => string[]} */ textsOf) => all.map((one) => folding(textsOf(one).join("\n")));
  return {
    own: searchable(accounts, ownOf),
    units: searchable(units, (unit) => [unit]),
    findings: searchable(findings, (list) => list.map((/** @type {any} */ { text }) => text)),
    causes: searchable(causes, ({ code, title }) => [code, title]),
    messages: searchable(messages, (message) => [message]),
  };
}

/** @param {string[]} units @param {string[]} profiles @param {(account: Account) => string | null} effectOf */
function sortKeys(units, profiles, effectOf) {
  const unitRanks = ranks(units);
  const profileRanks = ranks(profiles);
  const effectRank = (/** @type {Account} */ account) => {
    const rank = EFFECT_NAMES.indexOf(effectOf(account) ?? "");
    return rank < 0 ? EFFECT_NAMES.length : rank;
  };
  const urgency = VERDICT_NAMES.map((verdict) => GRAVEST_FIRST.indexOf(verdict));
  // A map: the name of an order comes from the hash, where anything may stand.
  return new Map(Object.entries(/** @type {Record<string, (account: Account) => number>} */ ({
    gravest: (account) => effectOf(account) === "widens" ? -1 : urgency[account[VERDICT]] * 10 + effectRank(account),
    id: (account) => Number(account[ID]),
    verdict: (account) => account[VERDICT],
    effect: effectRank,
    ou: (account) => unitRanks[account[UNIT]] ?? units.length,
    profile: (account) => profileRanks[account[PROFILE]] ?? profiles.length,
  })));
}

/**
 * The place of each text in their order.
 * @param {string[]} texts
 */
function ranks(texts) {
  const order = [...texts.keys()].sort((one, other) => compare(folding(texts[one]), folding(texts[other])));
  const places = new Uint32Array(texts.length);
  order.forEach((index, place) => { places[index] = place; });
  return places;
}

/** @param {string} one @param {string} other */
function compare(one, other) {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/**
 * The text as it is searched and sorted: without case, and with accents after their letters.
 * @param {string} text
 */
function folding(text) {
  return text.normalize("NFKD").toLowerCase();
}

/** @param {{ effect: string }[]} findings */
function gravest(findings) {
  return EFFECT_NAMES.find((effect) => findings.some((finding) => finding.effect === effect)) ?? null;
}

/** @param {{ effect: string, aspect: string }[]} findings */
function effectByAspect(findings) {
  const names = new Set(findings.map(({ aspect }) => aspect));
  return new Map([...names].map((name) => [name, gravest(findings.filter(({ aspect }) => aspect === name)) ?? ""]));
}

/**
 * A text that accounts share, as that of one of them.
 * @param {string} text
 * @param {Account} account
 */
function ofAccount(text, account) {
  return text.replaceAll("<account>", () => account[ID]);
}

/** @param {Account} account */
function verdictOf(account) {
  return VERDICT_NAMES[account[VERDICT]];
}

/** @param {Account} account */
function isOpen(account) {
  return ![...AS_WANTED, ...LEFT_OUT].includes(verdictOf(account));
}

/**
 * How many accounts have each of such verdicts.
 * @param {Model} model
 * @param {string[]} verdicts
 */
function countOf(model, verdicts) {
  return model.verdicts.reduce((/** @type {number} */ sum, /** @type {[string, number]} */ [verdict, count]) => sum + (verdicts.includes(verdict) ? count : 0), 0);
}

/**
 * Adds one to the count of a kind under a key.
 * @param {Map<any, Map<string, number>>} counts
 * @param {any} key
 * @param {string} kind
 */
function tally(counts, key, kind) {
  const kinds = counts.get(key) ?? new Map();
  kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  counts.set(key, kinds);
}

/** @param {Map<string, number>} kinds */
function sumOf(kinds) {
  return [...kinds.values()].reduce((sum, count) => sum + count, 0);
}
