// Waits for a condition, with a deadline.

/**
 * @template T
 * @param {() => T | Promise<T>} condition
 * @param {string} what
 * @param {number} [timeout] ms
 * @returns {Promise<T>} the first truthy value
 */
export async function waitFor(condition, what, timeout = 20_000) {
  const deadline = Date.now() + timeout;
  for (;;) {
    const value = await condition();
    if (value) {
      return value;
    }
    if (Date.now() > deadline) {
      throw new Error(`waited ${timeout} ms in vain for ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/**
 * The next event of a name, with a deadline. Ask before doing what brings it about: one that has passed already is not told again.
 * @param {{once: (name: string, handler: (event: any) => void) => void}} emitter
 * @param {string} name
 * @param {number} [timeout] ms
 * @returns {Promise<any>}
 */
export function nextEvent(emitter, name, timeout = 20_000) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`waited ${timeout} ms in vain for the event ${name}`)), timeout);
    emitter.once(name, (event) => {
      clearTimeout(timer);
      resolve(event);
    });
  });
}
