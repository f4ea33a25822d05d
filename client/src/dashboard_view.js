// How ProvisioningDashboard shows events, in elements that a page already has: by the documented ids and classes.
//
// Values go in as text and as style properties, never as HTML, so a log message that looks like markup stays what it is.

const kMaxLogEntries = 1000;

/** @param {any} event */
export function task({ data }) {
  const card = document.getElementById(`task-${data.task_id}`);
  if (card) {
    setStatus(card.querySelector('.status'), 'status', data.status);
    setWidth(card.querySelector('.progress-bar'), data.progress);
  }
}

/** @param {any} event */
export function batch({ data }) {
  const card = document.getElementById(`batch-${data.batch_id}`);
  if (!card) {
    return;
  }
  setWidth(card.querySelector('.batch-progress'), data.progress);
  const rows = new Map([...card.querySelectorAll('[data-operation]')].map((row) => [row.getAttribute('data-operation'), row]));
  for (const operation of data.operations ?? []) {
    const row = rows.get(String(operation.id));
    if (row) {
      setText(row.querySelector('.operation-status'), operation.status);
      setWidth(row.querySelector('.operation-progress'), operation.progress);
    }
  }
}

/** @param {any} event */
export function health({ data }) {
  setStatus(document.getElementById('health-indicator'), 'health-indicator', data.overall_status);
  const metrics = data.metrics ?? {};
  const rows = [
    ['CPU', percent(metrics.cpu_usage)],
    ['Memory', metrics.memory_usage === undefined ? null : `${Math.round(metrics.memory_usage)}MB`],
    ['Disk', percent(metrics.disk_usage)],
    ['Active Workflows', metrics.active_workflows],
  ];
  document.getElementById('metrics-panel')?.replaceChildren(
    ...rows.filter(([, value]) => value !== undefined && value !== null).map(([name, value]) => element('div', 'metric', `${name}: ${value}`)),
  );
}

/** @param {any} event */
export function progress({ data }) {
  const card = document.getElementById(`workflow-${data.workflow_id}`);
  if (!card) {
    return;
  }
  setWidth(card.querySelector('.workflow-progress'), data.progress);
  setText(card.querySelector('.step-info'), `${data.current_step} (${data.completed_steps}/${data.total_steps})`);
  if (data.estimated_time_remaining !== undefined) {
    setText(card.querySelector('.time-remaining'), `${Math.round(data.estimated_time_remaining / 60)} min remaining`);
  }
}

/** @param {any} event */
export function log({ timestamp, data }) {
  const container = document.getElementById('log-container');
  if (!container) {
    return;
  }
  const entry = element('div', `log-entry log-${className(data.level)}`);
  entry.append(
    element('span', 'log-timestamp', new Date(timestamp).toLocaleTimeString()),
    element('span', 'log-level', data.level),
    element('span', 'log-component', data.component),
    element('span', 'log-message', data.message),
  );
  container.append(entry);
  while (container.childElementCount > kMaxLogEntries) {
    container.firstElementChild?.remove();
  }
  container.scrollTop = container.scrollHeight;
}

/** @param {string} tag @param {string} name @param {any} [text] */
function element(tag, name, text) {
  const made = document.createElement(tag);
  made.className = name;
  if (text !== undefined && text !== null) {
    made.textContent = String(text);
  }
  return made;
}

/** @param {any} text one class name, whatever was sent */
function className(text) {
  return String(text ?? 'unknown').toLowerCase().replace(/[^a-z0-9_-]+/g, '-');
}

/** @param {Element | null} target @param {any} text */
function setText(target, text) {
  if (target) {
    target.textContent = text === undefined || text === null ? '' : String(text);
  }
}

/** @param {Element | null} target @param {string} base @param {any} status */
function setStatus(target, base, status) {
  if (target) {
    setText(target, status);
    target.className = `${base} ${className(status)}`;
  }
}

/** @param {Element | null} target @param {any} value percent */
function setWidth(target, value) {
  const width = Number(value);
  if (target instanceof HTMLElement && value !== undefined && value !== null && Number.isFinite(width)) {
    target.style.setProperty('width', `${Math.max(0, Math.min(100, width))}%`);
  }
}

/** @param {any} value */
function percent(value) {
  return value === undefined || value === null ? null : `${value}%`;
}
