/** Why a stop is where it is, and its other places: what each would cost, between whom it would be, and the map's picture of it. */
import { h } from "../kit/dom.js";
import { say, timeOfDay } from "../kit/i18n.js";
import { colorOf } from "./board.js";
import { money } from "./planning.js";

/** @typedef {{stop: string | null, position: number | null, lon: number, lat: number}} Neighbour no stop: the hub */
/** @typedef {{route: string, number: number, courier: string, position: number, before: Neighbour, after: Neighbour, starts_at: string, more: number, refusal: string}} Place */
/** @typedef {any} Why what `/stops/<id>/explain/` answers: a Place with its sentences and the other places */
/** @typedef {import("../map/detour.js").Detour} Detour */

/** An amount with its sign. @param {number} micros @param {string} currency */
export function difference(micros, currency) {
  return `${micros < 0 ? "−" : "+"}${money(Math.abs(micros), currency)}`;
}

/** @param {Place} place */
const nameOf = (place) => say("d-stop-of", { n: place.position, route: place.number });

/** The map's picture in words. @param {Place} place */
function between({ before, after }) {
  if (!before.stop && !after.stop) return say("d-between-none");
  if (!before.stop) return say("d-between-first", { after: after.position ?? "" });
  if (!after.stop) return say("d-between-last", { before: before.position ?? "" });
  return say("d-between", { before: before.position ?? "", after: after.position ?? "" });
}

/** @param {Why} why @param {Place} place @param {string} currency @returns {Detour} */
function detourTo(why, place, currency) {
  const leg = (/** @type {Place} */ one, /** @type {string} */ label) => ({ route: one.route, color: colorOf(one), label, line: [[one.before.lon, one.before.lat], [why.lon, why.lat], [one.after.lon, one.after.lat]] });
  return {
    here: leg(why, say("d-line-here", { place: nameOf(why) })),
    there: place === why ? null : leg(place, say("d-line-there", { place: nameOf(place), more: difference(place.more, currency) })),
  };
}

/**
 * The answer as elements: sentences, then each place with its bar. A place that is chosen or comes into focus is shown.
 * @param {Why} why
 * @param {{zone: string, currency: string, shown?: string, show: (key: string, detour: Detour) => unknown, move?: ((place: Place) => unknown) | null}} options
 */
export function whyHere(why, { zone, currency, shown = "", show, move }) {
  /** @type {Place[]} */
  const others = [why.next_best, ...why.others].filter(Boolean);
  const most = Math.max(1, why.extra, ...others.filter((one) => !one.refusal).map((one) => why.extra + one.more));
  const list = h("ul", { class: "rows place-list", role: "list", "aria-label": say("d-other-places"), "data-rove": true });

  /** @param {string} key @param {Place} place */
  function choose(key, place) {
    for (const button of list.querySelectorAll("button.rows-item")) button.toggleAttribute("aria-current", false);
    const chosen = list.querySelector(`[data-key="${key}"]`);
    chosen?.setAttribute("aria-current", "true");
    show(key, detourTo(why, place, currency));
    // The map may stick above the list from now on: the place stays in view below it.
    chosen?.scrollIntoView({ block: "nearest" });
  }

  /** @param {Place} place */
  function row(place) {
    if (place.refusal) return h("li", null, h("div", { class: "rows-item" }, h("span", { class: "rows-main" }, say("d-route-of", { n: place.number, courier: place.courier }), h("br"), h("span", { class: "rows-sub" }, place.refusal))));
    const isHere = place === why;
    const key = `place-${place.route}-${isHere ? "here" : place.position}`;
    const costs = isHere ? why.extra : why.extra + place.more;
    return h(
      "li",
      null,
      h(
        "button",
        { type: "button", class: "rows-item", "aria-current": key === shown ? "true" : null, data: { key }, onclick: () => choose(key, place), onfocus: () => choose(key, place) },
        h(
          "span",
          { class: "rows-main" },
          nameOf(place),
          isHere && [" ", h("span", { class: "rows-sub" }, say("d-is-here"))],
          h("br"),
          h("span", { class: "rows-sub" }, isHere ? between(place) : `${place.courier}, ${timeOfDay(place.starts_at, zone)}, ${between(place)}`),
          h("progress", { class: `progress detail-cost${isHere ? " is-here" : ""}`, max: most, value: Math.max(0, costs), "aria-hidden": "true" }),
        ),
        !isHere && h("span", { class: "num ink", data: { state: place.more > 0 ? "failed" : "done" } }, difference(place.more, currency)),
      ),
      !isHere && move && h("button", { type: "button", class: "btn btn-sm", "aria-label": `${say("d-move")}: ${nameOf(place)}`, data: { key: `${key}-move` }, onclick: () => move(place) }, say("d-move")),
    );
  }

  list.append(...[why, ...others].map(row));
  return [...why.sentences.map((/** @type {string} */ text) => h("p", null, text)), others.length > 0 && list];
}
