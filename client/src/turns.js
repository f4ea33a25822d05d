// A list of addresses, as of the nodes of a cluster: each attempt to connect takes the next one.

/** @type {WeakMap<string[], number>} */
const next = new WeakMap();

/** @param {string[]} bases @returns {() => string} */
export function takeTurns(bases) {
  return () => {
    const at = next.get(bases) ?? 0;
    next.set(bases, at + 1);
    return bases[at % bases.length];
  };
}
