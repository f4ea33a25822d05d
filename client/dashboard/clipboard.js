// To the clipboard and to files.

import { announce } from './announce.js';

/** @param {string} text @param {string} what for the message, such as "Link" */
export async function copyText(text, what) {
  const done = await navigator.clipboard?.writeText(text).then(() => true, () => false);
  announce(done || copySelected(text) ? `${what} copied` : `${what} not copied: the browser does not allow it`);
}

/** The old way, which works without a secure context. @param {string} text @returns {boolean} whether it is in the clipboard */
function copySelected(text) {
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'sr';
  (document.querySelector('dialog[open]') ?? document.body).append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  return done;
}

/** @param {string} name @param {string} type @param {Iterable<string>} parts */
export function download(name, type, parts) {
  const url = URL.createObjectURL(new Blob([...parts], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
