// Elements, made from text. There is no way here to set HTML: what comes from outside goes in as text nodes and attributes.

/** @typedef {Node | string | number | null | undefined | false} Child */

/**
 * h('span', {class: 'x', on: {click}, data: {tone: 'ok'}}, 'text', child)
 * @param {string} tag
 * @param {Record<string, any>} [properties]
 * @param {...Child} children
 * @returns {any}
 */
export function h(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || (value === false && !name.startsWith('aria-'))) {
      continue;
    }
    if (name === 'on') {
      for (const [event, handler] of Object.entries(value)) {
        made.addEventListener(event, handler);
      }
    } else if (name === 'data') {
      Object.assign(made.dataset, value);
    } else {
      made.setAttribute(name, value === true && !name.startsWith('aria-') ? '' : String(value));
    }
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== false).map((child) => (child instanceof Node ? child : String(child))));
  return made;
}

/** @type {Record<string, string>} icons, as paths on a 16 by 16 grid */
const kIcons = {
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  play: 'M5 3.2v9.6l7.5-4.8z',
  sun: 'M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6M8 1.2v1.3M8 13.5v1.3M1.2 8h1.3M13.5 8h1.3M3.2 3.2l.9.9M11.9 11.9l.9.9M3.2 12.8l.9-.9M11.9 4.1l.9-.9',
  moon: 'M13.3 9.6A5.8 5.8 0 0 1 6.4 2.7 5.8 5.8 0 1 0 13.3 9.6z',
  auto: 'M8 2.2a5.8 5.8 0 1 0 0 11.6M8 2.2a5.8 5.8 0 0 1 0 11.6zM8 2.2v11.6',
  close: 'M4 4l8 8M12 4l-8 8',
  step: 'M4 3.2v9.6l6.5-4.8zM12.5 3.5v9',
  clock: 'M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2M8 5v3.2l2.2 1.4',
  lock: 'M4 7.2h8v6H4zM5.7 7.2V5a2.3 2.3 0 0 1 4.6 0v2.2',
  down: 'M8 3v10M4 9l4 4 4-4',
  offline: 'M2.5 2.5l11 11M3 6.5a8 8 0 0 1 3-1.8M10 4.7a8 8 0 0 1 3 1.8M5.2 9a5 5 0 0 1 1.9-1.2M10.2 8.5l.6.5M8 12h.01',
  copy: 'M5.5 5.5h7v7h-7zM3.5 10.5v-7h7',
  link: 'M6.8 9.2l2.4-2.4M7.4 5l1.5-1.5a2.6 2.6 0 0 1 3.7 3.7L11 8.7M8.6 11l-1.5 1.5a2.6 2.6 0 0 1-3.7-3.7L5 7.3',
  download: 'M8 2.5v7M5 7l3 3 3-3M3 13h10',
  help: 'M6.2 6.1a1.9 1.9 0 1 1 2.6 1.8c-.6.2-.8.6-.8 1.2M8 11.6h.01M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2',
  user: 'M8 8.2a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2M3.2 13.4a4.8 4.8 0 0 1 9.6 0',
  plus: 'M8 3.5v9M3.5 8h9',
  minus: 'M3.5 8h9',
  left: 'M13 8H3M7 4L3 8l4 4',
  right: 'M3 8h10M9 4l4 4-4 4',
  up: 'M8 13V3M4 7l4-4 4 4',
  star: 'M8 2.2l1.8 3.7 4 .6-2.9 2.9.7 4L8 11.5l-3.6 1.9.7-4-2.9-2.9 4-.6z',
};

/** @param {string} name */
export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('class', 'i');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', kIcons[name]);
  svg.append(path);
  return svg;
}

/** Sets text only where it differs: a write costs a layout. @param {Element | null} target @param {any} text */
export function setText(target, text) {
  const wanted = String(text ?? '');
  if (target && target.textContent !== wanted) {
    target.textContent = wanted;
  }
}

/** @param {string} tone @param {string} [extra] @returns {HTMLElement} a progress bar; see setMeter() */
export function meter(tone = '', extra = '') {
  return h('span', { class: `meter ${extra}`, 'aria-hidden': 'true', data: tone ? { tone } : {} }, h('i'));
}

/** @param {Element | null} target @param {number} percent @param {string} [tone] */
export function setMeter(target, percent, tone) {
  const bar = target?.firstElementChild;
  if (target instanceof HTMLElement && bar instanceof HTMLElement) {
    const width = `${Math.max(0, Math.min(100, Number.isFinite(percent) ? Math.round(percent * 10) / 10 : 0))}%`;
    if (bar.style.width !== width) { // hundreds of bars are told the same again each second
      bar.style.setProperty('width', width);
    }
    if (tone !== undefined && target.dataset.tone !== tone) {
      target.dataset.tone = tone;
    }
  }
}

/**
 * Makes the children of `container` those of `items`, keeping what is there already.
 * @template T
 * @param {Element} container
 * @param {T[]} items
 * @param {(item: T) => string} keyOf
 * @param {(item: T) => HTMLElement} make
 * @param {(element: HTMLElement, item: T) => void} update
 */
export function reconcile(container, items, keyOf, make, update) {
  /** @type {Map<string, HTMLElement>} */
  const there = new Map();
  for (const child of container.children) {
    if (child instanceof HTMLElement && child.dataset.key !== undefined) {
      there.set(child.dataset.key, child);
    }
  }
  let at = container.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let element = there.get(key);
    there.delete(key);
    if (!element) {
      element = make(item);
      element.dataset.key = key;
    }
    update(element, item);
    if (element === at) {
      at = at.nextElementSibling;
    } else {
      container.insertBefore(element, at);
    }
  }
  for (const gone of there.values()) {
    gone.remove();
  }
}
