// The token. It comes in the link's fragment, which no server and no access log sees; it is taken out of the address bar at
// once, and kept for this tab only.

const kKey = 'ringside.token';

/** The token of the link, or the one that this tab had. @returns {string | null} */
export function takeToken() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const token = fragment.get('token');
  if (token) {
    fragment.delete('token');
    const rest = fragment.toString();
    history.replaceState(null, '', `${location.pathname}${location.search}${rest ? `#${rest}` : ''}`);
    keepToken(token);
    return token;
  }
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
