/**
 * Sends what the courier did, in order, once only. The server knows each command by its id, so sending again is harmless.
 * Drains on start, after each step, when the connection or the page comes back, and by a timer; one tab at a time.
 */
import { now } from "../kit/clock.js";

const COMMANDS = "/api/v1/couriers/me/commands/";
const PROOFS = "/api/v1/couriers/me/proofs/";
const POSITIONS = "/api/v1/couriers/me/positions/";
const BATCH = 50;
const BACK_OFF_S = [2, 4, 8, 16, 30];

/** The cookie's token, not the page's: the page may be an old one from the phone. */
function token() {
  return document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] || "";
}

/** @param {string} url @param {any} body @param {boolean} [isForm] */
async function post(url, body, isForm = false) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json", "X-CSRFToken": token(), "Idempotency-Key": crypto.randomUUID() };
  if (!isForm) headers["Content-Type"] = "application/json";
  const control = new AbortController();
  const timer = setTimeout(() => control.abort(), 30000);
  try {
    return await fetch(url, { method: "POST", headers, body: isForm ? body : JSON.stringify(body), credentials: "same-origin", signal: control.signal });
  } finally {
    clearTimeout(timer);
  }
}

export class Outbox extends EventTarget {
  /** @param {import("./store.js").Store} store */
  constructor(store) {
    super();
    this.store = store;
    this.tries = 0;
    this.timer = 0;
    /** @type {"ok" | "offline" | "signed-out"} */
    this.state = "ok";
    addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.hurry());
    setInterval(() => this.drain(), 20000);
  }

  /** @param {import("./store.js").Entry} entry @param {import("./store.js").Kept[]} [files] */
  async put(entry, files) {
    await this.store.add(entry, files);
    this.dispatchEvent(new Event("change"));
    this.hurry();
  }

  hurry() {
    this.tries = 0;
    clearTimeout(this.timer);
    this.timer = 0;
    void this.drain();
  }

  /** Send all that waits. Never two at a time, over all tabs. */
  async drain() {
    if (this.timer) return;
    await navigator.locks.request(`outbox-${this.store.user}`, { ifAvailable: true }, async (lock) => {
      if (!lock) return;
      try {
        await this.sendCommands();
        await this.sendFiles();
        await this.sendPositions();
        this.tries = 0;
        this.become("ok");
      } catch (error) {
        if (error instanceof SignedOut) return this.become("signed-out");
        this.become("offline");
        const wait = BACK_OFF_S[Math.min(this.tries++, BACK_OFF_S.length - 1)];
        this.timer = setTimeout(() => {
          this.timer = 0;
          void this.drain();
        }, wait * 1000 * (0.75 + Math.random() / 2));
      }
    });
  }

  /** @param {"ok" | "offline" | "signed-out"} state */
  become(state) {
    this.state = state;
    this.dispatchEvent(new Event("change"));
  }

  async sendCommands() {
    for (;;) {
      const waiting = (await this.store.outbox()).filter((entry) => !entry.refused).slice(0, BATCH);
      if (!waiting.length) return;
      const response = await post(COMMANDS, { sent_at: now().toISOString(), commands: waiting.map((entry) => entry.command) });
      const { results } = await answered(response);
      for (const entry of waiting) {
        const result = results.find((/** @type {any} */ one) => one.id === entry.command.id);
        if (!result) continue;
        if (result.outcome === "refused") await this.store.refuse(entry, result.message || result.code);
        else await this.store.take(entry);
      }
      this.dispatchEvent(new Event("sent"));
      this.dispatchEvent(new Event("change"));
    }
  }

  /** A file waits until its command is there; one that the server can't use is given up, its delivery stands. */
  async sendFiles() {
    const waiting = new Set((await this.store.outbox()).map((entry) => entry.command.id));
    for (const file of await this.store.files()) {
      if (waiting.has(file.command)) continue;
      const form = new FormData();
      form.append("command", file.command);
      form.append("kind", file.kind);
      form.append("file", file.blob, file.kind === "PHOTO" ? "photo.jpg" : "signature.png");
      const response = await post(PROOFS, form, true);
      if (response.status >= 500 || response.status === 429 || response.status === 401 || response.status === 403) await answered(response);
      await this.store.remove("files", file.key);
      this.dispatchEvent(new Event("change"));
    }
  }

  async sendPositions() {
    for (;;) {
      const fixes = await this.store.positions(200);
      if (!fixes.length) return;
      const response = await post(POSITIONS, { positions: fixes.map(({ key, ...fix }) => fix) });
      if (response.status >= 500 || response.status === 429) await answered(response);
      for (const fix of fixes) await this.store.remove("positions", fix.key);
    }
  }
}

class SignedOut extends Error {}

/** @param {Response} response */
async function answered(response) {
  if (response.status === 401 || response.status === 403) throw new SignedOut();
  if (!response.ok) throw new Error(`answered ${response.status}`);
  return response.json();
}
