/** Builders that cannot inject: children become text nodes, never markup. */

/** What was made with listeners. @type {WeakSet<Node>} */
const listening = new WeakSet();

/**
 * Make an element: h("button", {class: "btn", onclick: save, "aria-pressed": "true"}, icon("check"), "Save").
 * Props starting with "on" are listeners; `data` is an object of data attributes; true and false add and leave out.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any> | null} [props]
 * @param {...(Node | string | number | null | undefined | false | any[])} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) {
      element.addEventListener(name.slice(2), value);
      listening.add(element);
    }
    else if (name === "data") Object.assign(element.dataset, value);
    else if (name === "value" || name === "checked") /** @type {any} */ (element)[name] = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  add(element, children);
  return element;
}

/** @param {Node} parent @param {any[]} children */
function add(parent, children) {
  for (const child of children) {
    if (Array.isArray(child)) add(parent, child);
    else if (child instanceof Node) parent.appendChild(child);
    else if (child !== null && child !== undefined && child !== false) parent.appendChild(document.createTextNode(String(child)));
  }
}

/** An icon of the sprite. @param {string} name @param {16 | 20 | 24} [size] @param {string} [label] */
export function icon(name, size = 16, label = "") {
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  svg.setAttribute("class", size === 16 ? "icon" : `icon icon-${size}`);
  svg.setAttribute("width", String(size));
  svg.setAttribute("height", String(size));
  if (label) {
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", label);
  } else {
    svg.setAttribute("aria-hidden", "true");
  }
  const use = document.createElementNS(ns, "use");
  use.setAttribute("href", `${document.documentElement.dataset.icons}#${name}`);
  svg.appendChild(use);
  return svg;
}

/** Replace an element's text only when it changed; answers whether it did. @param {Element | null} element @param {string | number} text */
export function setText(element, text) {
  if (!element || element.textContent === String(text)) return false;
  element.textContent = String(text);
  return true;
}

/**
 * Make a box hold `children`, and keep each element that looks as it did: what is being tapped, typed or ticked stays.
 * The listeners of what stays are the old ones: what they are about is asked for when they are called, or is an id that
 * the element carries. An element with listeners stays only if all within it looks as it did.
 * @param {Element} box
 * @param {...any} children
 */
export function fill(box, ...children) {
  blend(box, h("div", null, children));
}

/** @param {Element} box @param {Element} fresh */
function blend(box, fresh) {
  const nodes = [...fresh.childNodes];
  nodes.forEach((child, at) => {
    const had = box.childNodes[at];
    if (!had) box.appendChild(child);
    else if (isSameShell(had, child)) blend(had, child);
    else if (!had.isEqualNode(child)) had.replaceWith(child);
  });
  while (box.childNodes.length > nodes.length) box.lastChild?.remove();
}

/** Tell whether two elements differ within only, and nothing hangs on what is within. @param {Node} had @param {Node} child */
function isSameShell(had, child) {
  const both = had instanceof Element && child instanceof Element && !listening.has(had) && !listening.has(child);
  return both && had.cloneNode(false).isEqualNode(child.cloneNode(false));
}

/** Let a changed element glow once. @param {Element | null} element */
export function glow(element) {
  if (!element) return;
  element.classList.remove("changed");
  void (/** @type {HTMLElement} */ (element).offsetWidth);
  element.classList.add("changed");
}

/** Place a timeline part: start and width in per cent of the axis (CSP allows this, not a style attribute). @param {HTMLElement} element @param {number} x @param {number} [w] */
export function place(element, x, w) {
  element.style.setProperty("--x", x.toFixed(3));
  if (w !== undefined) element.style.setProperty("--w", w.toFixed(3));
  return element;
}

/** Place what the server marked with data-x and data-w. @param {ParentNode} [root] */
export function placeAll(root = document) {
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-x], [data-w]"))) {
    if (element.dataset.x) element.style.setProperty("--x", element.dataset.x);
    if (element.dataset.w) element.style.setProperty("--w", element.dataset.w);
  }
}

/**
 * Make a list's children match `items` without moving what stays: nodes are kept by key, updated in place.
 * @template T
 * @param {Element} list
 * @param {T[]} items
 * @param {(item: T) => string} key
 * @param {(item: T) => HTMLElement} make
 * @param {(element: HTMLElement, item: T) => void} [update]
 */
export function reconcile(list, items, key, make, update) {
  const had = new Map([...list.children].map((child) => [/** @type {HTMLElement} */ (child).dataset.item, child]));
  let at = list.firstElementChild;
  for (const item of items) {
    const name = key(item);
    let element = /** @type {HTMLElement | undefined} */ (had.get(name));
    had.delete(name);
    if (element) {
      update?.(element, item);
    } else {
      element = make(item);
      element.dataset.item = name;
    }
    if (element === at) at = at.nextElementSibling;
    else list.insertBefore(element, at);
  }
  for (const gone of had.values()) gone.remove();
}

/** @param {string} selector @param {ParentNode} [root] @returns {HTMLElement | null} */
export const $ = (selector, root = document) => root.querySelector(selector);
/** @param {string} selector @param {ParentNode} [root] @returns {HTMLElement[]} */
export const $$ = (selector, root = document) => [...root.querySelectorAll(/** @type {any} */ (selector))];
