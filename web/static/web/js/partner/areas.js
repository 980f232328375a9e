/** Areas on the map: show, draw, redraw, close. Corners are clicked or typed: the table and the map are the same thing. */
import { $, $$, h, icon } from "../kit/dom.js";
import { ApiError, api } from "../kit/api.js";
import { ask } from "../kit/dialog.js";
import { say } from "../kit/i18n.js";
import { toast } from "../kit/toast.js";

/** @typedef {{type: "Feature", id: string, geometry: {coordinates: number[][][]}, properties: {name: string, partner: string, hub: string, version: number}}} Area */

const root = /** @type {HTMLElement} */ ($("#areas"));
const url = root.dataset.areas || "";
const element = /** @type {any} */ ($("#areas-map"));
const form = /** @type {HTMLFormElement} */ ($("#area-form"));
const nameField = /** @type {HTMLInputElement} */ ($("#area-name"));
const hubField = /** @type {HTMLSelectElement} */ ($("#area-hub"));
const errorBox = /** @type {HTMLElement} */ ($("#area-error"));
const { hubs } = JSON.parse($("#areas-data")?.textContent || "{}");

/** @type {Area[]} */
let areas = [];
/** @type {{area: Area | null, corners: [number, number][], crossing: [number, number] | null} | null} */
let drawing = null;
let chosen = "";

// The map

const EMPTY = { type: "FeatureCollection", features: /** @type {any[]} */ ([]) };

function colours() {
  const style = getComputedStyle(element);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  const rgb = (/** @type {string} */ name) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = style.getPropertyValue(name).trim() || "#000";
    context.fillRect(0, 0, 1, 1);
    return `rgb(${[...context.getImageData(0, 0, 1, 1).data].slice(0, 3).join(",")})`;
  };
  return { accent: rgb("--accent"), mine: rgb("--route-1"), failed: rgb("--failed-mark"), surface: rgb("--surface") };
}

function addLayers() {
  const map = element.map;
  if (map.getSource("partner-areas")) return;
  const colour = colours();
  const before = map.getLayer("stop") ? "stop" : undefined;
  for (const name of ["partner-areas", "partner-draft", "partner-corners"]) map.addSource(name, { type: "geojson", data: EMPTY });
  const isChosen = ["==", ["get", "chosen"], true];
  map.addLayer({ id: "partner-areas-fill", type: "fill", source: "partner-areas", paint: { "fill-color": colour.mine, "fill-opacity": ["case", isChosen, 0.28, 0.14] } }, before);
  map.addLayer({ id: "partner-areas-line", type: "line", source: "partner-areas", paint: { "line-color": colour.mine, "line-width": ["case", isChosen, 3, 1.5] } }, before);
  map.addLayer({ id: "partner-draft-fill", type: "fill", source: "partner-draft", filter: ["==", "$type", "Polygon"], paint: { "fill-color": colour.accent, "fill-opacity": 0.2 } }, before);
  map.addLayer({ id: "partner-draft-line", type: "line", source: "partner-draft", paint: { "line-color": colour.accent, "line-width": 2.5, "line-dasharray": [2, 1] } }, before);
  const crossing = ["==", ["get", "crossing"], true];
  map.addLayer({ id: "partner-corners", type: "circle", source: "partner-corners", paint: { "circle-radius": ["case", crossing, 9, 6], "circle-color": ["case", crossing, colour.failed, colour.accent], "circle-stroke-color": colour.surface, "circle-stroke-width": 2 } });
}

function paint() {
  const map = element.map;
  if (!map?.getSource?.("partner-areas")) return;
  const hidden = drawing?.area?.id;
  map.getSource("partner-areas").setData({
    type: "FeatureCollection",
    features: areas.filter((area) => area.id !== hidden).map((area) => ({ type: "Feature", geometry: { type: "Polygon", ...area.geometry }, properties: { chosen: area.id === chosen } })),
  });
  const corners = drawing?.corners || [];
  const points = corners.map((at) => ({ type: "Feature", geometry: { type: "Point", coordinates: at }, properties: {} }));
  if (drawing?.crossing) points.push({ type: "Feature", geometry: { type: "Point", coordinates: drawing.crossing }, properties: { crossing: true } });
  map.getSource("partner-corners").setData({ type: "FeatureCollection", features: points });
  const ring = corners.length > 2 ? { type: "Polygon", coordinates: [[...corners, corners[0]]] } : { type: "LineString", coordinates: corners };
  map.getSource("partner-draft").setData(corners.length > 1 ? { type: "Feature", geometry: ring, properties: {} } : EMPTY);
}

function onMap() {
  element.map.on("style.load", () => {
    addLayers();
    paint();
  });
  if (element.map.isStyleLoaded()) addLayers();
  paint();
  fitAll();
}

/** @param {Area[]} some */
function fitAll(some = areas) {
  const points = some.flatMap((area) => area.geometry.coordinates[0]);
  if (!points.length || !element.map) return;
  const lons = points.map((at) => at[0]);
  const lats = points.map((at) => at[1]);
  element.map.fitBounds([Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)], { padding: 48, maxZoom: 15, duration: 0 });
}

// Drawing

/** @param {Area | null} area */
function start(area) {
  const ring = area ? area.geometry.coordinates[0].slice(0, -1) : [];
  drawing = { area, corners: ring.map((at) => [at[0], at[1]]), crossing: null };
  nameField.value = area?.properties.name || "";
  if (area) hubField.value = area.properties.hub;
  /** @type {HTMLElement} */ ($("#area-form-title")).textContent = area ? say("area-redraw", { name: area.properties.name }) : say("area-new-area");
  form.hidden = false;
  root.dataset.drawing = "";
  tell("");
  table();
  paint();
  nameField.focus();
}

function stop() {
  drawing = null;
  form.hidden = true;
  delete root.dataset.drawing;
  paint();
  $("#draw-new")?.focus();
}

/** @param {string} text */
function tell(text) {
  errorBox.hidden = !text;
  errorBox.textContent = text;
  if (text) errorBox.focus();
}

function table() {
  const rows = (drawing?.corners || []).map((at, index) => {
    const n = index + 1;
    const field = (/** @type {0 | 1} */ axis, /** @type {string} */ word) =>
      h("input", { class: "input", type: "number", step: "any", "aria-label": say(word, { n }), value: String(Number(at[axis].toFixed(6))), onchange: (/** @type {Event} */ event) => {
        const value = Number(/** @type {HTMLInputElement} */ (event.target).value);
        if (drawing && Number.isFinite(value)) drawing.corners[index][axis] = value;
        moved();
      } });
    return h("tr", null, h("th", { scope: "row", class: "num" }, n), h("td", null, field(0, "area-lon")), h("td", null, field(1, "area-lat")),
      h("td", { class: "end" }, h("button", { type: "button", class: "btn btn-sm btn-icon", "aria-label": say("area-remove-corner", { n }), onclick: () => {
        drawing?.corners.splice(index, 1);
        table();
        moved();
        $("#corner-add")?.focus();
      } }, icon("x"))));
  });
  /** @type {HTMLElement} */ ($("#corners")).replaceChildren(...rows);
}

function moved() {
  if (drawing) drawing.crossing = null;
  paint();
}

/** @param {[number, number]} at */
function addCorner(at) {
  if (!drawing) return;
  drawing.corners.push(at);
  table();
  moved();
}

element.addEventListener("place", (/** @type {CustomEvent} */ event) => addCorner([event.detail.lon, event.detail.lat]));
$("#draw-new")?.addEventListener("click", () => start(null));
$("#area-cancel")?.addEventListener("click", stop);
$("#corner-add")?.addEventListener("click", () => {
  const last = drawing?.corners.at(-1);
  const hub = hubs.find((/** @type {{id: string}} */ one) => one.id === hubField.value) || hubs[0];
  addCorner(last ? [last[0] + 0.002, last[1]] : [hub.lon, hub.lat]);
  /** @type {HTMLInputElement | undefined} */ ($$("#corners tr:last-child input")[0])?.focus();
});
$("#corner-undo")?.addEventListener("click", () => {
  drawing?.corners.pop();
  table();
  moved();
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (!drawing) return;
  const { area, corners } = drawing;
  if (corners.length < 3) return tell(say("area-three"));
  const body = { hub: hubField.value, name: nameField.value.trim(), geometry: { type: "Polygon", coordinates: [[...corners, corners[0]]] } };
  try {
    const saved = area
      ? await api("PUT", `${url}${area.id}/`, body, { etag: `"${area.properties.version}"`, quiet: true })
      : await api("POST", url, body, { quiet: true });
    sessionStorage.setItem("area-said", say("area-saved", { name: saved.properties.name }));
    location.reload();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { lon, lat, errors } = /** @type {any} */ (error.problem);
    if (drawing && typeof lon === "number") drawing.crossing = [lon, lat];
    paint();
    tell([error.message, ...(errors || []).map((/** @type {{detail: string}} */ one) => one.detail)].join(" "));
  }
});

document.addEventListener("click", async (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  const find = (/** @type {string} */ id) => areas.find((area) => area.id === id);
  const shown = /** @type {HTMLElement | null} */ (target.closest("[data-show]"))?.dataset.show;
  const redrawn = /** @type {HTMLElement | null} */ (target.closest("[data-redraw]"))?.dataset.redraw;
  const closed = /** @type {HTMLElement | null} */ (target.closest("[data-close-area]"))?.dataset.closeArea;
  const area = find(shown || redrawn || closed || "");
  if (!area) return;
  chosen = area.id;
  paint();
  fitAll([area]);
  if (redrawn) start(area);
  if (closed) {
    const name = area.properties.name;
    if (!(await ask({ title: say("area-close-title", { name }), text: say("area-close-text"), action: say("area-close"), danger: true }))) return;
    await api("DELETE", `${url}${area.id}/`, undefined, { etag: `"${area.properties.version}"` });
    sessionStorage.setItem("area-said", say("area-closed", { name }));
    location.reload();
  }
});

const said = sessionStorage.getItem("area-said");
if (said) {
  sessionStorage.removeItem("area-said");
  toast(said);
}

element.setHubs(hubs);
areas = (await api("GET", url)).features;
if (element.map && "ready" in element.dataset) onMap();
else element.addEventListener("ready", onMap, { once: true });
