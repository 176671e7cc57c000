// The report as a page: it reads what is embedded, and shows it. It asks nobody for anything.

const PARTS = [["summary", "Summary"], ["next", "What to do next"], ["accounts", "Accounts"], ["calls", "API calls"]];
const SEARCH_READY_MS = 200;

function showReport() {
  const main = /** @type {HTMLElement} */ (document.getElementById("main"));
  const report = embedded();
  if (!report) {
    return fill(main, el("p", { class: "notice" }, el("strong", {}, "⚠ This report is not whole. "), "The file was cut off or damaged: ask for it again, or write it again."));
  }
  const model = modelOf(report);
  const table = accountTable(model);
  fill(main, banner(model), title(model), summary(model), causes(model), table.element, paper(model), calls(model));
  append(/** @type {HTMLElement} */ (document.getElementById("top")), [el("span", { class: "organization" }, model.head.organization), el("span", { class: "tag" }, model.head.command), jumps()]);
  table.show();
  addEventListener("hashchange", table.show);
  addEventListener("keydown", (event) => onSlash(event, table.focusSearch));
  if (location.hash.startsWith(hashOf(new URLSearchParams()))) table.element.scrollIntoView();
  // The first search finds its texts ready; they are made when the page is in sight.
  setTimeout(model.texts, SEARCH_READY_MS);
}

/** @returns {any} nothing where the file is damaged */
function embedded() {
  try {
    return JSON.parse(document.getElementById("report")?.textContent ?? "");
  } catch {
    return null;
  }
}

function jumps() {
  const jump = (/** @type {Event} */ event, /** @type {string} */ id) => {
    // The hash is the table's.
    event.preventDefault();
    jumpTo(document.getElementById(`${id}-title`));
  };
  return el("nav", { "aria-label": "Parts of the report" }, PARTS.map(([id, word]) =>
    el("a", { href: `#${id}`, onclick: (/** @type {Event} */ event) => jump(event, id) }, word)));
}

/** @param {KeyboardEvent} event @param {() => void} focusSearch */
function onSlash(event, focusSearch) {
  const isTyping = /** @type {Element} */ (event.target).matches("input, select");
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping) return;
  event.preventDefault();
  focusSearch();
}

/** @param {Model} model */
function calls(model) {
  const sorted = Object.entries(model.calls).sort((one, other) => Number(other[1]) - Number(one[1]));
  const sum = sorted.reduce((all, [, count]) => all + Number(count), 0);
  return section("calls", "API calls", folded("card", `${counted(sum, "call")} of ${counted(sorted.length, "operation")}`, () =>
    el("table", { class: "plain" },
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Operation"), el("th", { scope: "col", class: "number" }, "Calls"))),
      el("tbody", {}, sorted.map(([name, count]) => el("tr", {}, el("th", { scope: "row", class: "mono" }, name), el("td", { class: "number" }, number(Number(count)))))),
      el("tfoot", {}, el("tr", {}, el("th", { scope: "row" }, "Sum"), el("td", { class: "number" }, number(sum)))))));
}

addEventListener("DOMContentLoaded", showReport);
