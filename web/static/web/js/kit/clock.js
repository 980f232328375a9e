/** The server's clock, which a demo day may run faster than the wall's. Never use Date.now() for anything a person reads. */
import { ago } from "./i18n.js";

const meta = (/** @type {string} */ name) => document.querySelector(`meta[name="${name}"]`)?.getAttribute("content") || "";

let told = Date.parse(meta("server-now")) || Date.now();
let heard = performance.now();
let speed = Number(meta("clock-speed")) || 1;

/** The server's now. */
export function now() {
  return new Date(told + (performance.now() - heard) * speed);
}

/** Seconds of the server's day that pass in one real second. */
export function clockSpeed() {
  return speed;
}

/** Set the clock by what the server just said. @param {string | Date} moment @param {number} [faster] */
export function setClock(moment, faster = speed) {
  const at = new Date(moment).getTime();
  if (Number.isNaN(at)) return;
  told = at;
  heard = performance.now();
  speed = faster;
}

/** Call back every second; answers a function that stops it. @param {(now: Date) => void} tick */
export function everySecond(tick) {
  tick(now());
  const timer = setInterval(() => document.visibilityState === "visible" && tick(now()), 1000);
  return () => clearInterval(timer);
}

/** Keep every `<time data-ago datetime=...>` true. @param {ParentNode} [root] */
export function refreshAgo(root = document) {
  const at = now().getTime();
  for (const time of root.querySelectorAll("time[data-ago]")) {
    const text = ago(Math.round((at - Date.parse(/** @type {HTMLTimeElement} */ (time).dateTime)) / 1000));
    if (time.textContent !== text) time.textContent = text;
  }
}
