/** The right pane: what is chosen, why, and what can be done with it. */
import { $, h, icon } from "../kit/dom.js";
import { api } from "../kit/api.js";
import { language, number, say, span, timeOfDay, timeWindow } from "../kit/i18n.js";
import { chip, lookOf } from "../kit/state.js";
import { colorOf, lookOfLateness, lookOfStop, moreOf } from "./board.js";
import { km, money } from "./planning.js";
import { whyHere } from "./why-here.js";

/** @typedef {import("./board.js").Board} Board */
/** @typedef {import("./board.js").Route} Route */
/** @typedef {import("./board.js").Stop} Stop */

export class Detail extends EventTarget {
  /** @param {HTMLElement} element @param {{zone: string, currency: string, day: string}} setup */
  constructor(element, setup) {
    super();
    this.element = element;
    this.body = /** @type {HTMLElement} */ ($(".detail-body", element));
    this.zone = setup.zone;
    this.currency = setup.currency;
    this.day = setup.day;
    this.key = "";
    /** @type {Map<string, {about?: any, events?: any[], why?: any, address?: any, failed?: string}>} */
    this.known = new Map();
    this.asked = new Set();
    this.place = "";
    this.pin = /** @type {{lon: number, lat: number, spot?: any} | null} */ (null);
  }

  /** @param {string} act @param {any} [detail] */
  tell(act, detail = {}) {
    this.dispatchEvent(new CustomEvent("act", { detail: { act, ...detail } }));
  }

  /** @param {Board} board @param {{kind: string, id: string}} chosen @param {{refusal?: string}} [more] */
  show(board, chosen, { refusal = "" } = {}) {
    const key = `${chosen.kind}:${chosen.id}`;
    const moved = key !== this.key;
    if (moved) {
      this.pin = null;
      this.showPlace("", null);
    }
    this.key = key;
    this.refusal = refusal;
    this.element.dataset.kind = chosen.kind || "day";
    const held = !moved && this.body.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement).dataset.key : "";
    const opened = moved ? [] : [.../** @type {NodeListOf<HTMLDetailsElement>} */ (this.body.querySelectorAll("details[open]"))].map((one) => one.dataset.key);
    const top = this.body.scrollTop;
    const target = moved ? "" : /** @type {HTMLSelectElement | null} */ ($("#move-to", this.body))?.value;
    /** @type {any[]} */
    let content;
    const found = chosen.kind === "stop" ? board.stops.get(chosen.id) : null;
    const route = chosen.kind === "route" ? board.routeOf(chosen.id) : null;
    if (found) content = this.stop(board, found.route, found.stop);
    else if (route) content = this.route(board, route);
    else if (chosen.kind === "consignment") content = this.consignment(board, chosen.id);
    else content = this.dayOf(board);
    this.body.replaceChildren(...content.filter(Boolean));
    this.body.scrollTop = moved ? 0 : top;
    const select = /** @type {HTMLSelectElement | null} */ ($("#move-to", this.body));
    if (select && target && [...select.options].some((one) => one.value === target)) select.value = target;
    for (const name of opened) if (name) /** @type {HTMLDetailsElement | null} */ (this.body.querySelector(`details[data-key="${name}"]`))?.setAttribute("open", "");
    if (held) /** @type {HTMLElement | null} */ (this.body.querySelector(`[data-key="${held}"]`))?.focus({ preventScroll: true });
  }

  /** What the pane knows may be old: ask again when it is next shown. @param {string} id */
  forget(id) {
    this.asked.delete(id);
  }

  // Parts

  /** @param {any} mark @param {string} title @param {any} [chips] */
  head(mark, title, chips) {
    return h(
      "header",
      { class: "detail-head" },
      h("div", { class: "row gap-2" }, mark, h("h2", { class: "grow truncate", tabindex: "-1" }, title), h("button", { type: "button", class: "btn btn-quiet btn-icon btn-sm", data: { key: "close" }, onclick: () => this.tell("close") }, icon("x", 16, say("close")))),
      chips && h("div", { class: "row gap-1 detail-chips" }, chips),
    );
  }

  /** @param {[string, any][]} rows */
  facts(rows) {
    return h("dl", { class: "facts" }, rows.filter(([, value]) => value !== "" && value !== null && value !== undefined && value !== false).map(([name, value]) => [h("dt", null, name), h("dd", null, value)]));
  }

  /** @param {string} text */
  refused(text) {
    return text && h("div", { class: "notice", role: "alert", data: { state: "failed" } }, icon("circle-alert"), h("div", null, h("b", null, say("d-refused")), h("p", null, text)));
  }

  /** @param {string | Date | null} moment */
  time(moment) {
    return moment ? timeOfDay(moment, this.zone) : "";
  }

  /** @param {Board} board */
  dayOf(board) {
    const done = board.routes.reduce((sum, route) => sum + route.done, 0);
    const all = board.routes.reduce((sum, route) => sum + route.total, 0);
    const metres = board.routes.reduce((sum, route) => sum + route.distance_m, 0);
    const risk = board.atRisk.length;
    const running = board.routes.filter((route) => route.state === "RUNNING").length;
    const plan = board.published;
    const content = [h("header", { class: "detail-head" }, h("h2", null, say("d-day")))];
    if (all) {
      content.push(
        h("div", { class: "detail-part stack gap-2" }, h("p", { class: "detail-big num" }, say("d-done-of", { done: number(done), total: number(all) })), bar(done, risk, all)),
        h("div", { class: "detail-part" }, this.facts([[say("d-on-road"), say("d-of", { n: number(running), all: number(board.routes.length) })], [say("d-at-risk"), risk ? h("span", { class: "ink", data: { state: "failed" } }, number(risk)) : "0"], [say("d-distance"), km(metres)], [say("d-published"), plan?.published_at ? this.time(plan.published_at) : ""]])),
        h("div", { class: "detail-part" }, h("h3", { class: "detail-title" }, say("d-all-routes")), h("ul", { class: "rows long detail-routes", role: "list", "data-rove": true }, board.routes.map((route) => this.routeRow(route)))),
      );
    } else {
      content.push(h("div", { class: "empty" }, icon("route", 24), h("h3", null, say("d-no-routes")), h("p", null, say("d-no-routes-why"))));
    }
    return content;
  }

  /** @param {Route} route */
  routeRow(route) {
    const look = lookOfLateness(route);
    return h("li", null, h("button", { type: "button", class: "rows-item", data: { key: `r-${route.id}` }, onclick: () => this.tell("select", { kind: "route", id: route.id }) }, h("span", { class: "route-no", data: { color: colorOf(route) } }, route.number), h("span", { class: "rows-main truncate" }, route.courier.alias, " ", h("span", { class: "rows-sub" }, route.partner.name)), h("span", { class: "num rows-sub ink", data: { state: look } }, route.late_s >= 60 ? say("d-late-by", { span: span(route.late_s) }) : `${number(route.done)}/${number(route.total)}`)));
  }

  /** @param {Board} board @param {Route} route */
  route(board, route) {
    const late = route.late_s;
    const look = lookOfLateness(route);
    const courier = board.couriers.get(route.courier.id);
    const content = [
      this.head(h("span", { class: "route-no", data: { color: colorOf(route) } }, route.number), route.courier.alias, [chip(route.state, "route"), route.is_locked && h("span", { class: "chip" }, icon("lock"), h("span", null, say("d-locked"))), late >= 60 && h("span", { class: "chip", data: { state: look } }, icon("clock-alert"), h("span", null, say("d-late-by", { span: span(late) })))]),
      this.refused(this.refusal || ""),
      h("div", { class: "detail-part stack gap-2" }, h("p", { class: "num" }, h("b", null, say("d-done-of", { done: number(route.done), total: number(route.total) }))), bar(route.done, route.stops.filter((stop) => stop.is_at_risk).length, route.total)),
      h(
        "div",
        { class: "detail-part" },
        this.facts([
          [say("d-partner"), route.partner.name],
          [say("d-vehicle"), route.vehicle.name],
          [say("d-leaves"), route.started_at ? say("d-left-at", { time: this.time(route.started_at) }) : this.time(route.planned_start_at)],
          [say("d-back"), this.time(route.finished_at || new Date(Date.parse(route.planned_end_at) + Math.max(0, route.late_s) * 1000))],
          [say("d-shift"), timeWindow(route.shift_starts_at, route.shift_ends_at, this.zone)],
          [say("d-distance"), km(route.distance_m)],
          [say("d-seen"), courier ? this.time(courier.at) : ""],
          [say("d-roads"), ["osrm", "roads"].includes(route.source) ? "" : h("span", { class: "ink", data: { state: "risk" } }, say("d-estimate"))],
        ]),
      ),
      this.holder(board, route),
      h("div", { class: "detail-part" }, h("h3", { class: "detail-title" }, say("d-stops")), h("ol", { class: "rows long", role: "list", "data-rove": true }, route.stops.map((stop) => h("li", null, h("button", { type: "button", class: "rows-item", data: { key: `s-${stop.id}` }, onclick: () => this.tell("select", { kind: "stop", id: stop.id }) }, h("span", { class: "stop-no", data: { state: lookOfStop(stop) } }, stop.position), h("span", { class: "rows-main truncate" }, stop.consignments.map((one) => one.code).join(", ")), stop.is_pinned && icon("pin", 16, say("d-pinned")), h("span", { class: "num rows-sub" }, this.time(stop.left_at || stop.arrived_at || stop.eta_at))))))),
    ];
    return content;
  }

  /** @param {Board} board @param {Route} route @param {Stop} stop */
  stop(board, route, stop) {
    const look = lookOfStop(stop);
    const late = stop.window_end ? (Date.parse(stop.eta_at) - Date.parse(stop.window_end)) / 1000 : 0;
    const off = Math.round((Date.parse(stop.eta_at) - Date.parse(stop.planned_at)) / 60000);
    const isOpen = stop.state === "PENDING";
    const first = stop.consignments[0];
    return [
      this.head(h("span", { class: "stop-no", data: { state: look } }, stop.position), stop.consignments.map((one) => one.code).join(", "), [chip(stop.state, "stop"), stop.is_pinned && h("span", { class: "chip" }, icon("pin"), h("span", null, say("d-pinned"))), stop.is_at_risk && h("span", { class: "chip", data: { state: "failed" } }, icon("clock-alert"), h("span", null, late > 0 ? say("d-late-by", { span: span(late) }) : say("d-look-failed")))]),
      this.refused(this.refusal || ""),
      h(
        "div",
        { class: "detail-part" },
        this.facts([
          [stop.left_at ? say("d-was-there") : stop.arrived_at ? say("d-arrived") : say("d-eta"), h("b", { class: "num" }, stop.left_at && stop.arrived_at ? timeWindow(stop.arrived_at, stop.left_at, this.zone) : this.time(stop.arrived_at || stop.eta_at))],
          [say("d-planned"), h("span", { class: "num" }, this.time(stop.planned_at), off !== 0 && isOpen ? ` (${off > 0 ? "+" : "−"}${say("min", { n: Math.abs(off) })})` : "")],
          [say("d-window"), stop.window_start && stop.window_end ? h("span", { class: "num" }, timeWindow(stop.window_start, stop.window_end, this.zone)) : say("d-no-window")],
          [say("d-service"), span(stop.service_s)],
          [say("d-route"), h("button", { type: "button", class: "link-btn", data: { key: "to-route" }, onclick: () => this.tell("select", { kind: "route", id: route.id }) }, say("d-route-of", { n: route.number, courier: route.courier.alias }))],
          [say("d-address"), this.address(first?.id)],
        ]),
      ),
      isOpen && this.explainer(board, route, stop),
      isOpen && (route.is_locked ? this.locked(route) : this.mover(board, route, stop)),
      ...stop.consignments.map((one) => this.drop(board, one, stop.consignments.length > 1)),
    ];
  }

  /** What is held on to when the day is planned again, and who drives it. @param {Board} board @param {Route} route */
  holder(board, route) {
    if (!["PROPOSED", "PUBLISHED", "RUNNING"].includes(route.state) || !board.planOf(route.plan)) return null;
    const others = (route.state === "PROPOSED" ? board.proposed : board.routes).filter((one) => one.id !== route.id && one.plan === route.plan && ["PROPOSED", "PUBLISHED"].includes(one.state) && !one.is_locked);
    const select = h("select", { class: "select", id: "swap-with", data: { key: "swap-with" } }, others.map((one) => h("option", { value: one.id }, say("d-route-of", { n: one.number, courier: one.courier.alias }))));
    return h(
      "div",
      { class: "detail-part stack gap-2" },
      h("div", { class: "row gap-2" }, h("button", { type: "button", class: "btn btn-sm", "aria-pressed": route.is_locked ? "true" : "false", data: { key: "lock" }, onclick: () => this.tell("lock", { route: route.id, locked: !route.is_locked }) }, icon(route.is_locked ? "lock-open" : "lock"), say(route.is_locked ? "d-unlock" : "d-lock")), h("span", { class: "muted small grow" }, say(route.is_locked ? "d-lock-is" : "d-lock-why"))),
      route.state !== "RUNNING" && !route.is_locked && others.length > 0 && h("label", { class: "detail-title", for: "swap-with" }, say("d-swap-with")),
      route.state !== "RUNNING" && !route.is_locked && others.length > 0 && h("div", { class: "row gap-2 nowrap" }, select, h("button", { type: "button", class: "btn", data: { key: "swap" }, onclick: () => this.tell("swap", { route: route.id, other: select.value }) }, icon("arrow-right-left"), say("d-swap"))),
    );
  }

  /** @param {Route} route */
  locked(route) {
    return h("div", { class: "detail-part row gap-2" }, icon("lock"), h("span", { class: "grow" }, say("d-lock-is")), h("button", { type: "button", class: "btn btn-sm", data: { key: "unlock" }, onclick: () => this.tell("lock", { route: route.id, locked: false }) }, icon("lock-open"), say("d-unlock")));
  }

  /** Why this route, this place, this time; asked for when it is opened. @param {Board} board @param {Route} route @param {Stop} stop */
  explainer(board, route, stop) {
    const plan = board.planOf(route.plan);
    if (!plan) return null;
    const key = `explain-${stop.id}`;
    const about = this.known.get(key);
    const version = `${plan.id}/${plan.version}`;
    const told = about?.why && about.about === version ? about.why : null;
    const box = h("details", { class: "detail-more", data: { key: "why-here" } }, h("summary", { data: { key: "why-here-head" } }, say("d-why-here")), h("div", { class: "stack gap-2" }, told ? this.explained(route, stop, told) : about?.failed ? h("p", { class: "ink", data: { state: "failed" } }, about.failed) : h("span", { class: "skeleton skeleton-line" })));
    box.addEventListener("toggle", () => {
      if (!box.open) this.showPlace("", null);
      else if (!told) this.explain(key, stop.id, version);
    });
    return h("div", { class: "detail-part" }, box);
  }

  /** @param {Route} route @param {Stop} stop @param {any} why */
  explained(route, stop, why) {
    return whyHere(why, {
      zone: this.zone,
      currency: this.currency,
      shown: this.place,
      show: (key, detour) => this.showPlace(key, detour),
      move: route.is_locked ? null : (one) => this.tell("move", { stop: stop.id, route: one.route, position: one.position }),
    });
  }

  /** On the map: where the stop is and where it would be. @param {string} key @param {import("../map/detour.js").Detour | null} detour */
  showPlace(key, detour) {
    this.place = key;
    this.tell("detour", { detour });
  }

  /** @param {string} key @param {string} stop @param {string} version */
  async explain(key, stop, version) {
    if (this.asked.has(`${key}/${version}`)) return;
    this.asked.add(`${key}/${version}`);
    this.showPlace("", null);
    try {
      this.known.set(key, { about: version, why: await api("GET", `/api/v1/stops/${stop}/explain/`, undefined, { quiet: true }) });
    } catch (error) {
      this.known.set(key, { failed: error instanceof Error ? error.message : "" });
      this.asked.delete(`${key}/${version}`);
    }
    this.tell("known", { id: stop });
  }

  /** The keyboard's way to what a drag does. @param {Board} board @param {Route} route @param {Stop} stop */
  mover(board, route, stop) {
    const others = (route.state === "PROPOSED" ? board.proposed : board.routes).filter((one) => one.id !== route.id && one.state !== "RUNNING" && one.state !== "DONE");
    const select = h("select", { class: "select", id: "move-to", data: { key: "move-to" } }, h("option", { value: "" }, say("d-best-route")), others.map((one) => h("option", { value: one.id }, say("d-route-of", { n: one.number, courier: one.courier.alias }))));
    const go = (/** @type {any} */ where) => this.tell("move", { stop: stop.id, ...where });
    return h(
      "div",
      { class: "detail-part stack gap-2" },
      h("label", { class: "detail-title", for: "move-to" }, say("d-move-to")),
      h("div", { class: "row gap-2 nowrap" }, select, h("button", { type: "button", class: "btn", data: { key: "move" }, onclick: () => go({ route: select.value || null, position: null }) }, icon("arrow-right-left"), say("d-move"))),
      h(
        "div",
        { class: "row gap-2" },
        h("button", { type: "button", class: "btn btn-sm", data: { key: "earlier" }, disabled: stop.position <= 1, onclick: () => go({ route: route.id, position: stop.position - 1 }) }, icon("arrow-up"), say("d-earlier")),
        h("button", { type: "button", class: "btn btn-sm", data: { key: "later" }, disabled: stop.position >= route.stops.length, onclick: () => go({ route: route.id, position: stop.position + 1 }) }, icon("arrow-down"), say("d-later")),
        h("button", { type: "button", class: "btn btn-sm push", "aria-pressed": stop.is_pinned ? "true" : "false", title: say("d-pin-why"), data: { key: "pin" }, onclick: () => this.tell("pin", { stop: stop.id, pinned: !stop.is_pinned }) }, icon("pin"), say(stop.is_pinned ? "d-unpin" : "d-pin")),
      ),
    );
  }

  /** @param {string | undefined} id */
  address(id) {
    if (!id) return "";
    this.ask(id);
    return this.known.get(id)?.about?.address || h("span", { class: "skeleton skeleton-line" });
  }

  /** @param {Board} board @param {{id: string, code: string, status: string}} one @param {boolean} named */
  drop(board, one, named) {
    return h("div", { class: "detail-part stack gap-2" }, h("div", { class: "row gap-2" }, h("h3", { class: "detail-title grow" }, named ? one.code : say("d-consignment")), chip(one.status), h("button", { type: "button", class: "btn btn-sm btn-quiet", data: { key: `c-${one.id}` }, onclick: () => this.tell("select", { kind: "consignment", id: one.id }) }, say("d-open"))), this.parcels(one.id));
  }

  /** @param {string} id */
  parcels(id) {
    const about = this.known.get(id)?.about;
    if (!about) return null;
    const grams = about.parcels.reduce((/** @type {number} */ sum, /** @type {any} */ one) => sum + one.weight_g, 0);
    return h("p", { class: "muted small num" }, say("d-parcels", { n: about.parcels.length }), " · ", grams < 1000 ? say("d-g", { n: number(grams) }) : say("d-kg", { n: number(grams / 1000, 1) }));
  }

  /** @param {Board} board @param {string} id */
  consignment(board, id) {
    this.ask(id, true);
    const known = this.known.get(id) || {};
    const waiting = board.waiting.get(id);
    const on = board.drops.get(id);
    const status = waiting?.status || on?.stop.consignments.find((one) => one.id === id)?.status || known.about?.status || "";
    const code = waiting?.code || known.about?.code || on?.stop.consignments.find((one) => one.id === id)?.code || "";
    if (known.failed && !waiting && !on) return [this.head(icon("package"), say("d-gone")), h("p", { class: "detail-part" }, known.failed)];
    const about = known.about;
    const start = waiting?.window_start || about?.window?.start || about?.window_start;
    const end = waiting?.window_end || about?.window?.end || about?.window_end;
    return [
      this.head(icon("package"), code, status && [chip(status)]),
      this.refused(this.refusal || ""),
      h(
        "div",
        { class: "detail-part" },
        this.facts([
          [say("d-recipient"), about?.recipient || h("span", { class: "skeleton skeleton-line" })],
          [say("d-address"), this.address(id)],
          [say("d-instructions"), about?.instructions || ""],
          [say("d-window"), start && end ? h("span", { class: "num" }, timeWindow(start, end, this.zone)) : say("d-no-window")],
          [say("d-parcels-word"), this.parcels(id)],
          [say("d-route"), on ? h("button", { type: "button", class: "link-btn", data: { key: "to-stop" }, onclick: () => this.tell("select", { kind: "stop", id: on.stop.id }) }, say("d-stop-of", { n: on.stop.position, route: on.route.number })) : ""],
        ]),
      ),
      status === "ADDRESS_REVIEW" && this.review(id, known),
      ["ACCEPTED", "AT_HUB"].includes(status) && waiting && this.insert(board, id, waiting),
      this.partner(id, status, known),
      this.history(known),
    ];
  }

  /** @param {Board} board @param {string} id @param {any} waiting */
  insert(board, id, waiting) {
    const { others, ways } = moreOf(waiting.why);
    const first = waiting.why?.reasons?.[0]?.sentence;
    const plan = board.proposal?.state === "READY" ? board.proposal : board.published;
    return h(
      "div",
      { class: "detail-part stack gap-2" },
      h("h3", { class: "detail-title" }, say("d-unplanned-why")),
      h("p", null, first || say("d-not-planned")),
      others.map((text) => h("p", { class: "muted small" }, text)),
      ways.map((text) => h("p", { class: "need-way" }, icon("arrow-right"), text)),
      plan ? h("button", { type: "button", class: "btn btn-sm", data: { key: "insert" }, onclick: () => this.tell("insert", { consignment: id, route: null }) }, icon("route"), say("d-insert-best")) : null,
    );
  }

  /** @param {string} id @param {any} known */
  review(id, known) {
    const address = known.address;
    if (!address) return h("div", { class: "detail-part" }, h("span", { class: "skeleton skeleton-line" }));
    const spot = this.pin?.spot;
    return h(
      "div",
      { class: "detail-part stack gap-2" },
      h("h3", { class: "detail-title" }, say("d-which-place")),
      h("p", null, address.reason_text),
      address.candidates.length > 0 &&
        h("ul", { class: "rows detail-candidates", role: "list" }, address.candidates.slice(0, 5).map((/** @type {any} */ one, /** @type {number} */ n) => h("li", null, h("button", { type: "button", class: "rows-item", data: { key: `cand-${n}` }, onclick: () => this.tell("point", { address: address.id, consignment: id, lon: one.lon, lat: one.lat, label: one.label }) }, icon("map-pin"), h("span", { class: "rows-main" }, one.label), h("span", { class: "rows-sub" }, say("d-use")))))),
      this.pin
        ? h("div", { class: "notice", data: { state: spot?.problem ? "failed" : "planned" } }, icon("pin"), h("div", { class: "stack gap-2" }, h("p", null, spot ? spot.problem || spot.address?.label || say("d-no-house") : "…"), spot && !spot.problem && h("button", { type: "button", class: "btn btn-sm btn-primary", data: { key: "pin" }, onclick: () => this.tell("point", { address: address.id, consignment: id, lon: this.pin?.lon, lat: this.pin?.lat, label: spot.address?.label || "" }) }, say("d-use-pin"))))
        : h("p", { class: "muted small" }, say("d-drop-pin")),
    );
  }

  /** @param {string} id @param {string} status @param {any} known */
  partner(id, status, known) {
    const why = known.why;
    if (!why) return status && status !== "ADDRESS_REVIEW" && !known.failed && h("div", { class: "detail-part" }, h("span", { class: "skeleton skeleton-line" }));
    if (["ADDRESS_REVIEW", "RECEIVED"].includes(status)) return null;
    const canChange = ["READY", "OFFERED", "ACCEPTED"].includes(status);
    const free = why.can_carry_now.filter((/** @type {any} */ one) => one.partner !== why.partner);
    return h(
      "div",
      { class: "detail-part stack gap-2" },
      h("h3", { class: "detail-title" }, why.partner ? say("d-why-partner") : say("d-why-nobody")),
      why.summary && h("p", null, why.summary),
      why.others.length > 0 && h("details", { class: "detail-more", data: { key: "others" } }, h("summary", { data: { key: "others-head" } }, say("d-why-others", { n: why.others.length })), h("ul", { class: "detail-reasons" }, why.others.map((/** @type {any} */ one) => h("li", null, h("b", null, one.name), " ", one.sentence)))),
      why.actions.map((/** @type {any} */ one) => h("p", { class: "need-way" }, icon("arrow-right"), one.sentence)),
      canChange && free.length > 0 && h("ul", { class: "rows detail-candidates", role: "list", "aria-label": say("d-assign-by-hand") }, free.map((/** @type {any} */ one) => h("li", null, h("button", { type: "button", class: "rows-item", data: { key: `p-${one.partner}` }, onclick: () => this.tell("assign", { consignment: id, partner: one.partner, name: one.name, from: why.partner }) }, icon("handshake"), h("span", { class: "rows-main" }, one.name, " ", h("span", { class: "rows-sub" }, say("d-places", { n: one.places }))), h("span", { class: "num" }, price(one.price, one.currency)), h("span", { class: "rows-sub" }, say("d-give"))))),
      ),
      canChange && why.partner && h("button", { type: "button", class: "btn btn-sm btn-quiet", data: { key: "withdraw" }, onclick: () => this.tell("withdraw", { consignment: id }) }, icon("undo-2"), say("d-withdraw")),
    );
  }

  /** @param {any} known */
  history(known) {
    if (!known.events) return null;
    return h(
      "div",
      { class: "detail-part stack gap-2" },
      h("h3", { class: "detail-title" }, say("d-history")),
      h(
        "ol",
        { class: "history", role: "list" },
        [...known.events].reverse().map((/** @type {any} */ one) => {
          const look = lookOf(one.status_to || "RECEIVED");
          const word = one.type === "STATUS" ? look.word : say(`d-event-${one.type}`);
          return h("li", { data: one.type === "STATUS" ? { state: look.state } : {} }, icon(one.type === "STATUS" ? look.icon : "history"), h("div", null, h("b", null, word), one.why && h("span", { class: "muted" }, " · ", say(`d-because-${one.why}`)), h("br"), h("span", { class: "muted small num" }, this.moment(one.occurred_at))));
        }),
      ),
    );
  }

  /** @param {string} at */
  moment(at) {
    const day = new Intl.DateTimeFormat("en-CA", { timeZone: this.zone }).format(new Date(at));
    const short = new Intl.DateTimeFormat(language, { timeZone: this.zone, day: "numeric", month: "short" }).format(new Date(at));
    return day === this.day ? this.time(at) : `${short}, ${this.time(at)}`;
  }

  /** Ask once for what the board does not say. @param {string} id @param {boolean} [all] */
  async ask(id, all = false) {
    const key = all ? id : `${id}/brief`;
    if (this.asked.has(id) || this.asked.has(key)) return;
    this.asked.add(key);
    const known = this.known.get(id) || {};
    this.known.set(id, known);
    const quiet = { quiet: true };
    const read = async (/** @type {keyof typeof known} */ name, /** @type {string} */ url) => {
      try {
        known[name] = await api("GET", url, undefined, quiet);
      } catch (error) {
        known.failed = error instanceof Error ? error.message : "";
      }
    };
    const wanted = [read("about", `/api/v1/consignments/${id}/`)];
    if (all) wanted.push(read("events", `/api/v1/consignments/${id}/events/`), read("why", `/api/v1/consignments/${id}/assignment/`));
    await Promise.all(wanted);
    if (all && known.about?.status === "ADDRESS_REVIEW") {
      await read("address", "/api/v1/addresses/review/");
      known.address = known.address?.results?.find((/** @type {any} */ one) => one.consignments.includes(known.about.code)) || null;
    }
    this.tell("known", { id });
  }
}

/** @param {number} done @param {number} risk @param {number} all */
function bar(done, risk, all) {
  const part = (/** @type {string} */ state, /** @type {number} */ n) => {
    if (!n) return null;
    const span_ = h("span", { data: { state } });
    span_.style.setProperty("--w", String(n));
    return span_;
  };
  return h("div", { class: "bar", "aria-hidden": "true" }, part("done", done), part("failed", risk), part("", Math.max(0, all - done - risk)));
}

/** @param {string} amount @param {string} currency */
const price = (amount, currency) => new Intl.NumberFormat(language, { style: "currency", currency }).format(Number(amount));
