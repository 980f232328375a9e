/** The courier's page: the stop in hand, two taps a stop, and nothing lost without a network. */
import { $, fill, h, icon, setText } from "../kit/dom.js";
import { ask, open } from "../kit/dialog.js";
import { clockSpeed, now, setClock } from "../kit/clock.js";
import { say, timeOfDay, timeWindow } from "../kit/i18n.js";
import { Live, showLiveState } from "../kit/live.js";
import { rememberPlace } from "../kit/theme.js";
import { toast } from "../kit/toast.js";
import { isFinished, parcelsOf, project, readCode, routeInHand, stopInHand } from "./day.js";
import { Outbox } from "./outbox.js";
import { askFailed, askHandedOver } from "./door.js";
import { followPosition } from "./position.js";
import { openStore } from "./store.js";

const MANIFEST = "/api/v1/couriers/me/manifest/";
const settings = JSON.parse(document.getElementById("courier-app")?.textContent || "{}");
const store = await openStore(settings.user);
const outbox = new Outbox(store);

/** @type {any} */ let manifest = await store.get("manifest");
/** @type {string[]} */ let loadedHere = (await store.get("loaded")) || [];
/** @type {import("./store.js").Entry[]} */ let waiting = [];
let view = "now";
/** The route in hand as it was last drawn: what stays on the screen asks here, see `fill`. @type {any} */ let inHand = null;
let followed = "";

await keepClock();

/** A page from the phone's cache carries the time at which it was kept: go on from there by the phone's own clock. */
async function keepClock() {
  const told = $('meta[name="server-now"]')?.getAttribute("content") || "";
  const known = await store.get("clock");
  if (known && known.told === told) setClock(new Date(Date.parse(told) + (Date.now() - known.device) * clockSpeed()));
  else await store.set("clock", { told, device: Date.now() });
}

// What happens

/** Note what the courier did: kept on the phone first, shown at once, sent when it can be. */
async function act(type, fields, label = {}, files = []) {
  const id = crypto.randomUUID();
  const command = { id, type, occurred_at: now().toISOString(), ...fields };
  await outbox.put({ command, label }, files.map((file) => ({ ...file, command: id })));
}

/** Ask for the list; a phone that has it gets 304. */
async function load() {
  const kept = await store.get("manifest-mark");
  const taken = (await store.entries()).filter((entry) => entry.taken);
  try {
    const response = await fetch(MANIFEST, { headers: kept && manifest ? { "If-None-Match": kept } : {}, credentials: "same-origin" });
    if (response.status === 401 || response.status === 403) return outbox.become("signed-out");
    const fresh = response.ok ? await response.json() : null;
    if (fresh || response.status === 304) await store.keepList(fresh, response.headers.get("ETag") || "", taken);
    manifest = fresh || manifest;
  } catch {
    outbox.become("offline");
  }
  follow();
  await draw();
}

/** How a newly published plan changes this list, where dispatch says so. @param {{added: number, removed: number, moved: number, retimed: number} | undefined} change */
function changeWords(change) {
  if (!change) return [];
  return /** @type {const} */ (["added", "removed", "moved", "retimed"]).filter((one) => change[one] > 0).map((one) => say(`change-${one}`, { n: change[one] }));
}

/** Hear of changes to the list. */
function follow() {
  const id = manifest?.courier?.id;
  if (!id || followed === id) return;
  followed = id;
  const live = new Live("/ws/");
  showLiveState(live);
  live.subscribe(`courier:${id}`, {
    snapshot: () => void load(),
    event: (_name, data) => {
      if (data?.why === "moved" || data?.why === "published") toast([say("moved"), ...changeWords(data.change)].join(" "));
      void load();
    },
  });
}

// What is shown

async function draw() {
  const entries = await store.entries();
  waiting = entries.filter((entry) => !entry.taken);
  drawSync();
  const box = $("#view");
  if (!box) return;
  const route = manifest ? routeInHand(project(manifest, entries, loadedHere)) : null;
  inHand = route;
  $("#map-view")?.toggleAttribute("hidden", view !== "map" || !route);
  box.hidden = view === "map" && Boolean(route);
  if (!route) {
    dock();
    return fill(box, manifest ? empty("route", say("no-route"), say("no-route-text")) : empty("cloud-off", say("no-route"), say("nothing-kept")));
  }
  setText($("#top-title"), say("route", { number: route.number }));
  followPosition(store, outbox, route.state === "RUNNING" && route.stops.some((stop) => !isFinished(stop)));
  if (view !== "now") dock();
  if (view === "map") return drawMap(route);
  if (route.hub.lat) rememberPlace(route.hub.lat, route.hub.lon);
  if (view === "list") return fill(box, stopList(route, route.stops));
  const stop = stopInHand(route);
  if (!stop) return drawDone(box, route);
  if (route.state === "PUBLISHED") return drawLoading(box, route);
  drawStop(box, route, stop);
}

function empty(name, title, text) {
  return h("div", { class: "empty" }, icon(name, 24), h("h2", null, title), h("p", null, text));
}

function dock(...children) {
  const box = $("#dock");
  if (!box) return;
  box.hidden = !children.length;
  fill(box, ...children);
}

function drawLoading(box, route) {
  const parcels = parcelsOf(route);
  const input = h("input", { class: "input", id: "scan", autocomplete: "off", autocapitalize: "characters", enterkeyhint: "done" });
  const form = h(
    "form",
    { class: "field", onsubmit: (event) => { event.preventDefault(); void scanned(input); } },
    h("label", { for: "scan" }, say("load-scan")),
    input,
  );
  const rows = route.stops.map((stop) =>
    h("li", { class: "load-stop" }, h("h3", { class: "small" }, `${stop.position}. ${stop.address?.line1 || ""}`), stop.consignments.flatMap((one) => one.parcels).map((parcel) => parcelRow(parcel))),
  );
  fill(
    box,
    h("h2", null, say("load", { n: parcels.length })),
    h("p", { class: "muted" }, say("load-text", { time: time(route.planned_start_at, route) })),
    form,
    toLoad().length > 1 ? h("button", { type: "button", class: "btn", onclick: () => loadAll() }, icon("list-checks", 20), say("load-all")) : "",
    h("ul", { class: "load-list", role: "list" }, rows),
  );
  dock(h("button", { type: "button", class: "btn btn-primary", onclick: () => start() }, icon("play", 20), say("start")));
}

const isPacked = (parcel) => parcel.packaging === "PASSED" || parcel.packaging === "OVERRIDDEN";
/** Parcels in hand that are not loaded yet. */
const missing = () => parcelsOf(inHand).filter((parcel) => !parcel.loaded);
/** Those of them that may be loaded. */
const toLoad = () => missing().filter((parcel) => isPacked(parcel));

function parcelRow(parcel) {
  const box = h("input", { type: "checkbox", checked: parcel.loaded, disabled: parcel.loaded || !isPacked(parcel), onchange: () => loadParcel(parcel) });
  const state = parcel.loaded ? say("loaded") : isPacked(parcel) ? "" : say("not-packed");
  return h("label", { class: "check", data: { parcel: parcel.id } }, box, h("span", { class: "grow" }, h("span", { class: "nowrap" }, parcel.code), handling([parcel])), h("span", { class: "small muted" }, state));
}

async function loadParcel(parcel) {
  loadedHere = [...new Set([...loadedHere, parcel.id])];
  await store.set("loaded", loadedHere);
  await act("load_parcel", { route: inHand.id, parcel: parcel.id });
}

async function loadAll() {
  for (const parcel of toLoad()) await loadParcel(parcel);
}

async function scanned(input) {
  const code = readCode(input.value);
  input.value = "";
  if (!code) return;
  const parcel = parcelsOf(inHand).find((one) => one.code === code);
  if (!parcel) return toast(say("load-unknown", { code }), { state: "failed" });
  if (!parcel.loaded) await loadParcel(parcel);
  $("#scan")?.focus();
}

async function start() {
  const route = inHand.id;
  const left = missing().length;
  if (left && !(await ask({ title: say("start-missing", { n: left }), text: say("start-missing-text"), action: say("start") }))) return;
  await act("start_route", { route });
}

function drawStop(box, route, stop) {
  const atDoor = stop.state === "ARRIVED";
  const after = route.stops.filter((one) => !isFinished(one) && one.id !== stop.id).slice(0, 3);
  fill(box, stopCard(route, stop, atDoor), after.length ? h("h2", { class: "small muted" }, say("next")) : "", after.length ? stopList(route, after) : "");
  if (!atDoor) {
    return dock(
      h("a", { class: "btn", href: navigateTo(stop), rel: "noreferrer" }, icon("navigation", 20), say("navigate")),
      h("button", { type: "button", class: "btn btn-primary", data: { stop: stop.id }, onclick: () => act("arrive", { stop: stop.id }, { stop: stop.position }) }, icon("map-pin", 20), say("arrived")),
    );
  }
  dock(
    h("button", { type: "button", class: "btn", data: { stop: stop.id }, onclick: () => fail(stop) }, say("not-possible")),
    h("button", { type: "button", class: "btn btn-primary", data: { stop: stop.id }, onclick: () => deliver(stop) }, icon("circle-check", 20), say("delivered")),
  );
}

async function deliver(stop) {
  const done = await askHandedOver(settings.handedTo);
  if (done) await act("deliver", { stop: stop.id, data: done.data }, { stop: stop.position }, done.files);
}

async function fail(stop) {
  const why = await askFailed(settings.reasons);
  if (why) await act("fail", { stop: stop.id, data: { why } }, { stop: stop.position });
}

function stopCard(route, stop, atDoor) {
  const parcels = stop.consignments.flatMap((one) => one.parcels);
  const first = stop.consignments[0];
  const names = [...new Set(stop.consignments.map((one) => one.recipient.name))].join(", ");
  const needs = [...new Set(stop.consignments.map((one) => one.recipient.access_needs).filter(Boolean))];
  return h(
    "article",
    { class: "stop-card", data: { stop: stop.id } },
    h("div", { class: "row" }, h("span", { class: "stop-no" }, stop.position), h("span", { class: "muted" }, say("stop", { number: stop.position, total: route.stops.length }))),
    h("p", { class: "street" }, stop.address?.line1 || ""),
    stop.address?.line2 ? h("p", null, stop.address.line2) : "",
    h("p", { class: "muted" }, [stop.address?.postcode, stop.address?.city].filter(Boolean).join(" ")),
    h("p", { class: "window" }, stop.window_start ? timeWindow(stop.window_start, stop.window_end, route.hub.timezone) : `${say("any-time")} · ${say("eta", { time: time(stop.eta_at, route) })}`),
    h("div", { class: "row" }, h("p", { class: "grow" }, names), first?.recipient.phone ? h("a", { class: "btn", href: `tel:${first.recipient.phone}` }, icon("phone", 20), say("call")) : ""),
    stop.address?.instructions ? h("p", { class: "notice" }, icon("info"), stop.address.instructions) : "",
    needs.map((text) => h("p", { class: "notice" }, icon("accessibility"), text)),
    handling(parcels),
    atDoor ? h("div", null, h("h2", { class: "small muted" }, say("hand-over")), h("ul", { role: "list", class: "hand-over" }, parcels.map((parcel) => h("li", null, h("label", { class: "check", data: { parcel: parcel.id } }, h("input", { type: "checkbox" }), h("span", { class: "nowrap" }, parcel.code)))))) : "",
  );
}

function handling(parcels) {
  const marks = { fragile: "wine", cold: "snowflake", age: "id-card", heavy: "weight", gift: "gift" };
  const found = Object.keys(marks).filter((name) => parcels.some((parcel) => parcel.handling.includes(name)));
  return found.length ? h("ul", { class: "handling", role: "list" }, found.map((name) => h("li", { class: "chip" }, icon(marks[/** @type {keyof typeof marks} */ (name)]), name === "age" ? `${say(name)} ${Math.max(...parcels.map((parcel) => parcel.min_age || 0))}+` : say(name)))) : "";
}

function stopList(route, stops) {
  return h(
    "ol",
    { class: "rows card", role: "list" },
    stops.map((stop) =>
      h(
        "li",
        { class: "rows-item" },
        h("span", { class: "stop-no", data: { state: { DONE: "done", FAILED: "failed", ARRIVED: "moving" }[/** @type {"DONE"} */ (stop.state)] || "planned" } }, stop.position),
        h("span", { class: "grow" }, h("span", { class: "truncate" }, stop.address?.line1 || ""), h("span", { class: "rows-sub muted num" }, isFinished(stop) || stop.state === "ARRIVED" ? say(`state-${stop.state}`) : stop.window_start ? timeWindow(stop.window_start, stop.window_end, route.hub.timezone) : say("eta", { time: time(stop.eta_at, route) }))),
        handling(stop.consignments.flatMap((one) => one.parcels)),
      ),
    ),
  );
}

function drawDone(box, route) {
  const count = (state) => route.stops.filter((stop) => stop.state === state).length;
  dock();
  fill(box, empty("flag", say("done"), say("done-text", { delivered: count("DONE"), failed: count("FAILED"), hub: route.hub.name })));
}

function drawMap(route) {
  const map = /** @type {any} */ ($("#route-map"));
  const states = { DONE: "done", FAILED: "failed", ARRIVED: "moving", PENDING: "planned" };
  void import("../map/live-map.js").then(() => {
    map.setRoutes([{ id: route.id, number: route.number, color: 1, line: route.line }]);
    map.setStops(route.stops.map((stop) => ({ id: stop.id, number: stop.position, state: states[/** @type {"DONE"} */ (stop.state)], lon: stop.lon, lat: stop.lat, label: stop.address?.line1 || "", route: route.id })));
    map.setHubs([{ id: route.hub.id, name: route.hub.name, lon: route.hub.lon, lat: route.hub.lat }]);
  });
}

const time = (moment, route) => timeOfDay(moment, route.hub.timezone);

/** The phone's own navigation. @param {any} stop */
function navigateTo(stop) {
  const at = `${stop.lat},${stop.lon}`;
  return /iPhone|iPad/.test(navigator.userAgent) ? `maps://?daddr=${at}` : `geo:${at}?q=${at}`;
}

// The bar that says whether all is sent

function drawSync() {
  const bar = $("#sync");
  if (!bar) return;
  const refused = waiting.filter((entry) => entry.refused).length;
  const open_ = waiting.length - refused;
  const signedOut = outbox.state === "signed-out";
  const state = signedOut || refused ? "failed" : open_ ? "risk" : "";
  const text = signedOut ? say("signed-out") : refused ? say("refused", { n: refused }) : open_ ? say("waiting", { n: open_ }) : say("saved");
  if (state) bar.dataset.state = state;
  else delete bar.dataset.state;
  bar.replaceChildren(icon(state === "failed" ? "triangle-alert" : open_ ? "cloud-off" : "check"), h("span", null, text));
}

async function showOutbox() {
  const entries = await store.outbox();
  const files = await store.files();
  const line = (entry) => h("li", { class: "rows-item" }, h("span", { class: "grow" }, say(`do-${entry.command.type}`, entry.label), h("span", { class: "rows-sub muted" }, entry.refused || timeOfDay(entry.command.occurred_at))));
  const open_ = entries.filter((entry) => !entry.refused);
  const refused = entries.filter((entry) => entry.refused);
  const dialog = h(
    "dialog",
    { class: "dialog sheet", "aria-labelledby": "outbox-title" },
    h("div", { class: "dialog-head" }, h("h2", { id: "outbox-title" }, say("outbox"))),
    h(
      "div",
      { class: "dialog-body stack" },
      h("p", null, say(open_.length || files.length ? "outbox-text" : "outbox-empty")),
      h("ul", { class: "rows", role: "list" }, open_.map(line), files.map(() => h("li", { class: "rows-item" }, say("do-file")))),
      refused.length ? h("h3", null, say("outbox-refused")) : "",
      h("ul", { class: "rows", role: "list" }, refused.map(line)),
      outbox.state === "signed-out" ? h("a", { class: "btn btn-primary", href: `/login/?next=${encodeURIComponent(location.pathname)}` }, say("sign-in")) : "",
    ),
    h(
      "div",
      { class: "dialog-foot" },
      refused.length ? h("button", { type: "button", class: "btn btn-primary", onclick: async () => { for (const entry of refused) await store.remove("outbox", entry.key); dialog.close(); await load(); } }, say("dismiss")) : "",
      h("button", { type: "button", class: "btn", onclick: () => dialog.close() }, say("close")),
    ),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.appendChild(dialog);
  open(dialog);
  outbox.hurry();
}

// Start

$("#sync")?.addEventListener("click", () => void showOutbox());
for (const tab of document.querySelectorAll("[data-view]")) {
  tab.addEventListener("click", () => {
    view = /** @type {HTMLElement} */ (tab).dataset.view || "now";
    for (const other of document.querySelectorAll("[data-view]")) other.toggleAttribute("aria-current", false);
    tab.setAttribute("aria-current", "page");
    void draw();
  });
}
for (const button of document.querySelectorAll("[data-sign-out]")) {
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    const left = (await store.outbox()).length;
    if (left && !(await ask({ title: say("sign-out-waiting", { n: left }), text: say("outbox-text"), action: say("sign-out"), danger: true }))) return;
    await store.forget();
    navigator.serviceWorker?.controller?.postMessage("forget");
    /** @type {HTMLFormElement} */ (button.closest("form")).submit();
  });
}
outbox.addEventListener("change", () => void draw());
outbox.addEventListener("sent", () => void load());
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && void load());
navigator.serviceWorker?.register(settings.worker, { scope: settings.scope }).catch(() => {});
void navigator.storage?.persist?.();
await draw();
await load();
outbox.hurry();
document.documentElement.dataset.ready = "";
