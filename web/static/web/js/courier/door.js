/** What is asked at the door: who took it with what evidence, or why it was not possible. */
import { h, icon } from "../kit/dom.js";
import { open } from "../kit/dialog.js";
import { say } from "../kit/i18n.js";
import { toast } from "../kit/toast.js";
import SignaturePad from "../../vendor/signature_pad/signature_pad.js";

const LONGEST_SIDE = 1600;

/** A photo as it is sent: upright, no larger than needed, without the camera's notes. @param {Blob} file @returns {Promise<Blob>} */
async function smaller(file) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
  const canvas = h("canvas", { width: Math.round(picture.width * scale), height: Math.round(picture.height * scale) });
  canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob || file), "image/jpeg", 0.82));
}

/** @param {HTMLDialogElement} dialog @param {() => any} result @returns {Promise<any>} */
function shown(dialog, result) {
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "yes" ? result() : null);
      dialog.remove();
    });
    document.body.appendChild(dialog);
    open(dialog);
  });
}

const choices = (name, options, first) => options.map(([value, label], index) => h("label", { class: "check" }, h("input", { type: "radio", name, value, checked: first && index === 0, required: true }), h("span", null, label)));

/**
 * @param {[string, string][]} handedTo
 * @returns {Promise<{data: Record<string, string>, files: {kind: "PHOTO" | "SIGNATURE", blob: Blob}[]} | null>}
 */
export async function askHandedOver(handedTo) {
  /** @type {Blob | null} */ let photo = null;
  /** @type {Blob | null} */ let signature = null;
  const name = h("input", { class: "input", id: "taker", autocomplete: "off", maxlength: 120 });
  const photoWord = h("span", null, say("photo"));
  const camera = h("input", { type: "file", accept: "image/*", capture: "environment", class: "sr-only", onchange: async () => {
    const file = camera.files?.[0];
    if (!file) return;
    photo = await smaller(file);
    photoWord.textContent = say("photo-taken");
  } });
  const canvas = h("canvas", { class: "signature", width: 640, height: 200, "aria-label": say("signature"), role: "img" });
  const pad = new SignaturePad(canvas, { penColor: "#111111", backgroundColor: "#ffffff" });
  const dialog = h("dialog", { class: "dialog sheet", "aria-labelledby": "door-title" });
  const form = h(
    "form",
    { method: "dialog", onsubmit: async (event) => {
      event.preventDefault();
      if (!name.value.trim() && !photo && pad.isEmpty()) return toast(say("evidence"), { state: "risk" });
      if (!pad.isEmpty()) signature = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
      dialog.close("yes");
    } },
    h("div", { class: "dialog-head" }, h("h2", { id: "door-title" }, say("delivered"))),
    h(
      "div",
      { class: "dialog-body stack" },
      h("fieldset", { class: "choices" }, h("legend", null, say("who")), choices("handed_to", handedTo, true)),
      h("div", { class: "field" }, h("label", { for: "taker" }, say("name")), name),
      h("label", { class: "btn" }, icon("camera", 20), photoWord, camera),
      h("div", { class: "field" }, h("div", { class: "row" }, h("span", { class: "label grow" }, say("signature")), h("button", { type: "button", class: "btn btn-quiet btn-sm", onclick: () => pad.clear() }, say("clear"))), canvas),
    ),
    h("div", { class: "dialog-foot" }, h("button", { type: "button", class: "btn", onclick: () => dialog.close("no") }, say("cancel")), h("button", { class: "btn btn-primary" }, icon("circle-check", 20), say("confirm-delivered"))),
  );
  dialog.appendChild(form);
  const done = shown(dialog, () => {
    const files = [];
    if (photo) files.push({ kind: /** @type {const} */ ("PHOTO"), blob: photo });
    if (signature) files.push({ kind: /** @type {const} */ ("SIGNATURE"), blob: signature });
    const chosen = /** @type {HTMLInputElement} */ (form.querySelector("input[name=handed_to]:checked"));
    return { data: { handed_to: chosen.value, name: name.value.trim() }, files };
  });
  // The pad draws in its own pixels: match them to what is shown, once it is shown.
  const ratio = Math.max(devicePixelRatio || 1, 1);
  canvas.width = canvas.offsetWidth * ratio || 640;
  canvas.height = canvas.offsetHeight * ratio || 200;
  canvas.getContext("2d")?.scale(ratio, ratio);
  pad.clear();
  return done;
}

/** @param {[string, string][]} reasons @returns {Promise<string | null>} */
export function askFailed(reasons) {
  const dialog = h("dialog", { class: "dialog sheet", "aria-labelledby": "fail-title" });
  const form = h(
    "form",
    { method: "dialog", onsubmit: (event) => {
      event.preventDefault();
      dialog.close("yes");
    } },
    h("div", { class: "dialog-head" }, h("h2", { id: "fail-title" }, say("why"))),
    h("div", { class: "dialog-body stack" }, h("fieldset", { class: "choices" }, h("legend", { class: "sr-only" }, say("why")), choices("why", reasons, false))),
    h("div", { class: "dialog-foot" }, h("button", { type: "button", class: "btn", onclick: () => dialog.close("no") }, say("cancel")), h("button", { class: "btn btn-primary" }, say("confirm-failed"))),
  );
  dialog.appendChild(form);
  return shown(dialog, () => /** @type {HTMLInputElement} */ (form.querySelector("input[name=why]:checked")).value);
}
