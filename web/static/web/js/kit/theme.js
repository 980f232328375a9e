/** Light, dark, or as the device has it. early.js applies the choice before the first paint. */

/** @returns {"light" | "dark" | "auto"} */
export function chosenTheme() {
  try {
    const theme = localStorage.getItem("theme");
    return theme === "light" || theme === "dark" ? theme : "auto";
  } catch {
    return "auto";
  }
}

/** Whether the page is dark now. */
export function isDark() {
  const theme = document.documentElement.dataset.theme;
  return theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

/** @param {string} theme */
export function chooseTheme(theme) {
  const root = document.documentElement;
  try {
    if (theme === "auto") localStorage.removeItem("theme");
    else localStorage.setItem("theme", theme);
  } catch {
    /* storage is blocked: the choice lasts for this page */
  }
  if (theme === "auto") apply();
  else root.dataset.theme = theme;
  showChoice();
  document.dispatchEvent(new CustomEvent("themechange"));
}

/** Follow the sun at a place: the field's pages turn dark after sunset there. @param {number} lat @param {number} lon */
export function rememberPlace(lat, lon) {
  try {
    localStorage.setItem("place", `${lat},${lon}`);
  } catch {
    /* storage is blocked: the hour of the day decides */
  }
  follow();
}

/** early.js decides; absent (a test page), the device does. */
function apply() {
  const decide = /** @type {any} */ (window).applyTheme;
  if (decide) decide();
  else delete document.documentElement.dataset.theme;
}

function follow() {
  const before = document.documentElement.dataset.theme;
  apply();
  if (document.documentElement.dataset.theme !== before) document.dispatchEvent(new CustomEvent("themechange"));
}

function showChoice() {
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-theme-choice]"))) {
    if (button.dataset.themeChoice === chosenTheme()) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
}

export function startTheme() {
  showChoice();
  document.addEventListener("click", (event) => {
    const button = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest?.("[data-theme-choice]"));
    if (button?.dataset.themeChoice) chooseTheme(button.dataset.themeChoice);
  });
  if (document.documentElement.dataset.themeDefault === "sunset") setInterval(follow, 300_000);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => document.dispatchEvent(new CustomEvent("themechange")));
}
