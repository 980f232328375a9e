/** The dispatch console: one board, one choice, four panes that show both. */
import "../map/live-map.js";
import { $, setText } from "../kit/dom.js";
import { Live, showLiveState } from "../kit/live.js";
import { ApiError, api } from "../kit/api.js";
import { ask } from "../kit/dialog.js";
import { shortcut } from "../kit/keys.js";
import { number, say, span } from "../kit/i18n.js";
import { afterPress } from "../kit/press.js";
import { toast } from "../kit/toast.js";
import { Board, colorOf, lookOfStop } from "./board.js";
import { Detail } from "./detail.js";
import { Needs } from "./needs.js";
import { Strip, km } from "./planning.js";
import { Timeline } from "./timeline.js";
import { difference } from "./why-here.js";

/** @typedef {import("./board.js").Route} Route */
/** @typedef {import("./board.js").Plan} Plan */

const read = (/** @type {string} */ id) => JSON.parse(document.getElementById(id)?.textContent || "{}");
const start = read("dispatch-start");
const setup = read("dispatch-setup");
const url = `/api/v1/board/${setup.hub}/?day=${setup.day}`;
/** On a narrow screen the board is for reading. */
const narrow = matchMedia("(max-width: 48rem)");

const board = new Board(start.data, setup.day);
const map = /** @type {import("../map/live-map.js").LiveMap} */ ($("#day-map"));
const root = /** @type {HTMLElement} */ ($("#console"));
const needs = new Needs(/** @type {HTMLElement} */ ($("#needs")), setup.needs, setup.zone);
const detail = new Detail(/** @type {HTMLElement} */ ($("#detail")), setup);
const strip = new Strip(/** @type {HTMLElement} */ ($("#strip")), setup);
const timeline = new Timeline(/** @type {HTMLElement} */ ($("#timeline")), setup);

/** @type {{kind: string, id: string}} */
let chosen = { kind: "", id: "" };
/** @type {"driven" | "proposed"} */
let view = "driven";
let refusal = "";
let hidden = "";
/** What `u` takes back, newest last. @type {(() => Promise<unknown>)[]} */
const undos = [];

/** A proposal leaves what is loaded or on the road as it is: those routes are part of the picture. */
const shown = () => (view === "proposed" && board.proposal?.state === "READY" ? [...board.kept, ...board.proposed] : board.routes);

// Drawing

function drawMap() {
  const routes = shown();
  map.setRoutes(routes.map((route) => ({ id: route.id, number: route.number, color: colorOf(route), line: route.line, label: route.courier.alias, dashed: route.state === "PROPOSED" })));
  const stops = routes.flatMap((route) => route.stops.map((stop) => ({ id: stop.id, number: stop.position, state: lookOfStop(stop), lon: stop.lon, lat: stop.lat, label: stop.consignments.map((one) => one.code).join(", "), route: route.id })));
  const loose = [...board.waiting.values()].filter((one) => one.lon !== null && one.lat !== null && !(view === "proposed" && board.drops.has(one.id))).map((one) => ({ id: one.id, number: "", state: "idle", lon: /** @type {number} */ (one.lon), lat: /** @type {number} */ (one.lat), label: one.code }));
  map.setStops([...loose, ...stops]);
}

function drawCouriers() {
  const late = new Map(board.routes.map((route) => [route.courier.id, route.late_s >= 600 ? "risk" : "moving"]));
  map.setCouriers([...board.couriers.values()].filter((one) => one.lon !== null).map((one) => ({ id: one.courier, name: one.alias, lon: one.lon, lat: one.lat, heading: one.heading, state: late.get(one.courier) || "moving" })));
}

function drawFigures() {
  const all = board.routes.reduce((sum, route) => sum + route.total, 0);
  const done = board.routes.reduce((sum, route) => sum + route.done, 0);
  const risk = board.atRisk.length;
  setText($("#figure-done"), all ? say("d-done-of", { done: number(done), total: number(all) }) : say("d-no-routes"));
  const late = $("#figure-risk");
  if (late) {
    late.hidden = risk === 0;
    setText($("span", late), say("d-n-late", { n: risk }));
  }
  const ready = [...board.waiting.values()].filter((one) => one.status === "READY").length;
  const plan = board.proposal;
  const works = Boolean(plan && ["QUEUED", "SOLVING"].includes(plan.state));
  const assign = /** @type {HTMLButtonElement} */ ($("#assign"));
  const planning = /** @type {HTMLButtonElement} */ ($("#plan"));
  assign.disabled = ready === 0;
  setText($(".btn-count", assign), ready ? number(ready) : "");
  planning.disabled = works;
  // One primary: what the day needs next.
  const next = plan?.state === "READY" ? "" : ready ? "assign" : board.routes.length && ![...board.waiting.values()].some((one) => one.status === "ACCEPTED") ? "" : "plan";
  assign.classList.toggle("btn-primary", next === "assign");
  planning.classList.toggle("btn-primary", next === "plan" && !works);
}

function drawStrip() {
  const plan = board.proposal;
  if (plan?.state === "FAILED" && hidden === plan.id) /** @type {HTMLElement} */ ($("#strip")).hidden = true;
  else strip.show(board, view);
  root.dataset.view = view;
}

function drawDetail() {
  detail.show(board, chosen, { refusal });
}

function drawTimeline() {
  timeline.moved = new Set(view === "proposed" && strip.comparison?.of === board.proposal?.id ? strip.comparison.changed_courier : []);
  timeline.show(shown());
  const empty = $("#timeline-empty");
  if (empty) empty.hidden = shown().length > 0;
}

function draw() {
  drawFigures();
  drawStrip();
  drawTimeline();
  drawMap();
  drawCouriers();
  needs.show(board, `${chosen.kind}:${chosen.id}`);
  drawDetail();
}

/** Draw what events touched, at most once a frame. @type {Set<string>} */
const dirty = new Set();
let frame = 0;

/** @param {Iterable<string>} what */
function mark(what) {
  for (const one of what) dirty.add(one);
  if (!frame && dirty.size) frame = requestAnimationFrame(() => afterPress(flush));
}

function flush() {
  frame = 0;
  const what = new Set(dirty);
  dirty.clear();
  if (what.has("fetch")) refetch();
  if (what.has("proposal")) loadProposal();
  for (const one of what) {
    if (one.startsWith("consignment:")) detail.forget(one.slice(12));
    if (!one.startsWith("route:")) continue;
    const route = board.routeOf(one.slice(6));
    if (route && shown().includes(route) && timeline.routes.some((had) => had.id === route.id)) timeline.update(route, true);
    else drawTimeline();
  }
  if (what.has("routes")) {
    drawMap();
    drawCouriers();
  }
  if (what.has("plans")) drawStrip();
  if (what.has("needs")) needs.show(board, `${chosen.kind}:${chosen.id}`);
  if (what.has("routes") || what.has("needs") || what.has("plans")) drawFigures();
  if (["detail", ...["consignment", "route", "stop"].map((kind) => `${kind}:${chosen.id}`)].some((one) => what.has(one))) drawDetail();
}

let fetching = 0;
let again = false;

/** Read the board anew, soon and not twice at a time. */
function refetch() {
  if (fetching) {
    again = true;
    return;
  }
  fetching = window.setTimeout(async () => {
    again = false;
    try {
      const body = await api("GET", url, undefined, { quiet: true });
      const follower = live.followers.get(start.stream);
      if (follower && body.epoch && (follower.seq === null || follower.seq === undefined || body.seq >= follower.seq)) Object.assign(follower, { epoch: body.epoch, seq: body.seq });
      take(body.data);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
    fetching = 0;
    if (again) refetch();
  }, 400);
}

/** @param {any} data */
function take(data) {
  if (data.day !== setup.day) return refetch();
  board.take(data);
  const plan = board.proposal;
  if (plan?.state === "READY" && board.proposedOf !== plan.id) loadProposal();
  if (plan?.state !== "READY" && board.proposedOf) {
    board.propose("", []);
    view = "driven";
  }
  afterPress(draw);
}

async function loadProposal() {
  const plan = board.proposal;
  if (!plan || plan.state !== "READY") return;
  const published = board.published;
  try {
    const [full, comparison] = await Promise.all([api("GET", `/api/v1/plans/${plan.id}/?routes=1`, undefined, { quiet: true }), published ? api("GET", `/api/v1/plans/${published.id}/compare/${plan.id}/`, undefined, { quiet: true }) : null]);
    if (board.proposal?.id !== plan.id) return;
    board.propose(plan.id, full.routes);
    strip.comparison = comparison && { ...comparison, of: plan.id };
    for (const left of full.left_out) {
      const waiting = board.waiting.get(left.consignment);
      if (waiting) waiting.why = left;
    }
    view = "proposed";
    afterPress(draw);
    map.fit();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}

// Choosing

/** @param {string} kind @param {string} id @param {{from?: string, focus?: boolean}} [options] */
function select(kind, id, { from = "", focus = false } = {}) {
  refusal = "";
  if (kind === "courier") {
    const route = board.routes.find((one) => one.courier.id === id);
    if (!route) return;
    [kind, id] = ["route", route.id];
  }
  if (kind === "stop" && !board.stops.has(id) && board.waiting.has(id)) kind = "consignment";
  chosen = kind === "hub" ? { kind: "", id: "" } : { kind, id };
  const found = kind === "stop" ? board.stops.get(id) : kind === "consignment" ? board.drops.get(id) : null;
  const route = kind === "route" ? id : found?.route.id || "";
  const stop = found?.stop.id || "";
  timeline.select(route, stop, from !== "timeline");
  if (from !== "map") {
    if (stop) map.select("stop", stop);
    else if (kind === "route") map.select("route", id);
    else if (kind === "consignment") map.select("stop", id);
    else map.select(null);
  }
  needs.show(board, `${chosen.kind}:${chosen.id}`);
  drawDetail();
  root.dataset.chosen = chosen.kind;
  const query = new URLSearchParams();
  if (setup.day !== setup.today) query.set("day", setup.day);
  if (chosen.kind) query.set(chosen.kind, chosen.id);
  history.replaceState(null, "", `${location.pathname}${query.size ? `?${query}` : ""}`);
  if (focus) /** @type {HTMLElement | null} */ ($("#detail h2"))?.focus();
  if (narrow.matches && chosen.kind && from) detail.element.scrollIntoView({ block: "start" });
}

needs.addEventListener("select", (event) => {
  const { kind, id } = /** @type {CustomEvent} */ (event).detail;
  select(kind, id, { from: "needs" });
});
needs.addEventListener("more", () => needs.show(board));
timeline.addEventListener("select", (event) => {
  const { kind, id } = /** @type {CustomEvent} */ (event).detail;
  select(kind, id, { from: "timeline" });
});
map.addEventListener("select", (event) => {
  const { kind, id } = /** @type {CustomEvent} */ (event).detail;
  select(kind, id, { from: "map" });
});
map.addEventListener("place", async (event) => {
  const { lon, lat } = /** @type {CustomEvent} */ (event).detail;
  if (chosen.kind !== "consignment" || board.waiting.get(chosen.id)?.status !== "ADDRESS_REVIEW") return select("", "", { from: "map" });
  const pin = { lon, lat };
  detail.pin = pin;
  map.setStops([...map.stops.filter((one) => one.id !== "pin"), { id: "pin", number: "", state: "risk", lon, lat }]);
  map.select("stop", "pin", { pan: false });
  drawDetail();
  const spot = await api("GET", `/api/v1/addresses/spot/?lon=${lon}&lat=${lat}`);
  if (detail.pin !== pin) return;
  Object.assign(pin, { spot });
  drawDetail();
});

// Doing

/** @param {unknown} error */
function refused(error) {
  if (!(error instanceof ApiError)) throw error;
  refusal = error.message;
  drawDetail();
}

/**
 * Somebody was faster: the board shows theirs, and one button does mine on top of it. True when that was so.
 * @param {unknown} error @param {() => unknown} redo
 */
function meanwhile(error, redo) {
  if (!(error instanceof ApiError) || error.status !== 412) return false;
  refetch();
  toast(say("d-meanwhile"), { state: "risk", action: { label: say("d-do-mine"), run: redo } });
  return true;
}

/** @param {() => Promise<unknown>} act */
function remember(act) {
  undos.push(act);
  while (undos.length > 20) undos.shift();
}

async function undo() {
  const act = undos.pop();
  if (!act) return toast(say("d-nothing-to-undo"));
  await act();
}

/** What a change by hand costs, at the end of what is said of it. @param {string} text @param {any} price */
function withPrice(text, price) {
  if (!price) return text;
  const parts = [price.cost ? difference(price.cost, setup.currency) : say("d-same-cost")];
  if (Math.abs(price.metres) >= 50) parts.push(`${price.metres < 0 ? "−" : "+"}${km(Math.abs(price.metres))}`);
  if (Math.abs(price.late_s) >= 60) parts.push(say(price.late_s > 0 ? "d-later-by" : "d-sooner-by", { span: span(price.late_s) }));
  return `${text} ${parts.join(", ")}.`;
}

/** Move a stop; what was moved can be moved back. @param {string} stop @param {{route: string | null, position: number | null}} to @param {boolean} [isUndo] */
async function move(stop, to, isUndo = false) {
  const found = board.stops.get(stop);
  const plan = found && board.planOf(found.route.plan);
  if (!found || !plan) return;
  const before = found.route.number;
  try {
    const moved = await api("POST", `/api/v1/stops/${stop}/move/`, to, { etag: `"${plan.version}"`, quiet: true });
    plan.version = Math.max(plan.version, moved.version);
    refusal = "";
    await showMoved([found.route.id, moved.route]);
    select("stop", stop);
    const route = board.routeOf(moved.route);
    const text = isUndo ? say("d-moved-back", { n: moved.position, route: route?.number || "" }) : moved.route === moved.undo.route ? say("d-reordered", { n: moved.position, route: route?.number || "" }) : say("d-moved-to", { from: before, route: route?.number || "", courier: route?.courier.alias || "" });
    if (isUndo) {
      toast(withPrice(text, moved.price));
      return;
    }
    const back = () => move(stop, { route: moved.undo.route, position: moved.undo.position }, true);
    offer(withPrice(text, moved.price), back);
  } catch (error) {
    if (meanwhile(error, () => move(stop, to, isUndo))) return;
    select("stop", stop);
    refused(error);
  }
}

/** Say what was done, with what takes it back. @param {string} text @param {() => Promise<unknown>} back */
function offer(text, back) {
  const act = () => {
    close();
    return back();
  };
  const close = toast(text, {
    undo: () => {
      undos.splice(undos.indexOf(act), 1);
      return back();
    },
  });
  remember(act);
}

/** A change of what is kept when the day is planned again, or of who drives it. @param {string} plan @param {() => Promise<any>} act @param {() => void} show @param {() => unknown} redo */
async function keep(plan, act, show, redo) {
  const found = board.planOf(plan);
  if (!found) return null;
  try {
    const kept = await act();
    found.version = Math.max(found.version, kept.version);
    refusal = "";
    return kept;
  } catch (error) {
    if (meanwhile(error, redo)) return null;
    show();
    refused(error);
    return null;
  }
}

/** @param {string} stop @param {boolean} pinned @param {boolean} [isUndo] */
async function pin(stop, pinned, isUndo = false) {
  const found = board.stops.get(stop);
  const plan = found && board.planOf(found.route.plan);
  if (!found || !plan) return;
  const kept = await keep(plan.id, () => api("POST", `/api/v1/stops/${stop}/pin/`, { pinned }, { etag: `"${plan.version}"`, quiet: true }), () => select("stop", stop), () => pin(stop, pinned, isUndo));
  if (!kept) return;
  await showMoved([found.route.id]);
  const text = say(pinned ? "d-pinned-to" : "d-unpinned", { courier: found.route.courier.alias });
  if (isUndo) toast(text);
  else offer(text, () => pin(stop, !pinned, true));
}

/** @param {string} id @param {boolean} locked @param {boolean} [isUndo] */
async function lock(id, locked, isUndo = false) {
  const route = board.routeOf(id);
  const plan = route && board.planOf(route.plan);
  if (!route || !plan) return;
  const kept = await keep(plan.id, () => api("POST", `/api/v1/routes/${id}/lock/`, { locked }, { etag: `"${plan.version}"`, quiet: true }), drawDetail, () => lock(id, locked, isUndo));
  if (!kept) return;
  await showMoved([id]);
  const text = say(locked ? "d-locked-now" : "d-unlocked-now", { n: route.number });
  if (isUndo) toast(text);
  else offer(text, () => lock(id, !locked, true));
}

/** Two couriers drive each other's stops; the same swap again takes it back. @param {string} id @param {string} other @param {boolean} [isUndo] */
async function swap(id, other, isUndo = false) {
  const [one, two] = [board.routeOf(id), board.routeOf(other)];
  const plan = one && board.planOf(one.plan);
  if (!one || !two || !plan) return;
  const kept = await keep(plan.id, () => api("POST", `/api/v1/routes/${id}/swap/`, { other }, { etag: `"${plan.version}"`, quiet: true }), drawDetail, () => swap(id, other, isUndo));
  if (!kept) return;
  await showMoved([id, other]);
  const text = withPrice(say("d-swapped", { one: one.courier.alias, other: two.courier.alias }), kept.price);
  if (isUndo) toast(text);
  else offer(text, () => swap(id, other, true));
}

/** The socket tells it too; whoever moved it does not wait. @param {string[]} ids */
async function showMoved(ids) {
  const routes = await Promise.all([...new Set(ids)].map((id) => api("GET", `/api/v1/routes/${id}/`, undefined, { quiet: true })));
  for (const route of routes) mark(board.routeChanged(route));
  flush();
}

/** @param {string} consignment @param {string | null} route */
async function insert(consignment, route) {
  const plan = board.proposal?.state === "READY" && view === "proposed" ? board.proposal : board.published || board.proposal;
  if (!plan || !["READY", "PUBLISHED"].includes(plan.state)) return toast(say("d-no-plan-yet"), { state: "risk" });
  try {
    const put = await api("POST", `/api/v1/plans/${plan.id}/insert/`, { consignment, route }, { etag: `"${plan.version}"`, quiet: true });
    plan.version = Math.max(plan.version, put.version);
    await showMoved([put.route]);
    board.waiting.delete(consignment);
    needs.show(board);
    select("stop", put.stop);
    const on = board.routeOf(put.route);
    toast(withPrice(say("d-inserted", { n: put.position, route: on?.number || "", courier: on?.courier.alias || "" }), put.price));
  } catch (error) {
    if (meanwhile(error, () => insert(consignment, route))) return;
    select("consignment", consignment);
    refused(error);
  }
}

async function assignDay() {
  const button = /** @type {HTMLButtonElement} */ ($("#assign"));
  const ready = [...board.waiting.values()].filter((one) => one.status === "READY").length;
  if (!ready || button.disabled || !(await ask({ title: say("d-assign-title", { n: ready }), text: say("d-assign-text", { hub: board.hub.name }), action: say("d-assign-day") }))) return;
  await busy(button, async () => {
    let run = await api("POST", "/api/v1/assignments/", { day: setup.day, hubs: [setup.hub] });
    while (["QUEUED", "RUNNING"].includes(run.state)) {
      await new Promise((done) => setTimeout(done, 1000));
      run = await api("GET", `/api/v1/assignments/${run.id}/`);
    }
    const best = run.ways_out?.[0]?.sentence;
    toast([say("d-assigned", { n: run.assigned }), run.unassigned ? say("d-assigned-not", { n: run.unassigned }) : "", best || ""].filter(Boolean).join(" "), run.unassigned ? { state: "risk" } : { state: "done" });
    refetch();
  });
}

async function plan() {
  const button = /** @type {HTMLButtonElement} */ ($("#plan"));
  if (button.disabled) return;
  await busy(button, async () => {
    const made = await api("POST", "/api/v1/plans/", { hub: setup.hub, day: setup.day });
    mark(board.planChanged(made));
    flush();
    watchPlan(made.id);
  });
  drawFigures();
}

/** Without a socket nobody tells how far it is: ask. @param {string} id */
async function watchPlan(id) {
  while (["QUEUED", "SOLVING"].includes(board.planOf(id)?.state || "")) {
    await new Promise((done) => setTimeout(done, 3000));
    if (live.state === "live") continue;
    try {
      mark(board.planChanged(await api("GET", `/api/v1/plans/${id}/`, undefined, { quiet: true })));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }
}

/** @param {HTMLElement} button @param {() => Promise<unknown>} act */
async function busy(button, act) {
  button.setAttribute("aria-busy", "true");
  try {
    await act();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  } finally {
    button.removeAttribute("aria-busy");
  }
}

async function accept() {
  const plan_ = board.proposal;
  if (!plan_ || plan_.state !== "READY") return;
  if (board.proposedOf !== plan_.id) await loadProposal();
  const couriers = new Set(board.proposed.map((route) => route.courier.id)).size;
  const comparison = strip.comparison?.of === plan_.id ? strip.comparison : null;
  const words = [say("d-publish-text", { n: plan_.figures.planned || 0 })];
  if (comparison?.phones) words.push(say("d-publish-phones", { n: comparison.phones.told.length }));
  if (comparison) words.push(say("d-publish-moved", { n: comparison.changed_courier.length, order: comparison.changed_place }));
  if (plan_.figures.unplanned) words.push(say("d-publish-left", { n: plan_.figures.unplanned }));
  if (!(await ask({ title: say("d-publish-title", { n: couriers }), text: words.join(" "), action: say("d-publish") }))) return;
  try {
    const published = await api("POST", `/api/v1/plans/${plan_.id}/publish/`, undefined, { etag: `"${plan_.version}"`, quiet: true });
    view = "driven";
    board.propose("", []);
    mark(board.planChanged(published));
    toast(say("d-published-to", { n: published.figures.phones_told ?? couriers }), { state: "done" });
    refetch();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    toast(error.message, { state: "failed", action: { label: say("d-plan-again"), run: plan } });
    refetch();
  }
}

async function discard() {
  const plan_ = board.proposal;
  if (!plan_) return;
  const gone = await api("POST", `/api/v1/plans/${plan_.id}/discard/`, undefined, { etag: `"${plan_.version}"` });
  view = "driven";
  board.propose("", []);
  board.planChanged(gone);
  toast(say("d-discarded"));
  draw();
}

strip.addEventListener("act", async (event) => {
  const act = /** @type {CustomEvent} */ (event).detail;
  const plan_ = board.proposal;
  if (act === "driven" || act === "proposed") {
    view = act;
    select("", "");
    draw();
  } else if (act === "accept") await accept();
  else if (act === "discard") await discard().catch(() => refetch());
  else if (act === "again") await plan();
  else if (act === "hide" && plan_) {
    hidden = plan_.id;
    drawStrip();
  } else if (act === "cancel" && plan_) {
    const gone = await api("POST", `/api/v1/plans/${plan_.id}/cancel/`).catch(() => null);
    if (gone) mark(board.planChanged(gone));
    toast(say("d-plan-cancelled"));
    refetch();
  }
});

needs.addEventListener("act", (event) => {
  const { act, kind, id } = /** @type {CustomEvent} */ (event).detail;
  if (act === "insert") insert(id, null);
  else select(kind, id, { focus: true });
  if (act === "move") /** @type {HTMLElement | null} */ ($("#move-to"))?.focus();
});

timeline.addEventListener("move", (event) => {
  const { stop, consignment, route, position } = /** @type {CustomEvent} */ (event).detail;
  if (stop) move(stop, { route, position });
  else if (consignment) insert(consignment, route);
});

detail.addEventListener("act", async (event) => {
  const given = /** @type {CustomEvent} */ (event).detail;
  if (given.act === "select") select(given.kind, given.id, { focus: true });
  else if (given.act === "close") {
    select("", "");
  } else if (given.act === "known") {
    if (chosen.id === given.id || chosen.kind === "stop") drawDetail();
  } else if (given.act === "detour") map.setDetour(given.detour);
  else if (given.act === "move") await move(given.stop, { route: given.route, position: given.position });
  else if (given.act === "pin") await pin(given.stop, given.pinned);
  else if (given.act === "lock") await lock(given.route, given.locked);
  else if (given.act === "swap") await swap(given.route, given.other);
  else if (given.act === "insert") await insert(given.consignment, given.route);
  else if (given.act === "assign") await assignOne(given.consignment, given.partner, given.name, given.from);
  else if (given.act === "withdraw") await withdraw(given.consignment);
  else if (given.act === "point") await settle(given);
});

/** @param {string} consignment @param {string} partner @param {string} name @param {string | null} from */
async function assignOne(consignment, partner, name, from) {
  const path = `/api/v1/consignments/${consignment}/assignment/`;
  try {
    const made = await api("POST", path, { partner }, { quiet: true });
    changed(consignment);
    const back = async () => {
      await (from ? api("POST", path, { partner: from }) : api("DELETE", path));
      changed(consignment);
    };
    remember(back);
    toast(say("d-given-to", { code: made.code, partner: name }), {
      undo: () => {
        undos.splice(undos.indexOf(back), 1);
        return back();
      },
    });
  } catch (error) {
    refused(error);
  }
}

/** @param {string} consignment */
async function withdraw(consignment) {
  try {
    await api("DELETE", `/api/v1/consignments/${consignment}/assignment/`, undefined, { quiet: true });
    changed(consignment);
    toast(say("d-withdrawn"));
  } catch (error) {
    refused(error);
  }
}

/** @param {{address: string, consignment: string, lon: number, lat: number, label: string}} given */
async function settle({ address, consignment, lon, lat, label }) {
  try {
    await api("POST", `/api/v1/addresses/${address}/point/`, { lon, lat }, { quiet: true });
    detail.pin = null;
    changed(consignment);
    toast(say("d-settled", { place: label || say("d-the-pin") }), { state: "done" });
  } catch (error) {
    refused(error);
  }
}

/** @param {string} consignment */
function changed(consignment) {
  detail.forget(consignment);
  detail.known.delete(consignment);
  refusal = "";
  refetch();
  drawDetail();
}

// The stream

const live = new Live("/ws/");
live.subscribe(start.stream, {
  epoch: start.epoch,
  seq: start.epoch ? start.seq : null,
  snapshotUrl: url,
  snapshot: take,
  event: (name, data) => mark(board.apply(name, data)),
  gauge(key, data) {
    if (!board.gauge(key, data)) return;
    const had = map.couriers.find((one) => one.id === data.courier);
    map.moveCourier({ state: "moving", ...had, id: data.courier, name: data.alias, lon: data.lon, lat: data.lat, heading: data.heading });
  },
});
showLiveState(live);
live.addEventListener("refused", () => toast(say("d-no-live"), { state: "risk" }));

// Keys and buttons

$("#assign")?.addEventListener("click", assignDay);
$("#plan")?.addEventListener("click", plan);
$("#zoom-in")?.addEventListener("click", () => timeline.setZoom(timeline.zoom * 2));
$("#zoom-out")?.addEventListener("click", () => timeline.setZoom(timeline.zoom / 2));
$("#taller")?.addEventListener("click", () => {
  const tall = root.toggleAttribute("data-tall");
  $("#taller")?.setAttribute("aria-pressed", String(tall));
});
$("#day")?.addEventListener("change", (event) => {
  const day = /** @type {HTMLInputElement} */ (event.target).value;
  if (day) location.search = new URLSearchParams({ day }).toString();
});
shortcut("p", say("d-key-plan"), plan);
shortcut("a", say("d-key-assign"), assignDay);
shortcut("u", say("d-key-undo"), undo);
shortcut("i", say("d-key-pin"), () => {
  const found = chosen.kind === "stop" ? board.stops.get(chosen.id) : null;
  if (found?.stop.state === "PENDING") pin(chosen.id, !found.stop.is_pinned);
});
shortcut("l", say("d-key-lock"), () => {
  const route = chosen.kind === "route" ? board.routeOf(chosen.id) : chosen.kind === "stop" ? board.stops.get(chosen.id)?.route : null;
  if (route) lock(route.id, !route.is_locked);
});
shortcut("m", say("d-key-move"), () => /** @type {HTMLElement | null} */ ($("#move-to"))?.focus());
for (const [key, step, word] of /** @type {[string, number | string, string][]} */ ([["ArrowRight", 1, "d-key-next"], ["ArrowLeft", -1, "d-key-before"], ["ArrowDown", "down", "d-key-down"], ["ArrowUp", "up", "d-key-up"]])) {
  shortcut(key, say(word), () => {
    if (/** @type {HTMLElement | null} */ (document.activeElement)?.closest("live-map, [data-rove], .pane-body")) return;
    timeline.go(step);
    timeline.focusStop();
  });
}
shortcut("Escape", say("d-key-close"), () => chosen.kind && select("", ""));

// The first picture

function readOnly() {
  timeline.canMove = !narrow.matches;
}
narrow.addEventListener("change", readOnly);
readOnly();
map.setHubs([{ id: board.hub.id, name: board.hub.name, lon: board.hub.lon, lat: board.hub.lat }]);
draw();
const asked = new URLSearchParams(location.search);
for (const kind of ["stop", "route", "consignment"]) {
  const id = asked.get(kind);
  if (!id) continue;
  if (kind !== "consignment" && !(kind === "stop" ? board.stops.has(id) : board.routeOf(id))) toast(say("d-not-here"), { state: "risk" });
  else select(kind, id);
  break;
}
if (board.proposal?.state === "READY") loadProposal();
if (board.proposal && ["QUEUED", "SOLVING"].includes(board.proposal.state)) watchPlan(board.proposal.id);
root.dataset.ready = "";
