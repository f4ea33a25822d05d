// A WebSocket client over node:http, as much of one as this library needs: text messages, fragments, ping and pong, close.
// Node 20 has no WebSocket, and that of Node 22 does not tell why an upgrade was refused. Source: RFC 6455, RFC 9110.

import { createHash, randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { refusalOf } from './refusal.js';

const kGuid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const kMaxMessageBytes = 64 * 1024 * 1024;
const kCloseTimeoutMs = 3000;
const kMaxRefusalBytes = 16 * 1024;
const kText = 1;
const kClose = 8;
const kPing = 9;

export class NodeSocket {
  /** @param {string} url */
  constructor(url) {
    this.url = url;
    this.readyState = 0;
    /** @type {((event: any) => void) | null} */
    this.onopen = null;
    /** @type {((event: any) => void) | null} */
    this.onmessage = null;
    /** @type {((event: any) => void) | null} */
    this.onclose = null;
    /** @type {((event: any) => void) | null} */
    this.onerror = null;
    /** @type {import('node:stream').Duplex | null} */
    this.stream = null;
    /** @type {Buffer} */
    this.input = Buffer.alloc(0);
    /** @type {Buffer[]} */
    this.fragments = [];
    this.closeCode = 1006;
    this.closeReason = '';
    this.clean = false;
    this.open(new URL(url));
  }

  /** @param {URL} url */
  open(url) {
    const key = randomBytes(16).toString('base64');
    const request = (url.protocol === 'wss:' ? httpsRequest : httpRequest)({
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port || (url.protocol === 'wss:' ? 443 : 80),
      path: url.pathname + url.search,
      headers: {
        host: url.host,
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': key,
      },
    });
    this.request = request;
    request.on('error', (error) => this.fail(error));
    request.on('response', (response) => {
      this.onRefusal(response);
    });
    request.on('upgrade', (response, stream, head) => {
      const expected = createHash('sha1').update(key + kGuid).digest('base64');
      if (response.headers['sec-websocket-accept'] !== expected || this.readyState !== 0) {
        stream.destroy();
        this.fail(new Error('the upgrade was not accepted'));
        return;
      }
      this.stream = stream;
      this.readyState = 1;
      stream.on('error', () => {});
      stream.on('close', () => this.ended());
      stream.on('end', () => stream.end());
      this.onopen?.({ type: 'open', target: this });
      stream.on('data', (/** @type {Buffer} */ chunk) => this.take(chunk));
      if (head.length > 0) {
        this.take(head);
      }
    });
    request.end();
  }

  /** The upgrade was refused: status, Retry-After and the server's JSON go into the error. @param {import('node:http').IncomingMessage} response */
  onRefusal(response) {
    /** @type {Buffer[]} */
    const parts = [];
    let size = 0;
    const status = response.statusCode ?? 0;
    const tell = () => this.fail(Object.assign(new Error(`the upgrade was answered with ${status}`), { refusal: refusalOf(status, Buffer.concat(parts).toString(), response.headers['retry-after']) }));
    response.on('data', (/** @type {Buffer} */ part) => {
      size += part.length;
      if (size <= kMaxRefusalBytes) {
        parts.push(part);
      } else {
        tell();
      }
    });
    response.on('end', tell);
    response.on('error', tell);
  }

  /** @param {string} text */
  send(text) {
    if (this.readyState === 1) {
      this.write(kText, Buffer.from(text));
    }
  }

  /** @param {number} [code] @param {string} [reason] */
  close(code = 1000, reason = '') {
    if (this.readyState === 0) {
      this.fail(new Error('closed before it was open'));
    } else if (this.readyState === 1) {
      this.sendClose(code, reason);
    }
  }

  /** @param {number} code @param {string} reason */
  sendClose(code, reason) {
    this.readyState = 2;
    const body = Buffer.alloc(2 + Buffer.byteLength(reason));
    body.writeUInt16BE(code);
    body.write(reason, 2);
    this.write(kClose, body);
    this.closeTimer = setTimeout(() => this.stream?.destroy(), kCloseTimeoutMs);
  }

  /** @param {Error & {refusal?: import('./refusal.js').Refusal}} error */
  fail(error) {
    if (this.readyState === 3) {
      return;
    }
    this.request?.destroy();
    this.stream?.destroy();
    queueMicrotask(() => this.onerror?.({ type: 'error', target: this, error, message: error.message, refusal: error.refusal }));
    queueMicrotask(() => this.ended());
  }

  ended() {
    if (this.readyState === 3) {
      return;
    }
    this.readyState = 3;
    clearTimeout(this.closeTimer);
    this.onclose?.({ type: 'close', target: this, code: this.closeCode, reason: this.closeReason, wasClean: this.clean });
  }

  /** @param {number} opcode @param {Buffer} payload */
  write(opcode, payload) {
    const { length } = payload;
    const size = length < 126 ? 0 : length < 65536 ? 2 : 8;
    const frame = Buffer.alloc(2 + size + 4 + length);
    frame[0] = 0x80 | opcode;
    frame[1] = 0x80 | (size === 0 ? length : size === 2 ? 126 : 127);
    if (size === 2) {
      frame.writeUInt16BE(length, 2);
    } else if (size === 8) {
      frame.writeBigUInt64BE(BigInt(length), 2);
    }
    const mask = randomBytes(4);
    mask.copy(frame, 2 + size);
    for (let i = 0; i < length; i++) {
      frame[6 + size + i] = payload[i] ^ mask[i & 3];
    }
    this.stream?.write(frame);
  }

  /** @param {Buffer} chunk */
  take(chunk) {
    this.input = this.input.length === 0 ? chunk : Buffer.concat([this.input, chunk]);
    let at = 0;
    while (this.readyState < 3) {
      const left = this.input.length - at;
      if (left < 2) {
        break;
      }
      const [first, second] = [this.input[at], this.input[at + 1]];
      let length = second & 0x7f;
      const size = length === 126 ? 2 : length === 127 ? 8 : 0;
      if (left < 2 + size) {
        break;
      }
      if (size > 0) {
        length = size === 2 ? this.input.readUInt16BE(at + 2) : Number(this.input.readBigUInt64BE(at + 2));
      }
      if (second & 0x80 || first & 0x70 || length > kMaxMessageBytes) {
        this.fail(new Error('a frame that a server must not send'));
        return;
      }
      if (left < 2 + size + length) {
        break;
      }
      const payload = this.input.subarray(at + 2 + size, at + 2 + size + length);
      at += 2 + size + length;
      this.onFrame(first & 0x0f, (first & 0x80) !== 0, payload);
    }
    this.input = this.input.subarray(at);
  }

  /** @param {number} opcode @param {boolean} last @param {Buffer} payload */
  onFrame(opcode, last, payload) {
    if (opcode === kPing) {
      this.write(10, payload);
    } else if (opcode === kClose) {
      this.closeCode = payload.length >= 2 ? payload.readUInt16BE() : 1005;
      this.closeReason = payload.subarray(2).toString();
      this.clean = true;
      if (this.readyState === 1) {
        this.sendClose(this.closeCode === 1005 ? 1000 : this.closeCode, '');
      }
      this.stream?.end();
    } else if (opcode <= 2) {
      this.fragments.push(payload);
      if (last) {
        const data = Buffer.concat(this.fragments).toString();
        this.fragments = [];
        this.onmessage?.({ type: 'message', target: this, data });
      }
    }
  }
}
