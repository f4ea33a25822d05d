// usage: node http2_websocket.mjs URL PATH
// Tries a WebSocket over HTTP/2 (RFC 8441, extended CONNECT) and prints what came of it as JSON.
import http2 from "node:http2";

const [url, path] = process.argv.slice(2);
const session = http2.connect(url, { rejectUnauthorized: false });
const print = (result) => {
  console.log(JSON.stringify(result));
  session.destroy();
};
session.on("error", (error) => print({ session: error.code ?? error.message }));
session.on("remoteSettings", (settings) => {
  if (!settings.enableConnectProtocol) {
    print({ session: "no extended CONNECT" });
    return;
  }
  const stream = session.request({ ":method": "CONNECT", ":protocol": "websocket", ":path": path, "sec-websocket-version": "13" });
  let status = 0;
  let body = "";
  stream.on("response", (headers) => {
    status = headers[":status"];
    if (status === 200) print({ status });
  });
  stream.on("data", (data) => (body += data));
  stream.on("end", () => print({ status, body }));
  stream.on("error", (error) => print({ stream: error.code ?? error.message }));
});
