// The organizational units: asked for once, and again when their counts may have changed.

import { get } from "./api.js";

/** @typedef {{ id: string, name: string | null, parent: string | null, accounts: number, by_verdict: Record<string, number>, widened: number }} Unit */

const FRESH_MS = 10_000;
/** @type {Promise<Map<string, Unit>> | null} */
let known = null;
let askedAt = 0;

/**
 * All units by id.
 * @param {number} [age_ms] how old the answer may be
 * @returns {Promise<Map<string, Unit>>}
 */
export function units(age_ms = FRESH_MS) {
  if (known && Date.now() - askedAt < age_ms) return known;
  askedAt = Date.now();
  const asked = get("/units").then((/** @type {Unit[]} */ all) => new Map(all.map((unit) => [unit.id, unit])));
  // A failure is told to those who asked, and not kept.
  asked.catch(() => { if (known === asked) known = null; });
  known = asked;
  return asked;
}

/** Forgets them: another organization, or another reader. */
export function forgetUnits() {
  known = null;
}

/**
 * Names from the root down, the ids where there are no names.
 * @param {Map<string, Unit>} all
 * @param {string[] | null} path
 */
export function pathNames(all, path) {
  return (path ?? []).map((id) => all.get(id)?.name || id);
}

/**
 * The units in the order of the tree, each with its depth.
 * @param {Map<string, Unit>} all
 * @returns {{ unit: Unit, depth: number }[]}
 */
export function inTreeOrder(all) {
  const children = childrenOf(all);
  /** @param {string} parent @param {number} depth @returns {{ unit: Unit, depth: number }[]} */
  const below = (parent, depth) =>
    (children.get(parent) ?? []).flatMap((unit) => [{ unit, depth }, ...below(unit.id, depth + 1)]);
  return below("", 0);
}

/**
 * The children of each unit by name; the roots under "".
 * @param {Map<string, Unit>} all
 * @returns {Map<string, Unit[]>}
 */
export function childrenOf(all) {
  /** @type {Map<string, Unit[]>} */
  const children = new Map();
  for (const unit of all.values()) {
    // A unit whose parent is not known stands at the top rather than nowhere.
    const parent = unit.parent !== null && all.has(unit.parent) ? unit.parent : "";
    children.set(parent, [...(children.get(parent) ?? []), unit]);
  }
  for (const siblings of children.values()) {
    siblings.sort((one, other) => (one.name || one.id).localeCompare(other.name || other.id));
  }
  return children;
}
