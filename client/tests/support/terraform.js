// `terraform apply -json | ringside send --from terraform`, with the run of tests/data/terraform in terraform's place: a line when
// the caller says so, its clock moved to now.

import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));

export class TerraformRun {
  /** @param {import('./stack.js').Stack} stack @param {{name: string, lines: number}} how lines: how far the run is now */
  static async start(stack, { name, lines }) {
    const run = new TerraformRun();
    const text = await readFile(join(root, 'tests/data/terraform/apply.jsonl'), 'utf8');
    run.messages = text.trim().split('\n').map((line) => JSON.parse(line));
    run.shift = Date.now() - Date.parse(run.messages[lines - 1]['@timestamp']);
    run.at = 0;
    const build = process.env.RINGSIDE_BUILD_DIR ?? join(root, 'build/release');
    run.process = spawn(join(build, 'bin/ringside'), ['--run-dir', stack.dir, 'send', '--from', 'terraform', '--name', name], { stdio: ['pipe', 'ignore', 'inherit'] });
    run.ended = new Promise((resolve) => run.process.on('exit', resolve));
    run.say(lines);
    return run;
  }

  /** @param {number} count of lines */
  say(count) {
    for (const message of this.messages.slice(this.at, (this.at += count))) {
      const time = new Date(Date.parse(message['@timestamp']) + this.shift).toISOString();
      this.process.stdin.write(`${JSON.stringify({ ...message, '@timestamp': time })}\n`);
    }
  }

  /** Says the rest. @returns {Promise<number>} the exit status */
  finish() {
    this.say(this.messages.length);
    this.process.stdin.end();
    return this.ended;
  }
}
