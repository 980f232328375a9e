/** A stop on the map where it is and where it would be instead: a line through its neighbours of now, a dashed one through the others. */
import { h } from "../kit/dom.js";

/** @typedef {{route: string, color: number, line: number[][], label: string}} Leg line in lon, lat: from the place before over the stop to the place after */
/** @typedef {{here: Leg, there: Leg | null}} Detour both lines pass the stop in their middle */

/** @param {Detour | null} detour */
const legs = (detour) => (detour ? [detour.here, detour.there].filter((leg) => leg !== null) : []);

/** @param {Detour | null} detour @returns {number[][]} */
export const pointsOf = (detour) => legs(detour).flatMap((leg) => leg.line);

/** @param {Detour | null} detour @returns {string[]} */
export const routesOf = (detour) => legs(detour).map((leg) => leg.route);

/** What MapLibre draws of it. @param {Detour | null} detour */
export function features(detour) {
  const lines = legs(detour).map((leg) => ({ type: "Feature", geometry: { type: "LineString", coordinates: leg.line }, properties: { color: leg.color, dashed: leg !== detour?.here } }));
  const ends = legs(detour).flatMap((leg) => [leg.line[0], leg.line[2]].map((coordinates) => ({ type: "Feature", geometry: { type: "Point", coordinates }, properties: { color: leg.color } })));
  return { type: "FeatureCollection", features: [...lines, ...ends] };
}

/** Its layers, below the stops. @param {any} map @param {any} byColor @param {{surface: string, text: string}} color */
export function addLayers(map, byColor, color) {
  const isLine = ["==", ["geometry-type"], "LineString"];
  const line = (/** @type {string} */ id, /** @type {any} */ filter, /** @type {any} */ paint, cap = "round") => map.addLayer({ id, type: "line", source: "house-detour", filter: ["all", isLine, ...filter], layout: { "line-cap": cap, "line-join": "round" }, paint });
  line("detour-case", [], { "line-color": color.surface, "line-width": 9, "line-opacity": 0.9 });
  line("detour-here", [["!", ["get", "dashed"]]], { "line-color": byColor, "line-width": 5 });
  line("detour-there", [["get", "dashed"]], { "line-color": byColor, "line-width": 5, "line-dasharray": [1.6, 1.2] }, "butt");
  map.addLayer({ id: "detour-end", type: "circle", source: "house-detour", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-radius": 13, "circle-color": color.surface, "circle-stroke-color": byColor, "circle-stroke-width": 3 } });
}

/** Which line is which, in words on the map. @param {Detour} detour */
export function key(detour) {
  return h("p", { class: "map-key" }, legs(detour).map((leg) => h("span", null, h("span", { class: `map-key-line${leg === detour.here ? "" : " is-dashed"}`, data: { color: leg.color } }), leg.label)));
}
