/**
 * <live-map>: stops, routes, couriers and hubs on a map (web/parts/map.html puts the element on a page).
 *
 * MapLibre is loaded when the element first comes into view; what is set before that waits. The element tells
 * `select` ({detail: {kind: "stop" | "route" | "courier" | "hub", id}}) and shows what `select(kind, id)` names.
 * Whoever cannot use a map has the list: the page's own (data-list) or the one that the element makes.
 */
import { $, h, icon, reconcile } from "../kit/dom.js";
import { say } from "../kit/i18n.js";
import { clockSpeed } from "../kit/clock.js";
import { isDark } from "../kit/theme.js";
import * as detours from "./detour.js";
import { FONT, basemap } from "./style.js";

/** @typedef {{id: string, number: number | string, state: string, lon: number, lat: number, label?: string, route?: string}} Stop */
/** @typedef {{id: string, number: number | string, color: number, line: number[][], label?: string, dashed?: boolean}} Route color 1-12 of the palette; line in lon, lat */
/** @typedef {{id: string, name: string, lon: number, lat: number, heading?: number | null, state?: string}} Courier */
/** @typedef {{id: string, name: string, lon: number, lat: number}} Hub */

const STATES = ["planned", "moving", "done", "risk", "failed"];
const STILL = matchMedia("(prefers-reduced-motion: reduce)");
// What is shown keeps clear of the buttons at the right edge: a courier under them looked like no courier at all.
const ROOM = { top: 48, right: 84, bottom: 48, left: 48 };

export class LiveMap extends HTMLElement {
  constructor() {
    super();
    /** @type {Stop[]} */ this.stops = [];
    /** @type {Route[]} */ this.routes = [];
    /** @type {Courier[]} */ this.couriers = [];
    /** @type {Hub[]} */ this.hubs = [];
    /** @type {import("./detour.js").Detour | null} */ this.detour = null;
    /** @type {{kind: string, id: string} | null} */ this.selected = null;
    /** @type {any} */ this.map = null;
    /** @type {Map<string, {from: number[], to: number[], start: number, lasts: number}>} */ this.moves = new Map();
    this.fitted = false;
    this.frame = 0;
    this.onTheme = () => this.restyle();
  }

  connectedCallback() {
    if (this.watcher) return;
    document.addEventListener("themechange", this.onTheme);
    if (!this.dataset.list) this.makeList();
    this.watcher = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) {
        this.watcher?.disconnect();
        this.load();
      }
    }, { rootMargin: "200px" });
    this.watcher.observe(this);
  }

  disconnectedCallback() {
    document.removeEventListener("themechange", this.onTheme);
    this.watcher?.disconnect();
    this.watcher = undefined;
    cancelAnimationFrame(this.frame);
    this.map?.remove();
    this.map = null;
    this.canvasBox?.remove();
  }

  async load() {
    try {
      const canvas = document.createElement("canvas");
      if (!canvas.getContext("webgl2")) return this.note(say("map-none"));
      this.addCss();
      const maplibre = await import("../../vendor/maplibre-gl/maplibre-gl.mjs");
      if (!this.isConnected) return;
      maplibre.setWorkerUrl(new URL(this.dataset.worker || "", location.href).href);
      this.canvasBox = h("div", { class: "map-canvas" });
      this.prepend(this.canvasBox);
      const map = /** @type {any} */ (new maplibre.Map({
        container: this.canvasBox,
        style: this.styleFor(),
        bounds: this.bounds() || undefined,
        fitBoundsOptions: { padding: ROOM, maxZoom: 16 },
        center: this.dataset.center ? this.dataset.center.split(",").map(Number) : [0, 20],
        zoom: Number(this.dataset.zoom || 12),
        attributionControl: false,
        dragRotate: false,
        pitchWithRotate: false,
        fadeDuration: 120,
        locale: { "NavigationControl.ZoomIn": say("map-zoom-in"), "NavigationControl.ZoomOut": say("map-zoom-out"), "Map.Title": say("map") },
      }));
      this.maplibre = maplibre;
      this.map = map;
      // The element is the region "Map"; a second one of the same name inside it would say it twice.
      map.getCanvas().setAttribute("role", "application");
      this.fitted = Boolean(this.bounds());
      map.touchZoomRotate.disableRotation();
      map.keyboard.disableRotation?.();
      map.addControl(this.buttons(), "top-right");
      map.on("style.load", () => this.addLayers());
      map.on("click", (/** @type {any} */ event) => this.onClick(event));
      map.on("error", (/** @type {any} */ event) => this.onError(event));
      for (const layer of ["stop", "courier", "route", "hub"]) {
        map.on("mouseenter", layer, () => (map.getCanvas().style.cursor = "pointer"));
        map.on("mouseleave", layer, () => (map.getCanvas().style.cursor = ""));
      }
      map.once("idle", () => {
        this.dataset.ready = "";
        this.dispatchEvent(new CustomEvent("ready"));
      });
    } catch (error) {
      this.note(say("map-failed"));
      throw error;
    }
  }

  addCss() {
    const href = this.dataset.css;
    if (href && ![...document.styleSheets].some((sheet) => sheet.href === new URL(href, location.href).href)) {
      document.head.appendChild(h("link", { rel: "stylesheet", href }));
    }
  }

  styleFor() {
    return /** @type {any} */ (this.dataset.styleUrl || basemap(isDark(), this.dataset.tiles));
  }

  /** Tiles that are missing leave the ground; only a map that never came is worth a sentence. @param {any} event */
  onError(event) {
    if (!this.map?.isStyleLoaded?.() && this.dataset.styleUrl) this.note(say("map-failed"));
    this.dispatchEvent(new CustomEvent("maperror", { detail: String(event.error?.message || "") }));
  }

  restyle() {
    if (this.map && !this.dataset.styleUrl) this.map.setStyle(this.styleFor(), { diff: false });
    else if (this.map) this.paint();
  }

  /** @param {string} text */
  note(text) {
    $(".map-note", this)?.remove();
    this.prepend(h("p", { class: "map-note" }, text));
    const list = $(".map-list", this);
    if (list instanceof HTMLDetailsElement) list.open = true;
  }

  buttons() {
    const button = (/** @type {string} */ word, /** @type {string} */ drawing, /** @type {() => void} */ run) => h("button", { type: "button", title: say(word), "aria-label": say(word), class: "map-fit", onclick: run }, icon(drawing));
    const box = h(
      "div",
      { class: "maplibregl-ctrl maplibregl-ctrl-group" },
      button("map-zoom-in", "plus", () => this.map.zoomIn()),
      button("map-zoom-out", "minus", () => this.map.zoomOut()),
      button("map-fit", "maximize-2", () => this.fit()),
    );
    return { onAdd: () => box, onRemove: () => box.remove() };
  }

  // What is shown

  /** @param {Stop[]} stops */
  setStops(stops) {
    this.stops = stops;
    this.changed("stops");
  }

  /** @param {Route[]} routes */
  setRoutes(routes) {
    this.routes = routes;
    this.changed("routes");
  }

  /** Couriers glide to where they are now. @param {Courier[]} couriers */
  setCouriers(couriers) {
    const at = performance.now();
    for (const courier of couriers) {
      const to = [courier.lon, courier.lat];
      const move = this.moves.get(courier.id);
      const from = move ? this.positionOf(courier.id, at) : to;
      // As long as it took since the last position, within reason: the marker arrives when the next one is due.
      const lasts = move ? Math.min(6000, Math.max(300, at - move.start)) : 0;
      const jump = !move || STILL.matches || far(from, to) > 0.02 * Math.max(1, clockSpeed() / 10);
      if (!move || move.to[0] !== to[0] || move.to[1] !== to[1]) this.moves.set(courier.id, { from: jump ? to : from, to, start: at, lasts: jump ? 0 : lasts });
    }
    for (const id of this.moves.keys()) if (!couriers.some((courier) => courier.id === id)) this.moves.delete(id);
    this.couriers = couriers;
    this.changed("couriers");
    this.glide();
  }

  /** One courier's news. @param {Courier} courier */
  moveCourier(courier) {
    const known = this.couriers.some((one) => one.id === courier.id);
    this.setCouriers(known ? this.couriers.map((one) => (one.id === courier.id ? { ...one, ...courier } : one)) : [...this.couriers, courier]);
  }

  /** @param {Hub[]} hubs */
  setHubs(hubs) {
    this.hubs = hubs;
    this.changed("hubs");
  }

  /** Show one thing as chosen; it comes into view. @param {string | null} kind @param {string} [id] @param {{pan?: boolean}} [options] */
  select(kind, id = "", { pan = true } = {}) {
    this.selected = kind ? { kind, id } : null;
    this.paint();
    const place = kind && pan && this.placeOf(kind, id);
    if (place && this.map && !this.map.getBounds().contains(place)) this.map.easeTo({ center: place, duration: STILL.matches ? 0 : 300 });
    this.fillList();
  }

  /** Show where a stop is and where it would be instead, or no longer. @param {import("./detour.js").Detour | null} detour */
  setDetour(detour) {
    if (!detour && !this.detour) return;
    this.detour = detour;
    $(".map-key", this)?.remove();
    if (detour) this.append(detours.key(detour));
    this.map?.getSource?.("house-detour")?.setData(this.data("detour"));
    this.paint();
    if (detour && this.map && !this.isPlain(detours.pointsOf(detour))) this.map.fitBounds(around(detours.pointsOf(detour)), { padding: { ...ROOM, bottom: 96 }, maxZoom: 16, duration: STILL.matches ? 0 : 300 });
  }

  /** Whether these are in view and far enough apart to be told from each other: then the map stays as it is. @param {number[][]} points */
  isPlain(points) {
    const [west, south, east, north] = around(points);
    const [a, b] = [this.map.project([west, south]), this.map.project([east, north])];
    const view = this.map.getBounds();
    return points.every((one) => view.contains(one)) && Math.hypot(a.x - b.x, a.y - b.y) > 240;
  }

  /** Bring everything, or these stops and routes, into view. @param {string[]} [routeIds] */
  fit(routeIds) {
    const bounds = this.bounds(routeIds);
    this.fitted = true;
    if (bounds) this.map?.fitBounds(bounds, { padding: ROOM, maxZoom: 16, duration: STILL.matches ? 0 : 300 });
  }

  // Inside

  /** @param {string[]} [routeIds] @returns {[number, number, number, number] | null} */
  bounds(routeIds) {
    const wanted = (/** @type {string | undefined} */ id) => !routeIds || (id !== undefined && routeIds.includes(id));
    const points = [
      ...this.stops.filter((stop) => wanted(stop.route)).map((stop) => [stop.lon, stop.lat]),
      ...this.routes.filter((route) => wanted(route.id)).flatMap((route) => route.line),
      ...(routeIds ? [] : [...this.hubs, ...this.couriers].map((one) => [one.lon, one.lat])),
    ];
    return points.length ? around(points) : null;
  }

  /** @param {string} kind @param {string} id */
  placeOf(kind, id) {
    const one = (kind === "stop" ? this.stops : kind === "courier" ? this.couriers : kind === "hub" ? this.hubs : []).find((each) => each.id === id);
    if (one) return [one.lon, one.lat];
    return this.routes.find((route) => kind === "route" && route.id === id)?.line[0];
  }

  /** @param {"stops" | "routes" | "couriers" | "hubs"} what */
  changed(what) {
    const source = this.map?.getSource?.(`house-${what}`);
    if (source) source.setData(this.data(what));
    if (this.map && !this.fitted && this.bounds()) this.fit();
    this.fillList();
  }

  /** @param {string} what */
  data(what) {
    if (what === "detour") return detours.features(this.detour);
    const at = performance.now();
    /** @type {any[]} */
    let features = [];
    if (what === "stops") features = this.stops.map((stop) => point([stop.lon, stop.lat], { id: stop.id, number: String(stop.number), state: STATES.includes(stop.state) ? stop.state : "idle", route: stop.route || "" }));
    if (what === "hubs") features = this.hubs.map((hub) => point([hub.lon, hub.lat], { id: hub.id, name: hub.name }));
    if (what === "couriers") features = this.couriers.map((courier) => point(this.positionOf(courier.id, at), { id: courier.id, name: courier.name, state: courier.state || "moving" }));
    if (what === "routes") features = this.routes.filter((route) => route.line.length > 1).map((route) => ({ type: "Feature", geometry: { type: "LineString", coordinates: route.line }, properties: { id: route.id, number: String(route.number), color: ((Number(route.color) - 1 + 1200) % 12) + 1, dashed: Boolean(route.dashed) } }));
    return { type: "FeatureCollection", features };
  }

  /** @param {string} id @param {number} at */
  positionOf(id, at) {
    const move = this.moves.get(id);
    if (!move) return [0, 0];
    const part = move.lasts ? Math.min(1, (at - move.start) / move.lasts) : 1;
    return [move.from[0] + (move.to[0] - move.from[0]) * part, move.from[1] + (move.to[1] - move.from[1]) * part];
  }

  glide() {
    cancelAnimationFrame(this.frame);
    const step = () => {
      const at = performance.now();
      this.map?.getSource?.("house-couriers")?.setData(this.data("couriers"));
      if ([...this.moves.values()].some((move) => at < move.start + move.lasts)) this.frame = requestAnimationFrame(() => setTimeout(step, 40));
    };
    step();
  }

  addLayers() {
    const map = this.map;
    const color = palette(this);
    for (const what of ["routes", "detour", "hubs", "stops", "couriers"]) {
      if (!map.getSource(`house-${what}`)) map.addSource(`house-${what}`, { type: "geojson", data: this.data(what) });
    }
    const byColor = ["match", ["get", "color"], ...color.routes.flatMap((value, index) => [index + 1, value]), color.routes[0]];
    const byState = ["match", ["get", "state"], ...STATES.flatMap((state) => [state, color.marks[state]]), color.marks.idle];
    const onState = ["match", ["get", "state"], ...STATES.flatMap((state) => [state, color.on[state]]), color.surface];
    const line = { "line-cap": "round", "line-join": "round" };
    map.addLayer({ id: "route-case", type: "line", source: "house-routes", layout: line, paint: { "line-color": color.surface, "line-width": 7, "line-opacity": 0.9 } });
    map.addLayer({ id: "route", type: "line", source: "house-routes", filter: ["!", ["get", "dashed"]], layout: line, paint: { "line-color": byColor, "line-width": 4 } });
    map.addLayer({ id: "route-dashed", type: "line", source: "house-routes", filter: ["get", "dashed"], layout: { "line-join": "round" }, paint: { "line-color": byColor, "line-width": 3, "line-dasharray": [2, 1.5] } });
    color.routes.forEach((value, index) => map.hasImage(`route-${index + 1}`) || map.addImage(`route-${index + 1}`, plate(value, color.surface), { pixelRatio: 2, stretchX: [[16, 24]], stretchY: [[16, 24]], content: [12, 8, 28, 32] }));
    map.addLayer({ id: "route-number", type: "symbol", source: "house-routes", layout: { "symbol-placement": "line", "symbol-spacing": 260, "text-field": ["get", "number"], "text-font": FONT, "text-size": 11, "text-rotation-alignment": "viewport", "icon-rotation-alignment": "viewport", "icon-image": ["concat", "route-", ["to-string", ["get", "color"]]], "icon-text-fit": "both", "icon-text-fit-padding": [1, 3, 1, 3], "text-padding": 8 }, paint: { "text-color": color.surface } });
    detours.addLayers(map, byColor, color);
    map.addLayer({ id: "hub", type: "circle", source: "house-hubs", paint: { "circle-radius": 9, "circle-color": color.text, "circle-stroke-color": color.surface, "circle-stroke-width": 3 } });
    map.addLayer({ id: "hub-inside", type: "circle", source: "house-hubs", paint: { "circle-radius": 3.5, "circle-color": color.surface } });
    map.addLayer({ id: "hub-name", type: "symbol", source: "house-hubs", layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": 12, "text-anchor": "top", "text-offset": [0, 1], "text-optional": true }, paint: { "text-color": color.text, "text-halo-color": color.surface, "text-halo-width": 2 } });
    map.addLayer({ id: "stop", type: "circle", source: "house-stops", paint: { "circle-radius": ["interpolate", ["linear"], ["zoom"], 10, 3.5, 12.5, 5.5, 14, 9, 16, 12], "circle-color": byState, "circle-stroke-color": color.surface, "circle-stroke-width": 2 } });
    map.addLayer({ id: "stop-number", type: "symbol", source: "house-stops", minzoom: 13.2, layout: { "text-field": ["get", "number"], "text-font": FONT, "text-size": ["interpolate", ["linear"], ["zoom"], 13, 9, 15, 11], "text-allow-overlap": false }, paint: { "text-color": onState } });
    map.addLayer({ id: "courier", type: "circle", source: "house-couriers", paint: { "circle-radius": 8, "circle-color": color.accent, "circle-stroke-color": color.surface, "circle-stroke-width": 3 } });
    map.addLayer({ id: "courier-name", type: "symbol", source: "house-couriers", layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": 12, "text-anchor": "left", "text-offset": [1, 0], "text-optional": true }, paint: { "text-color": color.text, "text-halo-color": color.surface, "text-halo-width": 2 } });
    map.addLayer({ id: "chosen", type: "circle", source: "house-stops", filter: ["==", ["get", "id"], ""], paint: { "circle-radius": 16, "circle-color": "transparent", "circle-stroke-color": color.text, "circle-stroke-width": 2.5 } });
    this.paint();
  }

  /** Dim what is not chosen. */
  paint() {
    if (!this.map?.getLayer?.("route")) return;
    const { kind, id } = this.selected || { kind: "", id: "" };
    const route = kind === "route" ? id : kind === "stop" ? this.stops.find((stop) => stop.id === id)?.route || "" : "";
    const routes = this.detour ? detours.routesOf(this.detour) : route ? [route] : [];
    const among = (/** @type {string} */ name, /** @type {number} */ full, /** @type {number} */ dim) => (routes.length ? ["case", ["in", ["get", name], ["literal", routes]], full, dim] : 1);
    // Under a detour its own two lines are what is looked at.
    const shown = this.detour ? among("id", 0.4, 0.1) : among("id", 1, 0.25);
    for (const layer of ["route", "route-dashed"]) this.map.setPaintProperty(layer, "line-opacity", shown);
    for (const part of ["text-opacity", "icon-opacity"]) this.map.setPaintProperty("route-number", part, shown);
    this.map.setPaintProperty("stop", "circle-opacity", among("route", 1, 0.35));
    this.map.setFilter("chosen", ["==", ["get", "id"], kind === "stop" ? id : ""]);
  }

  /** @param {any} event */
  onClick(event) {
    const reach = [[event.point.x - 8, event.point.y - 8], [event.point.x + 8, event.point.y + 8]];
    const found = this.map.queryRenderedFeatures(reach, { layers: ["courier", "stop", "hub", "route", "route-dashed"] });
    const order = ["courier", "stop", "hub", "route", "route-dashed"];
    found.sort((/** @type {any} */ a, /** @type {any} */ b) => order.indexOf(a.layer.id) - order.indexOf(b.layer.id));
    if (!found.length) {
      this.dispatchEvent(new CustomEvent("place", { bubbles: true, detail: { lon: event.lngLat.lng, lat: event.lngLat.lat } }));
      return;
    }
    this.choose(found[0].layer.id.replace("-dashed", ""), found[0].properties.id);
  }

  /** @param {string} kind @param {string} id */
  choose(kind, id) {
    this.select(kind, id, { pan: kind !== "route" });
    this.dispatchEvent(new CustomEvent("select", { bubbles: true, detail: { kind, id } }));
  }

  // The list that says the same

  makeList() {
    this.list = h("ul", { class: "rows", role: "list" });
    this.appendChild(h("details", { class: "map-list" }, h("summary", { class: "btn btn-sm" }, icon("list"), h("span", null, say("map-list"))), this.list));
  }

  fillList() {
    if (!this.list) return;
    /** @type {{kind: string, id: string, text: string, sub: string, state: string}[]} */
    const items = [
      ...this.hubs.map((hub) => ({ kind: "hub", id: hub.id, text: say("map-hub", { name: hub.name }), sub: "", state: "" })),
      ...this.couriers.map((courier) => ({ kind: "courier", id: courier.id, text: say("map-courier", { name: courier.name }), sub: "", state: courier.state || "" })),
      ...this.routes.map((route) => ({ kind: "route", id: route.id, text: say("map-route", { number: route.number }), sub: route.label || "", state: "" })),
      ...this.stops.slice(0, 300).map((stop) => ({ kind: "stop", id: stop.id, text: say("map-stop", { number: stop.number }), sub: stop.label || "", state: stop.state })),
    ];
    const fill = (/** @type {HTMLElement} */ row, /** @type {(typeof items)[number]} */ item) => {
      const chosen = this.selected?.kind === item.kind && this.selected.id === item.id;
      const button = h("button", { type: "button", class: "rows-item", "aria-current": chosen ? "true" : null, onclick: () => this.choose(item.kind, item.id) }, item.state && h("span", { class: "dot", data: { state: item.state } }), h("span", { class: "rows-main" }, item.text, item.sub && [" ", h("span", { class: "rows-sub" }, item.sub)]));
      if (row.dataset.said === button.outerHTML) return;
      row.dataset.said = button.outerHTML;
      const focused = row.contains(document.activeElement);
      row.replaceChildren(button);
      if (focused) button.focus();
    };
    reconcile(this.list, items, (item) => `${item.kind}-${item.id}`, (item) => {
      const row = h("li");
      fill(row, item);
      return row;
    }, fill);
  }
}

/** @param {number[]} coordinates @param {object} properties */
const point = (coordinates, properties) => ({ type: "Feature", geometry: { type: "Point", coordinates }, properties });
/** @param {number[]} values */
const least = (values) => values.reduce((a, b) => Math.min(a, b), Infinity);
/** @param {number[]} values */
const most = (values) => values.reduce((a, b) => Math.max(a, b), -Infinity);
/** @param {number[][]} points @returns {[number, number, number, number]} */
function around(points) {
  const lons = points.map((one) => one[0]);
  const lats = points.map((one) => one[1]);
  return [least(lons), least(lats), most(lons), most(lats)];
}
/** @param {number[]} a @param {number[]} b in degrees */
const far = (a, b) => Math.hypot((a[0] - b[0]) * Math.cos((a[1] * Math.PI) / 180), a[1] - b[1]);

/** The plate under a route's number: stretched to its text. @param {string} color @param {string} edge */
function plate(color, edge) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 40;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  for (const [inset, fill] of /** @type {[number, string][]} */ ([[0, edge], [3, color]])) {
    context.fillStyle = fill;
    context.beginPath();
    context.roundRect(inset, inset, 40 - 2 * inset, 40 - 2 * inset, 12 - inset);
    context.fill();
  }
  return context.getImageData(0, 0, 40, 40);
}

/** The tokens as MapLibre reads colours: it knows no oklch(). @param {HTMLElement} element */
function palette(element) {
  const style = getComputedStyle(element);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  const rgb = (/** @type {string} */ name) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = style.getPropertyValue(name).trim() || "#000";
    context.fillRect(0, 0, 1, 1);
    const [r, g, b] = context.getImageData(0, 0, 1, 1).data;
    return `rgb(${r},${g},${b})`;
  };
  return {
    surface: rgb("--surface"),
    text: rgb("--grey-12"),
    accent: rgb("--accent"),
    routes: Array.from({ length: 12 }, (_, index) => rgb(`--route-${index + 1}`)),
    marks: /** @type {Record<string, string>} */ (Object.fromEntries([...STATES.map((state) => [state, rgb(`--${state}-mark`)]), ["idle", rgb("--grey-9")]])),
    on: /** @type {Record<string, string>} */ (Object.fromEntries(STATES.map((state) => [state, rgb(state === "risk" ? "--on-risk" : "--on-mark")]))),
  };
}

customElements.define("live-map", LiveMap);
