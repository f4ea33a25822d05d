// Filters, as parameters of a URL. Some have no such form (a value with a comma in it); those must go in a message.

/**
 * @param {Record<string, any>} filters
 * @returns {boolean}
 */
export function fitInQuery(filters) {
  return Object.values(filters).every((value) => isRegex(value) || [value].flat().every((one) => one !== null && typeof one !== 'object' && !`${one}`.includes(',')));
}

/**
 * @param {Record<string, any>} filters
 * @returns {[string, string][]}
 */
export function queryOfFilters(filters) {
  return Object.entries(filters).map(([name, value]) =>
    isRegex(value) ? [`filter.${name}.regex`, value.regex] : [`filter.${name}`, `${value}`],
  );
}

/** @param {any} value */
function isRegex(value) {
  return typeof value?.regex === 'string';
}
