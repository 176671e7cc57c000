// The words of the report in the words of people, the marks that go with them, numbers and times.

/** Verdicts in the order of reports: name, and what it means. */
const VERDICTS = /** @type {Record<string, [string, string]>} */ ({
  in_sync: ["In sync", "Read completely, and as wanted"],
  converged: ["Converged", "Written to, read again, and as wanted"],
  drifted: ["Drifted", "Read completely, and not as wanted"],
  held: ["Held", "Not as wanted, and left for a person to decide"],
  failed: ["Failed", "A write failed, or its outcome is not sure"],
  unreachable: ["Unreachable", "The role could not be read"],
  not_visited: ["Not visited", "Its turn did not come"],
  skipped: ["Skipped", "Not part of the rollout"],
});
const VERDICT_NAMES = Object.keys(VERDICTS);

/** Effects, gravest first. */
const EFFECTS = /** @type {Record<string, [string, string]>} */ ({
  widens: ["Widens", "Allows or trusts more than wanted"],
  narrows: ["Narrows", "Allows less than wanted"],
  cosmetic: ["Cosmetic", "Changes nothing in who may do what"],
});
const EFFECT_NAMES = Object.keys(EFFECTS);

const ASPECTS = new Map([
  ["role", "Missing role"],
  ["user", "Missing user"],
  ["trust", "Trust policy"],
  ["inline", "Inline policies"],
  ["managed", "Managed policies"],
  ["boundary", "Permissions boundary"],
  ["tags", "Tags"],
  ["description", "Description"],
  ["max_session_duration", "Session duration"],
  ["path", "Path"],
  ["access_keys", "Access keys"],
  ["login_profile", "Console password"],
  ["groups", "Groups"],
]);

const NUMBER = new Intl.NumberFormat("en-US");
// Whoever reads it, wherever: the same time.
const TIME = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium", timeZone: "UTC" });
const SPAN_UNITS = /** @type {const} */ ([["h", 3600], ["min", 60], ["s", 1]]);

/** @param {number} value */
function number(value) {
  return NUMBER.format(value);
}

/** @param {number} count @param {string} one @param {string} [many] */
function counted(count, one, many = `${one}s`) {
  return `${number(count)} ${count === 1 ? one : many}`;
}

/** @param {number} count @param {number} whole */
function share(count, whole) {
  if (count === 0 || whole === 0) return "0 %";
  // One account of 50,000 is not none, and all but one are not all.
  if (count / whole < 0.001) return "< 0.1 %";
  if (count < whole && count / whole > 0.999) return "> 99.9 %";
  return `${((count / whole) * 100).toFixed(1)} %`;
}

/** @param {string} at */
function time(at) {
  const date = new Date(at);
  return el("time", { datetime: at }, Number.isNaN(date.getTime()) ? at : `${TIME.format(date)} UTC`);
}

/**
 * The two largest units: "2 h 5 min".
 * @param {string} from
 * @param {string} to
 */
function span(from, to) {
  const seconds = Math.round((Date.parse(to) - Date.parse(from)) / 1000);
  const first = SPAN_UNITS.findIndex(([, size]) => seconds >= size);
  if (first < 0) return "less than a second";
  const [unit, size] = SPAN_UNITS[first];
  const next = SPAN_UNITS[first + 1];
  const rest = next ? Math.floor((seconds % size) / next[1]) : 0;
  return `${number(Math.floor(seconds / size))} ${unit}${rest ? ` ${rest} ${next[0]}` : ""}`;
}

/** @param {string} kind a verdict or an effect */
function dot(kind) {
  return el("i", { class: `dot ${mark(kind)}` });
}

/** @param {string} kind */
function mark(kind) {
  return kind in VERDICTS ? `v-${kind}` : `e-${kind}`;
}

/** @param {string} kind */
function wordOf(kind) {
  return (VERDICTS[kind] ?? EFFECTS[kind] ?? [kind])[0];
}

/** @param {string} kind */
function meaningOf(kind) {
  return (VERDICTS[kind] ?? EFFECTS[kind] ?? [kind, ""])[1];
}

/** @param {string} verdict */
function verdictBadge(verdict) {
  return el("span", { class: "badge", title: meaningOf(verdict) }, dot(verdict), wordOf(verdict));
}

/** @param {string} effect */
function effectBadge(effect) {
  return el("span", { class: `effect ${mark(effect)}`, title: meaningOf(effect) }, effect);
}

/** @param {string} aspect */
function aspectWord(aspect) {
  return ASPECTS.get(aspect) ?? aspect.replaceAll("_", " ");
}
