/**
 * The timeline: one row a route, drawn only where it is seen. Stops are buttons; one of them is in the tab order and the
 * arrows go on from there. A stop can be dragged to another row; the same can be done in the detail's menu.
 */
import { $, h, icon, place } from "../kit/dom.js";
import { everySecond, now } from "../kit/clock.js";
import { number, say, span, timeOfDay, timeWindow } from "../kit/i18n.js";
import { fitBlocks } from "../kit/route-timeline.js";
import { colorOf, lookOfLateness, lookOfStop } from "./board.js";

/** @typedef {import("./board.js").Route} Route */
/** @typedef {import("./board.js").Stop} Stop */

const ROW = 36;
const AHEAD = 6;
const HOUR = 3600 * 1000;
const EMPTY_HOURS = [8, 20];

export class Timeline extends EventTarget {
  /** @param {HTMLElement} element the pane @param {{zone: string, day: string}} setup */
  constructor(element, setup) {
    super();
    this.element = element;
    this.zone = setup.zone;
    this.day = setup.day;
    this.scroller = /** @type {HTMLElement} */ ($(".dt-scroll", element));
    this.sheet = /** @type {HTMLElement} */ ($(".dt-sheet", element));
    this.axis = /** @type {HTMLElement} */ ($(".dt-axis", element));
    this.list = /** @type {HTMLElement} */ ($(".dt-rows", element));
    this.nowLine = /** @type {HTMLElement} */ ($(".dt-now", element));
    /** @type {Route[]} */ this.routes = [];
    /** @type {Map<string, HTMLElement>} */ this.drawn = new Map();
    this.selected = { route: "", stop: "" };
    /** Ids of consignments that another courier has in the plan that is not shown. @type {Set<string>} */ this.moved = new Set();
    this.zoom = 1;
    this.start = 0;
    this.end = 1;
    this.canMove = true;
    this.pixels = 1;
    this.frame = 0;
    this.list.replaceChildren();
    this.scroller.addEventListener("scroll", () => this.later(), { passive: true });
    new ResizeObserver(() => this.redraw()).observe(this.scroller);
    this.list.addEventListener("click", (event) => this.onClick(event));
    this.list.addEventListener("keydown", (event) => this.onKey(event));
    this.startDragging();
    everySecond((at) => this.drawNow(at));
  }

  /** @param {Route[]} routes */
  show(routes) {
    const before = `${this.start}-${this.end}-${this.routes.length}`;
    this.routes = routes;
    this.measure();
    this.list.style.setProperty("block-size", `${routes.length * ROW}px`);
    this.list.setAttribute("aria-label", say("d-timeline", { n: routes.length }));
    if (before !== `${this.start}-${this.end}-${routes.length}`) this.drawAxis();
    this.drawn.forEach((row) => row.remove());
    this.drawn.clear();
    this.draw();
    this.drawNow(now());
  }

  /** One route has changed: its row only, where it is. @param {Route} route @param {boolean} [glows] */
  update(route, glows = false) {
    const at = this.routes.findIndex((one) => one.id === route.id);
    if (at < 0) return;
    this.routes[at] = route;
    const had = [this.start, this.end];
    this.measure();
    if (had[0] !== this.start || had[1] !== this.end) {
      this.drawAxis();
      this.redraw();
      return;
    }
    const row = this.drawn.get(route.id);
    if (!row) return;
    const held = row.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement).dataset.stop || "route" : "";
    const fresh = this.row(route, at);
    row.replaceWith(fresh);
    this.drawn.set(route.id, fresh);
    if (held) /** @type {HTMLElement | null} */ (fresh.querySelector(held === "route" ? ".dt-name" : `[data-stop="${held}"]`))?.focus({ preventScroll: true });
    if (glows) fresh.classList.add("changed");
  }

  /** @param {number} zoom */
  setZoom(zoom) {
    const middle = (this.scroller.scrollLeft + this.scroller.clientWidth / 2) / this.scroller.scrollWidth;
    this.zoom = Math.min(8, Math.max(1, zoom));
    this.sheet.style.setProperty("--zoom", String(this.zoom));
    this.redraw();
    this.drawAxis();
    this.scroller.scrollLeft = middle * this.scroller.scrollWidth - this.scroller.clientWidth / 2;
    if (this.selected.stop) this.reveal(this.selected.route, this.selected.stop);
  }

  /** @param {string} route @param {string} [stop] @param {boolean} [reveals] */
  select(route, stop = "", reveals = true) {
    const before = this.selected;
    this.selected = { route, stop };
    for (const id of new Set([before.route, route])) {
      const at = this.routes.findIndex((one) => one.id === id);
      if (at >= 0) this.update(this.routes[at]);
    }
    if (reveals) this.reveal(route, stop);
  }

  /** @param {string} route @param {string} [stop] */
  reveal(route, stop = "") {
    const at = this.routes.findIndex((one) => one.id === route);
    if (at < 0) return;
    const top = at * ROW;
    const height = this.scroller.clientHeight - this.axis.offsetHeight;
    if (top < this.scroller.scrollTop) this.scroller.scrollTop = top;
    else if (top + ROW > this.scroller.scrollTop + height) this.scroller.scrollTop = top + ROW - height;
    this.draw();
    const block = stop && this.drawn.get(route)?.querySelector(`[data-stop="${stop}"]`);
    if (block instanceof HTMLElement && this.zoom > 1) block.scrollIntoView({ block: "nearest", inline: "center" });
  }

  focusStop() {
    const { route, stop } = this.selected;
    this.reveal(route, stop);
    /** @type {HTMLElement | null | undefined} */ (this.drawn.get(route)?.querySelector(stop ? `[data-stop="${stop}"]` : ".dt-name"))?.focus({ preventScroll: true });
  }

  // Places

  measure() {
    if (!this.routes.length) {
      const [from, to] = EMPTY_HOURS;
      this.start = atHour(this.day, from, this.zone);
      this.end = this.start + (to - from) * HOUR;
      return;
    }
    let first = Infinity;
    let last = -Infinity;
    for (const route of this.routes) {
      first = Math.min(first, Date.parse(route.planned_start_at));
      last = Math.max(last, Date.parse(route.planned_end_at));
      const end = route.stops[route.stops.length - 1];
      if (end) last = Math.max(last, Date.parse(end.eta_at));
    }
    // Zones are whole quarters of an hour off; marks stand on the zone's own hours.
    const off = offset(first, this.zone);
    this.start = Math.floor((first + off) / HOUR) * HOUR - off;
    this.end = (Math.floor((last + off) / HOUR) + 1) * HOUR - off;
  }

  /** @param {number | string} moment */
  at(moment) {
    return (100 * ((typeof moment === "number" ? moment : Date.parse(moment)) - this.start)) / (this.end - this.start);
  }

  /** Read the axis's width once for many rows: each reading lays the page out anew. */
  takeWidth() {
    this.pixels = Math.max(1, this.axis.clientWidth || this.sheet.clientWidth);
  }

  // Drawing

  later() {
    if (!this.frame) this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  redraw() {
    this.drawn.forEach((row) => row.remove());
    this.drawn.clear();
    this.drawAxis();
    this.draw();
  }

  draw() {
    this.takeWidth();
    const top = this.scroller.scrollTop;
    const from = Math.max(0, Math.floor(top / ROW) - AHEAD);
    const to = Math.min(this.routes.length, Math.ceil((top + this.scroller.clientHeight) / ROW) + AHEAD);
    const wanted = this.routes.slice(from, to);
    const keep = new Set(wanted.map((route) => route.id));
    for (const [id, row] of this.drawn) {
      if (keep.has(id) || row.contains(document.activeElement)) continue;
      row.remove();
      this.drawn.delete(id);
    }
    wanted.forEach((route, index) => {
      if (this.drawn.has(route.id)) return;
      const row = this.row(route, from + index);
      this.drawn.set(route.id, row);
      const after = [.../** @type {HTMLCollectionOf<HTMLElement>} */ (this.list.children)].find((one) => Number(one.dataset.at) > from + index);
      this.list.insertBefore(row, after || null);
    });
  }

  drawAxis() {
    this.takeWidth();
    const hours = Math.round((this.end - this.start) / HOUR);
    const step = Math.max(1, Math.ceil((hours * 52) / this.pixels));
    const marks = [];
    for (let hour = 0; hour < hours; hour += step) marks.push(place(h("span", null, timeOfDay(this.start + hour * HOUR, this.zone)), (100 * hour) / hours));
    this.axis.replaceChildren(...marks);
    this.sheet.style.setProperty("--hours", String(hours / step));
  }

  /** @param {Date} at */
  drawNow(at) {
    const x = this.at(at.getTime());
    this.nowLine.hidden = x < 0 || x > 100;
    if (!this.nowLine.hidden) place(this.nowLine, x);
  }

  /** @param {Route} route @param {number} at */
  row(route, at) {
    const chosen = this.selected.route === route.id;
    const late = route.late_s >= 60 ? say("d-plus", { span: span(route.late_s) }) : "";
    const name = h(
      "button",
      { type: "button", class: "dt-name", data: { route: route.id }, tabindex: chosen && !this.selected.stop ? 0 : -1, "aria-pressed": chosen && !this.selected.stop ? "true" : "false", title: `${route.courier.alias} · ${route.partner.name}` },
      h("span", { class: "route-no", data: { color: colorOf(route) } }, route.number),
      h("span", { class: "truncate" }, route.courier.alias),
      route.is_locked && icon("lock", 16, say("d-locked")),
      h("span", { class: "dt-count num", data: { state: lookOfLateness(route) } }, h("span", { "aria-hidden": "true" }, late || `${number(route.done)}/${number(route.total)}`), h("span", { class: "sr-only" }, [late && `${say("d-late-by", { span: span(route.late_s) })}, `, say("d-done-of", { done: route.done, total: route.total })])),
    );
    const line = h("div", { class: "dt-line" });
    const row = h("li", { class: "dt-row", data: { route: route.id, at, ...(chosen ? { chosen: "" } : {}) }, "aria-setsize": this.routes.length, "aria-posinset": at + 1 }, name, line);
    row.style.setProperty("--top", `${at * ROW}px`);
    const first = this.at(route.planned_start_at);
    const last = Math.max(this.at(route.planned_end_at), ...route.stops.slice(-1).map((stop) => this.at(stop.eta_at)));
    line.appendChild(place(h("span", { class: "tl-drive", data: { color: colorOf(route) } }), first, Math.max(0, last - first)));
    const over = this.at(route.shift_ends_at);
    if (last > over && route.state !== "DONE") line.appendChild(place(h("span", { class: "tl-late", data: { state: "failed" }, title: say("d-after-shift") }), over, last - over));
    this.blocks(route, line);
    return row;
  }

  /** @param {Route} route @param {HTMLElement} line */
  blocks(route, line) {
    const unit = this.pixels / 100;
    const places = route.stops.map((stop) => this.at(stop.arrived_at || stop.eta_at));
    const fitted = fitBlocks(route.stops.map((stop, index) => ({ x: places[index], end: places[index] + (100 * stop.service_s * 1000) / (this.end - this.start), number: stop.position })), unit);
    const chosen = this.selected.stop;
    route.stops.forEach((stop, index) => {
      const x = places[index];
      const { width, text } = fitted[index];
      const look = lookOfStop(stop);
      const isChosen = stop.id === chosen;
      const label = this.label(route, stop);
      if (stop.window_start && stop.window_end) {
        const from = Math.max(0, this.at(stop.window_start));
        const to = Math.min(100, this.at(stop.window_end));
        if (to > from) line.appendChild(place(h("span", { class: isChosen ? "tl-window dt-window-chosen" : "tl-window dt-window" }), from, to - from));
        if (stop.is_at_risk && to < x) line.appendChild(place(h("span", { class: "tl-late", data: { state: "failed" } }), Math.max(0, to), x - Math.max(0, to)));
      }
      const block = place(
        h(
          "button",
          { type: "button", class: "tl-stop dt-stop", draggable: this.canMove && stop.state === "PENDING" && !route.is_locked ? "true" : null, data: { stop: stop.id, route: route.id, state: look }, tabindex: isChosen ? 0 : -1, "data-moved": stop.consignments.some((one) => this.moved.has(one.id)), "data-pinned": stop.is_pinned, "aria-pressed": isChosen ? "true" : "false", "aria-label": label, title: label },
          text,
        ),
        x,
      );
      block.style.setProperty("--px", `${width.toFixed(1)}px`);
      line.appendChild(block);
    });
    if (!chosen && !this.selected.route && this.routes[0]?.id === route.id) (line.querySelector(".dt-stop") || line.parentElement?.querySelector(".dt-name"))?.setAttribute("tabindex", "0");
  }

  /** @param {Route} route @param {Stop} stop */
  label(route, stop) {
    const words = [say("d-stop-of", { n: stop.position, route: route.number }), timeOfDay(stop.arrived_at || stop.eta_at, this.zone)];
    if (stop.window_start && stop.window_end) words.push(say("d-window-is", { window: timeWindow(stop.window_start, stop.window_end, this.zone) }));
    if (stop.consignments.some((one) => this.moved.has(one.id))) words.push(say("d-other-courier"));
    if (stop.is_pinned) words.push(say("d-pinned"));
    words.push(say(`d-look-${lookOfStop(stop)}`), stop.consignments.map((one) => one.code).join(", "));
    return words.join(" · ");
  }

  // Hands

  /** @param {Event} event */
  onClick(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const block = /** @type {HTMLElement | null} */ (target.closest(".dt-stop"));
    if (block) return this.choose("stop", block.dataset.stop || "");
    const name = /** @type {HTMLElement | null} */ (target.closest(".dt-name"));
    if (name) this.choose("route", name.dataset.route || "");
  }

  /** @param {string} kind @param {string} id */
  choose(kind, id) {
    this.dispatchEvent(new CustomEvent("select", { detail: { kind, id } }));
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (!target.matches(".dt-stop, .dt-name") || event.ctrlKey || event.metaKey || event.altKey) return;
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: "down", ArrowUp: "up", Home: -Infinity, End: Infinity };
    const step = /** @type {Record<string, number | string>} */ (steps)[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.go(step);
    this.focusStop();
  }

  /** One stop on, or one route down. @param {number | string} step */
  go(step) {
    if (!this.routes.length) return;
    const at = Math.max(0, this.routes.findIndex((route) => route.id === this.selected.route));
    const route = this.routes[at];
    const place_ = route.stops.findIndex((stop) => stop.id === this.selected.stop);
    if (typeof step === "number") {
      const to = Math.min(route.stops.length - 1, Math.max(-1, place_ + step));
      if (to < 0) this.choose("route", route.id);
      else this.choose("stop", route.stops[to].id);
      return;
    }
    const beside = this.routes[at + (this.selected.route ? (step === "down" ? 1 : -1) : 0)];
    if (!beside) return;
    const near = this.selected.stop ? nearest(beside.stops, Date.parse(route.stops[place_]?.eta_at || route.planned_start_at)) : null;
    if (near) this.choose("stop", near.id);
    else this.choose("route", beside.id);
  }

  startDragging() {
    let held = "";
    const rowOf = (/** @type {Event} */ event) => /** @type {HTMLElement | null} */ (/** @type {HTMLElement} */ (event.target).closest?.(".dt-row"));
    const clear = () => this.list.querySelectorAll("[data-over]").forEach((row) => row.removeAttribute("data-over"));
    this.list.addEventListener("dragstart", (event) => {
      held = /** @type {HTMLElement} */ (event.target).dataset?.stop || "";
      event.dataTransfer?.setData("text/x-carteiro-stop", held);
      if (event.dataTransfer) event.dataTransfer.effectAllowed = "move";
    });
    this.list.addEventListener("dragover", (event) => {
      const row = rowOf(event);
      const types = event.dataTransfer?.types || [];
      if (!row || !types.some((type) => type.startsWith("text/x-carteiro-"))) return;
      event.preventDefault();
      if ("over" in row.dataset) return;
      clear();
      row.dataset.over = "";
    });
    this.list.addEventListener("dragleave", (event) => !this.list.contains(/** @type {Node | null} */ (event.relatedTarget)) && clear());
    this.list.addEventListener("dragend", clear);
    this.list.addEventListener("drop", (event) => {
      clear();
      const row = rowOf(event);
      const stop = event.dataTransfer?.getData("text/x-carteiro-stop");
      const consignment = event.dataTransfer?.getData("text/x-carteiro-consignment");
      if (!row || !(stop || consignment)) return;
      event.preventDefault();
      const route = this.routes.find((one) => one.id === row.dataset.route);
      if (!route) return;
      const box = /** @type {HTMLElement} */ ($(".dt-line", row)).getBoundingClientRect();
      const moment = this.start + ((event.clientX - box.left) / box.width) * (this.end - this.start);
      const others = route.stops.filter((one) => one.id !== stop);
      const position = others.filter((one) => Date.parse(one.eta_at) < moment).length + 1;
      const isOwn = route.stops.some((one) => one.id === stop);
      this.dispatchEvent(new CustomEvent("move", { detail: { stop, consignment, route: route.id, position: isOwn ? position : null } }));
    });
  }
}

/** @param {Stop[]} stops @param {number} moment */
function nearest(stops, moment) {
  let best = null;
  for (const stop of stops) if (!best || Math.abs(Date.parse(stop.eta_at) - moment) < Math.abs(Date.parse(best.eta_at) - moment)) best = stop;
  return best;
}

/** How far a zone is ahead of UTC at a moment, in ms. @param {number} moment @param {string} zone */
function offset(moment, zone) {
  const parts = Object.fromEntries(new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" }).formatToParts(new Date(moment)).map((part) => [part.type, part.value]));
  const shown = Date.UTC(Number(parts.year), Number(parts.month) - 1, Number(parts.day), Number(parts.hour), Number(parts.minute), Number(parts.second));
  return Math.round((shown - moment) / 60000) * 60000;
}

/** @param {string} day @param {number} hour @param {string} zone */
function atHour(day, hour, zone) {
  const guess = Date.parse(`${day}T${String(hour).padStart(2, "0")}:00:00Z`);
  return guess - offset(guess, zone);
}
