// What this browser chose: theme, time zone, notifications.

import { setStampForm, setZone } from './format.js';

/** @param {string} name @param {string} otherwise @returns {string} */
export function preference(name, otherwise) {
  try {
    return localStorage.getItem(`ringside.${name}`) ?? otherwise;
  } catch {
    return otherwise;
  }
}

/** @param {string} name @param {string} value */
export function setPreference(name, value) {
  try {
    localStorage.setItem(`ringside.${name}`, value);
  } catch {
    // for this page only
  }
  apply(name, value);
}

/** @param {string} name @param {string} value */
function apply(name, value) {
  if (name === 'theme') {
    if (value === 'light' || value === 'dark') {
      document.documentElement.dataset.theme = value;
    } else {
      delete document.documentElement.dataset.theme;
    }
    dispatchEvent(new Event('themechange'));
  } else if (name === 'zone') {
    setZone(value === 'utc' ? 'utc' : 'local');
    dispatchEvent(new Event('zonechange'));
  } else if (name === 'stamp') {
    setStampForm(value === 'date' || value === 'age' ? value : 'time');
    document.documentElement.dataset.stamp = value;
    dispatchEvent(new Event('zonechange'));
  }
}

/** @returns {'auto' | 'light' | 'dark'} */
export function theme() {
  const kept = preference('theme', 'auto');
  return kept === 'light' || kept === 'dark' ? kept : 'auto';
}

export function applyPreferences() {
  apply('theme', theme());
  apply('zone', preference('zone', 'local'));
  apply('stamp', preference('stamp', 'time'));
}
