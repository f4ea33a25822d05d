// usage: node script/build.js [DIRECTORY]
//
// Makes the files of the package, in dist/ unless told otherwise, all minified and with source maps:
//   ringside.mjs       an ES module for browsers and bundlers, and beside it ringside.PART.mjs, which it loads when they are needed
//   ringside.js        for a <script> tag: the two documented classes as globals, in one file
//   ringside.node.mjs  an ES module for Node
//   ringside.node.cjs  the same for require()
//   close-codes.*      the close codes in words
// The dashboard does not need them: it loads src/ as it is.

import { build } from 'esbuild';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('..', import.meta.url));

// What only the modules of src/ call each other. These names get short; a test looks that none is in the API or in a message.
export const kInternalNames = (
  'abandon addressOf admits answered asked atLeast bare excluded forgetSince heartbeat implied isClearing isFilling isImplied isRecovering longer ' +
  'onAnew onAnswer onControl onDial onDone onExpiring onLost onReplayEnd onText onWelcome prepare recover remember restore restores welcomed wouldCutOff'
).split(' ');

const kParts = /(?<!\{|typeof )import\('(\.\/[a-z_]+\.js)'\)(?!\.[A-Z])/g; // outside of types

const common = {
  bundle: true,
  minify: true,
  keepNames: false,
  sourcemap: true,
  target: 'es2022',
  legalComments: 'none',
  banner: { js: '/* @ringside/client, MIT */' },
  absWorkingDir: here,
  mangleProps: new RegExp(`^(${kInternalNames.join('|')})$`),
  mangleCache: Object.fromEntries(kInternalNames.map((name, n) => [name, String.fromCharCode(n < 26 ? 97 + n : 39 + n)])), // the same in every file
};

/** `import('./part.js')` stays what it is, and the part becomes a file of its own. */
const inParts = {
  name: 'parts',
  setup(one) {
    one.onResolve({ filter: /^\.\// }, ({ kind, path }) => (kind === 'dynamic-import' ? { path: fileOf(path), external: true } : undefined));
  },
};

/** All in one file: what is loaded elsewhere when it is needed is there from the beginning, which is shorter than a loader for each part. */
const inOne = {
  name: 'one',
  setup(one) {
    one.onLoad({ filter: /src\/[a-z_]+\.js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const parts = [...text.matchAll(kParts)].map(([, part]) => part);
      const imports = parts.map((part, n) => `import * as part${n} from '${part}'; `);
      let n = 0;
      return { contents: imports.join('') + text.replace(kParts, () => `Promise.resolve(part${n++})`), loader: 'js' };
    });
  },
};

/** @param {string} path of a module that is loaded when it is needed */
const fileOf = (path) => `./ringside.${path.replace(/^\.\/|\.js$/g, '').replaceAll('_', '-')}.mjs`;

/** Modules that src/ imports by import(). @returns {Promise<string[]>} */
export async function partsOf() {
  const found = new Set();
  for (const file of (await readdir(`${here}src`)).filter((name) => name.endsWith('.js'))) {
    for (const [, path] of (await readFile(`${here}src/${file}`, 'utf8')).matchAll(kParts)) {
      found.add(path);
    }
  }
  return [...found].sort();
}

/** @param {string} outdir */
async function make(outdir) {
  const parts = await partsOf();
  const one = (from, to, more) => build({ ...common, entryPoints: [`src/${from}`], outfile: `${outdir}/${to}`, ...more });
  await Promise.all([
    one('globals.js', 'ringside.js', { format: 'iife', plugins: [inOne] }),
    one('index.js', 'ringside.mjs', { format: 'esm', plugins: [inParts] }),
    ...parts.map((path) => one(path, fileOf(path), { format: 'esm', plugins: [inParts] })),
    one('node/index.js', 'ringside.node.mjs', { format: 'esm', platform: 'node' }),
    one('node/index.js', 'ringside.node.cjs', { format: 'cjs', platform: 'node' }),
    one('close_codes.js', 'close-codes.mjs', { format: 'esm' }),
    one('close_codes.js', 'close-codes.cjs', { format: 'cjs' }),
  ]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await make(process.argv[2] ?? `${here}dist`);
}
