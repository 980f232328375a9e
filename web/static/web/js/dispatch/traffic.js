/** A hub's traffic: 24 hours by vehicle kind, drawn as they are typed, saved together, taken back with one undo. */
import { $, h, icon } from "../kit/dom.js";
import { ApiError, api, inTurn } from "../kit/api.js";
import { number, say } from "../kit/i18n.js";
import { toast } from "../kit/toast.js";

/** @typedef {Record<string, number[]>} Percents */

const setup = JSON.parse(document.getElementById("plans-setup")?.textContent || "{}");
const url = `/api/v1/hubs/${setup.hub}/travel-factors/`;
const form = /** @type {HTMLFormElement} */ ($("#traffic-form"));
const cells = /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll("input[data-kind]")]);
const kinds = /** @type {string[]} */ (Object.keys(setup.kinds));
const save = /** @type {HTMLButtonElement} */ (form.querySelector("button.btn-primary"));
const takeBack = /** @type {HTMLButtonElement} */ (form.querySelector("button[type=reset]"));

/** @returns {Percents} */
const typed = () => Object.fromEntries(kinds.map((kind) => [kind, cells.filter((cell) => cell.dataset.kind === kind).map((cell) => Number(cell.value))]));
let kept = typed();

/** @param {Percents} percents */
function fill(percents) {
  for (const cell of cells) cell.value = String(percents[cell.dataset.kind || ""][Number(cell.dataset.hour)]);
  refresh();
}

function refresh() {
  const changed = JSON.stringify(typed()) !== JSON.stringify(kept);
  save.disabled = takeBack.disabled = !changed;
  for (const cell of cells) cell.setAttribute("aria-invalid", String(!cell.validity.valid && !cell.validity.stepMismatch));
  draw();
}

// The picture

const WIDE = 360;
const HIGH = 180;
const LEFT = 34;
const FOOT = 18;

/** @param {string} name @param {Record<string, string | number>} attributes @param {string} [text] */
function svg(name, attributes, text) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  if (text) element.textContent = text;
  return element;
}

function draw() {
  const percents = typed();
  const all = Object.values(percents).flat().filter(Boolean);
  const grid = Math.max(...all) > 200 ? 50 : 25;
  const top = Math.max(150, grid * Math.ceil(Math.max(...all) / grid));
  const bottom = Math.min(100, grid * Math.floor(Math.min(...all) / grid));
  const x = (/** @type {number} */ hour) => LEFT + ((WIDE - LEFT - 4) * hour) / 24;
  const y = (/** @type {number} */ percent) => 6 + ((HIGH - FOOT - 6) * (top - percent)) / (top - bottom);
  const picture = svg("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": say("t-chart") });
  for (let percent = bottom; percent <= top; percent += grid) {
    picture.append(svg("line", { class: percent === 100 ? "traffic-free" : "traffic-grid", x1: LEFT, x2: WIDE - 4, y1: y(percent), y2: y(percent) }));
    picture.append(svg("text", { x: LEFT - 5, y: y(percent) + 3.5, "text-anchor": "end" }, number(percent)));
  }
  for (const hour of [0, 6, 12, 18, 24]) picture.append(svg("text", { x: x(hour), y: HIGH - 4, "text-anchor": hour === 24 ? "end" : "middle" }, String(hour)));
  const here = document.activeElement instanceof HTMLInputElement ? document.activeElement.dataset : {};
  if (here.hour) picture.prepend(svg("rect", { class: "traffic-here", x: x(Number(here.hour)), y: 0, width: x(1) - x(0), height: HIGH - FOOT }));
  for (const kind of kinds) {
    const steps = percents[kind].map((percent, hour) => `${hour ? "L" : "M"}${x(hour)} ${y(percent)}H${x(hour + 1)}`).join("");
    picture.append(svg("path", { class: "traffic-line", "data-kind": kind, d: steps }));
  }
  $("#traffic-chart")?.replaceChildren(picture);
  const note = $("#traffic-note");
  if (note && here.hour) note.textContent = say("t-drive", { kind: setup.kinds[here.kind || ""], hour: `${here.hour.padStart(2, "0")}:00`, n: number((20 * percents[here.kind || ""][Number(here.hour)]) / 100) });
}

// Saving

const turn = inTurn();

/** Send these; a cell that by then shows something else than `shown` was typed in meanwhile and stays. @param {Percents} percents @param {Percents} shown */
async function put(percents, shown) {
  const answer = await api("PUT", url, percents, { etag: `"${setup.version}"`, quiet: true });
  setup.version = answer.version;
  kept = percents;
  const now = typed();
  fill(Object.fromEntries(kinds.map((kind) => [kind, percents[kind].map((percent, hour) => (now[kind][hour] === shown[kind][hour] ? percent : now[kind][hour]))])));
}

/** @param {string} title @param {string} text @param {...HTMLElement} ways */
function tell(title, text, ...ways) {
  const place = $("#traffic-said");
  place?.replaceChildren(h("div", { class: "notice", data: { state: "failed" } }, icon("circle-alert"), h("div", null, h("b", null, title), h("p", null, text), ways.length > 0 && h("p", { class: "row gap-2" }, ...ways))));
  place?.scrollIntoView({ block: "nearest" });
}

/** Somebody was faster: what was typed stays, and the dispatcher chooses. */
async function chooseWhose() {
  const theirs = await api("GET", url, undefined, { quiet: true });
  const way = (/** @type {string} */ label, /** @type {() => unknown} */ run) => h("button", { type: "button", class: "btn btn-sm", onclick: run }, label);
  setup.version = theirs.version;
  tell(
    say("t-changed-title"),
    say("t-changed"),
    way(say("t-mine"), () => form.requestSubmit(save)),
    way(say("t-theirs"), () => {
      kept = Object.fromEntries(kinds.map((kind) => [kind, theirs[kind]]));
      $("#traffic-said")?.replaceChildren();
      fill(kept);
      cells[0].focus();
    }),
  );
}

/** @param {Percents} percents @param {Percents} shown what they replace in the cells @param {(before: Percents) => void} then */
function keep(percents, shown, then) {
  save.setAttribute("aria-busy", "true");
  return turn(() => keepNow(percents, shown, then));
}

/** @param {Percents} percents @param {Percents} shown @param {(before: Percents) => void} then */
async function keepNow(percents, shown, then) {
  const before = kept;
  try {
    await put(percents, shown);
    $("#traffic-said")?.replaceChildren();
    then(before);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.code === "stale_version") await chooseWhose();
    else tell(say("d-refused"), error.message);
  } finally {
    save.removeAttribute("aria-busy");
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const wrong = cells.find((cell) => cell.getAttribute("aria-invalid") === "true");
  if (wrong) {
    tell(say("d-refused"), say("t-wrong", { least: wrong.min, most: wrong.max }));
    return wrong.focus();
  }
  const wanted = typed();
  keep(wanted, wanted, (before) => toast(say("t-saved"), { state: "done", undo: () => keep(before, kept, () => toast(say("t-back"))) }));
});
form.addEventListener("reset", (event) => {
  event.preventDefault();
  fill(kept);
  cells[0].focus();
});
form.addEventListener("input", refresh);
form.addEventListener("focusin", draw);
form.addEventListener("keydown", (event) => {
  const cell = /** @type {HTMLInputElement} */ (event.target);
  const step = { PageUp: -1, PageDown: 1 }[event.key];
  if (!step || !cell.dataset.hour) return;
  event.preventDefault();
  const next = cells.find((one) => one.dataset.kind === cell.dataset.kind && Number(one.dataset.hour) === Number(cell.dataset.hour) + step);
  next?.focus();
  next?.select();
});
addEventListener("beforeunload", (event) => {
  if (!save.disabled) event.preventDefault();
});

refresh();
document.getElementById("main")?.setAttribute("data-ready", "");
