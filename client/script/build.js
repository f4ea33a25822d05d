// usage: node script/build.js [DIRECTORY]
//
// Makes the files of the package, in dist/ unless told otherwise, all minified and with source maps:
//   ringside.js        for a <script> tag: the two documented classes as globals
//   ringside.mjs       an ES module for browsers and bundlers
//   ringside.node.mjs  an ES module for Node
//   ringside.node.cjs  the same for require()
// The dashboard does not need them: it loads src/ as it is.

import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('..', import.meta.url));
const outdir = process.argv[2] ?? `${here}dist`;
const common = {
  bundle: true,
  minify: true,
  keepNames: false,
  sourcemap: true,
  target: 'es2022',
  legalComments: 'none',
  banner: { js: '/* @ringside/client, MIT licence */' },
  absWorkingDir: here,
};

await Promise.all([
  build({ ...common, entryPoints: ['src/globals.js'], outfile: `${outdir}/ringside.js`, format: 'iife' }),
  build({ ...common, entryPoints: ['src/index.js'], outfile: `${outdir}/ringside.mjs`, format: 'esm' }),
  build({ ...common, entryPoints: ['src/node/index.js'], outfile: `${outdir}/ringside.node.mjs`, format: 'esm', platform: 'node' }),
  build({ ...common, entryPoints: ['src/node/index.js'], outfile: `${outdir}/ringside.node.cjs`, format: 'cjs', platform: 'node' }),
]);
