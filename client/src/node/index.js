// @ringside/client in Node: the same, with a WebSocket of its own, which can tell why an upgrade was refused.

import { kDefaultOptions } from '../options.js';
import { NodeSocket } from './socket.js';

kDefaultOptions.WebSocket = NodeSocket;

export * from '../index.js';
export { NodeSocket } from './socket.js';
