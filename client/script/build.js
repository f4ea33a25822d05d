// usage: node script/build.js
//
// Makes dist/ringside.js: the library as one file for a <script> tag. Only for the package; the dashboard loads src/ as it is.

import { build } from 'esbuild';

await build({
  entryPoints: ['src/globals.js'],
  outfile: 'dist/ringside.js',
  bundle: true,
  format: 'iife',
  target: 'es2022',
  legalComments: 'none',
  banner: { js: '// @ringside/client, MIT licence' },
});
