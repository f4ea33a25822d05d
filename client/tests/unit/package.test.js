// The package as others get it: packed, installed in a directory of its own, imported, required, type-checked, weighed.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { kInternalNames } from '../../script/build.js';

const here = fileURLToPath(new URL('../..', import.meta.url));
const kMostBytes = {
  'ringside.mjs': 6 * 1024,
  'ringside.subscriber.mjs': 2_300,
  'ringside.stream-socket.mjs': 2_100,
  'ringside.events-iterator.mjs': 1_000,
  'ringside.dashboard-view.mjs': 1_250,
  'close-codes.mjs': 600,
  'ringside.js': 10_700, // one file for a <script> tag: all of it
};
let directory;
let installed;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rs-package-'));
  execFileSync('npm', ['pack', '--silent', '--pack-destination', directory], { cwd: here });
  const [tarball] = (await readdir(directory)).filter((name) => name.endsWith('.tgz'));
  installed = join(directory, 'node_modules/@ringside/client');
  await mkdir(installed, { recursive: true });
  execFileSync('tar', ['-xzf', join(directory, tarball), '-C', installed, '--strip-components=1']);
});
after(() => rm(directory, { recursive: true, force: true }));

/** Writes a program beside the installed package and runs it. @param {string} name @param {string} text */
async function run(name, text) {
  await writeFile(join(directory, name), text);
  return execFileSync(process.execPath, ['--no-experimental-require-module', join(directory, name)], { encoding: 'utf8' }).trim();
}

test('the package has its licence, its readme, and maps of what is minified', async () => {
  const files = await readdir(installed, { recursive: true });
  for (const name of ['LICENSE', 'README.md', 'types/index.d.ts', ...['js', 'mjs', 'node.mjs', 'node.cjs'].flatMap((kind) => [`dist/ringside.${kind}`, `dist/ringside.${kind}.map`])]) {
    assert.ok(files.includes(name), name);
  }
  const readme = await readFile(join(installed, 'README.md'), 'utf8');
  for (const [, target] of readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
    assert.ok(files.includes(target), `README.md links ${target}, which is not in the package`);
  }
  for (const name of files.filter((one) => /^dist.*js$/.test(one))) {
    assert.match(await readFile(join(installed, name), 'utf8'), /sourceMappingURL=/, name);
  }
});

test('it can be imported and required', async () => {
  const names = 'Object.keys(it).filter((one) => /^Prov|^Unauth/.test(one)).sort().join()';
  const wanted = 'ProvisioningDashboard,ProvisioningWebSocket,UnauthorizedError';
  assert.equal(await run('a.mjs', `import * as it from '@ringside/client'; console.log(${names})`), wanted);
  assert.equal(await run('a.cjs', `const it = require('@ringside/client'); console.log(${names})`), wanted);
  const script = await readFile(join(installed, 'dist/ringside.js'), 'utf8');
  assert.equal(await run('b.cjs', `${script}; const it = Ringside; console.log(${names}, typeof ProvisioningWebSocket)`), `${wanted} function`);
});

const sizeOf = (bytes) => gzipSync(bytes, { level: 9 }).length;

test('the client is at most 6 kB, and what it loads when it is needed has a limit, too', async () => {
  const browser = (await readdir(join(installed, 'dist'))).filter((name) => /^(?!.*\.node\.).*\.m?js$/.test(name));
  assert.deepEqual(browser.sort(), Object.keys(kMostBytes).sort());
  for (const [name, most] of Object.entries(kMostBytes)) {
    const size = sizeOf(await readFile(join(installed, 'dist', name)));
    assert.ok(size <= most, `${name}: ${size} bytes`);
  }
  const client = await readFile(join(installed, 'dist/ringside.mjs'), 'utf8');
  assert.doesNotMatch(client, /(^|;)\s*(import\s*[{*"']|export\s[^;]*\sfrom\b)/m, 'it loads nothing else at once');
});

test('a bundler that cuts at import() leaves the client at most 6 kB', async () => {
  const { outputFiles, metafile } = await build({
    stdin: { contents: "export { ProvisioningWebSocket } from '@ringside/client/browser';", resolveDir: directory },
    bundle: true, minify: true, write: false, format: 'esm', target: 'es2022', legalComments: 'none', splitting: true, outdir: directory, metafile: true,
  });
  const [first] = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === '<stdin>') ?? [];
  const wanted = Object.entries(metafile.outputs).filter(([name]) => name === first || metafile.outputs[first].imports.some(({ path, kind }) => path === name && kind === 'import-statement'));
  const names = wanted.map(([name]) => name.split('/').at(-1));
  const size = outputFiles.filter(({ path }) => names.includes(path.split('/').at(-1))).reduce((sum, { contents }) => sum + sizeOf(contents), 0);
  assert.ok(size > 3000 && size <= kMostBytes['ringside.mjs'], `${size} bytes`);
});

/** Names of members in a schema, however deep. */
function* namesIn(value) {
  if (value && typeof value === 'object') {
    for (const [name, inner] of Object.entries(value)) {
      yield name;
      yield* namesIn(inner);
    }
  }
}

test('no name that the build shortens is one of the API or of a message', async () => {
  const known = new Set((await readFile(join(here, 'API.md'), 'utf8')).match(/\w+/g));
  const schemas = join(here, '../conf/schemas');
  for (const name of (await readdir(schemas, { recursive: true })).filter((one) => one.endsWith('.json'))) {
    for (const member of namesIn(JSON.parse(await readFile(join(schemas, name), 'utf8')))) {
      known.add(member);
    }
  }
  assert.ok(known.has('task_id') && known.has('reconnectInterval'));
  assert.deepEqual(kInternalNames.filter((name) => known.has(name)), []);
});

test('what is built passes the tests of the sources', () => {
  const files = ['cluster', 'connection', 'refusals', 'refused_subscriptions', 'resume', 'tokens', 'transport'].map((name) => join(here, `tests/unit/${name}.test.js`));
  const { NODE_TEST_CONTEXT: _inner, ...env } = process.env;
  try {
    const said = execFileSync(process.execPath, ['--test', ...files], { encoding: 'utf8', env: { ...env, RINGSIDE_CLIENT: join(installed, 'dist/ringside.node.mjs') } });
    assert.ok(Number(/^(?:#|ℹ) pass (\d+)$/m.exec(said)?.[1]) > 80, said.slice(-500));
  } catch (error) {
    assert.fail(error.stdout ?? error.message);
  }
});

test('close codes in words are an entry of their own', async () => {
  assert.equal(await run('codes.mjs', "import { textFor } from '@ringside/client/close-codes'; console.log(textFor(4001))"), 'token expired');
  assert.equal(await run('codes.cjs', "console.log(require('@ringside/client/close-codes').textFor(4001))"), 'token expired');
});

const kTyped = `
import { ProvisioningWebSocket, UnauthorizedError } from '@ringside/client';
const ws = new ProvisioningWebSocket(async () => 'ws://localhost', async (why) => { if (why === 'refused') throw new UnauthorizedError(); return 't'; }, { debug: (line) => line.length });
const off: () => void = ws.on('TaskStatusChanged', (e) => { const status: string = e.data.status; const name: string | null | undefined = e.data.name; void [status, name]; });
off();
ws.on('LogEntry', (e) => e.data.level.toLowerCase());
ws.on('MetricUpdate', (e) => e.data.value.toFixed(1));
ws.on('SystemHealthUpdate', (e) => e.data.components?.storage?.status.length);
ws.on('BatchOperationUpdate', (e) => e.data.operations?.map((one) => one.id));
ws.on('WorkflowProgressUpdate', (e) => e.data.progress?.toFixed());
ws.on('disconnected', ({ code, advice }) => code.toFixed() + advice);
ws.on('error', ({ message }) => message.length);
ws.on('gap', (gap) => gap.missed + 1);
ws.on('Deployed', (e) => e.data.version);
ws.onEvent('error', (e) => e.event_type);
const iterator: AsyncIterableIterator<any> & { readonly missed: number } = ws.events({ events: ['task'], buffer: 10 });
export async function first() { for await (const one of ws.events()) { return one.id as string; } return iterator.missed; }
const timer: ReturnType<typeof setInterval> | null = ws.heartbeatTimer;
void timer;
// @ts-expect-error no such member
ws.on('TaskStatusChanged', (e) => e.data.nope);
// @ts-expect-error no such member
ws.on('TaskStatusChangd', (e) => e.dta.nope);
// @ts-expect-error a number is no string
ws.on('MetricUpdate', (e) => e.data.value.toLowerCase());
// @ts-expect-error an event of the client's own has no data
ws.on('disconnected', (e) => e.data);
// @ts-expect-error no such option
new ProvisioningWebSocket('ws://localhost', 't', { reconect: true });
`;

test('its types know the events, without types of Node and with the libraries checked', async () => {
  const tsc = join(here, 'node_modules/.bin/tsc');
  const strict = { strict: true, noEmit: true, skipLibCheck: false, types: [], lib: ['es2023', 'dom'], target: 'es2022' };
  await writeFile(join(directory, 'typed.ts'), kTyped);
  await writeFile(join(directory, 'typed.mts'), kTyped);
  await writeFile(join(directory, 'typed.cts'), kTyped);
  for (const [name, more] of Object.entries({ 'typed.mts': { module: 'nodenext' }, 'typed.cts': { module: 'nodenext' }, 'typed.ts': { module: 'esnext', moduleResolution: 'bundler' } })) {
    await writeFile(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions: { ...strict, ...more }, files: [name] }));
    try {
      execFileSync(tsc, ['-p', directory], { encoding: 'utf8' });
    } catch (error) {
      assert.fail(`${name}: ${error.stdout}`);
    }
  }
});
