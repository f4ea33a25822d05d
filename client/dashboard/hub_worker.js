// The hub as a SharedWorker: one for all tabs of a browser.

import { Hub } from './hub.js';

const hub = new Hub(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}`);
/** @type {any} */ (globalThis).onconnect = (/** @type {any} */ event) => hub.tabs.add(event.ports[0]);
