// What narrows the table. It lives in the hash, so that what one person sees can be shown to another.

const SEARCH_PAUSE_MS = 120;
const NO_CAUSE = "none";
const ALL_BELOW = " / …";
const SORTS = { gravest: "Gravest first", name: "By name", id: "By account id", verdict: "By verdict", effect: "By effect", ou: "By organizational unit", profile: "By profile" };
const FILTERS = ["verdict", "effect", "aspect", "ou", "cause", "profile", "q"];

function currentQuery() {
  return new URLSearchParams(location.hash.split("?")[1]);
}

/**
 * A hash that is no element's id, so that the page never scrolls by itself.
 * @param {URLSearchParams} query
 */
function hashOf(query) {
  return `#/accounts?${query}`;
}

/**
 * Shows the first page of what is asked for.
 * @param {URLSearchParams} query
 * @param {boolean} [isTyped] makes no step in the history
 */
function ask(query, isTyped = false) {
  query.delete("page");
  if (isTyped) location.replace(hashOf(query));
  else location.hash = hashOf(query);
}

/** @param {Record<string, string | string[]>} filters */
function queryOf(filters) {
  return new URLSearchParams(Object.entries(filters).flatMap(([key, values]) => [values].flat().map((value) => [key, value])));
}

/**
 * Shows only such accounts, and leads to them.
 * @param {Record<string, string | string[]>} filters
 */
function askOnlyFor(filters) {
  ask(queryOf(filters));
  jumpTo(document.getElementById("accounts-title"));
}

/**
 * A link to such accounts.
 * @param {Record<string, string | string[]>} filters
 * @param {Record<string, any>} attributes
 * @param {...Child} children
 */
function accountsLink(filters, attributes, ...children) {
  const onclick = (/** @type {MouseEvent} */ event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    askOnlyFor(filters);
  };
  return el("a", { href: hashOf(queryOf(filters)), ...attributes, onclick }, ...children);
}

/**
 * Whether an account, at its place, is asked for.
 * @param {Model} model
 * @param {URLSearchParams} query
 * @returns {(account: Account, place: number) => boolean}
 */
function matcher(model, query) {
  const chosen = (/** @type {string} */ key) => query.get(key) || null;
  const [aspect, ou, cause, profile] = ["aspect", "ou", "cause", "profile"].map(chosen);
  const verdicts = query.getAll("verdict");
  const effects = query.getAll("effect");
  const causeIndex = cause === NO_CAUSE ? -1 : model.causes.findIndex((/** @type {any} */ { code }) => code === cause);
  const isKnownCause = cause === NO_CAUSE || causeIndex >= 0;
  const profileIndex = model.profiles.indexOf(profile);
  const units = new Set([...model.units.keys()].filter((index) => isWithin(model.units[index], ou ?? "")));
  const tests = [
    verdicts.length > 0 && ((/** @type {Account} */ account) => verdicts.includes(verdictOf(account))),
    effects.length > 0 && ((/** @type {Account} */ account) => effects.includes(model.effectOf(account) ?? "")),
    aspect && ((/** @type {Account} */ account) => model.aspectsOf(account).has(aspect)),
    ou && ((/** @type {Account} */ account) => units.has(account[UNIT])),
    cause && ((/** @type {Account} */ account) => isKnownCause && account[CAUSE] === causeIndex),
    profile && ((/** @type {Account} */ account) => account[PROFILE] === profileIndex && profileIndex >= 0),
    ...folding(query.get("q") ?? "").split(/\s+/).filter(Boolean).map((term) => termMatcher(model, term)),
  ].filter((test) => typeof test === "function");
  return (account, place) => tests.every((test) => test(account, place));
}

/** @param {string} unit @param {string} asked a unit, or one with all below it */
function isWithin(unit, asked) {
  if (!asked.endsWith(ALL_BELOW)) return unit === asked;
  const top = asked.slice(0, -ALL_BELOW.length);
  return unit === top || unit.startsWith(`${top} / `);
}

/**
 * Whether a term stands in anything that is told of the account.
 * @param {Model} model
 * @param {string} term
 */
function termMatcher(model, term) {
  const texts = model.texts();
  const [units, findings, causes, messages] = [texts.units, texts.findings, texts.causes, texts.messages].map((all) => all.map((/** @type {string} */ text) => text.includes(term)));
  return (/** @type {Account} */ account, /** @type {number} */ place) => texts.own[place].includes(term) || units[account[UNIT]] || findings[account[FINDINGS]] ||
    causes[account[CAUSE]] || messages[account[MESSAGE]] || false;
}

/** @typedef {{ element: HTMLElement, show: (query: URLSearchParams) => void }} Control */

/**
 * All that narrows and orders the table.
 * @param {Model} model
 * @returns {Control & { focus: () => void }}
 */
function filterControls(model) {
  const search = searchBox();
  const withEffect = EFFECT_NAMES.filter((effect) => model.findings.some((/** @type {any[]} */ list) => list.some((finding) => finding.effect === effect)));
  const used = [...ASPECTS.keys()].filter((aspect) => model.findings.some((/** @type {any[]} */ list) => list.some((finding) => finding.aspect === aspect)));
  const causes = model.causes.map((/** @type {any} */ { code, title }) => [code, title]);
  const controls = [
    search,
    toggles("verdict", "Verdict", model.verdicts.map((/** @type {[string, number]} */ [verdict]) => verdict)),
    toggles("effect", "Gravest effect", withEffect),
    dropdown("ou", "Organizational unit", "Any organizational unit", unitOptions(model.units)),
    dropdown("cause", "Cause", "Any cause", [...causes, [NO_CAUSE, "Without a cause"]]),
    dropdown("aspect", "What differs", "Any difference", used.map((aspect) => [aspect, aspectWord(aspect)])),
    dropdown("profile", "Profile", "Any profile", model.profiles.map((/** @type {string} */ name) => [name, name])),
    dropdown("sort", "Order", SORTS.gravest, Object.entries(SORTS).slice(1).flatMap(([sort, word]) => [[sort, word], [`-${sort}`, `${word}, reversed`]])),
  ];
  const [, verdicts, effects, ...dropdowns] = controls;
  const clear = el("button", { type: "button", onclick: () => askOnlyFor({}) }, "Clear filters");
  return {
    element: el("search", { class: "filters", "aria-label": "Filters" },
      el("div", { class: "filter-row" }, search.element, clear), verdicts.element, effects.element,
      el("div", { class: "filter-row" }, dropdowns.map(({ element }) => element))),
    show: (query) => {
      controls.forEach((control) => control.show(query));
      clear.hidden = !FILTERS.some((key) => query.get(key));
    },
    focus: () => jumpTo(search.input),
  };
}

/**
 * Every unit, and every one that has others below it.
 * @param {string[]} units
 */
function unitOptions(units) {
  const tops = units.flatMap((unit) => {
    const path = unit.split(" / ");
    return path.slice(0, -1).map((_, index) => path.slice(0, index + 1).join(" / ") + ALL_BELOW);
  });
  return [...new Set([...tops, ...units])].sort((one, other) => compare(folding(one), folding(other))).map((unit) => [unit, unit]);
}

function searchBox() {
  let pause = 0;
  const search = () => {
    const query = currentQuery();
    query.delete("q");
    if (input.value.trim()) query.set("q", input.value.trim());
    ask(query, true);
  };
  const input = el("input", {
    type: "search", id: "search", placeholder: "Name, id, ARN, or what differs", "aria-label": "Search accounts by name, id, ARN or what differs",
    autocomplete: "off", spellcheck: "false", "aria-keyshortcuts": "/",
    oninput: () => {
      clearTimeout(pause);
      pause = setTimeout(search, SEARCH_PAUSE_MS);
    },
    onkeydown: (/** @type {KeyboardEvent} */ event) => { if (event.key === "Escape" && !input.value) input.blur(); },
  });
  return {
    input,
    element: el("div", { class: "search" }, input, el("kbd", { "aria-hidden": "true" }, "/")),
    // Never under the fingers of who types.
    show: (/** @type {URLSearchParams} */ query) => { if (document.activeElement !== input) input.value = query.get("q") ?? ""; },
  };
}

/**
 * Buttons of which several may be pressed.
 * @param {string} key
 * @param {string} label
 * @param {string[]} kinds verdicts or effects
 * @returns {Control}
 */
function toggles(key, label, kinds) {
  const press = (/** @type {string} */ kind) => {
    const query = currentQuery();
    const pressed = query.getAll(key);
    query.delete(key);
    for (const one of pressed.includes(kind) ? pressed.filter((one) => one !== kind) : [...pressed, kind]) query.append(key, one);
    ask(query);
  };
  const buttons = kinds.map((kind) => el("button", {
    type: "button", class: "toggle", title: meaningOf(kind), "data-value": kind, "aria-pressed": "false", onclick: () => press(kind),
  }, dot(kind), wordOf(kind)));
  return {
    element: el("div", { class: "toggles", role: "group", "aria-label": label, "data-filter": key, hidden: kinds.length === 0 }, buttons),
    show: (query) => buttons.forEach((button, index) => button.setAttribute("aria-pressed", String(query.getAll(key).includes(kinds[index])))),
  };
}

/**
 * A drop-down; its first option takes the filter away.
 * @param {string} key
 * @param {string} label
 * @param {string} all
 * @param {string[][]} options
 * @returns {Control}
 */
function dropdown(key, label, all, options) {
  const element = el("select", {
    "aria-label": label, "data-filter": key,
    onchange: () => {
      const query = currentQuery();
      query.delete(key);
      if (element.value) query.set(key, element.value);
      ask(query);
    },
  }, [["", all], ...options].map(([value, word]) => el("option", { value }, word)));
  return {
    element,
    show: (query) => {
      const value = query.get(key) ?? "";
      // What the hash says is shown even where it is no known option.
      if (![...element.options].some((option) => option.value === value)) append(element, [el("option", { value }, value)]);
      element.value = value;
    },
  };
}
