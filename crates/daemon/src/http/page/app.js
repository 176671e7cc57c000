// Puts the page together: what stands on every view, the views, and who may see them.

import { keepToken, onRefused, token } from "./api.js";
import { account } from "./account.js";
import { accounts } from "./accounts.js";
import { drift } from "./drift.js";
import { keepTimes } from "./format.js";
import { header, showRoute } from "./header.js";
import * as live from "./live.js";
import { askForToken } from "./login.js";
import { overview } from "./overview.js";
import { pass } from "./pass.js";
import { passes } from "./passes.js";
import { problems } from "./problems.js";
import { closeView, startRouter } from "./router.js";
import { forgetUnits } from "./units.js";

const VIEWS = { overview, accounts, account, drift, passes };
const main = /** @type {HTMLElement} */ (document.getElementById("main"));
let isRouting = false;

header(place("top"), signOut);
problems(place("problems"));
pass(place("pass"));
keepTimes();
onRefused(ask);
keyboard();
catchUp();
open();

/** Shows the data; the first refusal brings the form for the token instead. */
function open() {
  document.body.classList.remove("locked");
  live.start();
  if (isRouting) dispatchEvent(new HashChangeEvent("hashchange"));
  else startRouter(main, VIEWS, showRoute);
  isRouting = true;
}

/** Nothing of what was shown before stays behind the form. */
function ask() {
  if (document.body.classList.contains("locked")) return;
  const wasWrong = token() !== null;
  lock();
  askForToken(main, wasWrong, open);
}

function signOut() {
  lock();
  askForToken(main, false, open);
}

/** After a gap in the stream the view asks anew, for it may have missed something. */
function catchUp() {
  let before = "";
  live.on("connection", (now) => {
    if (now === "live" && before === "reconnecting") dispatchEvent(new HashChangeEvent("hashchange"));
    before = now;
  });
}

function lock() {
  keepToken(null);
  live.stop();
  closeView();
  forgetUnits();
  document.body.classList.add("locked");
}

/** @param {string} id */
function place(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

function keyboard() {
  // The hash belongs to the router, so the link moves the focus by itself.
  place("skip").addEventListener("click", (event) => {
    event.preventDefault();
    main.focus();
  });
  addEventListener("keydown", (event) => {
    const isTyping = /** @type {Element} */ (event.target).closest("input, select, textarea") !== null;
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const search = document.getElementById("search");
    if (search) search.focus();
    else if (!document.body.classList.contains("locked")) location.hash = "#/accounts?find";
  });
}
