// Filters, as parameters of a URL. Some have no such form (a value with a comma in it); those must go in a message.

/**
 * @param {Record<string, any>} filters
 * @returns {boolean}
 */
export function fitInQuery(filters) {
  return Object.entries(filters).every(([, value]) => {
    const values = Array.isArray(value) ? value : [value];
    return isRegex(value) || values.every((one) => one !== null && typeof one !== 'object' && !String(one).includes(','));
  });
}

/**
 * @param {Record<string, any>} filters
 * @returns {[string, string][]}
 */
export function queryOfFilters(filters) {
  return Object.entries(filters).map(([name, value]) =>
    isRegex(value) ? [`filter.${name}.regex`, value.regex] : [`filter.${name}`, Array.isArray(value) ? value.join(',') : String(value)],
  );
}

/** @param {any} value */
function isRegex(value) {
  return typeof value === 'object' && value !== null && typeof value.regex === 'string';
}
