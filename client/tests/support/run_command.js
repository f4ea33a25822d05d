// A deployment script under `ringside run`, with steps, nested runs and a metric, which stops in the middle of its fourth step.

import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const bin = join(process.env.RINGSIDE_BUILD_DIR ?? join(root, 'build/release'), 'bin');

const kScript = `set -e
lines() { for line in "$@"; do echo "$line"; sleep 0.4; done; }
export -f lines
ringside step 1/5 "Building the image"
ringside run --name build -- bash -c 'lines "[1/4] FROM debian:12" "[2/4] RUN apt-get install nginx" "[3/4] COPY site /var/www" "[4/4] exporting layers"'
ringside step 2/5 "Testing it"
ringside run --name test -- bash -c 'lines "ok 1 - the page is served" "ok 2 - the certificate is valid" "warning: 1 test was skipped" "3 tests, 2 passed"'
ringside metric tests_passed 2 --unit tests
ringside step 3/5 "Installing CNI"
ringside run --name "install cni" -- bash -c 'lines "networkpolicy.yaml: created" "daemonset.apps/cni: created" "waiting for 3 nodes" "ready: 3/3"'
ringside step 4/5 "Rolling out"
ringside run --name "roll out" -- bash -c 'lines "deployment.apps/shop: 1 of 4 replicas, 25%" "deployment.apps/shop: 2 of 4 replicas, 50%" "WARN: pod shop-7d9 is slow to start" "deployment.apps/shop: 3 of 4 replicas, 75%"; read line'
ringside step 5/5 "Done"
`;

export class CommandRun {
  /** @param {import('./stack.js').Stack} stack */
  static async start(stack) {
    const run = new CommandRun();
    run.dir = await mkdtemp(join(tmpdir(), 'rs-run-'));
    const script = join(run.dir, 'deploy.sh');
    await writeFile(script, kScript);
    const outside = Object.entries(process.env).filter(([name]) => !/^RINGSIDE_(TASK|WORKFLOW|RUN)/.test(name));
    run.process = spawn(join(bin, 'ringside'), ['--run-dir', stack.dir, 'run', '--workflow', 'deploy shop', '--', 'bash', script],
      { env: { ...Object.fromEntries(outside), PATH: `${bin}${delimiter}${process.env.PATH}` }, stdio: ['pipe', 'pipe', 'inherit'] });
    run.ended = new Promise((resolve) => run.process.on('exit', resolve));
    await new Promise((resolve, reject) => {
      let said = '';
      run.process.stdout.on('data', (text) => {
        said += text;
        if (said.includes('75%')) {
          resolve(undefined);
        }
      });
      run.process.on('exit', () => reject(new Error(`it ended early: ${said}`)));
    });
    return run;
  }

  /** @returns {Promise<number>} the exit status */
  async finish() {
    this.process.stdin.end('\n');
    const status = await this.ended;
    await rm(this.dir, { recursive: true });
    return status;
  }
}
