// The table of accounts: a page of it in the document at a time.

const PAGE_SIZE = 100;
const COLUMNS = [["name", "Account"], ["verdict", "Verdict"], ["effect", "Differs"], ["ou", "Organizational unit"], ["profile", "Profile"]];

/** @param {Model} model */
function accountTable(model) {
  const controls = filterControls(model);
  const found = el("p", { class: "found" });
  const body = el("tbody", { onclick: onClick });
  const none = el("p", { class: "empty" }, "No account is like this.");
  const heads = COLUMNS.map(([sort, word]) => el("th", { scope: "col", class: `c-${sort}` },
    el("button", { type: "button", class: "sort", "data-sort": sort, onclick: () => sortBy(sort) }, word)));
  const unfoldAll = el("button", { type: "button", onclick: toggleAll });
  const pager = pagerOf(turnTo);
  const element = section("accounts", "Accounts", controls.element,
    el("div", { class: "above" }, found, unfoldAll),
    el("div", { class: "card flush" }, el("table", { class: "list" }, el("thead", {}, el("tr", {}, heads)), body), none), pager.element);

  function show() {
    const query = currentQuery();
    const isMatch = matcher(model, query);
    const places = model.ordered(query.get("sort") || "gravest").filter((/** @type {number} */ place) => isMatch(model.accounts[place], place));
    const pages = Math.max(1, Math.ceil(places.length / PAGE_SIZE));
    const page = Math.min(pages, Math.max(1, Number.parseInt(query.get("page") ?? "1", 10) || 1));
    const shown = places.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE);
    fill(body, shown.map((/** @type {number} */ place) => accountRow(model, place)));
    none.hidden = shown.length > 0;
    controls.show(query);
    showOrder(query.get("sort") ?? "");
    tellFound(places.length);
    pager.show(page, pages, places.length);
    // Who asks for one account wants to know all of it.
    if (places.length === 1) toggle(body.firstElementChild, true);
    unfoldAll.hidden = shown.length === 0;
    offerUnfolding();
  }

  /** @param {number} count */
  function tellFound(count) {
    const told = count === model.accounts.length ? counted(count, "account") : `${number(count)} of ${counted(model.accounts.length, "account")}`;
    fill(found, told);
    announce(told);
  }

  /** @param {string} sort */
  function showOrder(sort) {
    COLUMNS.forEach(([name], index) => {
      const order = sort === name ? "ascending" : sort === `-${name}` ? "descending" : null;
      if (order) heads[index].setAttribute("aria-sort", order);
      else heads[index].removeAttribute("aria-sort");
    });
  }

  /** @param {string} sort */
  function sortBy(sort) {
    const query = currentQuery();
    query.set("sort", query.get("sort") === sort ? `-${sort}` : sort);
    ask(query);
  }

  /** @param {number} page */
  function turnTo(page) {
    const query = currentQuery();
    query.set("page", String(page));
    location.hash = hashOf(query);
    element.querySelector(".above")?.scrollIntoView();
  }

  /** @param {MouseEvent} event */
  function onClick(event) {
    const target = /** @type {Element} */ (event.target);
    const row = target.closest("[data-account]");
    // Who selects text in a row does not want it to move.
    if (row && getSelection()?.isCollapsed !== false) toggle(row);
  }

  /** @param {any} row @param {boolean} [open] */
  function toggle(row, open = !isUnfolded(row)) {
    if (open === isUnfolded(row)) return;
    row.querySelector(".unfold").setAttribute("aria-expanded", String(open));
    if (open) row.after(el("tr", { class: "unfolded" }, el("td", { colspan: COLUMNS.length }, accountDetail(model, model.accounts[row.dataset.place]))));
    else row.nextElementSibling.remove();
    offerUnfolding();
  }

  function toggleAll() {
    const open = isAnyFolded();
    body.querySelectorAll("[data-account]").forEach((/** @type {Element} */ row) => toggle(row, open));
  }

  function offerUnfolding() {
    fill(unfoldAll, isAnyFolded() ? "Unfold all on this page" : "Fold all on this page");
  }

  function isAnyFolded() {
    return body.querySelector(".unfold[aria-expanded=false]") !== null;
  }

  return { element, show, focusSearch: controls.focus };
}

/** @param {Element} row */
function isUnfolded(row) {
  return row.nextElementSibling?.matches(".unfolded") ?? false;
}

/** @param {Model} model @param {number} place */
function accountRow(model, place) {
  const account = model.accounts[place];
  const effect = model.effectOf(account);
  const cause = model.causes[account[CAUSE]];
  return el("tr", { "data-account": account[ID], "data-place": place, class: effect === "widens" && "widened" },
    el("th", { scope: "row", class: "c-name" }, el("div", { class: "who" },
      el("button", { type: "button", class: "unfold", "aria-expanded": "false", "aria-label": `All of ${account[NAME] || account[ID]}` }),
      el("div", {}, nameOf(account), el("span", { class: "id" }, account[ID]), byHandTag(account)))),
    el("td", { class: "c-verdict" }, verdictBadge(verdictOf(account)), cause && el("span", { class: "because" }, cause.title)),
    el("td", { class: "c-effect" }, effect && [effectBadge(effect), " ", [...model.aspectsOf(account).keys()].map(aspectWord).join(", ")]),
    el("td", { class: "c-ou" }, el("bdi", {}, model.units[account[UNIT]])),
    el("td", { class: "c-profile" }, model.profiles[account[PROFILE]]));
}

/** @param {(page: number) => void} turnTo */
function pagerOf(turnTo) {
  let page = 1;
  const range = el("span", { class: "range" });
  const back = el("button", { type: "button", rel: "prev", onclick: () => turnTo(page - 1) }, "‹ Previous");
  const next = el("button", { type: "button", rel: "next", onclick: () => turnTo(page + 1) }, "Next ›");
  const field = el("input", { type: "number", min: "1", "aria-label": "Page", onchange: () => turnTo(Number(field.value)) });
  const pages = el("span", {});
  return {
    element: el("nav", { class: "pager", "aria-label": "Pages" }, range, back, el("label", {}, "Page ", field, pages), next),
    show: (/** @type {number} */ shown, /** @type {number} */ all, /** @type {number} */ count) => {
      page = shown;
      fill(range, count > 0 && `${number((page - 1) * PAGE_SIZE + 1)}–${number(Math.min(page * PAGE_SIZE, count))} of ${number(count)}`);
      fill(pages, ` of ${number(all)}`);
      field.value = String(page);
      field.max = String(all);
      back.disabled = page === 1;
      next.disabled = page === all;
      for (const turn of [back, next, field.parentElement]) turn.hidden = all === 1;
    },
  };
}
