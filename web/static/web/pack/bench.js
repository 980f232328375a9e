/**
 * The packing bench. The state is the stream's snapshot (docs/live-events.md, "bench") and every event is applied to
 * it as written there; what is drawn comes from the state only, so that each open screen shows the same.
 */
import { $, glow, h, icon, reconcile } from "../js/kit/dom.js";
import { Live, showLiveState } from "../js/kit/live.js";
import { ApiError, api, newKey } from "../js/kit/api.js";
import { chip, lookOf, setChip } from "../js/kit/state.js";
import { language, number, say, timeOfDay, timeWindow } from "../js/kit/i18n.js";
import { now } from "../js/kit/clock.js";
import { open } from "../js/kit/dialog.js";
import { toast } from "../js/kit/toast.js";

/** @typedef {{id: string, position: number, title: string, help: string, icon: string, note: string, needs_photo: boolean, has_photo: boolean, state: string, flaw: string, flaw_note: string, by: string | null, at: string | null}} Step */
/** @typedef {{id: string, code: string, merchant: string, hub: string, weight_g: number, length_mm: number, width_mm: number, height_mm: number, is_fragile: boolean, is_cold: boolean, min_age: number, packaging: string, items: {name: string, quantity: number}[], steps: Step[], let_through: {by: string, reason: string} | null, status: string, due_on: string, window_start: string | null, window_end: string | null, departs_at: string | null}} Parcel */

const start = JSON.parse(document.getElementById("bench-start")?.textContent || "{}");
const flaws = JSON.parse(document.getElementById("bench-words")?.textContent || "{}")["pack-flaws"];
const root = /** @type {HTMLElement} */ (document.getElementById("bench"));
const me = root.dataset.me || "";
const LOADABLE = new Set(["PASSED", "OVERRIDDEN"]);
const AT_BENCH = new Set(["RECEIVED", "ADDRESS_REVIEW", "READY", "OFFERED", "ACCEPTED", "PLANNED", "AT_HUB", "RESCHEDULED"]);
const STEP_FIELDS = /** @type {const} */ (["state", "flaw", "has_photo", "by", "at"]);
const TIMING = /** @type {const} */ (["status", "due_on", "window_start", "window_end", "departs_at"]);
const FORGOTTEN_AFTER_MS = 15 * 60 * 1000;
const LONGEST_SIDE = 1600;

/** @type {{hub: any, parcels: Parcel[], people: Record<string, string>, working: {user: string, parcel: string, at: string}[]}} */
let bench = start.data;
let selected = "";
/** Parcels that were scanned but are not on today's list. @type {Map<string, Parcel>} */
const extras = new Map();

const parcelOf = (/** @type {string} */ id) => bench.parcels.find((parcel) => parcel.id === id) || extras.get(id);
const nameOf = (/** @type {string | null} */ id) => (id && bench.people[id]) || say("pack-somebody");
const isPacked = (/** @type {Parcel} */ parcel) => LOADABLE.has(parcel.packaging);
const current = (/** @type {Parcel} */ parcel) => parcel.steps.find((step) => step.state === "REJECTED") || parcel.steps.find((step) => step.state === "OPEN");

// The stream

const live = new Live("/ws/");
live.subscribe(start.stream, {
  epoch: start.epoch,
  seq: start.epoch ? start.seq : null,
  snapshotUrl: `/api/v1/hubs/${root.dataset.hub}/bench/`,
  snapshot(data) {
    bench = data;
    draw();
  },
  event(name, data) {
    if (name === "step.changed") stepChanged(data);
    else if (name === "parcel.changed") parcelChanged(data);
  },
  gauge(key, data, at) {
    if (!key.startsWith("packer:")) return;
    bench.working = [...bench.working.filter((one) => one.user !== data.user), { ...data, at }];
    drawWorking();
    drawQueue();
    drawParcel();
  },
});
showLiveState(live);

/** @param {any} data */
function stepChanged(data) {
  const parcel = parcelOf(data.parcel);
  const step = parcel?.steps.find((one) => one.id === data.step);
  if (!parcel || !step) return;
  for (const field of STEP_FIELDS) /** @type {any} */ (step)[field] = data[field];
  if (step.state !== "REJECTED") step.flaw_note = "";
  parcel.packaging = data.packaging;
  drawQueue();
  if (selected === parcel.id) drawParcel(data.by !== me);
  if (step.state === "REJECTED" && data.by !== me) fetchParcel(parcel.id); // the note is not in the stream
}

/** @param {any} data */
async function parcelChanged(data) {
  const parcel = parcelOf(data.parcel);
  if (!parcel) {
    if (AT_BENCH.has(data.status)) await fetchParcel(data.parcel);
    return;
  }
  parcel.packaging = data.packaging;
  for (const field of TIMING) /** @type {any} */ (parcel)[field] = data[field];
  if (!AT_BENCH.has(parcel.status)) {
    bench.parcels = bench.parcels.filter((one) => one !== parcel);
    extras.delete(parcel.id);
    if (selected === parcel.id) {
      toast(say("pack-gone", { code: parcel.code, status: lookOf(parcel.status).word }), { state: "risk" });
      selected = "";
    }
  } else if (parcel.packaging === "OVERRIDDEN" && !parcel.let_through) await fetchParcel(parcel.id);
  draw();
}

/** Fetch one parcel anew and put it where it belongs. @param {string} id */
async function fetchParcel(id) {
  try {
    const fresh = /** @type {Parcel} */ (await api("GET", `/api/v1/parcels/${id}/`, undefined, { quiet: true }));
    put(fresh);
    draw();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}

/** @param {Parcel} fresh */
function put(fresh) {
  const at = bench.parcels.findIndex((one) => one.id === fresh.id);
  if (at >= 0) bench.parcels[at] = fresh;
  else if (fresh.hub !== bench.hub.id || fresh.due_on > today()) extras.set(fresh.id, fresh);
  else {
    const before = bench.parcels.findIndex((one) => compare(fresh, one) < 0);
    bench.parcels.splice(before < 0 ? bench.parcels.length : before, 0, fresh);
  }
}

const today = () => new Intl.DateTimeFormat("en-CA", { timeZone: bench.hub.timezone }).format(now());

/** First to leave first, then by window: as the server sorts. @param {Parcel} a @param {Parcel} b */
function compare(a, b) {
  const key = (/** @type {string | null} */ moment) => (moment ? Date.parse(moment) : Infinity);
  for (const field of /** @type {const} */ (["departs_at", "window_start"])) {
    const [one, other] = [key(a[field]), key(b[field])];
    if (one !== other) return one - other;
  }
  return a.id < b.id ? -1 : 1;
}

// What is drawn

function draw() {
  if (!parcelOf(selected)) selected = (bench.parcels.find((one) => !isPacked(one)) || bench.parcels[0])?.id || "";
  drawQueue();
  drawWorking();
  drawParcel();
}

function drawQueue() {
  const packed = bench.parcels.filter(isPacked).length;
  const count = say("pack-count", { n: packed, all: bench.parcels.length });
  const counter = $("#count");
  if (counter && counter.textContent !== count) counter.textContent = count;
  const small = $("#queue-count");
  if (small) small.textContent = `${packed}/${bench.parcels.length}`;
  const sort = $("#sort");
  if (sort) sort.hidden = bench.parcels.every((one, at) => at === 0 || compare(bench.parcels[at - 1], one) <= 0);
  const queue = $("#queue");
  if (!queue) return;
  reconcile(queue, bench.parcels, (parcel) => parcel.id, makeRow, updateRow);
}

/** @param {Parcel} parcel */
function makeRow(parcel) {
  const row = h("li", null, h("button", { type: "button", class: "rows-item bench-row", onclick: () => choose(parcel.id) },
    h("span", { class: "line" }, h("span", { class: "code" }, parcel.code), chip(parcel.packaging, "packaging")),
    h("span", { class: "line" }, h("span", { class: "rows-sub" }), h("span", { class: "marks" }))));
  updateRow(row, parcel);
  return row;
}

/** @param {HTMLElement} row @param {Parcel} parcel */
function updateRow(row, parcel) {
  const button = /** @type {HTMLElement} */ (row.firstElementChild);
  if (setChip($(".chip", row), parcel.packaging, "packaging")) glow(row);
  const done = parcel.steps.filter((step) => step.state === "DONE").length;
  const sub = [leaves(parcel), parcel.merchant].join(" · ");
  const line = $(".rows-sub", row);
  if (line && line.textContent !== sub) line.textContent = sub;
  const marks = `${done}/${parcel.steps.length}`;
  const box = $(".marks", row);
  if (box && box.dataset.said !== marks) {
    box.dataset.said = marks;
    box.replaceChildren(...flags(parcel).map(([name, word]) => icon(name, 16, word)), h("span", { class: "num small" }, marks));
  }
  if (parcel.id === selected) button.setAttribute("aria-current", "true");
  else button.removeAttribute("aria-current");
}

/** @param {Parcel} parcel */
function leaves(parcel) {
  if (parcel.departs_at) return say("pack-leaves", { time: timeOfDay(parcel.departs_at, bench.hub.timezone) });
  if (parcel.window_start && parcel.window_end) return say("pack-window", { window: timeWindow(parcel.window_start, parcel.window_end, bench.hub.timezone) });
  return say("pack-no-time");
}

/** @param {Parcel} parcel @returns {[string, string][]} */
function flags(parcel) {
  /** @type {[string, string][]} */
  const found = [];
  if (parcel.is_fragile) found.push(["wine", say("pack-fragile")]);
  if (parcel.is_cold) found.push(["snowflake", say("pack-cold")]);
  if (parcel.min_age) found.push(["id-card", say("pack-age", { n: parcel.min_age })]);
  return found;
}

const others = () => bench.working.filter((one) => one.user !== me && one.parcel && parcelOf(one.parcel) && now().getTime() - Date.parse(one.at) < FORGOTTEN_AFTER_MS);

function drawWorking() {
  const bar = $("#working");
  if (!bar) return;
  const shown = others();
  bar.hidden = !shown.length;
  bar.replaceChildren(...shown.map((one) => {
    const who = nameOf(one.user);
    return h("span", null, h("span", { class: "avatar", "aria-hidden": "true" }, who.slice(0, 1).toUpperCase()), say("pack-works-on", { who, code: parcelOf(one.parcel)?.code || "" }));
  }));
}

/** @param {boolean} [byOther] */
function drawParcel(byOther = false) {
  const place = document.getElementById("parcel");
  if (!place) return;
  const parcel = parcelOf(selected);
  if (!parcel) {
    place.replaceChildren(empty("inbox", say("pack-nothing"), say("pack-nothing-text")));
    return;
  }
  const focused = place.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement).dataset.act : undefined;
  const wasOpen = $(".bench-done", place)?.hasAttribute("open");
  const doneSteps = parcel.steps.filter((step) => step.state === "DONE");
  const step = current(parcel);
  const rest = parcel.steps.filter((one) => one !== step && one.state !== "DONE");
  place.replaceChildren(head(parcel), ...also(parcel), ...(doneSteps.length ? [doneList(parcel, doneSteps, Boolean(wasOpen))] : []),
    step && !(parcel.packaging === "OVERRIDDEN") ? card(parcel, step) : passed(parcel), ...(rest.length && !isPacked(parcel) ? [restList(rest)] : []));
  if (focused) $(`[data-act="${focused}"]`, place)?.focus();
  if (byOther) glow($(".bench-step", place));
}

/** @param {string} name @param {string} title @param {string} text */
function empty(name, title, text) {
  return h("div", { class: "empty" }, icon(name, 24), h("h2", null, title), h("p", null, text));
}

/** @param {Parcel} parcel */
function head(parcel) {
  const size = [parcel.length_mm, parcel.width_mm, parcel.height_mm].map((side) => number(side / 10)).join(" × ");
  return h("header", { class: "bench-head" },
    h("h2", null, parcel.code), chip(parcel.packaging, "packaging"),
    h("a", { class: "btn push", href: `/pack/labels/${parcel.id}/`, target: "_blank" }, icon("printer", 20), say("pack-label")),
    h("p", { class: "facts-line" }, h("strong", null, parcel.merchant), h("span", null, leaves(parcel)),
      h("span", null, say("pack-parcel", { weight: `${number(parcel.weight_g / 1000, 1)} kg`, size })),
      ...flags(parcel).map(([name, word]) => h("span", { class: "row gap-1" }, icon(name), word))),
    h("ul", { class: "bench-items" }, ...parcel.items.map((item) => h("li", null, h("strong", null, `${item.quantity} × `), item.name))));
}

/** @param {Parcel} parcel */
function also(parcel) {
  return others().filter((one) => one.parcel === parcel.id).map((one) => h("p", { class: "notice", data: { state: "risk" } }, icon("users", 20), say("pack-also-here", { who: nameOf(one.user) })));
}

/** @param {Parcel} parcel @param {Step[]} steps @param {boolean} isOpen */
function doneList(parcel, steps, isOpen) {
  return h("details", { class: "bench-done", open: isOpen }, h("summary", null, icon("circle-check", 20), say("pack-done-steps", { n: steps.length })),
    h("ol", { class: "bench-list" }, ...steps.map((step) => h("li", null, icon("check", 20), h("span", null, step.title, h("span", { class: "rows-sub" }, ` ${nameOf(step.by)} ${step.at ? timeOfDay(step.at, bench.hub.timezone) : ""}`)),
      h("button", { type: "button", class: "btn btn-quiet btn-sm", onclick: () => reopen(parcel, step) }, icon("undo-2"), say("pack-undo"))))));
}

/** @param {Step[]} steps */
function restList(steps) {
  return h("ol", { class: "bench-list bench-rest" }, ...steps.map((step) => h("li", null, icon(step.icon, 20), step.title)));
}

/** @param {Parcel} parcel @param {Step} step */
function card(parcel, step) {
  const isRejected = step.state === "REJECTED";
  const needsPhoto = step.needs_photo && !step.has_photo;
  const why = [flaws[step.flaw], step.flaw_note].filter(Boolean).join(": ");
  return h("article", { class: "bench-step", data: { step: step.id, ...(isRejected ? { state: "failed" } : {}) } },
    h("span", { class: "picture" }, icon(isRejected ? "circle-x" : step.icon, 24)),
    h("div", { class: "words" },
      h("p", { class: "muted small" }, say("pack-step-of", { n: step.position, all: parcel.steps.length })),
      h("h3", null, step.title),
      isRejected ? h("p", { class: "large strong" }, why, ` (${nameOf(step.by)})`) : step.help && h("p", { class: "large muted" }, step.help),
      isRejected && h("p", null, say("pack-told", { hub: bench.hub.name })),
      step.note && h("p", { class: "note" }, step.note)),
    h("div", { class: "act" },
      needsPhoto ? photoButton(parcel, step) : h("button", { type: "button", class: "btn btn-primary", data: { act: "done" }, onclick: () => tick(parcel, step) }, icon("check", 24), say(isRejected ? "pack-fixed" : "pack-done")),
      isRejected
        ? h("button", { type: "button", class: "btn", data: { act: "through" }, onclick: () => letThrough(parcel) }, icon("shield-alert", 20), say("pack-through"))
        : h("button", { type: "button", class: "btn btn-quiet", data: { act: "wrong" }, onclick: () => reject(parcel, step) }, icon("thumbs-down", 20), say("pack-wrong"))));
}

/** @param {Parcel} parcel */
function passed(parcel) {
  const next = bench.parcels.find((one) => !isPacked(one) && one.packaging !== "REJECTED" && !others().some((other) => other.parcel === one.id));
  const through = parcel.packaging === "OVERRIDDEN" && parcel.let_through;
  return h("article", { class: "bench-step", data: { state: through ? "risk" : "done" } },
    h("span", { class: "picture" }, icon(through ? "shield-alert" : "package-check", 24)),
    h("div", { class: "words" }, h("h3", null, through ? say("pack-let-through", { who: nameOf(through.by), reason: through.reason }) : say("pack-passed")),
      !next && h("p", { class: "large muted" }, `${say("pack-all-done")}. ${say("pack-all-done-text")}`)),
    next ? h("div", { class: "act" }, h("button", { type: "button", class: "btn btn-primary", data: { act: "next" }, onclick: () => choose(next.id) }, say("pack-next"), icon("arrow-right", 24))) : null);
}

// What people do

/** @param {string} id */
function choose(id) {
  const parcel = parcelOf(id);
  if (!parcel) return;
  selected = id;
  const drawer = document.getElementById("queue-drawer");
  if (drawer instanceof HTMLDialogElement && drawer.open) drawer.close();
  history.replaceState(null, "", `?parcel=${parcel.code}`);
  draw();
  $(`#queue [data-item="${id}"]`)?.scrollIntoView({ block: "nearest" });
  $('#parcel [data-act]')?.focus({ preventScroll: true });
  if (isPacked(parcel)) return;
  api("POST", `/api/v1/parcels/${id}/take-up/`, undefined, { quiet: true }).catch((error) => {
    if (!(error instanceof ApiError)) throw error; // only others' view of us is missing
  });
}

/** @param {Parcel} parcel @param {Step} step @param {string} what @param {any} [body] */
async function change(parcel, step, what, body) {
  const answer = await api("POST", `/api/v1/parcels/${parcel.id}/steps/${step.id}/${what}/`, body, { key: newKey() });
  const held = parcelOf(parcel.id);
  const target = held?.steps.find((one) => one.id === step.id);
  if (!held || !target) return;
  Object.assign(target, answer.step);
  held.packaging = answer.packaging;
  draw();
}

/** A tick shows at once; a refusal takes it back. @param {Parcel} parcel @param {Step} step @param {FormData} [photo] */
async function tick(parcel, step, photo) {
  const before = { ...step };
  const standing = parcel.packaging;
  Object.assign(step, { state: "DONE", flaw: "", flaw_note: "", by: me, at: now().toISOString() });
  drawParcel();
  $('#parcel [data-act]')?.focus({ preventScroll: true });
  try {
    await change(parcel, step, "complete", photo);
    toast(say("pack-ticked", { title: step.title }), { undo: () => reopen(parcel, step) });
  } catch (error) {
    Object.assign(step, before);
    parcel.packaging = standing;
    draw();
    if (!(error instanceof ApiError)) throw error; // the sentence is on the screen
  }
}

/** @param {Parcel} parcel @param {Step} step */
async function reopen(parcel, step) {
  try {
    await change(parcel, step, "reopen");
  } catch (error) {
    if (!(error instanceof ApiError)) throw error; // the sentence is on the screen
  }
}

/** Ask in a dialog of the page; answers its form's data, or null. @param {string} id @returns {Promise<FormData | null>} */
function askIn(id) {
  const dialog = /** @type {HTMLDialogElement} */ (document.getElementById(id));
  const form = /** @type {HTMLFormElement} */ (dialog.querySelector("form"));
  form.reset();
  dialog.returnValue = "";
  open(dialog);
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes" ? new FormData(form) : null), { once: true }));
}

/** @param {Parcel} parcel @param {Step} step */
async function reject(parcel, step) {
  const said = await askIn("wrong");
  if (!said) return;
  try {
    await change(parcel, step, "reject", { flaw: said.get("flaw"), note: said.get("note") });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error; // the sentence is on the screen
  }
}

/** @param {Parcel} parcel */
async function letThrough(parcel) {
  const said = await askIn("through");
  if (!said) return;
  try {
    put(await api("POST", `/api/v1/parcels/${parcel.id}/override/`, { reason: said.get("reason") }));
    draw();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error; // the sentence is on the screen
  }
}

/** @param {Parcel} parcel @param {Step} step */
function photoButton(parcel, step) {
  const input = h("input", { type: "file", accept: "image/*", capture: "environment", data: { act: "photo" } });
  input.addEventListener("change", async () => {
    const file = input.files?.[0];
    if (!file) return;
    const form = new FormData();
    form.set("photo", await smaller(file), "photo.jpg");
    await tick(parcel, step, form);
  });
  return h("label", { class: "btn btn-primary" }, input, icon("camera", 24), say("pack-photo"));
}

/** A photo as the server wants it; a file the browser can't read goes as it is and the server says what it thinks. @param {File} file */
async function smaller(file) {
  let picture;
  try {
    picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return file;
  }
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return /** @type {Promise<Blob>} */ (new Promise((resolve) => canvas.toBlob((blob) => resolve(blob || file), "image/jpeg", 0.82)));
}

// Scanning

const readCode = (/** @type {string} */ text) => text.trim().toUpperCase().replace(/[\s-]/g, "").replace(/[IL]/g, "1").replace(/O/g, "0");

/** @param {string} text */
async function jump(text) {
  const code = readCode(text);
  const known = [...bench.parcels, ...extras.values()].find((one) => one.code === code);
  if (known) return choose(known.id);
  try {
    const found = /** @type {Parcel} */ (await api("GET", `/api/v1/parcels/by-code/?code=${encodeURIComponent(code)}`, undefined, { quiet: true }));
    if (found.hub !== bench.hub.id) toast(say("pack-other-hub", { code }), { state: "failed" });
    else if (!AT_BENCH.has(found.status)) toast(say("pack-has-left", { code, status: lookOf(found.status).word }), { state: "risk" });
    else {
      put(found);
      if (found.due_on > today()) toast(say("pack-other-day", { code, day: new Date(`${found.due_on}T12:00`).toLocaleDateString(language, { weekday: "short", day: "numeric", month: "short" }) }));
      choose(found.id);
    }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    toast(error.status === 404 ? say("pack-unknown", { code: text.trim() }) : error.message, { state: "failed" });
  }
}

document.getElementById("scan")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const input = /** @type {HTMLInputElement} */ (document.getElementById("scan-code"));
  if (input.value.trim()) jump(input.value);
  input.value = "";
  input.blur();
});

/* A scanner is a keyboard that types a code within a few dozen milliseconds and ends with Enter: wherever the focus is,
   such a burst is a scan, and what it wrote into a field is taken out again. */
const BURST_MS = 80;
let burst = "";
let lastKey = 0;
/** @type {{field: HTMLInputElement | HTMLTextAreaElement, value: string} | null} */
let typedInto = null;
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const at = event.timeStamp; // when the key was pressed, not when this busy page heard of it
  const isFast = at - lastKey < BURST_MS;
  lastKey = at;
  if (event.key === "Enter") {
    if (isFast && /^B[0-9A-Z]{7}$/i.test(burst)) {
      event.preventDefault();
      event.stopPropagation();
      if (typedInto) typedInto.field.value = typedInto.value;
      const dialog = document.querySelector("dialog[open]");
      if (dialog instanceof HTMLDialogElement) dialog.close();
      jump(burst);
    }
    burst = "";
    return;
  }
  if (event.key.length !== 1) return;
  if (!isFast || !burst) {
    burst = "";
    const field = document.activeElement;
    typedInto = field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement ? { field, value: field.value } : null;
  }
  burst += event.key;
}, { capture: true });

document.getElementById("sort")?.addEventListener("click", () => {
  bench.parcels.sort(compare);
  draw();
});

/* On a small screen the list lives in a drawer. */
const narrow = matchMedia("(max-width: 56rem)");
function placeSide() {
  const side = document.getElementById("side");
  if (side) (narrow.matches ? document.getElementById("drawer-body") : root)?.prepend(side);
}
narrow.addEventListener("change", placeSide);
placeSide();

setInterval(drawWorking, 30000);
const asked = new URLSearchParams(location.search).get("parcel");
draw();
if (asked) jump(asked);
