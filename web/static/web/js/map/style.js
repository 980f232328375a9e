/** The embedded basemap in two quiet styles, over our own tiles (common/geo/tiles.py): no glyphs, no sprites, no other host. */

/** @typedef {{ground: string, water: string, park: string, green: string, sand: string, built: string, square: string, building: string, buildingLine: string, road: string, roadCase: string, major: string, majorCase: string, path: string, label: string, halo: string, water_label: string, house: string}} Palette */

/** @type {{light: Palette, dark: Palette}} */
const PALETTES = {
  light: {
    ground: "#f5f3ef", water: "#cfdfe6", park: "#dfe8d6", green: "#e6ecdd", sand: "#f0ead8", built: "#f0ede8", square: "#ece8e1",
    building: "#e7e3dc", buildingLine: "#dad5cc", road: "#ffffff", roadCase: "#dedad2", major: "#ffffff", majorCase: "#cfc9be",
    path: "#d3ccc0", label: "#57534c", halo: "#f8f6f3", water_label: "#55727e", house: "#847e74",
  },
  dark: {
    ground: "#191817", water: "#16242b", park: "#1c231b", green: "#1b201a", sand: "#23211b", built: "#1d1c1a", square: "#222120",
    building: "#242321", buildingLine: "#2e2c29", road: "#363431", roadCase: "#151413", major: "#45423d", majorCase: "#131211",
    path: "#33302c", label: "#b1aca3", halo: "#171615", water_label: "#7197a6", house: "#7d786f",
  },
};

const FONT = ["Noto Sans Regular", "Noto Sans", "DejaVu Sans", "Arial", "sans-serif"];
const MAJOR = ["motorway", "trunk", "primary", "secondary"];
const MIDDLE = ["tertiary", "unclassified", "residential", "living_street", "pedestrian", "road"];
const SMALL = ["service", "track", "busway"];

/** @param {any[]} stops zoom, width, ... */
const wide = (...stops) => ["interpolate", ["exponential", 1.5], ["zoom"], ...stops];
/** @param {string[]} classes */
const among = (classes) => ["match", ["get", "class"], classes, true, false];

/**
 * The style of the embedded map.
 * @param {boolean} dark
 * @param {string} [tiles]
 */
export function basemap(dark, tiles = "/tiles/{z}/{x}/{y}.mvt") {
  const c = dark ? PALETTES.dark : PALETTES.light;
  const line = (/** @type {string} */ id, /** @type {any} */ filter, /** @type {string} */ color, /** @type {any} */ width, minzoom = 0, extra = {}) => ({
    id, type: "line", source: "carteiro", "source-layer": "roads", filter, minzoom,
    layout: { "line-cap": "round", "line-join": "round" },
    paint: { "line-color": color, "line-width": width, ...extra },
  });
  const fill = (/** @type {string} */ id, /** @type {string[]} */ kinds, /** @type {string} */ color) => ({
    id, type: "fill", source: "carteiro", "source-layer": "areas", filter: ["match", ["get", "kind"], kinds, true, false], paint: { "fill-color": color, "fill-antialias": true },
  });
  return {
    version: 8,
    sources: { carteiro: { type: "vector", tiles: [new URL(tiles, location.origin).href.replaceAll("%7B", "{").replaceAll("%7D", "}")], minzoom: 0, maxzoom: 16 } },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": c.ground } },
      fill("built", ["built", "campus"], c.built),
      fill("green", ["green"], c.green),
      fill("park", ["park"], c.park),
      fill("sand", ["sand"], c.sand),
      fill("square", ["square", "parking"], c.square),
      fill("water", ["water"], c.water),
      { id: "buildings", type: "fill", source: "carteiro", "source-layer": "buildings", minzoom: 14, paint: { "fill-color": c.building, "fill-outline-color": c.buildingLine, "fill-opacity": ["interpolate", ["linear"], ["zoom"], 14, 0, 15, 1] } },
      line("path", among(["path", "footway", "cycleway", "bridleway", "steps"]), c.path, wide(14, 0.6, 18, 2.2), 14.5, { "line-dasharray": [2, 1.5] }),
      line("small-case", among(SMALL), c.roadCase, wide(13, 0.8, 16, 5, 19, 14), 14),
      line("middle-case", among(MIDDLE), c.roadCase, wide(12, 0.8, 14, 3.6, 16, 9.5, 19, 26), 12.5),
      line("major-case", among(MAJOR), c.majorCase, wide(7, 1, 12, 3.6, 14, 6.4, 16, 13, 19, 34), 7),
      line("small", among(SMALL), c.road, wide(13, 0.4, 16, 3.6, 19, 12), 14),
      line("middle", among(MIDDLE), c.road, wide(11, 0.4, 14, 2.4, 16, 7.6, 19, 23), 11),
      line("major", among(MAJOR), c.major, wide(6, 0.6, 12, 2.2, 14, 4.8, 16, 11, 19, 30), 5),
      line("rail", among(["rail", "tram", "light_rail"]), c.path, 1, 13),
      { id: "house", type: "symbol", source: "carteiro", "source-layer": "addresses", minzoom: 16.5, layout: { "text-field": ["get", "housenumber"], "text-font": FONT, "text-size": 10.5, "text-padding": 6 }, paint: { "text-color": c.house, "text-halo-color": c.halo, "text-halo-width": 1 } },
      { id: "street", type: "symbol", source: "carteiro", "source-layer": "roads", minzoom: 13, filter: ["has", "name"], layout: { "symbol-placement": "line", "text-field": ["get", "name"], "text-font": FONT, "text-size": ["interpolate", ["linear"], ["zoom"], 13, 10.5, 17, 13], "text-max-angle": 35, "text-padding": 12, "symbol-spacing": 320 }, paint: { "text-color": c.label, "text-halo-color": c.halo, "text-halo-width": 1.6 } },
      { id: "water-name", type: "symbol", source: "carteiro", "source-layer": "areas", minzoom: 12, filter: ["all", ["==", ["get", "kind"], "water"], ["has", "name"]], layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": 11, "text-max-width": 7 }, paint: { "text-color": c.water_label, "text-halo-color": c.water, "text-halo-width": 1 } },
      { id: "place", type: "symbol", source: "carteiro", "source-layer": "places", layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": ["match", ["get", "kind"], ["city", "town"], 15, 12], "text-max-width": 8, "text-letter-spacing": 0.02 }, paint: { "text-color": c.label, "text-halo-color": c.halo, "text-halo-width": 1.6 } },
    ],
  };
}

export { FONT };
