// Text as nodes: terminal colours as spans, matches of a search as <mark>.

import { hasControls, plain, runsOf } from './ansi.js';

const kMostMarks = 100;

/**
 * What a search finds, as ranges. A search that is no valid expression here finds nothing (the server's syntax is RE2's).
 * @param {string} text @param {{text: string, regex: boolean} | null} search @returns {[number, number][]}
 */
export function matchesOf(text, search) {
  if (!search?.text) {
    return [];
  }
  try {
    const pattern = new RegExp(search.regex ? search.text.replace(/^\(\?i\)/, '') : search.text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), search.regex && !search.text.startsWith('(?i)') ? 'g' : 'gi');
    /** @type {[number, number][]} */
    const found = [];
    for (const match of text.matchAll(pattern)) {
      if (match[0].length > 0 && found.length < kMostMarks) {
        found.push([match.index, match.index + match[0].length]);
      }
    }
    return found;
  } catch {
    return [];
  }
}

/** Fills `element`, cheaply where the text has neither colours nor matches. @param {Element} element @param {string} text @param {{text: string, regex: boolean} | null} search */
export function fillText(element, text, search = null) {
  const colours = hasControls(text);
  const bare = colours ? plain(text) : text;
  const matches = matchesOf(bare, search);
  if (!colours && matches.length === 0) {
    if (element.textContent !== text || element.childElementCount > 0) {
      element.textContent = text;
    }
    return;
  }
  const runs = colours ? runsOf(text) : [{ text, classes: '' }];
  const nodes = [];
  let at = 0;
  for (const run of runs) {
    const end = at + run.text.length;
    let from = at;
    for (const [start, stop] of matches) {
      if (stop <= from || start >= end) {
        continue;
      }
      nodes.push(piece(run.text.slice(from - at, Math.max(start, from) - at), run.classes));
      nodes.push(piece(run.text.slice(Math.max(start, from) - at, Math.min(stop, end) - at), run.classes, 'mark'));
      from = Math.min(stop, end);
    }
    nodes.push(piece(run.text.slice(from - at), run.classes));
    at = end;
  }
  element.replaceChildren(...nodes.filter((node) => node !== ''));
}

/** @param {string} text @param {string} classes @param {string} [tag] @returns {Node | string} */
function piece(text, classes, tag = 'span') {
  if (!text || (!classes && tag === 'span')) {
    return text;
  }
  const made = document.createElement(tag);
  made.className = classes;
  made.textContent = text;
  return made;
}
