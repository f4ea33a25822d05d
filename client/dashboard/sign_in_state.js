// The token. It comes in the link's fragment, which no server and no access log sees; it is taken out of the address bar at
// once. A tab keeps it over a reload; another tab gets it from the hub, in memory, as long as one is open. Nothing is on disk.

const kKey = 'ringside.token';

/** Takes the token out of the address. @returns {string | null} */
export function takeToken() {
  const match = /(^#|[?&])token=([^&]+)/.exec(location.hash);
  if (!match) {
    return null;
  }
  const rest = location.hash.replace(match[0], match[1] === '#' ? '#' : match[1]).replace(/^#&/, '#').replace(/[?&]$/, '').replace('?&', '?');
  history.replaceState(null, '', `${location.pathname}${location.search}${rest.length > 1 ? rest : ''}`);
  return decodeURIComponent(match[2]);
}

/** The token that this tab had. @returns {string | null} */
export function keptToken() {
  try {
    return sessionStorage.getItem(kKey);
  } catch {
    return null; // storage is blocked; the link works all the same
  }
}

/** @param {string | null} token */
export function keepToken(token) {
  try {
    if (token) {
      sessionStorage.setItem(kKey, token);
    } else {
      sessionStorage.removeItem(kKey);
    }
  } catch {
    // kept in memory only
  }
}
