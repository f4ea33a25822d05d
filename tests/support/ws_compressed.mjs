// usage: node ws_compressed.mjs URL COUNT
// Connects with the ws package, which offers permessage-deflate, says on standard output what was agreed on, and prints the numbers
// of COUNT events and how many bytes they took on the wire.
import WebSocket from "ws";

const [url, count] = process.argv.slice(2);
const socket = new WebSocket(url, { perMessageDeflate: true });
const numbers = [];
let stream;
socket.on("upgrade", (response) => (stream = response.socket));
socket.on("open", () => {
  for (let i = 0; i < 3; ++i) socket.send(JSON.stringify({ type: "nonsense", padding: "x".repeat(20000) }));
});
let errors = 0;
socket.on("message", (data) => {
  const message = JSON.parse(data);
  if (message.type === "welcome") console.log(JSON.stringify({ extensions: socket.extensions }));
  if (message.type === "error") errors += 1;
  for (const event of message.type === "batch" ? message.events : message.event_type ? [message] : []) numbers.push(event.data.n);
  if (numbers.length >= Number(count) && errors === 3) {
    console.log(JSON.stringify({ numbers, bytes: stream.bytesRead }));
    socket.close(1000);
  }
});
socket.on("error", (error) => {
  console.log(JSON.stringify({ error: error.message }));
  process.exit(1);
});
