/** The strip above the map: a plan being made (live), and the proposal beside the plan that is driven. */
import { h, icon, setText } from "../kit/dom.js";
import { number, say, span } from "../kit/i18n.js";
import { lateSeconds } from "./board.js";

/** @typedef {import("./board.js").Board} Board */
/** @typedef {import("./board.js").Plan} Plan */

const MICROS = 1e6;
/** Percent; a least cost that is farther below says nothing of a plan. found.py has the same. */
const MOST_TELLING_GAP = 50;

/** An amount as the server's sentences write it: 4.20 EUR. @param {number} micros @param {string} currency */
export function money(micros, currency) {
  return `${number(micros / MICROS, 2)} ${currency}`;
}

/** What driving costs: what is left out is charged so that the search avoids it, and is no money. @param {any} figures */
const driving = (figures) => (figures?.cost === undefined ? undefined : figures.cost - (figures.costs?.unserved || 0));

/** @param {number} metres */
export const km = (metres) => say("d-km", { n: number(metres / 1000, metres < 100000 ? 1 : 0) });

/** A stage that has no word of its own is some way of making the plan better, and so is the first once there is a plan. @param {string} stage @param {boolean} hasPlan */
function stageWord(stage, hasPlan) {
  const word = say(`d-stage-${stage}`);
  return word.startsWith("d-stage-") || (stage === "first" && hasPlan) ? say("d-stage-improve") : word;
}

const known = (/** @type {unknown} */ value) => value !== undefined && value !== null;

/** What is left out makes a search's cost greater by far: that is said wherever the two stand together. @param {number} n */
export const leftOut = (n) => say(n > 0 ? "d-left-out-charged" : "d-left-out", { n });

/**
 * How far a search is, in two lines. `said` is for ears too and new with each stage and better plan only: stage, best cost,
 * what is left out. `figures` is for eyes: what could be saved at most, the seconds.
 * @param {{state: string, progress: any, seconds: number}} plan @param {string} currency
 */
export function searchWords(plan, currency) {
  if (plan.state === "QUEUED") return { said: say("d-queued"), figures: "" };
  const { seconds, cost, unserved, stage, bound } = plan.progress || {};
  const gap = known(bound) && cost > 0 ? Math.max(0, (100 * (cost - bound)) / cost) : null;
  const best = known(cost) && say("d-best-cost", { cost: money(cost, currency) });
  const said = [stage && stageWord(stage, known(cost)), best, known(unserved) && leftOut(unserved)];
  const figures = [gap !== null && gap <= MOST_TELLING_GAP && say("d-gap", { gap: number(gap, 1) }), known(seconds) && say("d-seconds", { done: number(seconds), all: number(plan.seconds) })];
  return { said: said.filter(Boolean).join(" · "), figures: figures.filter(Boolean).map((text) => `· ${text}`).join(" ") };
}

export class Strip extends EventTarget {
  /** @param {HTMLElement} element @param {{currency: string}} setup */
  constructor(element, setup) {
    super();
    this.element = element;
    this.currency = setup.currency;
    this.stage = "";
    /** @type {any} */ this.comparison = null;
  }

  /** @param {Board} board @param {"driven" | "proposed"} view */
  show(board, view) {
    const plan = board.proposal;
    const stage = !plan ? "" : ["QUEUED", "SOLVING"].includes(plan.state) ? "work" : plan.state === "READY" ? "ready" : "failed";
    const key = `${stage}:${plan?.id || ""}`;
    if (stage === "") {
      this.element.hidden = true;
      this.stage = "";
      return;
    }
    this.element.hidden = false;
    if (stage === "work" && this.stage === key) return this.progress(/** @type {Plan} */ (plan));
    this.stage = key;
    const held = this.element.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement).dataset.act : "";
    this.element.dataset.stage = stage;
    if (stage === "work") this.work(/** @type {Plan} */ (plan));
    else if (stage === "ready") this.ready(/** @type {Plan} */ (plan), board, view);
    else this.failed(/** @type {Plan} */ (plan));
    if (held) /** @type {HTMLElement | null} */ (this.element.querySelector(`[data-act="${held}"]`))?.focus();
  }

  /** @param {string} act @param {string} word @param {string} [look] @param {string} [drawing] */
  button(act, word, look = "", drawing = "") {
    return h("button", { type: "button", class: `btn btn-sm ${look}`, data: { act }, onclick: () => this.dispatchEvent(new CustomEvent("act", { detail: act })) }, drawing && icon(drawing), word);
  }

  /** To the plan's own page: how it was found, what if. @param {Plan} plan */
  link(plan) {
    return h("a", { class: "btn btn-sm btn-quiet", href: `${location.pathname}plans/${plan.id}/` }, icon("layers"), say("d-details"));
  }

  /** @param {Plan} plan */
  work(plan) {
    this.bar = h("progress", { class: "progress strip-bar", max: plan.seconds, "aria-label": say("d-planning") });
    this.said = h("span", { role: "status" });
    this.figures = h("span");
    this.element.replaceChildren(h("span", { class: "strip-title" }, icon("sparkles"), h("b", null, say("d-planning"))), this.bar, h("span", { class: "grow num" }, this.said, " ", this.figures), this.link(plan), this.button("cancel", say("d-cancel-plan"), "", "x"));
    this.progress(plan);
  }

  /** @param {Plan} plan */
  progress(plan) {
    if (!this.bar) return;
    const { seconds } = plan.progress || {};
    if (plan.state === "QUEUED" || seconds === undefined) this.bar.removeAttribute("value");
    else this.bar.value = Math.min(seconds, plan.seconds);
    const words = searchWords(plan, this.currency);
    setText(this.said ?? null, words.said);
    setText(this.figures ?? null, words.figures);
  }

  /** @param {Plan} plan @param {Board} board @param {"driven" | "proposed"} view */
  ready(plan, board, view) {
    const published = board.published;
    const figures = plan.figures;
    // What is on the road stays in both: compared is what the proposal would replace.
    const kept = board.kept;
    const replaced = board.routes.filter((route) => !kept.includes(route));
    const before = published && (kept.length ? { routes: replaced.length, metres: replaced.reduce((sum, route) => sum + route.distance_m, 0) } : published.figures);
    const isLoaded = board.proposedOf === plan.id;
    const late = lateSeconds(board.proposed);
    const lateBefore = lateSeconds(replaced);
    const moved = this.comparison?.of === plan.id ? this.comparison.changed_courier.length : null;
    const figure = (/** @type {string} */ label, /** @type {string} */ value, /** @type {number | null} */ difference = null, /** @type {string} */ text = "") =>
      h("div", { class: "strip-figure" }, h("dt", null, label), h("dd", { class: "num" }, value, difference !== null && difference !== 0 && h("span", { class: "strip-diff", data: { state: difference < 0 ? "done" : "failed" } }, icon(difference < 0 ? "arrow-down" : "arrow-up"), text)));
    const same = (/** @type {number} */ a, /** @type {number | undefined} */ b) => (published && b !== undefined ? a - b : null);
    this.element.replaceChildren(
      h("span", { class: "strip-title" }, icon("sparkles"), h("b", null, published ? say("d-proposal") : say("d-first-proposal"))),
      h(
        "dl",
        { class: "strip-figures" },
        figure(say("d-routes"), number(figures.routes || 0), same(figures.routes, before?.routes), number(Math.abs((figures.routes || 0) - (before?.routes || 0)))),
        figure(say("d-distance"), km(figures.metres || 0), same(figures.metres, before?.metres), km(Math.abs((figures.metres || 0) - (before?.metres || 0)))),
        figure(say("d-late"), isLoaded ? say("min", { n: Math.ceil(late / 60) }) : "…", isLoaded && published ? Math.round(late - lateBefore) : null, span(Math.abs(late - lateBefore))),
        figure(say("d-cost"), money(driving(figures) || 0, this.currency), same(driving(figures) || 0, driving(before)), money(Math.abs((driving(figures) || 0) - (driving(before) || 0)), this.currency)),
        figure(say("d-unserved"), number(figures.unplanned || 0), same(figures.unplanned, before?.unplanned), number(Math.abs((figures.unplanned || 0) - (before?.unplanned || 0)))),
        published && figure(say("d-moved"), moved === null ? "…" : number(moved)),
      ),
      h("span", { class: "strip-acts" }, published && board.routes.length
        ? h("div", { class: "btn-group", role: "group", "aria-label": say("d-which") }, ["driven", "proposed"].map((one) => h("button", { type: "button", class: "btn btn-sm", "aria-pressed": view === one ? "true" : "false", data: { act: one }, onclick: () => this.dispatchEvent(new CustomEvent("act", { detail: one })) }, say(`d-view-${one}`))))
        : null,
      published ? h("a", { class: "btn btn-sm btn-quiet", href: `${location.pathname}plans/${published.id}/compare/${plan.id}/` }, icon("arrow-right-left"), say("d-compare")) : this.link(plan),
      this.button("discard", say("d-discard")),
      this.button("accept", say("d-accept"), "btn-primary", "send")),
    );
  }

  /** @param {Plan} plan */
  failed(plan) {
    this.element.replaceChildren(h("span", { class: "strip-title", data: { state: "failed" } }, icon("circle-x"), h("b", null, say("d-plan-failed"))), h("span", { class: "grow" }, plan.problem), this.link(plan), this.button("again", say("d-plan-again"), "", "refresh-cw"), this.button("hide", say("close")));
  }
}
