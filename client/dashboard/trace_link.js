// Opens the trace of one task, batch or workflow; see trace.js.

/** @param {'task_id' | 'batch_id' | 'workflow_id'} member @param {string} id @param {any} name */
export function openTrace(member, id, name) {
  dispatchEvent(new CustomEvent('trace', { detail: { member, id, name: String(name ?? id) } }));
}
