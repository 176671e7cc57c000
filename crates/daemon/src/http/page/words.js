// The words of the API in the words of people, and the marks that go with them.

import { el } from "./dom.js";

/** Verdicts in the order of reports: name on the page, and what it means. */
export const VERDICTS = /** @type {Record<string, [string, string]>} */ ({
  in_sync: ["In sync", "Read completely, and as wanted"],
  converged: ["Converged", "Written to, read again, and as wanted"],
  drifted: ["Drifted", "Read completely, and not as wanted"],
  held: ["Held", "Not as wanted, and left for a person to decide"],
  failed: ["Failed", "A write failed, or its outcome is not sure"],
  unreachable: ["Unreachable", "The role could not be read"],
  not_visited: ["Not visited", "Its turn has not come"],
  skipped: ["Skipped", "Not part of the rollout"],
});

/** Effects, gravest first. */
export const EFFECTS = /** @type {Record<string, [string, string]>} */ ({
  widens: ["Widens", "Allows or trusts more than wanted"],
  narrows: ["Narrows", "Allows less than wanted"],
  cosmetic: ["Cosmetic", "Changes nothing in who may do what"],
});

/** Aspects of the role, in the order of the API. */
export const ASPECTS = /** @type {Record<string, string>} */ ({
  role: "Role",
  trust: "Trust policy",
  inline: "Inline policies",
  managed: "Managed policies",
  boundary: "Permissions boundary",
  tags: "Tags",
  description: "Description",
  max_session_duration: "Max session duration",
  path: "Path",
});

/** What started a pass. */
export const TRIGGERS = /** @type {Record<string, string>} */ ({
  start: "at the start",
  schedule: "by schedule",
  request: "on request",
});

/** @param {string | null} given none of an account that was never visited */
export function verdictBadge(given) {
  const verdict = given ?? "not_visited";
  const [word, meaning] = VERDICTS[verdict] ?? [verdict, ""];
  return el("span", { class: `badge v-${verdict}`, title: meaning }, el("i", { class: "dot" }), word);
}

/** @param {string | null} effect */
export function effectBadge(effect) {
  if (!effect) return null;
  const [, meaning] = EFFECTS[effect] ?? [effect, ""];
  // The word of the API itself: "widens", "narrows", "cosmetic".
  return el("span", { class: `effect e-${effect}`, title: meaning }, effect);
}

/** @param {string} aspect */
export function aspectWord(aspect) {
  return ASPECTS[aspect] ?? aspect.replaceAll("_", " ");
}

/**
 * The state of an account where it is not the usual one; Organizations' own word.
 * @param {string} state
 */
export function unusualState(state) {
  return state === "ACTIVE" ? null : state.replaceAll("_", " ").toLowerCase();
}
