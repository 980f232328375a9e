/** The pin: a click on the map, or a candidate, fills the form of the address that is being settled. */
import { $, $$ } from "../kit/dom.js";

const map = /** @type {any} */ ($("#review-map"));
const pins = JSON.parse($("#address-pins")?.textContent || "{}");
const centre = JSON.parse($("#map-centre")?.textContent || '""');
const cards = /** @type {HTMLFormElement[]} */ ($$("[data-address-card]"));
const input = (/** @type {HTMLFormElement} */ card, /** @type {string} */ name) => /** @type {HTMLInputElement} */ (card.elements.namedItem(name));
let current = cards[0];

if (centre) map.dataset.center = centre;
map.dataset.zoom = "13";
for (const hint of $$(".intake-map-hint")) hint.hidden = false;

/** @param {HTMLFormElement} card @param {{lon: number, lat: number} | null} [pin] */
function show(card, pin = null) {
  const isNew = card !== current;
  current = card;
  cards.forEach((other) => other.toggleAttribute("data-current", other === card));
  const stops = pins[card.dataset.addressCard || ""].map((/** @type {any} */ c, /** @type {number} */ i) => ({ id: c.value, number: i + 1, state: "planned", lon: c.lon, lat: c.lat, label: c.label }));
  if (pin) stops.push({ id: "pin", number: "+", state: "moving", ...pin });
  map.setStops(stops);
  if ((isNew || !pin) && stops.length) map.fit?.();
}

for (const card of cards) {
  card.addEventListener("focusin", () => card !== current && show(card));
  card.addEventListener("click", () => card !== current && show(card));
  card.addEventListener("change", (event) => {
    const target = /** @type {HTMLInputElement} */ (event.target);
    if (target.name === "choice") {
      input(card, "lon").value = input(card, "lat").value = "";
      show(card);
      map.select?.("stop", target.value);
    }
  });
}

map.addEventListener("place", (/** @type {CustomEvent} */ event) => {
  const { lon, lat } = event.detail;
  input(current, "lon").value = lon.toFixed(6);
  input(current, "lat").value = lat.toFixed(6);
  const details = input(current, "lon").closest("details");
  if (details) details.open = true;
  for (const radio of current.querySelectorAll("input[name=choice]")) /** @type {HTMLInputElement} */ (radio).checked = false;
  show(current, { lon, lat });
});

map.addEventListener("select", (/** @type {CustomEvent} */ event) => {
  const { kind, id } = event.detail;
  const radio = /** @type {HTMLInputElement | undefined} */ ([...current.querySelectorAll("input[name=choice]")].find((r) => /** @type {HTMLInputElement} */ (r).value === id));
  if (kind === "stop" && radio) {
    radio.checked = true;
    input(current, "lon").value = input(current, "lat").value = "";
  }
});

customElements.whenDefined("live-map").then(() => show(cards[0]));
