/** The page's words, from `<script type="application/json" id="kit-words">` and any other `json_script` a page adds. */

/** @type {Record<string, string | [string, string]>} */
const words = {};
for (const script of document.querySelectorAll('script[type="application/json"][id$="-words"]')) {
  Object.assign(words, JSON.parse(script.textContent || "{}"));
}

/** The reader's language, as a BCP 47 tag. */
export const language = String(words.language || document.documentElement.lang || "en");

/**
 * Say a word. {name} in it is filled from `values`; a pair is chosen by `values.n`.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function say(key, values = {}) {
  const word = words[key] ?? key;
  const text = Array.isArray(word) ? word[plural(Number(values.n))] : word;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

const rules = new Intl.PluralRules(language);

/** @param {number} n */
function plural(n) {
  return rules.select(n) === "one" ? 0 : 1;
}

const numbers = new Map();

/** @param {number} value @param {number} [digits] */
export function number(value, digits = 0) {
  if (!numbers.has(digits)) {
    numbers.set(digits, new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }));
  }
  return numbers.get(digits).format(value);
}

const clocks = new Map();

/** The time of day, "10:40", in a zone (the reader's when left out). @param {Date | string | number} moment @param {string} [zone] */
export function timeOfDay(moment, zone) {
  if (!clocks.has(zone)) {
    clocks.set(zone, new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone }));
  }
  return clocks.get(zone).format(new Date(moment));
}

/** "10:40-11:10". @param {Date | string | number} start @param {Date | string | number} end @param {string} [zone] */
export function timeWindow(start, end, zone) {
  return `${timeOfDay(start, zone)}-${timeOfDay(end, zone)}`;
}

/** "45 s", "12 min", "2 h", "3 days". @param {number} seconds */
export function span(seconds) {
  const size = Math.abs(seconds);
  if (size < 60) return say("s", { n: Math.floor(size) });
  if (size < 3600) return say("min", { n: Math.floor(size / 60) });
  if (size < 86400) return say("h", { n: Math.floor(size / 3600) });
  return say("day", { n: Math.floor(size / 86400) });
}

/** "12 s ago", "in 5 min", "now". @param {number} seconds positive = past */
export function ago(seconds) {
  if (Math.abs(seconds) < 5) return say("now");
  return say(seconds > 0 ? "ago" : "in", { span: span(seconds) });
}
