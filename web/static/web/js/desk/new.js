/** The spoken order: addresses while they are typed, and the promise as it will be read back. */
import { api } from "../kit/api.js";
import { $, h } from "../kit/dom.js";

/** @typedef {{label: string, street: string, number: string, postcode: string, city: string}} Candidate */

const form = /** @type {HTMLFormElement} */ ($("#spoken-order"));
const field = (/** @type {string} */ name) => /** @type {HTMLInputElement} */ (form.elements.namedItem(name));

$("#wrong")?.focus();
if (!$("#wrong")) field("name").focus();
suggestAddresses();
readBack();

/** A combobox over the address search: arrows choose, Enter takes, Escape closes (ARIA practices, list autocomplete). */
function suggestAddresses() {
  const input = field("line1");
  const list = /** @type {HTMLElement} */ ($("#address-list"));
  /** @type {Candidate[]} */ let found = [];
  let at = -1;
  let waiting = 0;
  /** @type {AbortController | undefined} */ let asking;
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false", autocomplete: "off" })) input.setAttribute(name, value);

  const close = () => {
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const mark = (/** @type {number} */ index) => {
    at = index;
    [...list.children].forEach((option, i) => option.setAttribute("aria-selected", String(i === index)));
    if (index >= 0) input.setAttribute("aria-activedescendant", list.children[index].id);
    else input.removeAttribute("aria-activedescendant");
  };
  const take = (/** @type {Candidate} */ candidate) => {
    input.value = [candidate.street, candidate.number].filter(Boolean).join(" ") || candidate.label;
    if (candidate.postcode) field("postcode").value = candidate.postcode;
    if (candidate.city) field("city").value = candidate.city;
    close();
    form.dispatchEvent(new Event("input"));
  };
  const show = (/** @type {Candidate[]} */ candidates) => {
    found = candidates;
    list.replaceChildren(...found.map((c, i) => h("li", { id: `address-option-${i}`, role: "option", "aria-selected": "false", onmousedown: (/** @type {Event} */ event) => { event.preventDefault(); take(c); } }, c.label)));
    list.hidden = !found.length;
    input.setAttribute("aria-expanded", String(found.length > 0));
    mark(-1);
  };
  const search = async () => {
    const text = input.value.trim();
    asking?.abort();
    if (text.length < 3) return close();
    asking = new AbortController();
    try {
      const query = new URLSearchParams({ q: text });
      const answer = await api("GET", `${form.dataset.search}?${query}`, undefined, { quiet: true, signal: asking.signal });
      if (document.activeElement === input) show(answer.results);
    } catch {
      close(); // without suggestions the address is typed whole, and looked up after saving
    }
    return undefined;
  };
  input.addEventListener("input", () => {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(search, 120);
  });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) mark((at + step + found.length + (at < 0 && step < 0 ? 1 : 0)) % found.length);
    else if (event.key === "Enter" && at >= 0) take(found[at]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}

function readBack() {
  const box = /** @type {HTMLElement} */ ($("#promise"));
  const words = /** @type {HTMLTemplateElement} */ ($("#promise-words")).content.textContent || "";
  const chosen = (/** @type {string} */ name) => /** @type {HTMLSelectElement} */ (/** @type {unknown} */ (field(name))).selectedOptions[0]?.text || "";
  const tell = () => {
    const values = /** @type {Record<string, string>} */ ({
      name: field("name").value.trim(),
      address: [field("line1").value, field("line2").value, `${field("postcode").value} ${field("city").value}`].map((part) => part.trim()).filter(Boolean).join(", "),
      item: field("item").value.trim(),
      day: chosen("day"),
      slot: chosen("slot"),
    });
    box.hidden = !values.name || !field("line1").value.trim() || !values.item;
    /** @type {HTMLElement} */ ($("#promise-text")).textContent = words.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
  };
  form.addEventListener("input", tell);
  form.addEventListener("change", tell);
  tell();
}

form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});
