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
