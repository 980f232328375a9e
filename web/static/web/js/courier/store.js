/** What the phone keeps: today's list, the outbox, photos. IndexedDB is the truth of this page; the network only catches up with it. */
import { openDB } from "../../vendor/idb/idb.js";

/** @typedef {{id: string, type: string, occurred_at: string, route?: string, stop?: string, parcel?: string, data?: Record<string, string>}} Command */
/** @typedef {{key?: number, command: Command, label: Record<string, string | number>, refused?: string}} Entry */
/** @typedef {{key?: number, command: string, kind: "PHOTO" | "SIGNATURE", blob: Blob}} Kept */

/** Everything is kept by courier: two who share a phone never see each other's day. @param {string} user */
export async function openStore(user) {
  const db = await openDB(`carteiro-courier-${user}`, 1, {
    upgrade(fresh) {
      fresh.createObjectStore("state");
      fresh.createObjectStore("outbox", { keyPath: "key", autoIncrement: true });
      fresh.createObjectStore("files", { keyPath: "key", autoIncrement: true });
      fresh.createObjectStore("positions", { keyPath: "key", autoIncrement: true });
    },
  });
  return new Store(db, user);
}

export class Store {
  /** @param {any} db @param {string} user */
  constructor(db, user) {
    this.db = db;
    this.user = user;
  }

  /** @param {string} name */
  get(name) {
    return this.db.get("state", name);
  }

  /** @param {string} name @param {any} value */
  set(name, value) {
    return this.db.put("state", value, name);
  }

  /** Keep what the courier did, with its files, in one go: both or neither. @param {Entry} entry @param {Kept[]} files */
  async add(entry, files = []) {
    const change = this.db.transaction(["outbox", "files"], "readwrite");
    await change.objectStore("outbox").add(entry);
    for (const file of files) await change.objectStore("files").add(file);
    await change.done;
  }

  /** Oldest first. @returns {Promise<Entry[]>} */
  outbox() {
    return this.db.getAll("outbox");
  }

  /** @returns {Promise<Kept[]>} */
  files() {
    return this.db.getAll("files");
  }

  /** @param {"outbox" | "files" | "positions"} place @param {number | undefined} key */
  remove(place, key) {
    return this.db.delete(place, key);
  }

  /** @param {Entry} entry @param {string} sentence */
  refuse(entry, sentence) {
    return this.db.put("outbox", { ...entry, refused: sentence });
  }

  /** @param {Record<string, any>} fix */
  addPosition(fix) {
    return this.db.add("positions", fix);
  }

  /** @param {number} most @returns {Promise<Record<string, any>[]>} */
  positions(most) {
    return this.db.getAll("positions", undefined, most);
  }

  /** Wipe this courier's day from the phone (sign-out). */
  async forget() {
    const change = this.db.transaction(["state", "outbox", "files", "positions"], "readwrite");
    for (const name of ["state", "outbox", "files", "positions"]) await change.objectStore(name).clear();
    await change.done;
  }
}
