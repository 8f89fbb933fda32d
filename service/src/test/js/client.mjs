// The official JavaScript client, driven by lines of JSON on stdin; what happens to it is printed as lines of JSON.
//   {"do":"connect","url":…,"auth":{…},"options":{…},"parser":"msgpack"}   once
//   {"do":"emit","name":…,"args":[…],"ack":id}   the answer comes as {"ack":id,"args":[…]}
//   {"do":"auth","auth":{…}}   what the next CONNECT sends
//   {"do":"cut"}       the transport goes away, as when a network does
//   {"do":"reconnect"} after a disconnect that the client does not come back from by itself
// Buffers are written as {"base64":…}, both ways.
import { createInterface } from "node:readline";
import { io } from "socket.io-client";
import msgpack from "socket.io-msgpack-parser";

const say = (line) => console.log(JSON.stringify(line, (key, value) => (value?.type === "Buffer" ? { base64: Buffer.from(value.data).toString("base64") } : value)));
const revived = (value) =>
  value?.base64 !== undefined ? Buffer.from(value.base64, "base64")
  : Array.isArray(value) ? value.map(revived)
  : value && typeof value === "object" ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, revived(inner)]))
  : value;

let socket;
let auth;

function connect(command) {
  auth = command.auth;
  socket = io(command.url, {
    ...command.options,
    auth: (give) => give(auth),
    ...(command.parser === "msgpack" && { parser: msgpack }),
  });
  socket.on("connect", () => {
    const engine = socket.io.engine;
    say({ at: "connect", id: socket.id, recovered: socket.recovered, transport: engine.transport.name });
    engine.once("upgrade", (transport) => say({ at: "upgrade", transport: transport.name }));
  });
  socket.on("disconnect", (reason) => say({ at: "disconnect", reason }));
  socket.on("connect_error", (error) => say({ at: "connect_error", message: error.message, data: error.data ?? null }));
  socket.onAny((name, ...args) => say({ at: "event", name, args }));
}

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const command = JSON.parse(line);
    switch (command.do) {
      case "connect": return connect(command);
      case "emit": {
        const args = revived(command.args ?? []);
        return command.ack === undefined
          ? socket.emit(command.name, ...args)
          : socket.emit(command.name, ...args, (...answer) => say({ at: "ack", ack: command.ack, args: answer }));
      }
      case "auth": auth = command.auth; return;
      case "cut": return socket.io.engine.close();
      case "reconnect": return socket.connect();
      default: throw new Error(`unknown command ${line}`);
    }
  })
  .on("close", () => process.exit(0));
