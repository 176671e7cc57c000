// On paper nothing can be unfolded: every account that asks for a person stands there with all of it.

const PRINTED_MAX = 2000;

/** @param {Model} model */
function paper(model) {
  const sheet = el("div", { class: "paper" });
  const print = matchMedia("print");
  const render = () => { if (!sheet.hasChildNodes()) fill(sheet, printed(model)); };
  const clear = () => { if (!print.matches) fill(sheet); };
  addEventListener("beforeprint", render);
  addEventListener("afterprint", clear);
  // Where print is only emulated, nothing else tells.
  print.addEventListener("change", () => (print.matches ? render() : clear()));
  if (print.matches) render();
  return sheet;
}

/** @param {Model} model */
function printed(model) {
  const open = model.ordered("gravest").map((/** @type {number} */ place) => model.accounts[place]).filter(isOpen);
  return [
    el("h2", {}, "Accounts that are not as wanted, or were not read"), el("p", { class: "faint" }, extent(open.length)),
    open.slice(0, PRINTED_MAX).map((/** @type {Account} */ account) => printedAccount(model, account)),
  ];
}

/** @param {number} count of all that should be printed */
function extent(count) {
  if (count === 0) return "Every account that takes part is as wanted.";
  if (count <= PRINTED_MAX) return `${counted(count, "account")}, gravest first.`;
  return `${number(PRINTED_MAX)} of ${number(count)} accounts are printed, gravest first; ${number(count - PRINTED_MAX)} more stand in the report itself.`;
}

/** @param {Model} model @param {Account} account */
function printedAccount(model, account) {
  const profile = model.profiles[account[PROFILE]];
  return el("article", { class: "printed", "data-printed": account[ID] },
    el("h3", {}, nameOf(account), " ", code(account[ID]), " ", verdictBadge(verdictOf(account)), " ", byHandTag(account)),
    el("p", { class: "faint" }, el("bdi", {}, model.units[account[UNIT]]), profile && `, profile ${profile}`),
    accountDetail(model, account));
}
