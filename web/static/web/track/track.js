/**
 * Keeps the recipient's page true while it is open. Everything on it was written by the server; this asks for the
 * few words that change whenever the socket says that something happened (or now and then, without a socket), and
 * for the whole page when other cards are to be shown, but never over a form that somebody is filling in.
 */
import { Live, showLiveState } from "../js/kit/live.js";
import { everySecond, refreshAgo, setClock } from "../js/kit/clock.js";

const base = document.getElementById("answer")?.dataset.base || location.pathname;
const query = new URLSearchParams(location.search);
query.delete("done");
const tail = query.size ? `?${query}` : "";
const POLL_S = 30;

let etag = "";
let asking = false;
let again = false;
/** @type {any} */
let map = null;

async function refresh() {
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  try {
    const response = await fetch(`${base}state.json${tail}`, { headers: etag ? { "If-None-Match": etag } : {}, credentials: "omit" });
    if (response.status === 200) {
      etag = response.headers.get("ETag") || "";
      await show(await response.json());
    } else if (response.status === 404) location.reload();
  } catch {
    /* no network: the indicator says so, the next round tries again */
  } finally {
    asking = false;
    if (again) {
      again = false;
      refresh();
    }
  }
}

/** @param {any} state */
async function show(state) {
  setClock(state.now);
  const answer = document.getElementById("answer");
  if (!answer) return;
  if (answer.dataset.shape !== state.shape) {
    await reshape();
    return;
  }
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (answer.querySelectorAll("[data-say]"))) {
    const text = state[/** @type {string} */ (element.dataset.say)] || "";
    if (element.textContent === text) continue;
    element.textContent = text;
    element.hidden = !text;
    element.classList.add("changed");
    setTimeout(() => element.classList.remove("changed"), 2000);
  }
  if (state.courier) moveCourier(state.courier);
}

/** Fetch the page anew; the answer always, the rest unless a form is in use. */
async function reshape() {
  const response = await fetch(`${base}${tail}`, { credentials: "omit" });
  if (!response.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  const had = document.getElementById("main");
  const has = fresh.getElementById("main");
  if (!had || !has) return;
  document.title = fresh.title;
  if (isBusy(had)) {
    const answer = fresh.getElementById("answer");
    if (answer) document.getElementById("answer")?.replaceWith(document.adoptNode(answer));
  } else {
    had.replaceChildren(...[...has.childNodes].map((node) => document.adoptNode(node)));
    map = null;
    startMap();
  }
}

/** Somebody types or has a choice open. @param {HTMLElement} main */
function isBusy(main) {
  if (main.querySelector("details[open]")) return true;
  return Boolean(document.activeElement?.matches("input, textarea, select") && main.contains(document.activeElement));
}

async function startMap() {
  const data = document.getElementById("track-place");
  const element = document.getElementById("track-map");
  if (!data || !element) return;
  const place = JSON.parse(data.textContent || "{}");
  await import("../js/map/live-map.js");
  await customElements.whenDefined("live-map");
  map = element;
  if (place.home) map.setStops([{ id: "home", number: "⌂", state: "moving", lon: place.home.lon, lat: place.home.lat }]);
  if (place.courier) moveCourier(place.courier);
}

/** @param {{lon: number | null, lat: number, seen_at: string}} courier */
function moveCourier(courier) {
  if (courier.lon === null || !map) return;
  map.moveCourier({ id: "courier", name: "", lon: courier.lon, lat: courier.lat });
  const seen = /** @type {HTMLTimeElement | null} */ (document.getElementById("seen"));
  if (seen) seen.dateTime = courier.seen_at;
}

const live = new Live(`/ws${base}`, { passive: true });
live.subscribe("*", {
  snapshot: () => refresh(),
  event: () => refresh(),
  gauge: (key, data) => {
    if (key !== "courier") return;
    if (data.lon === null || !map) refresh();
    else moveCourier(data);
  },
});
live.addEventListener("refused", () => location.reload());
showLiveState(live);
setInterval(() => live.state !== "live" && document.visibilityState === "visible" && refresh(), POLL_S * 1000);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && refresh());
everySecond(() => refreshAgo());
startMap();
