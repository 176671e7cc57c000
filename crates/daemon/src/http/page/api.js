// The daemon's JSON API. The token lives in sessionStorage: it never reaches a URL, and ends with the tab.

const BASE = "/api/v1";
const TOKEN = "digitalex-rollout-token";

/** What the API said instead of an answer. */
export class ApiError extends Error {
  /** @param {number} status @param {{code?: string, message?: string, remedy?: string | null}} error */
  constructor(status, error) {
    super(error.message ?? `The daemon answered ${status}`);
    this.status = status;
    this.code = error.code ?? String(status);
    this.remedy = error.remedy ?? null;
  }
}

/** @type {() => void} */
let refused = () => {};

/**
 * What is done when the daemon asks for a token, or refuses the one kept.
 * @param {() => void} listener
 */
export function onRefused(listener) {
  refused = listener;
}

/** @returns {string | null} */
export function token() {
  return sessionStorage.getItem(TOKEN);
}

/** @param {string | null} value */
export function keepToken(value) {
  if (value === null) sessionStorage.removeItem(TOKEN);
  else sessionStorage.setItem(TOKEN, value);
}

/**
 * @param {string} path under /api/v1
 * @param {URLSearchParams | Record<string, string>} [query]
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export async function get(path, query = {}, signal) {
  const asked = new URLSearchParams(query).toString();
  const response = await request(path + (asked ? `?${asked}` : ""), { signal });
  return response.json();
}

/**
 * @param {string} path under /api/v1
 * @returns {Promise<void>}
 */
export async function post(path) {
  await request(path, { method: "POST" });
}

/**
 * A request with the token; its answer is a success.
 * @param {string} path
 * @param {RequestInit} options
 * @throws {ApiError}
 */
export async function request(path, options) {
  const headers = new Headers(options.headers);
  const kept = token();
  if (kept) headers.set("Authorization", `Bearer ${kept}`);
  const response = await fetch(BASE + path, { ...options, headers, cache: "no-store" });
  if (response.ok) return response;
  if (response.status === 401) refused();
  const body = await response.json().catch(() => ({}));
  throw new ApiError(response.status, body.error ?? {});
}
