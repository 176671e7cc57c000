// The form for the token, where the daemon asks for one.

import { keepToken, request } from "./api.js";
import { el, fill, heading } from "./dom.js";

/**
 * @param {HTMLElement} root
 * @param {boolean} wasWrong whether a token was kept, and refused
 * @param {() => void} onOpen called when the daemon took the token
 */
export function askForToken(root, wasWrong, onOpen) {
  const input = el("input", {
    type: "password", id: "token", required: true, autocomplete: "off", spellcheck: "false",
    "aria-describedby": "token-error",
  });
  const error = el("p", { id: "token-error", class: "error", role: "alert" },
    wasWrong && "The daemon no longer takes the token of this tab.");
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    fill(error);
    const refusal = await refusalOf(input.value.trim());
    if (refusal === null) return onOpen();
    fill(error, refusal);
    input.select();
    input.focus();
  };
  fill(root, el("form", { class: "card login", onsubmit: submit },
    heading("Sign in"),
    el("p", { class: "faint" }, "This daemon asks for the bearer token of its configuration (",
      el("code", {}, "[http] token_file"), "). It is kept in this tab only, until the tab is closed."),
    el("label", { for: "token" }, "Token"),
    input,
    error,
    el("button", { class: "primary", type: "submit" }, "Sign in")));
  input.focus();
}

/**
 * Tries the token; keeps it where it is taken.
 * @param {string} tried
 * @returns {Promise<string | null>} why it cannot be used
 */
async function refusalOf(tried) {
  keepToken(tried);
  try {
    await request("/status", {});
    return null;
  } catch (error) {
    keepToken(null);
    const { status, message } = /** @type {any} */ (error);
    if (status === 401) return "The daemon refuses this token.";
    // A header holds no such characters, so no daemon can have this token.
    if (error instanceof TypeError && /[^\x21-\x7e]/.test(tried)) return "A token holds printable ASCII characters only.";
    return `The daemon cannot be reached: ${message}`;
  }
}
