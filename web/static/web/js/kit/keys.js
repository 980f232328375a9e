/**
 * Keyboard: single letters and pairs ("g d"), with a help sheet on "?". Letters are ignored while typing and can be
 * switched off (WCAG 2.1.4). Markup can declare keys: data-shortcut="p" clicks or focuses, data-go="d" follows after g;
 * in a list with data-rove the arrows, Home and End go from item to item.
 */
import { h } from "./dom.js";
import { say } from "./i18n.js";
import { open } from "./dialog.js";

/** @typedef {{keys: string, label: string, run: (event: KeyboardEvent) => void}} Shortcut */

/** @type {Map<string, Shortcut>} */
const shortcuts = new Map();
let before = "";
let forget = 0;

/** Add a shortcut: "p", "g d", "ArrowDown", "Shift+P". Answers a function that removes it. @param {string} keys @param {string} label @param {(event: KeyboardEvent) => void} run */
export function shortcut(keys, label, run) {
  const entry = { keys, label, run };
  shortcuts.set(keys, entry);
  return () => shortcuts.get(keys) === entry && shortcuts.delete(keys);
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable || (target.matches("input, textarea, select") && !target.matches("input[type=checkbox], input[type=radio], input[type=button]")));
}

export function lettersAreOn() {
  try {
    return localStorage.getItem("letter-keys") !== "off";
  } catch {
    return true;
  }
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape" && isTyping(event.target) && /** @type {HTMLElement} */ (event.target).dataset.shortcut === "/") {
    /** @type {HTMLElement} */ (event.target).blur();
    return;
  }
  if (isTyping(event.target) || (event.key.length === 1 && !lettersAreOn())) return;
  if (document.querySelector("dialog:modal") && event.key !== "?") return;
  const name = event.shiftKey && event.key.length > 1 ? `Shift+${event.key}` : event.key;
  const pair = before && `${before} ${name}`;
  clearTimeout(forget);
  before = "";
  const found = (pair && shortcuts.get(pair)) || shortcuts.get(name) || declared(pair, name);
  if (found) {
    event.preventDefault();
    found.run(event);
  } else if (name === "g" || [...shortcuts.keys()].some((keys) => keys.startsWith(`${name} `))) {
    before = name;
    forget = window.setTimeout(() => (before = ""), 1200);
  }
}

/** @param {string} pair @param {string} name @returns {Shortcut | null} */
function declared(pair, name) {
  const quoted = CSS.escape(name);
  const selector = pair.startsWith("g ") ? `[data-go="${quoted}"]` : `[data-shortcut="${quoted}"]`;
  const element = /** @type {HTMLElement | null} */ (document.querySelector(selector));
  if (!element || element.closest("[hidden]")) return null;
  return { keys: pair || name, label: "", run: () => (isTyping(element) ? element.focus() : element.click()) };
}

function help() {
  const rows = [
    ["?", say("keys-help")],
    ...[...document.querySelectorAll("[data-shortcut]")].map((element) => [/** @type {HTMLElement} */ (element).dataset.shortcut, element.getAttribute("aria-label") || element.textContent?.trim()]),
    ...[...document.querySelectorAll("[data-go]")].map((element) => [`g ${/** @type {HTMLElement} */ (element).dataset.go}`, say("keys-go", { place: element.querySelector("span")?.textContent || "" })]),
    ...[...shortcuts.values()].map((entry) => [entry.keys, entry.label]),
  ];
  const letters = h("input", { type: "checkbox", checked: lettersAreOn(), onchange: () => localStorage.setItem("letter-keys", letters.checked ? "on" : "off") });
  const dialog = h(
    "dialog",
    { class: "dialog", "aria-labelledby": "keys-title" },
    h("div", { class: "dialog-head" }, h("h2", { id: "keys-title" }, say("keys"))),
    h(
      "div",
      { class: "dialog-body stack" },
      h(
        "table",
        { class: "table" },
        h(
          "tbody",
          null,
          rows.map(([keys, label]) => h("tr", null, h("th", { scope: "row" }, label || ""), h("td", { class: "num" }, String(keys).split(" ").map((key) => [h("kbd", { class: "kbd" }, key), " "])))),
        ),
      ),
      h("label", { class: "check" }, letters, h("span", null, say("keys-letters"))),
    ),
    h("div", { class: "dialog-foot" }, h("button", { type: "button", class: "btn", "data-close": true, autofocus: true }, say("close"))),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.appendChild(dialog);
  open(dialog);
}

/** @param {KeyboardEvent} event */
function rove(event) {
  const step = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
  const target = /** @type {Element} */ (event.target);
  const list = step && !isTyping(target) && target.closest?.("[data-rove]");
  if (!list || event.defaultPrevented) return;
  const items = [.../** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll(".rows-item, .menu-item, [role=option]"))].filter((item) => item.offsetParent);
  const at = items.findIndex((item) => item === target || item.contains(target));
  if (at < 0) return;
  event.preventDefault();
  items[Math.min(items.length - 1, Math.max(0, at + step))]?.focus();
}

export function startKeys() {
  document.addEventListener("keydown", rove);
  document.addEventListener("keydown", onKey);
  document.addEventListener("keydown", (event) => {
    if (event.key === "?" && !event.defaultPrevented && !isTyping(event.target) && !document.querySelector("dialog:modal")) help();
  });
  document.addEventListener("click", (event) => {
    if (/** @type {Element} */ (event.target).closest?.("[data-keys-help]")) help();
  });
}
