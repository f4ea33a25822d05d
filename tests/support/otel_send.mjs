// Sends logs and metrics with OpenTelemetry's own SDK. Arguments: the URL of the server, json or protobuf, none or gzip, how many log
// records, and a directory whose node_modules has the SDK. The token is in TOKEN. Prints what went wrong, and ends with 1 then.
import { createRequire } from "node:module";

const [url, encoding, compression, count, directory] = process.argv.slice(2);
const require = createRequire(`${directory}/package.json`);
const kind = encoding === "json" ? "http" : "proto";
const { OTLPLogExporter } = require(`@opentelemetry/exporter-logs-otlp-${kind}`);
const { OTLPMetricExporter } = require(`@opentelemetry/exporter-metrics-otlp-${kind}`);
const { LoggerProvider, BatchLogRecordProcessor } = require("@opentelemetry/sdk-logs");
const { MeterProvider, PeriodicExportingMetricReader } = require("@opentelemetry/sdk-metrics");
const { resourceFromAttributes } = require("@opentelemetry/resources");

const resource = resourceFromAttributes({ "service.name": "checkout", "service.version": "1.2.3" });
const settings = (path) => ({ url: `${url}${path}`, compression, headers: { Authorization: `Bearer ${process.env.TOKEN}` } });
const failures = [];
const watched = (exporter) => {
  const original = exporter.export.bind(exporter);
  exporter.export = (items, done) => original(items, (result) => {
    if (result.code !== 0) failures.push(String(result.error ?? result.code));
    done(result);
  });
  return exporter;
};

const exporter = watched(new OTLPLogExporter(settings("/v1/logs")));
const processor = (() => {
  try {
    return new BatchLogRecordProcessor({ exporter });
  } catch {
    return new BatchLogRecordProcessor(exporter);
  }
})();
const logs = new LoggerProvider({ resource, processors: [processor] });
const logger = logs.getLogger("cart", "0.1");
for (let n = 0; n < Number(count); n += 1) {
  logger.emit({ severityNumber: 13, severityText: "WARN", body: `item ${n}`, attributes: { n, "user.id": "u-7", paid: true, price: 1.5, tags: ["a", "b"] } });
}
await logs.forceFlush();
await logs.shutdown();

const reader = new PeriodicExportingMetricReader({ exporter: watched(new OTLPMetricExporter(settings("/v1/metrics"))), exportIntervalMillis: 1e6 });
const meters = new MeterProvider({ resource, readers: [reader] });
const meter = meters.getMeter("cart");
meter.createCounter("orders").add(3, { region: "eu" });
meter.createUpDownCounter("open").add(-2);
meter.createHistogram("latency", { unit: "ms" }).record(12);
meter.createObservableGauge("heat").addCallback((result) => result.observe(21.5));
await meters.forceFlush();
await meters.shutdown();
if (failures.length > 0) {
  console.error(failures.join("\n"));
  process.exit(1);
}
