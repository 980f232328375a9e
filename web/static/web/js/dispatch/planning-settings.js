/** How a hub is planned: the planner and what a stop is charged, kept as they are changed, each with its undo. */
import { $ } from "../kit/dom.js";
import { ApiError, api, inTurn } from "../kit/api.js";
import { say } from "../kit/i18n.js";
import { toast } from "../kit/toast.js";

/** @typedef {HTMLInputElement | HTMLSelectElement} Field */

/** @param {string} hub */
export function followSettings(hub) {
  const engine = /** @type {HTMLSelectElement | null} */ ($("#engine"));
  const form = /** @type {HTMLFormElement | null} */ ($("#prices-form"));
  if (!engine || !form) return;
  const url = `/api/v1/hubs/${hub}/planning/`;
  const fields = /** @type {Field[]} */ ([engine, ...form.querySelectorAll("input")]);
  const turn = inTurn();

  /** What the server has, as far as this page knows. @type {Record<string, string>} */
  let kept = Object.fromEntries(fields.map((field) => [field.name, field.value]));
  let version = engine.dataset.version;

  /** Show what the server has, but in a field where something else is typed by now. @param {any} planning @param {Record<string, string>} [sent] */
  function take(planning, sent = {}) {
    for (const field of fields) {
      if ([kept[field.name], sent[field.name]].includes(field.value)) field.value = planning[field.name];
      kept[field.name] = planning[field.name];
    }
    version = planning.version;
  }

  /** Each save carries one field: the others may be half typed, or somebody else's. @param {Field} field @param {string} value @param {boolean} [isUndo] */
  async function save(field, value, isUndo = false) {
    const before = kept[field.name];
    const wanted = { [field.name]: value };
    try {
      take(await api("PUT", url, { engine: kept.engine, ...wanted }, { etag: `"${version}"`, quiet: true }), wanted);
      toast(say("p-engine-kept"), { state: "done", undo: isUndo ? undefined : () => put(field, before, true) });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 412) return saveBesideTheirs(field, value, isUndo);
      toast(error.message, { state: "failed" });
    }
  }

  /** Somebody was faster. Where they changed other fields, both are kept; where they changed this one, its reader chooses. @param {Field} field @param {string} value @param {boolean} isUndo @returns {Promise<void>} */
  async function saveBesideTheirs(field, value, isUndo) {
    const before = kept[field.name];
    const theirs = await api("GET", url).catch(() => null);
    if (!theirs) return;
    take(theirs);
    if (kept[field.name] === before) return save(field, value, isUndo);
    toast(say("p-meanwhile"), { state: "risk", action: { label: say("d-do-mine"), run: () => put(field, value, isUndo) } });
  }

  /** @param {Field} field @param {string} value @param {boolean} [isUndo] */
  function put(field, value, isUndo) {
    field.value = value;
    return turn(() => save(field, value, isUndo));
  }

  form.addEventListener("submit", (event) => event.preventDefault());
  for (const field of fields) field.addEventListener("change", () => field.reportValidity() && put(field, field.value));
}
