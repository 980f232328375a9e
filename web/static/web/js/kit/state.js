/** What each status looks like, from `{{ looks|json_script:"house-looks" }}` (web/states.py). */
import { h, icon } from "./dom.js";

/** @typedef {{state: string, icon: string, word: string}} Look */

/** @type {Record<string, Record<string, Look>>} */
const looks = JSON.parse(document.getElementById("house-looks")?.textContent || "{}");

/** @param {string} status @param {string} [kind] @returns {Look} */
export function lookOf(status, kind = "consignment") {
  return looks[kind]?.[status] || { state: "idle", icon: "circle", word: (status.charAt(0) + status.slice(1).toLowerCase()).replaceAll("_", " ") };
}

/** A chip: colour, icon and word. @param {string} status @param {string} [kind] */
export function chip(status, kind = "consignment") {
  const look = lookOf(status, kind);
  return h("span", { class: "chip", data: { state: look.state, status } }, icon(look.icon), h("span", null, look.word));
}

/** Turn a chip into another status, in place; answers whether it changed. @param {HTMLElement | null} element @param {string} status @param {string} [kind] */
export function setChip(element, status, kind = "consignment") {
  if (!element || element.dataset.status === status) return false;
  const fresh = chip(status, kind);
  element.dataset.state = fresh.dataset.state;
  element.dataset.status = status;
  element.replaceChildren(...fresh.childNodes);
  return true;
}
