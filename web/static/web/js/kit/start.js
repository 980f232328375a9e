/** What every page does once. Pages take what else they need of the kit themselves. */
import { everySecond, refreshAgo } from "./clock.js";
import { placeAll } from "./dom.js";
import { startDialogs } from "./dialog.js";
import { startFloats } from "./float.js";
import { startHtmxToken } from "./api.js";
import { startKeys } from "./keys.js";
import { startTheme } from "./theme.js";
import { adoptToasts } from "./toast.js";

startTheme();
startDialogs();
startFloats();
startKeys();
startHtmxToken();
adoptToasts();
placeAll();
everySecond(() => refreshAgo());
document.addEventListener("htmx:after:swap", () => {
  placeAll();
  refreshAgo();
});
