// The filter of the events view: which events match it here, how it is written for the server, and how to get the same outside.

/** @typedef {{types: string[], conditions: [string, string][], search: string}} EventQuery */

/** "data.status=Failed" and "labels.host=web-1" one after the other, as they are typed. @param {string} text @returns {[string, string][]} */
export function conditionsOf(text) {
  return [...text.matchAll(/([\w.-]+)=("[^"]*"|[^\s"]+)/g)].map(([, name, value]) => /** @type {[string, string]} */ ([name, value.replace(/^"|"$/g, '')]));
}

/** @param {URLSearchParams} query of the URL @returns {EventQuery} */
export function eventQuery(query) {
  return { types: (query.get('types') ?? '').split(',').map((one) => one.trim()).filter(Boolean), conditions: conditionsOf(query.get('where') ?? ''), search: (query.get('search') ?? '').trim() };
}

/** @param {any} event @param {string} path @returns {any} */
function memberOf(event, path) {
  const walk = (/** @type {any} */ from, /** @type {string[]} */ steps) => steps.reduce((at, step) => (at !== null && typeof at === 'object' && Object.hasOwn(at, step) ? at[step] : undefined), from);
  const steps = (path === 'task_name' ? 'name' : path).split('.');
  if (steps[0] === 'data' || steps[0] === 'metadata') {
    return walk(event, steps);
  }
  return walk(event.data, steps) ?? walk(event.metadata, steps);
}

/** By the rules of the server: values of one member are alternatives, members are all needed. @param {any} event @param {EventQuery} query */
export function matchesEvent(event, { types, conditions, search }) {
  if (types.length > 0 && !types.includes(event.event_type)) {
    return false;
  }
  for (const [name, values] of conditions) {
    const value = memberOf(event, name);
    if (value === undefined || !values.split(',').includes(String(value))) {
      return false;
    }
  }
  return search === '' || JSON.stringify(event).toLowerCase().includes(search.toLowerCase());
}

/** @param {EventQuery} query @returns {object} the subscribe message that asks the server for the same */
export function subscribeMessageOf({ types, conditions, search }) {
  const filters = { ...Object.fromEntries(conditions.map(([name, values]) => [name, values.includes(',') ? values.split(',') : values])), ...(search ? { search } : {}) };
  return { type: 'subscribe', events: types.length > 0 ? types : ['*'], ...(Object.keys(filters).length > 0 ? { filters } : {}) };
}

const quoted = (/** @type {string} */ text) => (/^[\w.,:=/@+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** @param {EventQuery} query @returns {string} */
export function tailCommandOf({ types, conditions, search }) {
  return ['ringside tail', ...(types.length > 0 ? [`--events ${quoted(types.join(','))}`] : []), ...conditions.map(([name, value]) => `--filter ${quoted(`${name}=${value}`)}`), ...(search ? [`--filter ${quoted(`search=${search}`)}`] : [])].join(' ');
}

/** @param {EventQuery} query @param {string} base such as ws://localhost:9090 @returns {string} for curl 8, which speaks WebSocket */
export function curlCommandOf({ types, conditions, search }, base) {
  const pairs = [...(types.length > 0 ? [['events', types.join(',')]] : []), ...conditions.map(([name, value]) => [`filter.${name}`, value]), ...(search ? [['filter.search', search]] : [])];
  const text = pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  return `curl --no-progress-meter --max-time 60 -H "Authorization: Bearer $TOKEN" '${base}/ws${text ? `?${text}` : ''}'`;
}
