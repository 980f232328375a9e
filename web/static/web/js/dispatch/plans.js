/** The plans room: a day's plans, one plan (live while it is made), two plans side by side. */
import "../kit/route-timeline.js";
import "../map/live-map.js";
import { $, h, icon, setText } from "../kit/dom.js";
import { ApiError, api } from "../kit/api.js";
import { ask } from "../kit/dialog.js";
import { number, say } from "../kit/i18n.js";
import { shortcut } from "../kit/keys.js";
import { Live, showLiveState } from "../kit/live.js";
import { setChip } from "../kit/state.js";
import { toast } from "../kit/toast.js";
import { colorOf, lookOfStop } from "./board.js";
import { leftOut, money, searchWords } from "./planning.js";
import { followSettings } from "./planning-settings.js";
import { whyHere } from "./why-here.js";

/** @typedef {import("./board.js").Route} Route */

const read = (/** @type {string} */ id) => JSON.parse(document.getElementById(id)?.textContent || "{}");
const setup = read("plans-setup");
const moved = new Set(setup.moved || []);
const page = (/** @type {string} */ path) => `/dispatch/${setup.code}/plans/${path}`;

/** @param {string} state @param {string} title @param {string} text @param {{label: string, run: () => unknown}[]} ways */
function tell(state, title, text, ways = []) {
  const place = $("#plan-refusal");
  const buttons = ways.map((way) => h("button", { type: "button", class: "btn btn-sm", onclick: way.run }, way.label));
  place?.replaceChildren(h("div", { class: "notice", data: { state } }, icon("circle-alert"), h("div", null, h("b", null, title), h("p", null, text), buttons.length > 0 && h("p", { class: "row gap-2" }, buttons))));
  place?.scrollIntoView({ block: "nearest" });
}

/** @param {unknown} error @param {() => unknown} [redo] does it on the plan as it is now, where each change is checked anew */
function refused(error, redo) {
  if (!(error instanceof ApiError)) throw error;
  if (error.code !== "stale_version") return tell("failed", say("d-refused"), error.message);
  const ways = [{ label: say("p-show"), run: reload }];
  if (redo && setup.latest) ways.push({ label: say("d-do-mine"), run: redo });
  tell("risk", say("p-changed"), say("p-look-first"), ways);
}

// Pictures

/** @param {string} id @param {Route[]} routes @param {(kind: string, id: string) => void} [choose] */
function drawMap(id, routes, choose) {
  const map = /** @type {import("../map/live-map.js").LiveMap | null} */ (document.getElementById(id));
  if (!map) return null;
  map.setHubs([{ id: setup.hub, name: setup.name, lon: setup.lon, lat: setup.lat }]);
  map.setRoutes(routes.map((route) => ({ id: route.id, number: route.number, color: colorOf(route), line: route.line, label: route.courier.alias, dashed: route.state === "PROPOSED" })));
  map.setStops(routes.flatMap((route) => route.stops.map((stop) => ({ id: stop.id, number: stop.position, state: stop.consignments.some((one) => moved.has(one.id)) ? "risk" : lookOfStop(stop), lon: stop.lon, lat: stop.lat, label: stop.consignments.map((one) => one.code).join(", "), route: route.id }))));
  map.fit();
  if (choose) map.addEventListener("select", (event) => choose(/** @type {CustomEvent} */ (event).detail.kind, /** @type {CustomEvent} */ (event).detail.id));
  return map;
}

/** @param {Route[]} routes */
function drawTimeline(routes) {
  const timeline = /** @type {import("../kit/route-timeline.js").RouteTimeline | null} */ ($("#plan-timeline"));
  if (!timeline) return;
  const map = drawMap("plan-map", routes, (kind, id) => {
    timeline.select(kind === "route" || kind === "stop" ? kind : null, id);
    if (map) explain(routes, map, kind === "stop" ? id : "");
  });
  timeline.setRoutes(
    routes.map((route) => ({
      id: route.id,
      number: route.number,
      color: colorOf(route),
      label: route.courier.alias,
      start: route.started_at || route.planned_start_at,
      end: route.finished_at || route.planned_end_at,
      stops: route.stops.map((stop) => {
        const start = stop.arrived_at || stop.eta_at;
        return { id: stop.id, number: stop.position, state: lookOfStop(stop), start, end: stop.left_at || new Date(Date.parse(start) + stop.service_s * 1000).toISOString(), window_start: stop.window_start || undefined, window_end: stop.window_end || undefined, label: stop.consignments.map((one) => one.code).join(", ") };
      }),
    })),
  );
  timeline.addEventListener("select", (event) => {
    const { kind, id } = /** @type {CustomEvent} */ (event).detail;
    map?.select(kind, id);
    if (map) explain(routes, map, kind === "stop" ? id : "");
  });
}

let explained = "";

/** Why the chosen stop is where it is, below the picture; its other places are shown on the map. @param {Route[]} routes @param {import("../map/live-map.js").LiveMap} map @param {string} id */
async function explain(routes, map, id) {
  const place = $("#plan-why");
  if (!place || explained === id) return;
  explained = id;
  map.setDetour(null);
  place.hidden = !id;
  const stop = routes.flatMap((route) => route.stops).find((one) => one.id === id);
  if (!stop) return;
  const title = h("h3", null, say("p-why-here", { codes: stop.consignments.map((one) => one.code).join(", ") }));
  place.replaceChildren(title, h("span", { class: "skeleton skeleton-line" }));
  /** @type {any} */
  let told;
  try {
    const why = await api("GET", `/api/v1/stops/${id}/explain/`, undefined, { quiet: true });
    told = whyHere(why, { zone: setup.zone, currency: setup.currency, show: (_key, detour) => map.setDetour(detour) });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    told = [h("p", { class: "muted" }, error.message)];
  }
  if (explained === id) place.replaceChildren(...[title, ...told].filter(Boolean));
}

// A plan being made

/** @param {{state: string, progress: any}} plan */
function drawWork({ state, progress }) {
  const bar = /** @type {HTMLProgressElement | null} */ ($("#work-bar"));
  if (!bar) return;
  setChip($("#plan-head > .chip"), state, "plan");
  const seconds = progress?.seconds;
  if (state === "QUEUED" || seconds === undefined) bar.removeAttribute("value");
  else bar.value = Math.min(seconds, setup.seconds);
  const { said, figures } = searchWords({ state, progress, seconds: setup.seconds }, setup.currency);
  setText($("#work-said"), said);
  setText($("#work-figures"), figures);
  drawFound(progress);
}

/** @type {{cost: number, unserved: number} | null} */
let best = null;

/** What a better plan gains: consignments on a route, whose charge is no money; else money. @param {number} cost @param {number} unserved @returns {string} none for the first plan */
function gainOf(cost, unserved) {
  if (!best) return "";
  const served = best.unserved - unserved;
  return served > 0 ? say("p-more-served", { n: served }) : `−${money(best.cost - cost, setup.currency)}`;
}

/** Each better plan gets a line, the newest on top: when it was found, what it costs, by how much it is better. @param {any} progress */
function drawFound(progress) {
  const list = $("#work-found");
  const { cost, seconds, unserved = 0 } = progress || {};
  if (!list || cost === undefined || cost === null || (best && cost >= best.cost)) return;
  const gain = gainOf(cost, unserved);
  best = { cost, unserved };
  list.hidden = false;
  list.prepend(h("li", null, h("span", { class: "muted" }, say("s", { n: number(seconds, 1) })), h("b", null, money(cost, setup.currency)), gain && h("span", { class: "ink", data: { state: "done" } }, gain), unserved > 0 && h("span", { class: "muted" }, leftOut(unserved))));
  while (list.children.length > 8) list.lastElementChild?.remove();
}

let reloading = false;

/** The page as it is now: what was typed and where it was scrolled stays with the browser. */
function reload() {
  if (reloading) return;
  reloading = true;
  location.reload();
}

/** Take the answers anew from the server. One that is the same stays as its reader left it: opened, scrolled, in focus. */
async function renewAnswers() {
  const here = $("#what-ifs");
  const answer = await fetch(location.href, { credentials: "same-origin" }).catch(() => null);
  if (!here || !answer?.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelectorAll("#what-ifs > [data-what-if]");
  const shown = new Map(Array.from(here.children, (one) => [/** @type {HTMLElement} */ (one).dataset.whatIf, one]));
  const rows = Array.from(fresh, (one) => {
    const { whatIf, answer: state } = /** @type {HTMLElement} */ (one).dataset;
    const old = shown.get(whatIf);
    return old instanceof HTMLElement && old.dataset.answer === state ? old : one;
  });
  for (const old of shown.values()) if (!rows.includes(old)) old.remove();
  rows.forEach((one, n) => here.children[n] !== one && here.insertBefore(one, here.children[n] ?? null));
}

function follow() {
  const live = new Live("/ws/");
  live.subscribe(setup.stream, {
    epoch: setup.epoch,
    seq: setup.epoch ? setup.seq : null,
    snapshotUrl: `/api/v1/plans/${setup.plan}/`,
    snapshot: (data) => {
      if (data.state !== setup.state) reload();
      else drawWork(data);
    },
    event: (name, data) => {
      if (name === "plan.progress") {
        if (setup.state === "QUEUED") setup.state = "SOLVING";
        drawWork({ state: "SOLVING", progress: data.progress });
      } else if (name === "plan.what_if") renewAnswers();
      else if (data.state !== setup.state) {
        const works = (/** @type {string} */ state) => state === "QUEUED" || state === "SOLVING";
        if (works(data.state) && works(setup.state)) {
          setup.state = data.state;
          drawWork(data);
        } else reload();
      } else if (data.version !== setup.version && !["QUEUED", "SOLVING"].includes(data.state)) changed(data.version);
    },
  });
  showLiveState(live);
}

/**
 * Somebody changed the plan by hand: say so once. What is published is what was seen, so this page keeps the version it
 * shows until its reader looks at the new one.
 * @param {number} version
 */
function changed(version) {
  const first = !setup.latest;
  setup.latest = version;
  if (first) tell("risk", say("p-changed"), say("p-look-first"), [{ label: say("p-show"), run: reload }]);
}

// Doing

/** Little: what changes against the plan before has to be worth it. @param {boolean} [little] */
async function plan(little = false) {
  try {
    const made = await api("POST", "/api/v1/plans/", { hub: setup.hub, day: setup.day, changes_little: little }, { quiet: true });
    location.assign(page(`${made.id}/`));
  } catch (error) {
    if (error instanceof ApiError && error.problem.plan) location.assign(page(`${error.problem.plan}/`));
    else refused(error);
  }
}

async function publish() {
  const words = [say("d-publish-text", { n: setup.planned })];
  const { phones } = setup;
  if (phones !== undefined) words.push(say("p-publish-phones", { n: phones }));
  if (setup.left) words.push(say("d-publish-left", { n: setup.left }));
  if (!(await ask({ title: say("d-publish-title", { n: setup.couriers }), text: words.join(" "), action: say("d-publish") }))) return;
  await api("POST", `/api/v1/plans/${setup.plan}/publish/`, undefined, { etag: `"${setup.version}"`, quiet: true });
  location.assign(page(`${setup.plan}/`));
}

async function discard() {
  await api("POST", `/api/v1/plans/${setup.plan}/discard/`, undefined, { etag: `"${setup.version}"`, quiet: true });
  location.assign(page(`?day=${setup.day}`));
}

async function cancel() {
  await api("POST", `/api/v1/plans/${setup.plan}/cancel/`, undefined, { quiet: true });
  reload();
}

/** @param {string} consignment @param {number} [version] */
async function insert(consignment, version = setup.version) {
  try {
    await api("POST", `/api/v1/plans/${setup.plan}/insert/`, { consignment, route: null }, { etag: `"${version}"`, quiet: true });
    reload();
  } catch (error) {
    refused(error, () => insert(consignment, setup.latest));
  }
}

/** A longer shift helps the next plan: it is offered at once. @param {string} shift @param {number} minutes */
async function extend(shift, minutes) {
  await api("POST", `/api/v1/shifts/${shift}/extend/`, { minutes }, { quiet: true });
  toast(say("p-extended", { n: minutes }), { action: { label: say("d-plan-again"), run: () => plan() } });
}

/** @param {Record<string, unknown>} question */
async function question(question) {
  await api("POST", `/api/v1/plans/${setup.plan}/what-if/`, question, { quiet: true });
  await renewAnswers();
  toast(say("p-asked"));
  $("#what-if")?.scrollIntoView({ block: "nearest" });
}

/** Do it once however often it is pressed; what was refused before is over. @param {HTMLElement} button @param {() => Promise<unknown> | undefined} act */
async function once(button, act) {
  if (button.getAttribute("aria-busy")) return;
  button.setAttribute("aria-busy", "true");
  if (!setup.latest) $("#plan-refusal")?.replaceChildren();
  try {
    await act();
  } catch (error) {
    refused(error);
  } finally {
    button.removeAttribute("aria-busy");
  }
}

/** @type {Record<string, () => Promise<unknown>>} */
const acts = { publish, discard, cancel, again: () => plan(), little: () => plan(true) };

/** What a button of the page does. @param {DOMStringMap} data */
function deed({ act, insert: consignment, extend: longer, minutes, ask: kind, shift, consignment: whose }) {
  if (act) return acts[act]?.();
  if (consignment) return insert(consignment);
  if (longer) return extend(longer, Number(minutes));
  return question({ kind, shift: shift || null, consignment: whose || null, ...(minutes ? { minutes: Number(minutes) } : {}) });
}

document.addEventListener("click", (event) => {
  const button = /** @type {HTMLButtonElement | null} */ (/** @type {Element} */ (event.target).closest("button[data-act], button[data-ask], button[data-insert], button[data-extend]"));
  if (button) once(button, () => deed(button.dataset));
});

const form = /** @type {HTMLFormElement | null} */ ($("#ask-form"));
const kinds = /** @type {HTMLSelectElement | null} */ ($("#ask-kind"));

/** A field that is not part of the question is neither shown, checked nor sent. */
function showFields() {
  for (const field of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("#ask-form [data-for]"))) {
    field.hidden = !(field.dataset.for || "").split(" ").includes(kinds?.value || "");
    for (const input of /** @type {NodeListOf<HTMLInputElement | HTMLSelectElement>} */ (field.querySelectorAll("input, select"))) input.disabled = field.hidden;
  }
}
kinds?.addEventListener("change", showFields);
if (kinds) showFields();
form?.addEventListener("submit", (event) => {
  event.preventDefault();
  const { kind, shift, minutes, count } = Object.fromEntries(new FormData(form));
  const body = { kind, shift, ...(minutes ? { minutes: Number(minutes) } : {}), ...(count ? { count: Number(count) } : {}) };
  once(/** @type {HTMLElement} */ (form.querySelector("button")), () => question(body));
});

followSettings(setup.hub);

$("#plan")?.addEventListener("click", () => plan());
if ($("#plan")) shortcut("p", say("d-key-plan"), () => plan());
$("#day")?.addEventListener("change", (event) => {
  const day = /** @type {HTMLInputElement} */ (event.target).value;
  if (day) location.search = new URLSearchParams({ day }).toString();
});

// The first picture

const drawing = read("plan-drawing");
if (drawing.routes?.length) drawTimeline(drawing.routes);
const second = read("second-drawing");
if (second.routes) {
  drawMap("first-map", read("first-drawing").routes);
  drawMap("second-map", second.routes);
}
if (setup.stream) {
  drawWork({ state: setup.state, progress: setup.progress });
  follow();
}
document.getElementById("main")?.setAttribute("data-ready", "");
