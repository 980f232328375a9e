/** While a finger or the mouse is down, what it is on stays: a button that is drawn anew meanwhile would miss the click. */

// A touch's click comes a moment after the finger has left.
const CLICK_COMES_WITHIN_MS = 80;

let down = false;
let timer = 0;
/** @type {Set<() => void>} */
const waiting = new Set();

addEventListener("pointerdown", () => {
  clearTimeout(timer);
  down = true;
}, true);
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => (timer = window.setTimeout(release, CLICK_COMES_WITHIN_MS)), true);

function release() {
  down = false;
  const due = [...waiting];
  waiting.clear();
  for (const draw of due) draw();
}

/** Draw now, or once nothing is pressed any more: once, however often it was asked for. @param {() => void} draw */
export function afterPress(draw) {
  if (down) waiting.add(draw);
  else draw();
}
