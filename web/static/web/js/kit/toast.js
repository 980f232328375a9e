/** Short messages at the foot of the page, read out politely. Prefer an Undo here over a question before. */
import { h, icon } from "./dom.js";
import { say } from "./i18n.js";

const SECONDS = 8;

/**
 * Show a toast. With `undo` it offers to take the act back and stays a little longer; failures stay until closed.
 * @param {string} text
 * @param {{undo?: () => unknown, state?: "failed" | "risk" | "done", action?: {label: string, run: () => unknown}}} [options]
 * @returns {() => void} closes it
 */
export function toast(text, { undo, state, action } = {}) {
  const box = document.getElementById("toasts");
  if (!box) return () => {};
  const close = () => item.remove();
  const run = (/** @type {() => unknown} */ act) => () => {
    close();
    act();
  };
  const item = h(
    "div",
    { class: "toast", data: state ? { state } : {} },
    state === "failed" && icon("circle-alert"),
    h("p", null, text),
    undo && h("button", { type: "button", class: "btn btn-undo", onclick: run(undo) }, say("undo")),
    action && h("button", { type: "button", class: "btn btn-undo", onclick: run(action.run) }, action.label),
    h("button", { type: "button", class: "btn btn-icon", onclick: close }, icon("x", 16, say("close"))),
  );
  lift(box);
  box.appendChild(item);
  while (box.children.length > 4) box.firstElementChild?.remove();
  if (state !== "failed") dismissLater(item, undo || action ? SECONDS * 1.5 : SECONDS);
  return close;
}

/** Behind a modal dialog everything is inert: the region moves into it, and back when it closes (adoptToasts). @param {HTMLElement} box */
function lift(box) {
  const dialog = document.querySelector("dialog:modal");
  const home = dialog || document.body;
  if (box.parentElement !== home) home.appendChild(box);
}

/** Goes away by itself, but not while someone is on it. @param {HTMLElement} item @param {number} seconds */
function dismissLater(item, seconds) {
  let left = seconds * 1000;
  const step = 250;
  const timer = setInterval(() => {
    if (!item.isConnected) clearInterval(timer);
    else if (!item.matches(":hover, :focus-within") && (left -= step) <= 0) item.remove();
  }, step);
}

/** Messages that the server rendered. */
export function adoptToasts() {
  const foot = document.querySelector(".field-foot");
  // Toasts stand above what is under the thumb, however high that is just now.
  if (foot) new ResizeObserver(() => document.body.style.setProperty("--dock", `${foot.getBoundingClientRect().height}px`)).observe(foot);
  document.addEventListener(
    "close",
    (event) => {
      const box = document.getElementById("toasts");
      if (box && event.target instanceof HTMLDialogElement && event.target.contains(box)) document.body.appendChild(box);
    },
    true,
  );
  for (const item of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("#toasts [data-toast]"))) {
    const close = /** @type {HTMLElement | null} */ (item.querySelector("[data-close]"));
    if (close) {
      close.hidden = false;
      close.addEventListener("click", () => item.remove());
    }
    if (item.dataset.state !== "failed") dismissLater(item, SECONDS);
  }
}
