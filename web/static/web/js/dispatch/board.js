/**
 * The board as this page knows it: the stream's snapshot (docs/live-events.md, "board") and every event applied to it.
 * Nothing here draws.
 */

/** @typedef {{id: string, code: string, status: string}} Drop */
/** @typedef {{id: string, position: number, state: string, lon: number, lat: number, planned_at: string, eta_at: string, window_start: string | null, window_end: string | null, service_s: number, travel_s: number, arrived_at: string | null, left_at: string | null, is_at_risk: boolean, is_pinned: boolean, consignments: Drop[]}} Stop */
/** @typedef {{id: string, plan: string, day: string, number: number, state: string, is_locked: boolean, version: number, courier: {id: string, alias: string}, partner: {id: string, name: string}, vehicle: {kind: string, name: string}, shift_starts_at: string, shift_ends_at: string, planned_start_at: string, planned_end_at: string, started_at: string | null, finished_at: string | null, distance_m: number, late_s: number, source: string, line: number[][], total: number, done: number, stops: Stop[]}} Route */
/** @typedef {{id: string, state: string, version: number, day: string, seconds: number, progress: any, figures: any, problem: string, created_at: string, published_at: string | null}} Plan */
/** @typedef {{id: string, code: string, status: string, due_on: string, priority: number, partner: {id: string, name: string} | null, window_start: string | null, window_end: string | null, lon: number | null, lat: number | null, accuracy: string, attempts_made: number, version: number, why: any, answer_by?: string | null}} Waiting */

/** Not on a route yet, or off it again (routing/routes/board.py). */
export const WAITING = new Set(["RECEIVED", "ADDRESS_REVIEW", "READY", "OFFERED", "ACCEPTED", "AT_HUB", "ATTEMPT_FAILED", "RESCHEDULED"]);
const BACK_AGAIN = new Set(["ATTEMPT_FAILED", "RESCHEDULED"]);
const ABOARD = new Set(["LOADED", "OUT_FOR_DELIVERY", "ARRIVING"]);
const IN_WORK = new Set(["QUEUED", "SOLVING"]);
const OPEN = new Set([...IN_WORK, "READY", "PUBLISHED", "FAILED"]);
const SOON_MS = 10 * 60 * 1000;

export class Board {
  /** @param {any} data @param {string} day */
  constructor(data, day) {
    this.day = day;
    /** @type {Route[]} */ this.proposed = [];
    this.proposedOf = "";
    this.take(data);
  }

  /** @param {any} data */
  take(data) {
    this.hub = data.hub;
    this.counts = data.counts;
    this.offers = data.offers;
    /** @type {Map<string, Waiting>} */
    this.waiting = new Map(data.waiting.map((/** @type {Waiting} */ one) => [one.id, one]));
    /** @type {Plan[]} */
    this.plans = data.plans;
    /** @type {Route[]} */
    this.routes = data.routes;
    /** @type {Map<string, any>} */
    this.couriers = new Map(data.couriers.map((/** @type {any} */ one) => [one.courier, one]));
    this.partners = new Map();
    for (const one of this.waiting.values()) if (one.partner) this.partners.set(one.partner.id, one.partner.name);
    this.index();
  }

  index() {
    /** @type {Map<string, {stop: Stop, route: Route}>} */
    this.stops = new Map();
    /** @type {Map<string, {stop: Stop, route: Route}>} */
    this.drops = new Map();
    for (const route of [...this.routes, ...this.proposed]) {
      this.partners.set(route.partner.id, route.partner.name);
      for (const stop of route.stops) {
        this.stops.set(stop.id, { stop, route });
        for (const drop of stop.consignments) if (!this.drops.has(drop.id) || route.state !== "PROPOSED") this.drops.set(drop.id, { stop, route });
      }
    }
  }

  // What there is

  get published() {
    return this.plans.find((plan) => plan.state === "PUBLISHED") || null;
  }

  /** The newest plan that is being made or waits to be accepted; a failed one only when nothing is newer. */
  get proposal() {
    const newest = this.plans[0];
    if (!newest || newest.state === "PUBLISHED") return null;
    return newest;
  }

  /** @param {string} id */
  planOf(id) {
    return this.plans.find((plan) => plan.id === id) || null;
  }

  /** @param {string} id */
  routeOf(id) {
    return this.routes.find((route) => route.id === id) || this.proposed.find((route) => route.id === id) || null;
  }

  /** The routes that planning leaves alone: on the road, done, or with a parcel loaded (routing/plans/inputs.py). */
  get kept() {
    const aboard = (/** @type {Route} */ route) => route.stops.some((stop) => stop.consignments.some((one) => ABOARD.has(one.status)));
    return this.routes.filter((route) => route.state !== "PUBLISHED" || aboard(route));
  }

  get atRisk() {
    return this.routes.flatMap((route) => route.stops.filter((stop) => stop.is_at_risk).map((stop) => ({ route, stop })));
  }

  // What changes. Each answers what is to be drawn anew, and "fetch" when the board itself has to be read again.

  /** @param {string} name @param {any} data @returns {Set<string>} */
  apply(name, data) {
    if (name === "consignment.changed") return this.consignment(data);
    if (name === "consignments.changed") return union(data.consignments.map((/** @type {any} */ one) => this.consignment(one)));
    if (name === "plan.changed") return this.planChanged(data);
    if (name === "plan.progress") return this.planProgress(data);
    if (name === "route.changed") return this.routeChanged(data);
    if (name === "route.progress") return this.routeProgress(data);
    return new Set(["fetch"]);
  }

  /** @param {any} data */
  consignment(data) {
    const dirty = new Set(["needs"]);
    const on = this.drops.get(data.id);
    if (on) {
      const drop = on.stop.consignments.find((one) => one.id === data.id);
      if (drop && drop.status !== data.status) {
        drop.status = data.status;
        dirty.add(`stop:${on.stop.id}`);
      }
    }
    const waits = WAITING.has(data.status) && (!on || on.route.state === "PROPOSED" || BACK_AGAIN.has(data.status)) && (!data.hub || data.hub === this.hub.id) && !(data.due_on && data.due_on > this.day);
    const had = this.waiting.get(data.id);
    if (!waits) {
      this.waiting.delete(data.id);
    } else if (!had) {
      dirty.add("fetch");
    } else {
      const partner = data.partner ? { id: data.partner, name: this.partners.get(data.partner) || "" } : null;
      if (partner && !partner.name) dirty.add("fetch");
      const why = had.status === data.status ? had.why : null;
      Object.assign(had, { status: data.status, partner, why, version: data.version });
      for (const field of /** @type {const} */ (["window_start", "window_end", "due_on"])) if (field in data) /** @type {any} */ (had)[field] = data[field];
    }
    dirty.add(`consignment:${data.id}`);
    return dirty;
  }

  /** @param {Plan} data */
  planChanged(data) {
    if (data.day !== this.day) return new Set();
    const had = this.planOf(data.id);
    const was = had?.state;
    if (had) Object.assign(had, data);
    else this.plans = [data, ...this.plans].sort((a, b) => (a.id < b.id ? 1 : -1));
    this.plans = this.plans.filter((plan) => OPEN.has(plan.state));
    const dirty = new Set(["plans", "detail"]);
    if (was !== data.state && (data.state === "PUBLISHED" || data.state === "REPLACED")) dirty.add("fetch");
    if (data.state === "READY" && (was !== "READY" || this.proposedOf !== data.id)) dirty.add("proposal");
    if (!OPEN.has(data.state) && this.proposedOf === data.id) this.propose("", []);
    return dirty;
  }

  /** @param {{id: string, progress: any}} data */
  planProgress(data) {
    const plan = this.planOf(data.id);
    if (!plan) return new Set(["fetch"]);
    plan.progress = data.progress;
    if (plan.state === "QUEUED") plan.state = "SOLVING";
    return new Set(["plans"]);
  }

  /** The routes of a plan that waits to be accepted. @param {string} plan @param {Route[]} routes */
  propose(plan, routes) {
    this.proposedOf = plan;
    this.proposed = routes;
    this.index();
  }

  /** @param {Route} data */
  routeChanged(data) {
    if (data.day !== this.day) return new Set();
    const list = data.state === "PROPOSED" ? this.proposed : this.routes;
    if (data.state === "PROPOSED" && data.plan !== this.proposedOf) return new Set();
    const at = list.findIndex((route) => route.id === data.id);
    if (data.state === "REPLACED") {
      if (at >= 0) list.splice(at, 1);
    } else if (at >= 0) list[at] = data;
    else {
      list.push(data);
      list.sort((a, b) => a.number - b.number);
    }
    this.index();
    for (const stop of data.stops) for (const drop of stop.consignments) if (data.state !== "PROPOSED" && !BACK_AGAIN.has(drop.status)) this.waiting.delete(drop.id);
    return new Set(["routes", "needs", "detail", `route:${data.id}`]);
  }

  /** @param {any} data */
  routeProgress(data) {
    const route = this.routes.find((one) => one.id === data.route);
    if (!route) return new Set(["fetch"]);
    for (const field of /** @type {const} */ (["state", "version", "done", "total", "late_s"])) if (field in data) /** @type {any} */ (route)[field] = data[field];
    const risky = new Set(data.at_risk || []);
    for (const stop of route.stops) {
      const news = data.stops?.[stop.id];
      if (news) Object.assign(stop, news);
      stop.is_at_risk = risky.has(stop.id);
    }
    return new Set(["routes", "needs", "detail", `route:${route.id}`]);
  }

  /** A gauge: where a courier is. @param {string} key @param {any} data */
  gauge(key, data) {
    if (!key.startsWith("courier:")) return false;
    this.couriers.set(data.courier, data);
    return true;
  }
}

/** @param {Set<string>[]} sets */
function union(sets) {
  const all = new Set();
  for (const set of sets) for (const one of set) all.add(one);
  return /** @type {Set<string>} */ (all);
}

/** The colour of a stop: late is red, near its window's end amber (web/dispatch/timeline.py). @param {Stop} stop */
export function lookOfStop(stop) {
  if (stop.state === "DONE") return "done";
  if (stop.state === "FAILED" || stop.is_at_risk) return "failed";
  if (stop.state === "ARRIVED") return "moving";
  return stop.window_end && Date.parse(stop.window_end) - Date.parse(stop.eta_at) < SOON_MS ? "risk" : "planned";
}

/** The colour of a route's lateness. @param {Route} route */
export function lookOfRoute(route) {
  if (route.state === "DONE") return "done";
  if (route.stops.some((stop) => stop.is_at_risk)) return "failed";
  if (route.late_s >= 600) return "risk";
  return route.state === "RUNNING" ? "moving" : "planned";
}

/** The colour of the words on a route's lateness: a late route that is done stays late. @param {Route} route */
export function lookOfLateness(route) {
  return route.state === "DONE" && route.late_s >= 60 ? "risk" : lookOfRoute(route);
}

/** Seconds that stops are reached after their windows. @param {Route[]} routes */
export function lateSeconds(routes) {
  let sum = 0;
  for (const route of routes) {
    for (const stop of route.stops) {
      if (!stop.window_end || stop.state === "DONE" || stop.state === "FAILED") continue;
      sum += Math.max(0, (Date.parse(stop.eta_at) - Date.parse(stop.window_end)) / 1000);
    }
  }
  return sum;
}

/** Number of the palette (1 to 12) of a route. @param {Route} route */
export const colorOf = (route) => ((route.number - 1) % 12) + 1;

/** The first sentence of a reason: what a run or a plan said. @param {any} why */
export function saidOf(why) {
  if (!why) return "";
  return why.summary || why.reasons?.[0]?.sentence || "";
}

/** Every further sentence of a reason, and what would help. @param {any} why @returns {{others: string[], ways: string[]}} */
export function moreOf(why) {
  if (!why) return { others: [], ways: [] };
  const others = why.others ? why.others.map((/** @type {any} */ one) => one.sentence) : (why.reasons || []).slice(1).map((/** @type {any} */ one) => one.sentence);
  const ways = why.actions ? why.actions.map((/** @type {any} */ one) => one.sentence) : why.action?.sentence ? [why.action.sentence] : [];
  return { others, ways };
}
