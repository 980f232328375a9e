/**
 * The client of our live sockets (docs/live-events.md). One socket carries all streams of a page; every stream is
 * resumed from {epoch, seq}, so a gap is fetched and nothing is shown twice. When no socket can be had it polls the
 * snapshots with their ETag.
 */
import { ago, say } from "./i18n.js";
import { now, setClock } from "./clock.js";

const BACK_OFF_S = [1, 2, 4, 8, 16];
const POLL_S = 15;
const SILENCE_S = 40;
/** Signed out, or no longer allowed: trying again changes nothing. */
const NOT_ALLOWED = new Set([4401, 4403]);

/** @typedef {"live" | "catching-up" | "offline"} LiveState */
/**
 * @typedef {object} Follower
 * @property {(data: any) => void} snapshot replace everything
 * @property {(name: string, data: any, at: string) => void} event change in place
 * @property {(key: string, data: any, at: string) => void} [gauge] the newest value of something that moves (a position); nothing is owed
 * @property {string} [snapshotUrl] polled while there is no socket
 * @property {string | number | null} [epoch]
 * @property {number | null} [seq]
 */

export class Live extends EventTarget {
  /**
   * @param {string} url path or ws(s) address: "/ws/" for people who signed in
   * @param {{passive?: boolean}} [options] passive: the server chooses the streams (the recipient's socket); follow "*"
   */
  constructor(url = "/ws/", { passive = false } = {}) {
    super();
    this.passive = passive;
    this.url = new URL(url, location.href);
    this.url.protocol = this.url.protocol.replace("http", "ws");
    /** @type {Map<string, Follower & {etag?: string, ready?: boolean}>} */
    this.followers = new Map();
    /** @type {LiveState} */
    this.state = "catching-up";
    this.heardAt = now();
    this.tries = 0;
    this.closed = false;
    this.polling = 0;
    this.retry = 0;
    this.onWake = () => document.visibilityState === "visible" && navigator.onLine && this.hurry();
    addEventListener("online", this.onWake);
    document.addEventListener("visibilitychange", this.onWake);
    this.watch = setInterval(() => this.checkSilence(), 5000);
    this.connect();
  }

  /** Follow a stream. @param {string} stream @param {Follower} follower */
  subscribe(stream, follower) {
    this.followers.set(stream, { epoch: null, seq: null, ...follower });
    this.ask(stream);
    return () => this.unsubscribe(stream);
  }

  /** @param {string} stream */
  unsubscribe(stream) {
    if (this.followers.delete(stream)) this.send({ type: "unsubscribe", stream });
  }

  close() {
    this.closed = true;
    clearInterval(this.watch);
    clearTimeout(this.retry);
    clearTimeout(this.polling);
    removeEventListener("online", this.onWake);
    document.removeEventListener("visibilitychange", this.onWake);
    this.socket?.close(1000);
  }

  connect() {
    if (this.closed) return;
    clearTimeout(this.retry);
    const socket = new WebSocket(this.url);
    this.socket = socket;
    socket.onopen = () => {
      this.tries = 0;
      this.heardAt = now();
      this.lastFrame = performance.now();
      clearTimeout(this.polling);
      this.polling = 0;
      for (const [stream, follower] of this.followers) {
        follower.ready = false;
        this.ask(stream);
      }
    };
    socket.onmessage = (message) => this.receive(JSON.parse(message.data));
    socket.onclose = (event) => {
      if (this.socket !== socket) return;
      if (NOT_ALLOWED.has(event.code)) this.closed = true;
      if (this.closed) this.setState("offline");
      if (NOT_ALLOWED.has(event.code)) this.dispatchEvent(new CustomEvent("refused", { detail: { code: event.code } }));
      this.lost();
    };
  }

  /** Try at once instead of waiting for the back-off. */
  hurry() {
    if (this.socket && this.socket.readyState <= WebSocket.OPEN) return;
    this.tries = 0;
    this.connect();
  }

  lost() {
    if (this.closed) return;
    for (const follower of this.followers.values()) follower.ready = false;
    this.setState(this.tries < 2 && navigator.onLine ? "catching-up" : "offline");
    const base = BACK_OFF_S[Math.min(this.tries, BACK_OFF_S.length - 1)];
    this.tries += 1;
    this.retry = window.setTimeout(() => this.connect(), base * 1000 * (0.5 + Math.random()));
    if (!this.polling) this.polling = window.setTimeout(() => this.poll(), 2000);
  }

  checkSilence() {
    const open = this.socket?.readyState === WebSocket.OPEN;
    if (open && this.lastFrame && performance.now() - this.lastFrame > SILENCE_S * 1000) {
      const silent = this.socket;
      this.socket = undefined;
      silent?.close();
      this.lost();
    }
  }

  /** @param {string} stream */
  ask(stream) {
    const follower = this.followers.get(stream);
    if (!follower) return;
    if (this.passive) {
      // Nothing can be asked for: a new socket brings a new snapshot.
      if (follower.ready === false && follower.seq !== null) this.socket?.close(1000);
      return;
    }
    /** @type {Record<string, any>} */
    const frame = { type: "subscribe", stream };
    if (follower.seq !== null) Object.assign(frame, { epoch: follower.epoch ?? "", seq: follower.seq });
    this.send(frame);
  }

  /** @param {object} frame */
  send(frame) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  /** @param {any} frame */
  receive(frame) {
    this.lastFrame = performance.now();
    this.heardAt = now();
    if (frame.type === "head") {
      if (frame.at) setClock(frame.at);
      this.compareHeads(frame.streams || {});
    } else if (frame.type === "refused") {
      this.followers.delete(frame.stream);
      this.dispatchEvent(new CustomEvent("refused", { detail: frame }));
    } else {
      const name = this.passive ? "*" : frame.stream;
      const follower = this.followers.get(name);
      if (!follower) return;
      if (frame.type === "snapshot" || frame.type === "resync") this.take(follower, frame);
      else if (frame.type === "resumed") Object.assign(follower, { epoch: frame.epoch, seq: frame.seq, ready: true });
      else if (frame.type === "event") this.apply(name, follower, frame);
      else if (frame.type === "gauge") follower.gauge?.(frame.key, frame.data, frame.at);
    }
    this.judge();
  }

  /** @param {Follower & {ready?: boolean}} follower @param {any} frame */
  take(follower, frame) {
    Object.assign(follower, { epoch: frame.epoch, seq: frame.seq, ready: true });
    follower.snapshot(frame.data);
  }

  /** @param {string} stream @param {Follower & {ready?: boolean}} follower @param {any} frame */
  apply(stream, follower, frame) {
    if (follower.seq === null || follower.seq === undefined) return;
    if (frame.seq <= follower.seq) return;
    if (frame.seq > follower.seq + 1) {
      follower.ready = false;
      this.ask(stream);
      return;
    }
    follower.seq = frame.seq;
    follower.ready = true;
    follower.event(frame.event, frame.data, frame.at);
  }

  /** @param {Record<string, number>} heads */
  compareHeads(heads) {
    for (const [stream, seq] of Object.entries(heads)) {
      const name = this.passive ? "*" : stream;
      const follower = this.followers.get(name);
      if (!follower || follower.seq === null || follower.seq === undefined) continue;
      if (seq > follower.seq) {
        follower.ready = false;
        this.ask(name);
      } else follower.ready = true;
    }
  }

  judge() {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    this.setState([...this.followers.values()].every((follower) => follower.ready) ? "live" : "catching-up");
  }

  async poll() {
    if (this.closed || this.socket?.readyState === WebSocket.OPEN) {
      this.polling = 0;
      return;
    }
    let reached = false;
    for (const follower of this.followers.values()) {
      if (!follower.snapshotUrl || document.visibilityState !== "visible") continue;
      try {
        const response = await fetch(follower.snapshotUrl, { headers: { Accept: "application/json", ...(follower.etag ? { "If-None-Match": follower.etag } : {}) }, credentials: "same-origin" });
        reached ||= response.ok || response.status === 304;
        if (response.status === 200) {
          follower.etag = response.headers.get("ETag") || undefined;
          const body = await response.json();
          this.take(follower, "data" in body ? body : { epoch: null, seq: null, data: body });
        }
      } catch {
        /* the next round tries again; the state says offline meanwhile */
      }
    }
    if (this.closed || /** @type {any} */ (this.socket)?.readyState === WebSocket.OPEN) return;
    if (reached) this.heardAt = now();
    this.setState(reached ? "catching-up" : "offline");
    this.polling = window.setTimeout(() => this.poll(), POLL_S * 1000);
  }

  /** @param {LiveState} state */
  setState(state) {
    if (state === this.state && this.announced) return;
    this.announced = true;
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: state }));
  }
}

/** Show a connection on the page's indicator (`#live-state` of the base templates). @param {Live} live @param {HTMLElement | null} [element] */
export function showLiveState(live, element = document.getElementById("live-state")) {
  if (!element) return;
  const show = () => {
    element.hidden = false;
    element.dataset.live = live.state;
    const seconds = Math.round((now().getTime() - live.heardAt.getTime()) / 1000);
    const text = live.state === "live" ? say("live") : `${say(live.state)}, ${say("updated", { ago: ago(seconds) })}`;
    if (element.textContent !== text) element.textContent = text;
  };
  live.addEventListener("state", show);
  setInterval(() => live.state !== "live" && show(), 10000);
  show();
}
