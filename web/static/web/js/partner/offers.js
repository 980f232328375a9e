/** Offers: tick and count, ask before declining all, and say when the list is not what it was. */
import { everySecond } from "../kit/clock.js";
import { ask } from "../kit/dialog.js";
import { $, $$, setText } from "../kit/dom.js";
import { api } from "../kit/api.js";
import { say } from "../kit/i18n.js";

const LOOK_EVERY_MS = 10_000;
const form = /** @type {HTMLElement} */ ($("#offers-form"));
const boxes = () => /** @type {HTMLInputElement[]} */ ($$("input[name=offers]", form));
const all = /** @type {HTMLInputElement | null} */ ($("#offers-all"));

function count() {
  const ticked = boxes().filter((box) => box.checked).length;
  for (const [id, word] of [["#accept-some", "offers-accept-n"], ["#decline-some", "offers-decline-n"]]) {
    const button = /** @type {HTMLButtonElement | null} */ ($(id));
    if (!button) continue;
    button.disabled = !ticked;
    setText(button, say(word, { n: ticked }));
  }
  if (all) {
    all.checked = ticked > 0 && ticked === boxes().length;
    all.indeterminate = ticked > 0 && !all.checked;
  }
}

all?.addEventListener("change", () => {
  for (const box of boxes()) box.checked = /** @type {HTMLInputElement} */ (all).checked;
  count();
});
form.addEventListener("change", count);
count();

const declineAll = /** @type {HTMLButtonElement | null} */ ($("#decline-all"));
declineAll?.addEventListener("click", async (event) => {
  event.preventDefault();
  const n = boxes().length;
  const yes = await ask({ title: say("offers-ask"), text: say("offers-ask-text", { n }), action: say("offers-ask-yes"), danger: true });
  if (yes) /** @type {HTMLFormElement} */ (form).requestSubmit(makeSure(declineAll));
});

const SOON_S = 15 * 60;

/** Count down to when each answer is due; what is due soon is amber. */
everySecond((now) => {
  for (const time of /** @type {HTMLTimeElement[]} */ ($$("time[data-until]", form))) {
    const left = Math.max(0, Math.round((Date.parse(time.dateTime) - now.getTime()) / 1000));
    const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
    setText(time, left ? `${Math.floor(left / 3600)}:${two(Math.floor(left / 60) % 60)}:${two(left % 60)}` : say("offers-over"));
    time.dataset.state = left === 0 ? "failed" : left < SOON_S ? "risk" : "planned";
  }
});

/** The button itself would ask again; its twin does not. @param {HTMLButtonElement} button */
function makeSure(button) {
  const twin = /** @type {HTMLButtonElement} */ (button.cloneNode(true));
  twin.removeAttribute("id");
  twin.hidden = true;
  button.after(twin);
  return twin;
}

/** Nothing jumps: a list that changed is offered, not swapped under the pointer. */
async function look() {
  if (document.visibilityState !== "visible") return;
  const answer = await api("GET", form.dataset.poll || "", undefined, { quiet: true }).catch(() => null);
  if (!answer || answer.next) return;
  const now = new Set(answer.results.map((/** @type {{id: string}} */ offer) => offer.id));
  const shown = $$("[data-offer]", form).map((row) => row.dataset.offer || "");
  const same = shown.length === now.size && shown.every((id) => now.has(id));
  const notice = /** @type {HTMLElement} */ ($("#offers-changed"));
  if (same === notice.hidden) return;
  notice.hidden = same;
  setText($("#offers-changed-text"), same ? "" : say("offers-changed"));
}

setInterval(look, LOOK_EVERY_MS);
