/** Requests to our own API: CSRF, an Idempotency-Key on every write, problem+json in words. */
import { say } from "./i18n.js";
import { toast } from "./toast.js";

/** @typedef {{type?: string, title?: string, status: number, detail?: string, code?: string, errors?: any}} Problem */

/** A refusal with its sentence; `problem` is the RFC 9457 body. */
export class ApiError extends Error {
  /** @param {Problem} problem */
  constructor(problem) {
    super(problem.detail || problem.title || say("error-server"));
    this.name = "ApiError";
    this.problem = problem;
    this.status = problem.status;
    this.code = problem.code || "";
  }
}

/** A new key for one intention; a repeat of the same intention sends the same key. */
export function newKey() {
  return crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The token for writes, from the page's meta or a form. */
export function csrfToken() {
  return document.querySelector('meta[name="csrf-token"]')?.getAttribute("content") || /** @type {HTMLInputElement | null} */ (document.querySelector("input[name=csrfmiddlewaretoken]"))?.value || "";
}

/**
 * Ask the API. Answers the parsed body (null for none). Throws ApiError; unless `quiet`, it is also shown as a toast.
 * @param {string} method
 * @param {string} url
 * @param {any} [body] JSON, or FormData as it is
 * @param {{key?: string, etag?: string, quiet?: boolean, headers?: Record<string, string>, signal?: AbortSignal}} [options]
 */
export async function api(method, url, body, { key, etag, quiet = false, headers = {}, signal } = {}) {
  const writes = !["GET", "HEAD"].includes(method);
  const isForm = body instanceof FormData;
  /** @type {Record<string, string>} */
  const sent = { Accept: "application/json, application/problem+json", ...headers };
  if (writes) Object.assign(sent, { "X-CSRFToken": csrfToken(), "Idempotency-Key": key || newKey() });
  if (etag) sent["If-Match"] = etag;
  if (body !== undefined && !isForm) sent["Content-Type"] = "application/json";
  try {
    const response = await fetch(url, { method, headers: sent, body: isForm || body === undefined ? body : JSON.stringify(body), credentials: "same-origin", signal });
    if (response.ok) return response.status === 204 ? null : await read(response);
    throw new ApiError(await problemOf(response));
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    const told = error instanceof ApiError ? error : new ApiError({ status: 0, detail: say("error-network"), code: "network" });
    if (!quiet) toast(told.message, { state: "failed" });
    throw told;
  }
}

/**
 * Writes of one thing, one after another: each is sent when the one before is answered, so that it carries the version
 * which that one left. One that fails does not hold up the next.
 * @returns {(act: () => Promise<unknown>) => Promise<unknown>}
 */
export function inTurn() {
  /** @type {Promise<unknown>} */
  let last = Promise.resolve();
  return (act) => {
    const mine = last.then(act);
    last = mine.catch(() => {});
    return mine;
  };
}

/** @param {Response} response */
async function read(response) {
  const type = response.headers.get("Content-Type") || "";
  return type.includes("json") ? response.json() : response.text();
}

const SENTENCES = { 403: "error-refused", 404: "error-missing", 409: "error-changed", 412: "error-changed", 429: "error-many" };

/** @param {Response} response @returns {Promise<Problem>} */
async function problemOf(response) {
  const fallback = say(SENTENCES[/** @type {keyof typeof SENTENCES} */ (response.status)] || "error-server");
  if ((response.headers.get("Content-Type") || "").includes("json")) {
    const body = await response.json().catch(() => ({}));
    return { ...body, status: response.status, detail: body.detail || body.title || fallback };
  }
  return { status: response.status, detail: fallback };
}

/** Give htmx the token too. */
export function startHtmxToken() {
  document.addEventListener("htmx:config:request", (event) => {
    const request = /** @type {CustomEvent} */ (event).detail?.ctx?.request;
    if (request && !["GET", "HEAD"].includes(String(request.method).toUpperCase())) request.headers["X-CSRFToken"] = csrfToken();
  });
}
