/** "Why?" and menus (`<details class="why">`, `<details class="menu">`): one open at a time, Escape and a click outside close it. */

const FLOATS = "details.why[open], details.menu[open]";

export function startFloats() {
  document.addEventListener("click", (event) => {
    for (const details of /** @type {NodeListOf<HTMLDetailsElement>} */ (document.querySelectorAll(FLOATS))) {
      const target = /** @type {Node} */ (event.target);
      const chosen = details.classList.contains("menu") && /** @type {Element} */ (target).closest?.(".menu-item") && details.contains(target);
      if (!details.contains(target) || chosen) details.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = /** @type {HTMLDetailsElement | null} */ (document.querySelector(FLOATS));
    if (!open) return;
    open.open = false;
    open.querySelector("summary")?.focus();
    event.stopPropagation();
    event.preventDefault();
  });
  document.addEventListener(
    "toggle",
    (event) => {
      const details = event.target;
      if (details instanceof HTMLDetailsElement && details.open && details.matches(".why, .menu")) keepInside(details);
    },
    true,
  );
}

/** Turn a float to the other side where it would leave the window. @param {HTMLDetailsElement} details */
function keepInside(details) {
  const panel = /** @type {HTMLElement | null} */ (details.querySelector(":scope > div, :scope > ul"));
  if (!panel) return;
  panel.style.removeProperty("translate");
  const box = panel.getBoundingClientRect();
  const over = Math.max(0, box.right + 8 - document.documentElement.clientWidth);
  const under = Math.max(0, 8 - box.left);
  if (over || under) panel.style.setProperty("translate", `${under - over}px 0`);
  if (box.bottom + 8 > window.innerHeight && !details.classList.contains("float-up") && details.getBoundingClientRect().top > box.height + 8) details.classList.add("float-up");
}
