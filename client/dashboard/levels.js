// The order of log levels, as the server has it for min_level.

const kRanks = /** @type {Record<string, number>} */ ({ TRACE: 1, DEBUG: 2, INFO: 3, NOTICE: 4, WARN: 5, WARNING: 5, ERROR: 6, ERR: 6, CRITICAL: 7, FATAL: 7, ALERT: 8, EMERGENCY: 9 });

/** @param {any} level @returns {number} 0 for none; an unknown level counts as INFO */
export function levelRank(level) {
  const name = String(level ?? '').toUpperCase();
  return name === '' ? 0 : (kRanks[name] ?? 3);
}
