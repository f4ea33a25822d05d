// usage: node ws_crowd.mjs URL CLIENTS PRODUCERS EVENTS [BATCH_SIZE...]
//
// Opens CLIENTS connections with the ws package, prints "ready", takes PRODUCERS * EVENTS events whose data is {"p":producer,"n":number}
// on each, and prints one line of JSON: what was wrong, or that nothing was. The batch sizes are dealt out in turn.
import WebSocket from "ws";

const [url, nClients, nProducers, nEvents, ...batchSizes] = process.argv.slice(2).map((word, i) => (i === 0 ? word : Number(word)));
const faults = [];
let open = 0;
let left = nClients;
let largestFrame = 0;

function fault(text) {
  if (faults.push(text) > 20) finish();
}

function finish() {
  console.log(JSON.stringify({ faults, largestFrame }));
  process.exit(0);
}

function start(i) {
  const batchSize = batchSizes[i % batchSizes.length];
  const socket = new WebSocket(`${url}&batch_size=${batchSize}`, { perMessageDeflate: false });
  const next = new Array(nProducers).fill(0);
  let last = 0;
  let count = 0;
  const take = (event) => {
    const { p, n } = event.data;
    if (n !== next[p]) fault(`client ${i}: producer ${p} sent ${next[p]}, ${n} came`);
    next[p] = n + 1;
    const seq = Number(event.id.slice(event.id.indexOf(":") + 1));
    if (seq !== last + 1) fault(`client ${i}: after ${last} came ${event.id}`);
    last = seq;
    if (++count === nProducers * nEvents) {
      socket.close(1000);
      if (--left === 0) finish();
    }
  };
  socket.on("message", (data) => {
    const message = JSON.parse(data);
    if (message.event_type) {
      take(message);
    } else if (message.type === "batch") {
      const n = message.events.length;
      largestFrame = Math.max(largestFrame, n);
      if (n < 2 || n > batchSize) fault(`client ${i}: a batch of ${n} where ${batchSize} was asked for`);
      message.events.forEach(take);
    } else if (message.type === "welcome") {
      if (++open === nClients) console.log("ready");
    } else {
      fault(`client ${i}: ${data}`);
    }
  });
  socket.on("close", (code) => {
    if (count < nProducers * nEvents) {
      fault(`client ${i}: closed with ${code} after ${count} events`);
      finish();
    }
  });
  socket.on("error", (error) => fault(`client ${i}: ${error.message}`));
}

for (let i = 0; i < nClients; ++i) start(i);
