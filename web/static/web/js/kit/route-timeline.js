/**
 * <route-timeline data-zone="Europe/Helsinki" aria-label="Routes in time">: one row a route, stops as blocks on a time axis,
 * their windows behind them, lateness as a tail, and the now-line of the server's clock.
 *
 * setRoutes(routes) keeps rows in the order given and changes what changed in place; only rows in view are drawn.
 * It tells `select` ({kind: "stop" | "route", id}); select(kind, id) shows what was chosen elsewhere. One tab stop:
 * the arrows walk through stops (left, right) and routes (up, down), Enter chooses.
 */
import { everySecond, now } from "./clock.js";
import { h, place, reconcile } from "./dom.js";
import { say, timeOfDay, timeWindow } from "./i18n.js";

/**
 * @typedef {object} TimelineStop
 * @property {string} id
 * @property {number | string} number
 * @property {string} state planned, moving, done, risk or failed
 * @property {string} start when service starts, as expected now (ISO)
 * @property {string} end when it ends
 * @property {string} [window_start]
 * @property {string} [window_end] a start after it draws a tail
 * @property {string} [label] street, for the tip and the screen reader
 */
/**
 * @typedef {object} TimelineRoute
 * @property {string} id
 * @property {number | string} number
 * @property {number} [color] 1 to 12 of the palette
 * @property {string} [label] the courier
 * @property {string} [state] a colour for the row's end, such as risk
 * @property {string} [note] a few words at the row's end, such as "+12 min"
 * @property {string} [start] leaves the hub
 * @property {string} [end] is back
 * @property {TimelineStop[]} stops
 */

const QUARTER = 900_000;
const HOUR = 3_600_000;
/** Pixels of a block where there is room for them, and at the least. */
const WIDEST = 20;
const LEAST = 5;

/**
 * Blocks never cover each other: each is as wide as the next one leaves room for, and numbered where the number fits.
 * @param {{x: number, end: number, number: number | string}[]} blocks in order; x and end in any unit
 * @param {number} pixels of one unit
 * @returns {{width: number, text: string}[]} width in pixels
 */
export function fitBlocks(blocks, pixels) {
  return blocks.map(({ x, end, number }, index) => {
    const room = index + 1 < blocks.length ? Math.max(0, blocks[index + 1].x - x) * pixels - 1 : Infinity;
    const width = Math.max(LEAST, Math.min(room, Math.max(WIDEST, (end - x) * pixels)));
    return { width, text: width >= 6 + 7 * String(number).length ? String(number) : "" };
  });
}

export class RouteTimeline extends HTMLElement {
  constructor() {
    super();
    /** @type {TimelineRoute[]} */ this.routes = [];
    /** @type {{kind: string, id: string} | null} */ this.chosen = null;
    this.from = 0;
    this.to = 1;
    /** @type {Set<Element>} */ this.seen = new Set();
  }

  connectedCallback() {
    if (this.rows) return;
    this.axis = h("div", { class: "tl-axis", "aria-hidden": "true" });
    this.rows = h("div", { class: "tl-rows", role: "list" });
    this.nowLine = h("span", { class: "tl-now" });
    this.append(h("div", { class: "tl-line tl-top" }, h("div", { class: "tl-head" }), this.axis), this.rows);
    this.classList.add("tl-board");
    if (!this.hasAttribute("role")) this.setAttribute("role", "group");
    this.addEventListener("click", (event) => this.onClick(event));
    this.addEventListener("keydown", (event) => this.onKey(event));
    this.watcher = new IntersectionObserver((entries) => this.onSeen(entries), { root: this, rootMargin: "200px 0px" });
    this.stopClock = everySecond(() => this.drawNow());
    this.draw();
  }

  disconnectedCallback() {
    this.stopClock?.();
    this.watcher?.disconnect();
  }

  /** @param {TimelineRoute[]} routes */
  setRoutes(routes) {
    this.routes = routes;
    this.draw();
  }

  /** Change one stop in place. @param {string} routeId @param {Partial<TimelineStop> & {id: string}} change */
  updateStop(routeId, change) {
    const route = this.routes.find((one) => one.id === routeId);
    const stop = route?.stops.find((one) => one.id === change.id);
    if (!route || !stop) return;
    Object.assign(stop, change);
    const row = this.rowOf(routeId);
    if (row) this.fill(row, route);
  }

  /** Show what is chosen; its row comes into view. @param {string | null} kind @param {string} [id] */
  select(kind, id = "") {
    this.chosen = kind ? { kind, id } : null;
    const route = this.routes.find((one) => (kind === "route" ? one.id === id : one.stops.some((stop) => stop.id === id)));
    const row = route && this.rowOf(route.id);
    if (row) {
      row.scrollIntoView({ block: "nearest" });
      this.fill(row, route);
    }
    this.mark();
  }

  draw() {
    if (!this.rows) return;
    this.measure();
    this.drawAxis();
    reconcile(
      this.rows,
      this.routes,
      (route) => route.id,
      (route) => this.makeRow(route),
      (row, route) => this.fill(row, route),
    );
    this.drawNow();
    this.mark();
  }

  measure() {
    const times = this.routes.flatMap((route) => [route.start, route.end, ...route.stops.flatMap((stop) => [stop.start, stop.end])]).flatMap((time) => (time ? [Date.parse(time)] : []));
    const first = times.reduce((a, b) => Math.min(a, b), Infinity);
    const last = times.reduce((a, b) => Math.max(a, b), -Infinity);
    const middle = now().getTime();
    this.from = Math.floor(((Number.isFinite(first) ? first : middle - 2 * HOUR) - QUARTER) / HOUR) * HOUR;
    this.to = Math.max(this.from + 2 * HOUR, Math.ceil(((Number.isFinite(last) ? last : middle + 6 * HOUR) + QUARTER) / HOUR) * HOUR);
  }

  /** Per cent of the axis. @param {string | number} time */
  at(time) {
    return ((new Date(time).getTime() - this.from) / (this.to - this.from)) * 100;
  }

  drawAxis() {
    const hours = (this.to - this.from) / HOUR;
    const step = hours > 16 ? 2 : 1;
    const ticks = [];
    for (let tick = 0; tick < hours; tick += step) ticks.push(place(h("span", null, timeOfDay(this.from + tick * HOUR, this.dataset.zone)), (tick / hours) * 100));
    this.axis?.replaceChildren(...ticks);
    this.style.setProperty("--hours", String(hours / step));
  }

  drawNow() {
    if (!this.axis || !this.nowLine) return;
    const x = this.at(now().getTime());
    this.nowLine.hidden = x < 0 || x > 100;
    if (this.nowLine.parentElement !== this.rows?.parentElement) this.append(this.nowLine);
    this.nowLine.style.setProperty("--x", x.toFixed(3));
  }

  /** @param {TimelineRoute} route */
  makeRow(route) {
    const row = h("div", { class: "tl-line", role: "listitem" }, h("button", { type: "button", class: "tl-label", tabindex: "-1", data: { kind: "route", id: route.id } }), h("div", { class: "tl-row" }), h("span", { class: "tl-note" }));
    this.watcher?.observe(row);
    this.fill(row, route);
    return row;
  }

  /** @param {IntersectionObserverEntry[]} entries */
  onSeen(entries) {
    for (const entry of entries) {
      if (entry.isIntersecting) this.seen.add(entry.target);
      else this.seen.delete(entry.target);
      const route = this.routes.find((one) => one.id === /** @type {HTMLElement} */ (entry.target).dataset.item);
      if (route) this.fill(/** @type {HTMLElement} */ (entry.target), route);
    }
    this.mark();
  }

  /** @param {HTMLElement} row @param {TimelineRoute} route */
  fill(row, route) {
    const [label, track, note] = /** @type {HTMLElement[]} */ ([...row.children]);
    const [before, after] = say("map-route", { number: "|" }).split("|");
    label.replaceChildren(
      h("span", { class: "sr-only" }, before),
      h("span", { class: "tl-swatch", data: { color: route.color || 1 } }, String(route.number)),
      h("span", { class: "sr-only" }, after, " "),
      h("span", { class: "truncate" }, route.label || ""),
      ...(route.note ? [h("span", { class: "sr-only" }, `, ${route.note}`)] : []),
    );
    note.setAttribute("aria-hidden", "true");
    note.textContent = route.note || "";
    if (route.state) note.dataset.state = route.state;
    else delete note.dataset.state;
    if (!this.seen.has(row)) {
      if (!row.contains(document.activeElement)) track.replaceChildren();
      return;
    }
    const parts = [];
    if (route.start && route.end) parts.push({ key: "drive", make: () => h("span", { class: "tl-drive" }), x: this.at(route.start), w: this.at(route.end) - this.at(route.start) });
    for (const stop of route.stops) {
      if (stop.window_start && stop.window_end) parts.push({ key: `window-${stop.id}`, make: () => h("span", { class: "tl-window" }), x: this.at(stop.window_start), w: this.at(stop.window_end) - this.at(stop.window_start) });
    }
    const pixels = Math.max(1, track.clientWidth) / 100;
    const fitted = fitBlocks(route.stops.map((stop) => ({ x: this.at(stop.start), end: this.at(stop.end), number: stop.number })), pixels);
    route.stops.forEach((stop, index) => {
      const late = stop.window_end && Date.parse(stop.start) > Date.parse(stop.window_end);
      if (late && stop.window_end) parts.push({ key: `late-${stop.id}`, make: () => h("span", { class: "tl-late" }), x: this.at(stop.window_end), w: this.at(stop.start) - this.at(stop.window_end), state: stop.state === "risk" ? "risk" : "failed" });
      parts.push({ key: `stop-${stop.id}`, make: () => h("button", { type: "button", class: "tl-stop", tabindex: "-1", data: { kind: "stop", id: stop.id } }), x: this.at(stop.start), w: fitted[index].width / pixels, state: stop.state, stop, text: fitted[index].text });
    });
    reconcile(
      track,
      parts,
      (part) => part.key,
      (part) => this.dress(part.make(), part),
      (element, part) => this.dress(element, part),
    );
  }

  /** @param {HTMLElement} element @param {{x: number, w: number, state?: string, stop?: TimelineStop, text?: string}} part */
  dress(element, part) {
    place(element, part.x, Math.max(0, part.w));
    if (part.state) element.dataset.state = part.state;
    if (part.stop) {
      const { number, label, start, end } = part.stop;
      const told = [say("map-stop", { number }), label, timeWindow(start, end, this.dataset.zone)].filter(Boolean).join(", ");
      if (element.textContent !== part.text) element.textContent = part.text ?? "";
      element.setAttribute("aria-label", told);
      element.title = told;
    }
    return element;
  }

  /** @param {string} id */
  rowOf(id) {
    return /** @type {HTMLElement | null} */ (this.rows?.querySelector(`:scope > [data-item="${CSS.escape(id)}"]`) || null);
  }

  /** Show the choice, and keep exactly one tab stop. */
  mark() {
    const buttons = /** @type {HTMLElement[]} */ ([...this.querySelectorAll("button[data-kind]")]);
    let stop = buttons.find((button) => button === document.activeElement);
    for (const button of buttons) {
      const is = this.chosen?.kind === button.dataset.kind && this.chosen?.id === button.dataset.id;
      button.setAttribute("aria-pressed", String(is));
      button.tabIndex = -1;
      if (is && !stop) stop = button;
    }
    stop ??= buttons[0];
    if (stop) stop.tabIndex = 0;
  }

  /** @param {MouseEvent} event */
  onClick(event) {
    const button = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("button[data-kind]"));
    if (!button?.dataset.kind || !button.dataset.id) return;
    this.chosen = { kind: button.dataset.kind, id: button.dataset.id };
    this.mark();
    this.dispatchEvent(new CustomEvent("select", { bubbles: true, detail: { ...this.chosen } }));
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const here = /** @type {HTMLElement} */ (event.target);
    const row = here.closest?.(".tl-line");
    if (!row || !here.matches("button[data-kind]") || event.ctrlKey || event.metaKey || event.altKey) return;
    const inRow = (/** @type {Element | null} */ line) => /** @type {HTMLElement[]} */ ([...(line?.querySelectorAll("button[data-kind]") || [])]);
    const cells = inRow(row);
    const at = cells.indexOf(here);
    /** @type {HTMLElement | undefined} */
    let next;
    if (event.key === "ArrowRight") next = cells[at + 1];
    else if (event.key === "ArrowLeft") next = cells[at - 1];
    else if (event.key === "Home") next = cells[0];
    else if (event.key === "End") next = cells.at(-1);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const other = event.key === "ArrowDown" ? row.nextElementSibling : row.previousElementSibling;
      const others = inRow(other);
      next = others[Math.min(at, others.length - 1)];
    } else return;
    event.preventDefault();
    if (!next) return;
    next.focus();
    next.scrollIntoView({ block: "nearest" });
    this.mark();
  }
}

customElements.define("route-timeline", RouteTimeline);
