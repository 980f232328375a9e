/** Dialogs are `<dialog class="dialog">`; `<button data-dialog="#id">` opens one, `data-close` inside closes it. */
import { h } from "./dom.js";
import { say } from "./i18n.js";

/** Open a dialog; a click on the backdrop closes it unless it holds typed input. @param {HTMLDialogElement} dialog */
export function open(dialog) {
  if (dialog.open) return dialog;
  dialog.showModal();
  return dialog;
}

/**
 * Ask before what cannot be undone. Say in numbers what will happen.
 * @param {{title: string, text: string, action: string, danger?: boolean}} question
 * @returns {Promise<boolean>}
 */
export function ask({ title, text, action, danger = false }) {
  return new Promise((resolve) => {
    const dialog = h(
      "dialog",
      { class: "dialog", "aria-labelledby": "ask-title" },
      h("div", { class: "dialog-head" }, h("h2", { id: "ask-title" }, title)),
      h("div", { class: "dialog-body" }, h("p", null, text)),
      h(
        "div",
        { class: "dialog-foot" },
        h("button", { type: "button", class: "btn", onclick: () => dialog.close("no") }, say("cancel")),
        h("button", { type: "button", class: danger ? "btn btn-danger" : "btn btn-primary", onclick: () => dialog.close("yes"), autofocus: true }, action),
      ),
    );
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "yes");
      dialog.remove();
    });
    document.body.appendChild(dialog);
    open(dialog);
  });
}

/** Listen once for the whole page. */
export function startDialogs() {
  document.addEventListener("click", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    const opener = /** @type {HTMLElement | null} */ (target.closest?.("[data-dialog]"));
    if (opener?.dataset.dialog) {
      const dialog = document.querySelector(opener.dataset.dialog);
      if (dialog instanceof HTMLDialogElement) open(dialog);
      return;
    }
    const closer = target.closest?.("[data-close]");
    if (closer) closer.closest("dialog")?.close();
    else if (target instanceof HTMLDialogElement && target.open && !target.querySelector("form")) {
      const box = target.getBoundingClientRect();
      const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
      if (!inside) target.close();
    }
  });
}
