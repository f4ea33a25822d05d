// usage: node asyncapi_check.mjs FILE: prints what AsyncAPI's own parser has against it, one line each, and the names of its channels.
import { Parser, fromFile } from "@asyncapi/parser";

const { document, diagnostics } = await fromFile(new Parser(), process.argv[2]).parse();
for (const one of diagnostics.filter((each) => each.severity <= 1)) console.error(`${one.path.join(".")}: ${one.message}`);
if (!document) process.exit(1);
console.log(document.channels().all().map((channel) => channel.address()).sort().join(" "));
