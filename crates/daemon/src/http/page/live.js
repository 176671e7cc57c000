// What the daemon says of itself, kept fresh: by the event stream, and by polling while there is none.

import { ApiError, get } from "./api.js";
import { readEvents } from "./events.js";

const POLL_MS = 10_000;
const BACKOFF_MS = { first: 1_000, max: 30_000 };

/** @type {Map<string, Set<(data: any) => void>>} */
const listeners = new Map();
/** @type {Map<string, any>} */
const latest = new Map();
/** @type {AbortController | null} */
let running = null;
let isWanted = false;

// A page that nobody sees holds no stream: a browser opens few connections to one host, the daemon
// serves a limited number of streams. Seen again, it asks for everything anew.
document.addEventListener("visibilitychange", () => {
  if (!isWanted) return;
  if (document.hidden) pause();
  else start();
});
addEventListener("pagehide", () => pause());
addEventListener("pageshow", () => { if (isWanted) start(); });

/**
 * Listens to `status`, `account`, `drift`, `pass`, or `connection` ("live", "reconnecting", "stopped").
 * The last status and connection are told at once.
 * @param {string} kind
 * @param {(data: any) => void} listener
 * @returns {() => void} ends it
 */
export function on(kind, listener) {
  const all = listeners.get(kind) ?? new Set();
  listeners.set(kind, all.add(listener));
  if (latest.has(kind)) listener(latest.get(kind));
  return () => void all.delete(listener);
}

/** Starts to listen to the daemon; does nothing where it already does. */
export function start() {
  isWanted = true;
  if (running || document.hidden) return;
  running = new AbortController();
  void stream(running);
  void poll(running);
}

/** Ends it, and forgets what was told. */
export function stop() {
  isWanted = false;
  pause();
  latest.clear();
  tell("connection", "stopped");
}

/** Asks for the status now: after something was started by hand. */
export async function refresh() {
  tell("status", await get("/status"));
}

function pause() {
  running?.abort();
  running = null;
  tell("connection", "reconnecting");
}

/** @param {AbortController} session */
async function stream(session) {
  let wait = BACKOFF_MS.first;
  while (!session.signal.aborted) {
    const attempt = new AbortController();
    const end = () => attempt.abort();
    session.signal.addEventListener("abort", end);
    const opened = () => {
      wait = BACKOFF_MS.first;
      tell("connection", "live");
    };
    try {
      await readEvents(attempt, opened, tell);
    } catch {
      // Lost or refused: it is tried again below, and polled meanwhile.
    }
    session.signal.removeEventListener("abort", end);
    if (session.signal.aborted) return;
    tell("connection", "reconnecting");
    // Jitter, so that a hundred open pages do not return in the same moment.
    await sleep(wait * (0.75 + Math.random() / 2));
    wait = Math.min(wait * 2, BACKOFF_MS.max);
  }
}

/** @param {AbortController} session */
async function poll(session) {
  while (!session.signal.aborted) {
    if (latest.get("connection") !== "live") {
      try {
        await refresh();
      } catch (error) {
        if (!(error instanceof ApiError)) tell("connection", "reconnecting");
      }
    }
    await sleep(POLL_MS);
  }
}

/** @param {string} kind @param {any} data */
function tell(kind, data) {
  if (kind === "status" || kind === "connection") latest.set(kind, data);
  for (const listener of listeners.get(kind) ?? []) listener(data);
}

/** @param {number} ms */
function sleep(ms) {
  return new Promise((wake) => setTimeout(wake, ms));
}
