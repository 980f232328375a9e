/** What the phone keeps: today's list, the outbox, photos. IndexedDB is the truth of this page; the network only catches up with it. */
import { openDB } from "../../vendor/idb/idb.js";

/** @typedef {{id: string, type: string, occurred_at: string, route?: string, stop?: string, parcel?: string, data?: Record<string, string>}} Command */
/** What the courier did. refused: the server's sentence; taken: the server has it, but no list that shows it came yet. */
/** @typedef {{key?: number, command: Command, label: Record<string, string | number>, refused?: string, taken?: boolean}} Entry */
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

  /** All that the list from the server does not show yet, oldest first. @returns {Promise<Entry[]>} */
  entries() {
    return this.db.getAll("outbox");
  }

  /** What waits to be sent or was refused, oldest first. */
  async outbox() {
    return (await this.entries()).filter((entry) => !entry.taken);
  }

  /** @returns {Promise<Kept[]>} */
  files() {
    return this.db.getAll("files");
  }

  /** @param {"outbox" | "files" | "positions"} place @param {number | undefined} key */
  remove(place, key) {
    return this.db.delete(place, key);
  }

  /** The server has it: it is not sent again, and shows until a list has come that knows of it. @param {Entry} entry */
  take(entry) {
    return this.db.put("outbox", { ...entry, taken: true });
  }

  /** Keep a new list, if one came, and let go of what it shows. @param {any} manifest @param {string} mark @param {Entry[]} shown */
  async keepList(manifest, mark, shown) {
    const change = this.db.transaction(["state", "outbox"], "readwrite");
    if (manifest) await change.objectStore("state").put(manifest, "manifest");
    if (manifest) await change.objectStore("state").put(mark, "manifest-mark");
    for (const entry of shown) await change.objectStore("outbox").delete(entry.key);
    await change.done;
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
