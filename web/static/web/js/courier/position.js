/** Where the courier is, while on the road only: kept on the phone, sent in batches, the screen kept awake. */
import { now } from "../kit/clock.js";
import { say } from "../kit/i18n.js";
import { toast } from "../kit/toast.js";

const SEND_EVERY_MS = 10000;
let watch = 0;
let timer = 0;
/** @type {any} */ let awake = null;
let told = false;

/** @param {import("./store.js").Store} store @param {import("./outbox.js").Outbox} outbox @param {boolean} onTheRoad */
export function followPosition(store, outbox, onTheRoad) {
  if (onTheRoad === Boolean(watch)) return;
  if (!onTheRoad) {
    navigator.geolocation?.clearWatch(watch);
    clearInterval(timer);
    awake?.release?.();
    watch = 0;
    return;
  }
  if (!navigator.geolocation) return;
  watch = navigator.geolocation.watchPosition(
    ({ coords }) =>
      void store.addPosition({
        client_id: crypto.randomUUID(),
        recorded_at: now().toISOString(),
        lon: Number(coords.longitude.toFixed(6)),
        lat: Number(coords.latitude.toFixed(6)),
        accuracy: Math.round(coords.accuracy),
        speed: coords.speed,
        heading: coords.heading,
      }),
    () => {
      if (!told) toast(say("no-position"), { state: "risk" });
      told = true;
    },
    { enableHighAccuracy: true, maximumAge: 5000 },
  );
  timer = setInterval(() => outbox.drain(), SEND_EVERY_MS);
  const stayAwake = async () => (awake = await /** @type {any} */ (navigator).wakeLock?.request("screen").catch(() => null));
  void stayAwake();
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && watch && void stayAwake());
}
