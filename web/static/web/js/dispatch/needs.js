/** The left column: what needs a person, sorted by the rules of web/dispatch/needs.py. Lists keep their order; what is new comes on top. */
import { $, h, icon, reconcile, setText } from "../kit/dom.js";
import { number, say, span, timeOfDay, timeWindow } from "../kit/i18n.js";
import { lookOf } from "../kit/state.js";
import { moreOf, saidOf } from "./board.js";

/** @typedef {import("./board.js").Board} Board */
/** @typedef {{key: string, state: string, icon: string, title: string, statuses: string[], why: string}} Kind */
/** @typedef {{key: string, select: {kind: string, id: string}, title: string, sub: string, state: string, tail: string, why: any, action: string, count?: number, codes?: {id: string, code: string}[]}} Need */

const STEP = 50;
/** More late stops than this on one route are one matter (web/dispatch/needs.py). */
const TOGETHER = 3;

export class Needs extends EventTarget {
  /** @param {HTMLElement} element @param {Kind[]} kinds @param {string} zone */
  constructor(element, kinds, zone) {
    super();
    this.element = element;
    this.list = /** @type {HTMLElement} */ ($(".needs", element));
    this.kinds = kinds;
    this.zone = zone;
    /** @type {Record<string, number>} */ this.shown = {};
    this.chosen = "";
    this.canAct = true;
    this.list.addEventListener("click", (event) => this.onClick(event));
    this.list.addEventListener("dragstart", (event) => {
      const item = /** @type {HTMLElement} */ (event.target);
      if (item.dataset?.consignment) event.dataTransfer?.setData("text/x-carteiro-consignment", item.dataset.consignment);
    });
  }

  /** @param {Board} board @param {string} chosen "kind:id" of what is chosen */
  show(board, chosen = this.chosen) {
    this.chosen = chosen;
    const groups = this.kinds.map((kind) => ({ kind, needs: kind.key === "risk" ? this.risky(board) : kind.key === "offered" ? this.offered(board, kind) : this.waiting(board, kind) })).filter((group) => group.needs.length);
    const total = groups.reduce((sum, group) => sum + countOf(group.needs), 0);
    setText($(".needs-count", this.element), number(total));
    const empty = $(".needs-empty", this.element);
    if (empty) empty.hidden = total > 0;
    reconcile(this.list, groups, (group) => group.kind.key, (group) => this.group(group), (element, group) => this.fill(element, group));
  }

  /** @param {Board} board @returns {Need[]} */
  risky(board) {
    /** @type {Map<string, {route: import("./board.js").Route, late: number, stops: import("./board.js").Stop[]}>} */
    const routes = new Map();
    for (const { route, stop } of board.atRisk) {
      const held = routes.get(route.id) || { route, late: 0, stops: [] };
      held.late = Math.max(held.late, lateOf(stop));
      held.stops.push(stop);
      routes.set(route.id, held);
    }
    const together = [...routes.values()]
      .filter((one) => one.stops.length > TOGETHER)
      .map(({ route, late, stops }) => ({
        late,
        count: stops.length,
        key: `risk-${route.id}`,
        select: { kind: "route", id: route.id },
        title: say("d-route-of", { n: route.number, courier: route.courier.alias }),
        sub: say("d-stops-late", { n: stops.length, first: stops[0].position }),
        state: "failed",
        tail: say("d-late-by", { span: span(late) }),
        why: null,
        action: "",
      }));
    const alone = board.atRisk
      .filter(({ route }) => (routes.get(route.id)?.stops.length || 0) <= TOGETHER)
      .map(({ route, stop }) => {
        const late = lateOf(stop);
        return {
          late,
          key: `risk-${stop.id}`,
          select: { kind: "stop", id: stop.id },
          title: stop.consignments.map((one) => one.code).join(", "),
          sub: say("d-risk-sub", { route: route.number, n: stop.position, courier: route.courier.alias }),
          state: "failed",
          tail: say("d-late-by", { span: span(late) }),
          why: null,
          action: "move",
        };
      });
    return [...together, ...alone].sort((a, b) => b.late - a.late);
  }

  /** @param {Board} board @param {Kind} kind @returns {Need[]} */
  waiting(board, kind) {
    return [...board.waiting.values()]
      .filter((one) => kind.statuses.includes(one.status))
      .sort((a, b) => (a.id < b.id ? 1 : -1))
      .map((one) => ({
        key: `${kind.key}-${one.id}`,
        select: { kind: "consignment", id: one.id },
        title: one.code,
        sub: saidOf(one.why) || (kind.key === "failed" ? lookOf(one.status).word : kind.why),
        state: kind.state,
        tail: one.window_start && one.window_end ? timeWindow(one.window_start, one.window_end, this.zone) : "",
        why: one.why,
        action: { unassigned: "assign", unplanned: "insert", address: "check" }[kind.key] || "",
      }));
  }

  /** One row a partner, with the time by which it has to answer. @param {Board} board @param {Kind} kind @returns {Need[]} */
  offered(board, kind) {
    /** @type {Map<string, import("./board.js").Waiting[]>} */
    const partners = new Map();
    for (const one of board.waiting.values()) if (kind.statuses.includes(one.status) && one.partner) partners.set(one.partner.id, [...(partners.get(one.partner.id) || []), one]);
    return [...partners].map(([id, held]) => {
      const by = board.offers.find((/** @type {any} */ one) => one.partner === id)?.answer_by;
      return {
        key: `offered-${id}`,
        count: held.length,
        select: { kind: "consignment", id: held[0].id },
        title: held[0].partner?.name || "",
        sub: say("d-offers", { n: held.length }),
        state: kind.state,
        tail: by ? say("d-until", { time: timeOfDay(by, this.zone) }) : "",
        why: null,
        action: "",
        codes: held.slice(0, STEP).map(({ id: one, code }) => ({ id: one, code })),
      };
    });
  }

  /** @param {{kind: Kind, needs: Need[]}} group */
  group(group) {
    const { kind } = group;
    const element = h(
      "section",
      { class: "need-group", "aria-labelledby": `need-${kind.key}` },
      h("h3", { class: "section-title", id: `need-${kind.key}`, data: { state: kind.state } }, icon(kind.icon), h("span", null, kind.title), h("span", { class: "badge num" })),
      h("ul", { class: "rows long", role: "list", "data-rove": true, "aria-labelledby": `need-${kind.key}` }),
    );
    this.fill(element, group);
    return element;
  }

  /** @param {HTMLElement} element @param {{kind: Kind, needs: Need[]}} group */
  fill(element, { kind, needs }) {
    setText($(".badge", element), number(countOf(needs)));
    const most = this.shown[kind.key] || STEP;
    const list = /** @type {HTMLElement} */ ($("ul", element));
    reconcile(list, needs.slice(0, most), (need) => need.key, (need) => this.item(need), (item, need) => {
      if (item.dataset.said === signature(need, this.isChosen(need))) return;
      const open = /** @type {HTMLDetailsElement | null} */ ($("details", item))?.open;
      const focused = item.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement).className : "";
      const fresh = this.item(need);
      item.dataset.said = fresh.dataset.said;
      item.replaceChildren(...fresh.childNodes);
      const details = /** @type {HTMLDetailsElement | null} */ ($("details", item));
      if (details && open) details.open = true;
      if (focused) /** @type {HTMLElement | null} */ (item.getElementsByClassName(focused)[0])?.focus();
    });
    let more = /** @type {HTMLButtonElement | null} */ ($(".need-more", element));
    const left = needs.length - most;
    if (left > 0 && !more) {
      more = h("button", { type: "button", class: "btn btn-quiet btn-sm need-more", data: { group: kind.key } });
      element.appendChild(more);
    }
    if (more && left <= 0) more.remove();
    else if (more) setText(more, say("d-more", { n: Math.min(left, STEP) }));
  }

  /** @param {Need} need */
  isChosen(need) {
    return this.chosen === `${need.select.kind}:${need.select.id}`;
  }

  /** @param {Need} need */
  item(need) {
    const chosen = this.isChosen(need);
    const { others, ways } = moreOf(need.why);
    const words = { assign: say("d-assign"), insert: say("d-insert"), check: say("d-check"), move: say("d-move") };
    const word = /** @type {Record<string, string>} */ (words)[need.action];
    const why = others.length + ways.length > 0;
    const item = h(
      "li",
      { data: { item: need.key, said: signature(need, chosen) } },
      h(
        "div",
        { class: "need", data: { state: need.state } },
        h(
          "button",
          { type: "button", class: "rows-item need-main", "aria-current": chosen ? "true" : null, draggable: need.action === "insert" ? "true" : null, data: { kind: need.select.kind, id: need.select.id, ...(need.action === "insert" ? { consignment: need.select.id } : {}) } },
          h("span", { class: "rows-main" }, h("span", { class: "need-title" }, h("b", null, need.title), need.tail && h("span", { class: "rows-sub num" }, need.tail)), h("span", { class: "rows-sub need-sub" }, need.sub)),
        ),
        word && this.canAct && h("button", { type: "button", class: "btn btn-sm btn-quiet need-act", data: { act: need.action, kind: need.select.kind, id: need.select.id }, "aria-label": `${word} ${need.title}` }, word),
      ),
      why && h("details", { class: "need-why" }, h("summary", null, say("d-why")), h("div", null, others.length > 0 && h("ul", null, others.slice(0, 5).map((text) => h("li", null, text))), ways.map((text) => h("p", { class: "need-way" }, icon("arrow-right"), text)))),
      need.codes && need.codes.length > 1 && h("details", { class: "need-why" }, h("summary", null, say("d-show-all")), h("div", { class: "need-codes" }, need.codes.map((one) => h("button", { type: "button", class: "link-btn need-main", data: { kind: "consignment", id: one.id } }, one.code)))),
    );
    return item;
  }

  /** @param {Event} event */
  onClick(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const more = /** @type {HTMLElement | null} */ (target.closest(".need-more"));
    const act = /** @type {HTMLElement | null} */ (target.closest(".need-act"));
    const main = /** @type {HTMLElement | null} */ (target.closest(".need-main"));
    if (more?.dataset.group) {
      this.shown[more.dataset.group] = (this.shown[more.dataset.group] || STEP) + STEP;
      this.dispatchEvent(new CustomEvent("more"));
    } else if (act) this.dispatchEvent(new CustomEvent("act", { detail: { act: act.dataset.act, kind: act.dataset.kind, id: act.dataset.id } }));
    else if (main) this.dispatchEvent(new CustomEvent("select", { detail: { kind: main.dataset.kind, id: main.dataset.id } }));
  }
}

/** @param {Need} need @param {boolean} chosen */
const signature = (need, chosen) => JSON.stringify([need.title, need.sub, need.tail, need.action, chosen, moreOf(need.why), need.codes]);

/** @param {Need[]} needs */
const countOf = (needs) => needs.reduce((sum, need) => sum + (need.count || 1), 0);

/** Seconds after the window's end, or after what was planned. @param {import("./board.js").Stop} stop */
const lateOf = (stop) => Math.max(0, (Date.parse(stop.eta_at) - Date.parse(stop.window_end || stop.planned_at)) / 1000);
