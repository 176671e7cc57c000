// One account in a list.

import { el } from "./dom.js";
import { time } from "./format.js";
import { href } from "./router.js";
import { pathNames } from "./units.js";
import { aspectWord, effectBadge, unusualState, verdictBadge } from "./words.js";

/**
 * @param {any} line an `AccountLine`
 * @param {Map<string, import("./units.js").Unit>} units
 */
export function accountRow(line, units) {
  const path = pathNames(units, line.ou_path);
  const unusual = unusualState(line.state);
  return el("tr", { "data-account": line.id, class: line.effect === "widens" && "widened" },
    el("th", { scope: "row", class: "c0" }, accountLink(line.id, line.name), el("span", { class: "id" }, line.id),
      unusual && el("span", { class: "tag" }, unusual)),
    el("td", { class: "c1" }, verdictBadge(line.verdict), line.cause_code && el("a", { class: "cause", href: href("accounts", { cause: line.cause_code }), title: "All accounts with this cause" }, line.cause_code.replaceAll("_", " "))),
    el("td", { class: "c2" }, line.effect && [effectBadge(line.effect), " ", line.aspects.map(aspectWord).join(", ")]),
    el("td", { class: "c3", title: path.join(" / ") }, path.at(-1) ?? "", path.length > 2 && el("span", { class: "faint" }, ` in ${path.at(-2)}`)),
    el("td", { class: "c4" }, el("span", { class: "narrow" }, "verified "), time(line.verified_at)),
    el("td", { class: "c5" }, time(line.next_visit_at, "not planned")));
}

/** @param {string} id @param {string} name */
export function accountLink(id, name) {
  return el("a", { href: href(`accounts/${id}`), class: "name" }, name || id);
}
