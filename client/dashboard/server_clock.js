// The server's time. Ages and times that are asked for go by it: the clock of the browser may be hours off.

let skewMs = 0;

/** @returns {number} ms since 1970, as the server counts them */
export function serverNow() {
  return Date.now() + skewMs;
}

/** @param {number} ms server's clock minus ours */
export function setSkew(ms) {
  skewMs = ms;
}

const kSamples = 10;
/** @type {number[]} */
let samples = [];

/** A message told the server's time. Delays only make it too small, so the greatest of the latest counts. @param {number} time */
export function noteServerTime(time) {
  if (Number.isFinite(time)) {
    samples = [...samples, time - Date.now()].slice(-kSamples);
    setSkew(Math.max(...samples));
  }
}

/** @returns {number} ms */
export function clockSkew() {
  return skewMs;
}
