// @ringside/client in Node: the same, with a WebSocket of its own where Node has none (before version 22).

import { kDefaultOptions } from '../options.js';
import { NodeSocket } from './socket.js';

kDefaultOptions.WebSocket = globalThis.WebSocket ?? NodeSocket;

export * from '../index.js';
export { NodeSocket } from './socket.js';
