"use strict";

// Elements are made here and nowhere else. Text is only ever set as text nodes, so that what an
// account is called can never become markup.

/** @typedef {Node | string | number | null | undefined | false | Child[]} Child */

// Controls and marks that reorder text (Unicode "Bidi_Control"); lines and tabs stay what they are.
const UNSEEN = /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * An element. Attributes that are `null`, `undefined` or `false` are left out; functions named `on…`
 * become listeners.
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...Child} children
 * @returns {any}
 */
function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  append(element, children);
  return element;
}

/**
 * Puts the children in place of all that the element holds.
 * @param {Element} parent
 * @param {...Child} children
 */
function fill(parent, ...children) {
  parent.replaceChildren();
  append(parent, children);
}

/** @param {Element} parent @param {Child[]} children */
function append(parent, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) append(parent, child);
    else parent.append(child instanceof Node ? child : visible(String(child)));
  }
}

/**
 * The text as it is, whatever it wants to look like.
 * @param {string} text
 */
function visible(text) {
  return text.replace(UNSEEN, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/**
 * A part of the report with a heading that can be jumped to.
 * @param {string} id
 * @param {string} title
 * @param {...Child} children
 */
function section(id, title, ...children) {
  return el("section", { id, "aria-labelledby": `${id}-title` }, el("h2", { id: `${id}-title`, tabindex: "-1" }, title), children);
}

/**
 * Folded content is only made when it is opened.
 * @param {string} kind
 * @param {Child} summary
 * @param {() => Child} content
 */
function folded(kind, summary, content) {
  const details = el("details", { class: kind }, el("summary", {}, summary));
  details.addEventListener("toggle", () => append(details, [content()]), { once: true });
  return details;
}

/**
 * Brings it into sight, and those who use a keyboard or a screen reader with it.
 * @param {any} element
 */
function jumpTo(element) {
  element.scrollIntoView();
  element.focus({ preventScroll: true });
}

/**
 * Tells it to those who listen to the page instead of looking at it.
 * @param {string} text
 */
function announce(text) {
  fill(/** @type {Element} */ (document.getElementById("announcer")), text);
}
