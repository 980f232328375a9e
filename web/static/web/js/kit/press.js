/** While a finger or the mouse is down, what it is on stays: a button that is drawn anew meanwhile would miss the click. */

// A touch's click comes a moment after the finger has left.
const CLICK_COMES_WITHIN_MS = 80;
// A context menu takes the end of a press to itself: nothing waits longer than this.
const LONGEST_PRESS_MS = 2000;

let down = false;
let timer = 0;
/** @type {Set<() => void>} */
const waiting = new Set();

addEventListener("pointerdown", () => {
  down = true;
  releaseIn(LONGEST_PRESS_MS);
}, true);
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => releaseIn(CLICK_COMES_WITHIN_MS), true);

/** @param {number} ms */
function releaseIn(ms) {
  clearTimeout(timer);
  timer = window.setTimeout(release, ms);
}

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
