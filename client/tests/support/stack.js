// The real thing for end-to-end tests: lwsws with the plugin, and ringsided, by script/server, in a directory of its own.

import { spawn } from 'node:child_process';
import { createHmac, randomInt } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { waitFor } from './wait.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Whether nobody listens there. @param {number} port */
function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Below the ports that the kernel gives to clients, so that none of them takes it before the server does. */
async function freePort() {
  for (;;) {
    const port = randomInt(12000, 32000);
    if (await isFree(port)) {
      return port;
    }
  }
}

export class Stack {
  /** @param {{options?: string[], hostMetrics?: boolean}} [how] options: of the plugin, NAME=VALUE */
  static async start({ options = [], hostMetrics = false } = {}) {
    const stack = new Stack();
    stack.dir = await mkdtemp(join(tmpdir(), 'rs-e2e-'));
    stack.port = await freePort();
    const given = options.flatMap((option) => ['--option', option]);
    // setpriv: it ends with this process, also where no test is left to stop it.
    stack.process = spawn('setpriv', ['--pdeathsig', 'TERM', '--', join(root, 'script/server'), '--run-dir', stack.dir, '--port', String(stack.port), '--no-build', ...(hostMetrics ? [] : ['--no-host-metrics']), ...given], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    let ended = null;
    stack.process.stdout.on('data', (text) => (said += text));
    stack.process.stderr.on('data', (text) => (said += text));
    stack.process.on('exit', (code) => (ended = code));
    try {
      await waitFor(() => {
        if (ended !== null) {
          throw new Error(`script/server ended with ${ended}: ${said}`);
        }
        return /#token=/.test(said);
      }, 'script/server', 90_000);
    } catch (error) {
      await stack.stop();
      throw new Error(`${error.message}\n${said}`);
    }
    stack.url = `http://localhost:${stack.port}`;
    stack.secret = (await readFile(join(stack.dir, 'jwt.secret'), 'utf8')).replace(/\n$/, '');
    return stack;
  }

  /** @param {{user?: string, role?: string | string[], seconds?: number, events?: string[]}} [claims] seconds: until it expires; events: all that it may see */
  token({ user = 'alice', role = 'admin', seconds = 3600, events } = {}) {
    const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const now = Math.floor(Date.now() / 1000);
    const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: user, role, iat: now, exp: now + seconds, events })}`;
    return `${signed}.${createHmac('sha256', this.secret).update(signed).digest('base64url')}`;
  }

  /** Hands events to ringsided and waits until it has them all. @param {object[]} events */
  send(events) {
    return new Promise((resolve, reject) => {
      const socket = createConnection(join(this.dir, 'events.sock'));
      let answers = '';
      socket.setTimeout(60_000, () => reject(new Error('ringsided did not take the events in a minute')));
      socket.on('error', reject);
      socket.on('data', (text) => {
        answers += text;
        const lines = answers.split('\n');
        answers = lines.pop() ?? '';
        for (const line of lines) {
          const answer = JSON.parse(line);
          if (answer.error !== undefined || answer.type === 'error') {
            reject(new Error(line));
            socket.destroy();
          } else if (answer.ack >= events.length) {
            socket.end();
            resolve();
          }
        }
      });
      socket.write('{"type":"hello","ack":true}\n');
      for (let i = 0; i < events.length; i += 500) {
        socket.write(events.slice(i, i + 500).map((event) => `${JSON.stringify(event)}\n`).join(''));
      }
    });
  }

  /** Kills lwsws and its children as a crash would; script/server starts it anew. */
  async killServer() {
    const line = await waitFor(async () => (await readFile(join(this.dir, 'server.pids'), 'utf8').catch(() => '')).match(/^lwsws (.*)$/m), "lwsws' process ids");
    for (const pid of line[1].trim().split(' ')) {
      process.kill(Number(pid), 'SIGKILL');
    }
  }

  async stop() {
    if (this.process && this.process.exitCode === null) {
      const over = new Promise((resolve) => this.process.once('exit', resolve));
      this.process.kill('SIGTERM');
      await over;
    }
    await rm(this.dir, { recursive: true, force: true });
  }
}
