// ProvisioningDashboard: the documented binding of events to elements that a page already has, by the documented ids and
// classes. For pages that bring their own markup; Ringside's own dashboard is in client/dashboard. What writes into the elements is
// loaded with the first event (dashboard_view.js).

import { ProvisioningWebSocket } from './websocket.js';

/** @typedef {typeof import('./dashboard_view.js')} View */

/** @type {View | undefined} */
let view;
/** @type {Promise<View> | undefined} */
let loading;

/** In the order of the events. @param {keyof View} kind @param {any} event */
function show(kind, event) {
  if (view) {
    view[kind](event);
    return;
  }
  loading ??= import('./dashboard_view.js');
  loading
    .then((loaded) => {
      view = loaded;
      view[kind](event);
    })
    .catch((error) => {
      loading = undefined; // the next event tries again
      console.error('Ringside:', error);
    });
}

export class ProvisioningDashboard {
  /**
   * @param {string} wsUrl
   * @param {string} token
   * @param {Partial<import('./options.js').Options>} [options]
   */
  constructor(wsUrl, token, options = {}) {
    this.ws = new ProvisioningWebSocket(wsUrl, token, options);
    this.setupEventHandlers();
    this.connect();
  }

  setupEventHandlers() {
    this.ws.on('TaskStatusChanged', (event) => this.handleTaskUpdate(event));
    this.ws.on('BatchOperationUpdate', (event) => this.handleBatchUpdate(event));
    this.ws.on('SystemHealthUpdate', (event) => this.handleHealthUpdate(event));
    this.ws.on('WorkflowProgressUpdate', (event) => this.handleProgressUpdate(event));
    this.ws.on('LogEntry', (event) => this.handleLogEntry(event));
  }

  connect() {
    this.ws.connect();
  }

  /** @param {any} event */
  handleTaskUpdate(event) {
    show('task', event);
  }

  /** @param {any} event */
  handleBatchUpdate(event) {
    show('batch', event);
  }

  /** @param {any} event */
  handleHealthUpdate(event) {
    show('health', event);
  }

  /** @param {any} event */
  handleProgressUpdate(event) {
    show('progress', event);
  }

  /** @param {any} event */
  handleLogEntry(event) {
    show('log', event);
  }
}
