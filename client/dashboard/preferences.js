// Theme and view: what this browser chose, and where in the page we are.

const kThemeKey = 'ringside.theme';

/** @returns {'auto' | 'light' | 'dark'} */
export function theme() {
  try {
    const kept = localStorage.getItem(kThemeKey);
    return kept === 'light' || kept === 'dark' ? kept : 'auto';
  } catch {
    return 'auto';
  }
}

/** @param {'auto' | 'light' | 'dark'} wanted */
export function setTheme(wanted) {
  try {
    localStorage.setItem(kThemeKey, wanted);
  } catch {
    // for this page only
  }
  applyTheme(wanted);
}

/** @param {'auto' | 'light' | 'dark'} [wanted] */
export function applyTheme(wanted = theme()) {
  if (wanted === 'auto') {
    delete document.documentElement.dataset.theme;
  } else {
    document.documentElement.dataset.theme = wanted;
  }
  dispatchEvent(new Event('themechange'));
}

export const kViews = ['overview', 'metrics', 'logs'];

/** @returns {string} */
export function currentView() {
  const name = location.hash.slice(1);
  return kViews.includes(name) ? name : 'overview';
}
