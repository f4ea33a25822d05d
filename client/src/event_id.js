// An event's id, `epoch:sequence`. Sequences are dense within an epoch; an epoch ends when the server's ring is made anew.
//
// A token that opens only some rows gets numbers of 19 or 20 digits instead, which say neither order nor distance: those have no
// sequence here.

/**
 * @param {any} id
 * @returns {{epoch: string, seq: number} | null}
 */
export function parseEventId(id) {
  const match = typeof id === 'string' ? /^([0-9a-f]{8}):(\d{1,16})$/.exec(id) : null;
  return match ? { epoch: match[1], seq: Number(match[2]) } : null;
}
