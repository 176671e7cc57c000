// How numbers, times and durations are written.

import { el, setText } from "./dom.js";

const NUMBER = new Intl.NumberFormat("en-US");
const EXACT = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "long" });
const SHORT = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const UNITS = /** @type {const} */ ([["d", 86400], ["h", 3600], ["min", 60], ["s", 1]]);
const TICK_MS = 10_000;

/** @param {number} value */
export function number(value) {
  return NUMBER.format(value);
}

/** @param {number} count @param {string} one @param {string} [many] */
export function counted(count, one, many = `${one}s`) {
  return `${number(count)} ${count === 1 ? one : many}`;
}

/**
 * The two largest units: "2 h 5 min".
 * @param {number} seconds
 */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const first = UNITS.findIndex(([, size]) => whole >= size);
  if (first < 0) return "0 s";
  const [unit, size] = UNITS[first];
  const next = UNITS[first + 1];
  const rest = next ? Math.floor((whole % size) / next[1]) : 0;
  return `${number(Math.floor(whole / size))} ${unit}${rest ? ` ${rest} ${next[0]}` : ""}`;
}

/**
 * "3 min ago", "in 48 min", "just now".
 * @param {string} at
 */
export function relative(at) {
  const seconds = (Date.parse(at) - Date.now()) / 1000;
  if (Math.abs(seconds) < 5) return "just now";
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? UNITS[3];
  const count = number(Math.floor(Math.abs(seconds) / size));
  return seconds < 0 ? `${count} ${unit} ago` : `in ${count} ${unit}`;
}

/** @param {string} at */
export function exact(at) {
  return EXACT.format(new Date(at));
}

/** @param {string} at */
export function short(at) {
  return SHORT.format(new Date(at));
}

/**
 * A time told relative to now, exact in its title; it stays right by itself.
 * @param {string | null | undefined} at
 * @param {string} [never] what is said where there is none
 */
export function time(at, never = "never") {
  if (!at) return el("span", { class: "faint" }, never);
  return el("time", { datetime: at, title: exact(at) }, relative(at));
}

/** Keeps every relative time of the page right. */
export function keepTimes() {
  setInterval(() => {
    for (const shown of document.querySelectorAll("time[datetime]")) {
      setText(shown, relative(/** @type {string} */ (shown.getAttribute("datetime"))));
    }
  }, TICK_MS);
}
