/** How far a file is, asked every second; the page is loaded anew when the state changes. */
import { api } from "../kit/api.js";
import { $, setText } from "../kit/dom.js";

const box = $("#file-progress");
if (box instanceof HTMLElement) watch(box);

/** @param {HTMLElement} box */
function watch(box) {
  const bar = /** @type {HTMLProgressElement} */ ($("progress", box));
  const done = $("[data-done]", box);
  let before = "";
  const look = async () => {
    try {
      const file = await api("GET", box.dataset.url || "", undefined, { quiet: true });
      if (before && file.state !== before) return location.reload();
      if (!["READING", "RUNNING"].includes(file.state)) return location.reload();
      before = file.state;
      const value = file.state === "READING" ? file.lines_read : file.orders.taken;
      bar.value = value;
      if (done) setText(done, String(value));
    } catch {
      // The network is away for a moment: the next look finds out.
    }
    return window.setTimeout(look, 1000);
  };
  window.setTimeout(look, 500);
}
