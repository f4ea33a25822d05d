// Everything has a URL: the view, its filters, the time, a run, a log line. All of it is in the fragment:
//
//   #overview?tasks=failed&find=web        #run/task/t-1        #logs?level=ERROR&search=time+out&at=2026-11-26T07:00:00Z&line=ID
//   #events?types=TaskStatusChanged        #metrics?window=600&find=cpu
//
// What a person chooses while on a view replaces the entry of the browser's history; going elsewhere adds one.

export const kViews = ['overview', 'events', 'metrics', 'logs', 'run'];

/** @typedef {{view: string, path: string[], query: URLSearchParams}} Route */

/** @param {string} [hash] @returns {Route} */
export function parseRoute(hash = location.hash) {
  const [path, query = ''] = hash.replace(/^#/, '').split('?');
  const [view, ...rest] = path.split('/').map(decoded);
  return { view: kViews.includes(view) ? view : 'overview', path: rest, query: new URLSearchParams(query) };
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a stray "%" that a person typed
  }
}

/** @param {string} view @param {string[]} [path] @param {Record<string, string | number | null | undefined>} [query] empty values are left out */
export function hrefOf(view, path = [], query = {}) {
  const pairs = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== '').map(([name, value]) => [name, String(value)]);
  const text = new URLSearchParams(pairs).toString();
  return `#${[view, ...path.map(encodeURIComponent)].join('/')}${text ? `?${text}` : ''}`;
}

/** @param {'task' | 'workflow' | 'batch'} kind @param {string} id */
export function runHref(kind, id) {
  return hrefOf('run', [kind, id]);
}

/** Changes parameters of the view that is shown. @param {Record<string, string | number | null | undefined>} change */
export function setQuery(change) {
  const { view, path, query } = parseRoute();
  const all = { ...Object.fromEntries(query), ...change };
  const href = hrefOf(view, path, all);
  if (href !== location.hash) {
    history.replaceState(history.state, '', href);
    dispatchEvent(new CustomEvent('querychange'));
  }
}

/** @param {string} href */
export function go(href) {
  location.hash = href;
}

/** @returns {string} */
export function currentView() {
  return parseRoute().view;
}
