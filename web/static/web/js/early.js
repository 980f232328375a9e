/* Runs before the first paint: the theme that was chosen, or dark for the field after sunset. A classic script on purpose. */
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  apply();
  // kit/theme.js asks again when the choice changes and as the sun goes down.
  /** @type {any} */ (window).applyTheme = apply;

  function apply() {
    const chosen = kept("theme");
    if (chosen === "light" || chosen === "dark") {
      root.dataset.theme = chosen;
    } else if (root.dataset.themeDefault === "sunset") {
      const [lat, lon] = root.dataset.lat ? [root.dataset.lat, root.dataset.lon] : (kept("place") || "").split(",");
      root.dataset.theme = isDark(now(), Number(lat), Number(lon)) ? "dark" : "light";
    } else {
      delete root.dataset.theme;
    }
  }

  /** @param {string} name */
  function kept(name) {
    try {
      return localStorage.getItem(name);
    } catch {
      return null; // storage is blocked: the device decides
    }
  }

  /* The device's clock; the server's where a demo drives it (a page from the cache would tell an old one otherwise). */
  function now() {
    const meta = (/** @type {string} */ name) => document.querySelector(`meta[name="${name}"]`)?.getAttribute("content");
    return new Date(Number(meta("clock-speed") || 1) === 1 ? Date.now() : meta("server-now") || Date.now());
  }

  /** The sun's height by the low-precision formula of the Astronomical Almanac; without a place, 19:00 to 6:00.
     @param {Date} now @param {number} lat @param {number} lon */
  function isDark(now, lat, lon) {
    if (!lat && !lon) {
      const hour = now.getHours();
      return hour >= 19 || hour < 6;
    }
    const rad = Math.PI / 180;
    const days = now.getTime() / 86400000 + 2440587.5 - 2451545;
    const anomaly = (357.528 + 0.9856003 * days) * rad;
    const ecliptic = (280.46 + 0.9856474 * days + 1.915 * Math.sin(anomaly) + 0.02 * Math.sin(2 * anomaly)) * rad;
    const tilt = (23.439 - 4e-7 * days) * rad;
    const declination = Math.asin(Math.sin(tilt) * Math.sin(ecliptic));
    const ascension = Math.atan2(Math.cos(tilt) * Math.sin(ecliptic), Math.cos(ecliptic));
    const hourAngle = (280.46061837 + 360.98564736629 * days + lon) * rad - ascension;
    const height = Math.asin(Math.sin(lat * rad) * Math.sin(declination) + Math.cos(lat * rad) * Math.cos(declination) * Math.cos(hourAngle));
    return height / rad < -0.833;
  }
})();
