// usage: node script/cjs_types.js DIRECTORY
//
// Copies the declarations in DIRECTORY to DIRECTORY/cjs, where a package.json says that they describe CommonJS: TypeScript takes the kind of a
// declaration from the package that it is in, and refuses to require() an ES module.

import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';

const directory = process.argv[2];
await rm(`${directory}/cjs`, { recursive: true, force: true });
const entries = await readdir(directory);
await mkdir(`${directory}/cjs`);
await Promise.all(entries.map((name) => cp(`${directory}/${name}`, `${directory}/cjs/${name}`, { recursive: true })));
await writeFile(`${directory}/cjs/package.json`, '{ "type": "commonjs" }\n');
