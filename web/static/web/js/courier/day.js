/** The day as this phone knows it: the server's list with what was done here since, whether it was sent or not. Pure: no page, no network. */

/** @typedef {import("./store.js").Entry} Entry */

const FINISHED = new Set(["DONE", "FAILED"]);
const LOADED = new Set(["LOADED", "OUT_FOR_DELIVERY", "ARRIVING", "DELIVERED"]);

/**
 * The list as it looks once all that waits is sent.
 * @param {any} manifest the server's
 * @param {Entry[]} outbox what waits, oldest first; refused entries change nothing
 * @param {string[]} loadedHere ids of parcels that were ticked on this phone
 */
export function project(manifest, outbox, loadedHere = []) {
  const day = structuredClone(manifest);
  const loaded = new Set(loadedHere);
  for (const entry of outbox) if (!entry.refused && entry.command.type === "load_parcel" && entry.command.parcel) loaded.add(entry.command.parcel);
  const stops = new Map();
  const routes = new Map();
  for (const route of day.routes) {
    routes.set(route.id, route);
    for (const stop of route.stops) {
      stops.set(stop.id, { stop, route });
      for (const consignment of stop.consignments) {
        for (const parcel of consignment.parcels) parcel.loaded = Boolean(parcel.is_loaded) || LOADED.has(consignment.status) || loaded.has(parcel.id);
      }
    }
  }
  for (const { command, refused } of outbox) {
    if (refused) continue;
    const found = stops.get(command.stop);
    if (command.type === "start_route" && routes.has(command.route)) begin(routes.get(command.route), command.occurred_at);
    if (!found || FINISHED.has(found.stop.state)) continue;
    begin(found.route, command.occurred_at);
    if (command.type === "arrive") Object.assign(found.stop, { state: "ARRIVED", arrived_at: command.occurred_at });
    if (command.type === "deliver") Object.assign(found.stop, { state: "DONE", left_at: command.occurred_at });
    if (command.type === "fail") Object.assign(found.stop, { state: "FAILED", left_at: command.occurred_at });
  }
  return day;
}

/** @param {any} route @param {string} at */
function begin(route, at) {
  if (route.state === "PUBLISHED") Object.assign(route, { state: "RUNNING", started_at: at });
}

/** The route in hand: the one on the road, else the next that is not done. @param {any} day */
export function routeInHand(day) {
  const open = day.routes.filter((/** @type {any} */ route) => route.stops.some((/** @type {any} */ stop) => !isFinished(stop)));
  return open.find((/** @type {any} */ route) => route.state === "RUNNING") || open[0] || day.routes[day.routes.length - 1] || null;
}

/** @param {any} stop */
export function isFinished(stop) {
  return FINISHED.has(stop.state);
}

/** The stop in hand: the one whose door the courier is at, else the next in order. @param {any} route */
export function stopInHand(route) {
  const open = route.stops.filter((/** @type {any} */ stop) => !isFinished(stop));
  return open.find((/** @type {any} */ stop) => stop.state === "ARRIVED") || open[0] || null;
}

/** All parcels of a route. @param {any} route @returns {any[]} */
export function parcelsOf(route) {
  return route.stops.flatMap((/** @type {any} */ stop) => stop.consignments.flatMap((/** @type {any} */ one) => one.parcels));
}

/** A typed or scanned code as labels carry it (Crockford's base 32). @param {string} text */
export function readCode(text) {
  return text.trim().toUpperCase().replace(/[-\s]/g, "").replace(/[IL]/g, "1").replace(/O/g, "0");
}
