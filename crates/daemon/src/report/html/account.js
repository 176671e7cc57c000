// All that the report tells of one account.

/** @param {Model} model @param {Account} account */
function accountDetail(model, account) {
  const findings = model.findings[account[FINDINGS]] ?? [];
  const writes = model.writes[account[WRITES]];
  return el("div", { class: "detail" },
    causeBox(model, account),
    findings.length > 0 && el("ul", { class: "differences" }, gravestFirst(findings).map((finding) => difference(finding, account))),
    findings.length === 0 && verdictOf(account) === "in_sync" && el("p", { class: "faint" }, "Nothing differs."),
    facts(model, account, writes));
}

/** @param {Model} model @param {Account} account */
function causeBox(model, account) {
  const cause = model.causes[account[CAUSE]];
  const [message, remedy] = [model.messages[account[MESSAGE]], model.remedies[account[REMEDY]]].map((text) => text && ofAccount(text, account));
  if (!cause && !message && !remedy) return null;
  return el("div", { class: "notice why" },
    cause && el("strong", {}, cause.title), message && el("p", {}, message),
    remedy && el("p", {}, el("strong", {}, "Next step: "), remedy),
    cause && el("button", { type: "button", class: "screen", onclick: () => jumpTo(document.getElementById(`${taskId(cause.code)}-title`)) }, "What to do about this cause"));
}

/** @param {any[]} findings */
function gravestFirst(findings) {
  return [...findings].sort((one, other) => EFFECT_NAMES.indexOf(one.effect) - EFFECT_NAMES.indexOf(other.effect));
}

/** @param {any} finding @param {Account} account */
function difference({ effect, aspect, text, meaning }, account) {
  return el("li", {}, effectBadge(effect), el("span", { class: "label" }, aspectWord(aspect)),
    el("div", { class: "text" }, ofAccount(text, account), meaning && el("p", { class: "faint" }, ofAccount(meaning, account))));
}

/** @param {Model} model @param {Account} account @param {string | undefined} writes */
function facts(model, account, writes) {
  const identity = model.identities[account[IDENTITY]];
  /** @type {[string, Child][]} */
  const rows = [
    [model.head.command === "apply" ? "Writes" : "Would be written", writes && code(ofAccount(writes, account))],
    ["Identity", identity && code(ofAccount(identity, account))],
    ["Access key", account[ACCESS_KEY] && code(account[ACCESS_KEY])],
  ];
  return rows.some(([, value]) => value) && definitions(rows);
}

/** @param {Account} account */
function nameOf(account) {
  return account[NAME].trim() ? el("bdi", { class: "name" }, account[NAME]) : el("span", { class: "unnamed" }, "without a name");
}

/** @param {Account} account */
function byHandTag(account) {
  return account[ADOPTED] === 1 && el("span", { class: "tag" }, BY_HAND);
}
