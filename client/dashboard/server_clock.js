// The server's time. Ages and times that are asked for go by it: the clock of the browser may be hours off.

let skewMs = 0;

/** @returns {number} ms since 1970, as the server counts them */
export function serverNow() {
  return Date.now() + skewMs;
}

/** @param {number} ms server's clock less ours */
export function setSkew(ms) {
  skewMs = ms;
}

/** @returns {number} ms */
export function clockSkew() {
  return skewMs;
}
