// usage: node ajv_verdicts.mjs SCHEMA-FILE < one JSON value a line > one line each: {"valid":...,"errors":...}
//
// What an independent validator says. Schemas beside SCHEMA-FILE may be referred to by their file names. Their "examples" are checked, too.
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";

import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const file = process.argv[2];
const ajv = new Ajv({ strict: true, strictTypes: false, strictRequired: false, allErrors: true });
addFormats(ajv);
const uri = (name) => `file:///${name}`;
for (const name of readdirSync(dirname(file)).filter((one) => one.endsWith(".schema.json"))) {
  const { $id, ...schema } = JSON.parse(readFileSync(join(dirname(file), name), "utf8"));
  ajv.addSchema(schema, uri(name));
}
const validate = ajv.getSchema(uri(basename(file)));
for (const example of validate.schema.examples ?? []) {
  if (!validate(example)) throw new Error(`${file}: its own example does not hold: ${JSON.stringify(example)}: ${ajv.errorsText(validate.errors)}`);
}
for await (const line of createInterface({ input: process.stdin })) {
  const valid = validate(JSON.parse(line));
  console.log(JSON.stringify({ valid, errors: valid ? "" : ajv.errorsText(validate.errors) }));
}
