// Producer: events to ringsided's socket. What the server has not acknowledged is kept, within bounds, and sent again over the next
// connection, so an event may arrive twice after a broken one. What does not fit is dropped, the new events first, and counted.

import { createConnection } from 'node:net';

const kHello = '{"type":"hello","ack":true}\n';
const kWithdrawn = '{"type":"will","events":[]}\n';
const kMostOfWill = 4096; // bytes; the server takes no longer one
const kRetryMs = 100;
const kMostUnsent = 256 * 1024; // in the socket's own buffer

export class Producer {
  constructor({ path = `${process.env.RINGSIDE_RUN_DIR || '/run/ringside'}/events.sock`, maxEvents = 10_000, maxBytes = 8 << 20 } = {}) {
    this.path = path;
    this.maxEvents = maxEvents;
    this.maxBytes = maxBytes;
    this.sent = 0; // accepted for sending
    this.dropped = 0; // did not fit, or cannot be JSON
    this.rejected = 0; // refused by the server
    this.waiting = []; // lines that are not acknowledged; from `first` on, so that taking one off costs nothing
    this.first = 0;
    this.written = 0; // index after the last that is on its way
    this.bytes = 0;
    this.socket = null;
    this.timer = null;
    this.lastWill = ''; // a line, written over each connection
    this.withdraws = false; // it was written over this connection, and is to be taken back after what waits
    this.closed = false;
    this.waiters = new Set();
    const { RINGSIDE_TASK_ID: task, RINGSIDE_WORKFLOW_ID: workflow } = process.env;
    this.inside = { ...(task && { task_id: task }), ...(workflow && { workflow_id: workflow }) };
  }

  /** Returns whether the event will be sent; false when it was dropped. */
  send(type, data, metadata) {
    let line;
    try {
      line = `${JSON.stringify(this.event(type, data, metadata))}\n`;
    } catch {
      line = undefined; // a cycle, a BigInt
    }
    const size = line === undefined ? 0 : Buffer.byteLength(line);
    if (line === undefined || this.closed || this.waiting.length - this.first >= this.maxEvents || this.bytes + size > this.maxBytes) {
      this.dropped++;
      return false;
    }
    this.waiting.push(line);
    this.bytes += size;
    this.sent++;
    this.write();
    return true;
  }

  /**
   * Events that the server sends when this program ends without close(), each [type, data] or [type, data, metadata]; without any, there
   * is no will any more. It replaces the one before. Returns false, and changes nothing, for more than 8 events or 4,096 bytes.
   */
  will(...events) {
    let line;
    try {
      line = `${JSON.stringify({ type: 'will', events: events.map((event) => this.event(...event)) })}\n`;
    } catch {
      return false;
    }
    if (this.closed || events.length > 8 || Buffer.byteLength(line) > kMostOfWill) {
      return false;
    }
    this.withdraws = events.length === 0 && this.socket?.ready === true;
    this.lastWill = events.length > 0 ? line : '';
    if (this.socket?.ready && this.lastWill) {
      this.socket.write(this.lastWill);
    }
    this.write();
    return true;
  }

  event(type, data, metadata) {
    const about = { ...this.inside, ...metadata };
    return { event_type: type, data, ...(Object.keys(about).length > 0 && { metadata: about }) };
  }

  log(level, message, more) {
    return this.send('LogEntry', { level, message: String(message), ...more });
  }

  metric(name, value, more) {
    if (!Number.isFinite(value)) {
      this.dropped++; // JSON has no such number
      return false;
    }
    return this.send('MetricUpdate', { metric_name: name, metric_type: 'gauge', value, ...more });
  }

  task(id, status, more) {
    return this.send('TaskStatusChanged', { task_id: id, status, ...more });
  }

  workflow(id, more) {
    return this.send('WorkflowProgressUpdate', { workflow_id: id, ...more });
  }

  /** Resolves to whether everything is acknowledged within `ms`. */
  flush(ms = 2000) {
    this.write();
    if (this.waiting.length === this.first) {
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const waiter = () => {
        clearTimeout(timer);
        this.waiters.delete(waiter);
        resolve(this.waiting.length === this.first);
      };
      const timer = setTimeout(waiter, ms);
      this.waiters.add(waiter);
    });
  }

  /** Sends what is left and withdraws the will. What cannot be said in time leaves the will as it is. */
  async close(ms = 2000) {
    const done = await this.flush(ms);
    if (done && this.lastWill) {
      this.will();
    }
    this.closed = true;
    clearTimeout(this.timer);
    this.socket?.destroySoon(); // what was written goes out
    return done;
  }

  connect() {
    if (this.closed || this.timer !== null) {
      return;
    }
    const socket = createConnection(this.path);
    this.socket = socket;
    this.written = this.first;
    this.acknowledged = 0;
    let answers = '';
    socket.unref(); // it is no reason for a program to go on
    socket.on('error', () => {});
    socket.on('connect', () => {
      socket.ready = true;
      socket.write(kHello + this.lastWill);
      this.write();
    });
    socket.on('drain', () => this.write());
    socket.on('data', (data) => {
      const lines = (answers + data).split('\n');
      answers = lines.pop() ?? '';
      lines.forEach((line) => this.take(line));
      this.write();
    });
    socket.on('close', () => {
      this.socket = null;
      this.withdraws = false; // the next connection knows of no will
      this.timer = setTimeout(() => {
        this.timer = null;
        this.write();
      }, kRetryMs);
      this.timer.unref();
    });
  }

  /** As much as the socket should have. */
  write() {
    if (this.waiting.length === this.first && !this.lastWill && !this.withdraws) {
      return;
    }
    if (this.socket === null) {
      this.connect();
      return;
    }
    while (this.socket.ready && this.written < this.waiting.length && this.socket.writableLength < kMostUnsent) {
      const end = Math.min(this.waiting.length, this.written + 500);
      this.socket.write(this.waiting.slice(this.written, end).join(''));
      this.written = end;
    }
    if (this.withdraws && this.written === this.waiting.length) { // the end of a run is said before
      this.withdraws = false;
      this.socket.write(kWithdrawn);
    }
  }

  take(line) {
    let answer;
    try {
      answer = JSON.parse(line);
    } catch {
      return;
    }
    if (answer.error !== undefined) {
      this.rejected += answer.count ?? (answer.line === undefined ? 0 : 1);
    }
    for (; this.acknowledged < (answer.ack ?? 0) && this.first < this.written; this.acknowledged++) {
      this.bytes -= Buffer.byteLength(this.waiting[this.first]);
      this.waiting[this.first++] = '';
    }
    if (this.first > 1000 && this.first * 2 > this.waiting.length) {
      this.waiting.splice(0, this.first);
      this.written -= this.first;
      this.first = 0;
    }
    if (this.waiting.length === this.first) {
      this.waiters.forEach((waiter) => waiter());
    }
  }
}
