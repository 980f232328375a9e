/** How a hub is planned: the planner and what a stop is charged, kept as they are changed, each with its undo. */
import { $ } from "../kit/dom.js";
import { ApiError, api } from "../kit/api.js";
import { say } from "../kit/i18n.js";
import { toast } from "../kit/toast.js";

/** @param {string} hub */
export function followSettings(hub) {
  const engine = /** @type {HTMLSelectElement | null} */ ($("#engine"));
  const form = /** @type {HTMLFormElement | null} */ ($("#prices-form"));
  if (!engine || !form) return;
  const url = `/api/v1/hubs/${hub}/planning/`;
  const prices = /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll("input")]);

  const typed = () => ({ engine: engine.value, ...Object.fromEntries(prices.map((price) => [price.name, price.value])) });
  let kept = typed();

  /** @param {any} planning */
  function show(planning) {
    Object.assign(engine || {}, { value: planning.engine });
    for (const price of prices) price.value = planning[price.name];
    if (engine) engine.dataset.version = String(planning.version);
    kept = typed();
  }

  /** @param {Record<string, string>} wanted @param {boolean} [isUndo] */
  async function keep(wanted, isUndo) {
    const before = kept;
    try {
      show(await api("PUT", url, wanted, { etag: `"${engine?.dataset.version}"` }));
      toast(say("p-engine-kept"), { state: "done", undo: isUndo ? undefined : () => keep(before, true) });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const now = await api("GET", url, undefined, { quiet: true }).catch(() => null);
      if (now) show(now);
    }
  }

  engine.addEventListener("change", () => keep(typed()));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", () => form.reportValidity() && keep(typed()));
}
