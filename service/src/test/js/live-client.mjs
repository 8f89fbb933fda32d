// The client library of this repository, on the parser that is named, for as long as stdin is open.
//   node live-client.mjs LIBRARY SOCKETS API TOKEN default|msgpack
// Prints what happens to it as lines of JSON; answers the line "report" with what it holds.
import { createInterface } from 'node:readline';
import msgpack from 'socket.io-msgpack-parser';

const [library, socketUrl, apiUrl, token, parser] = process.argv.slice(2);
const { LiveClient } = await import(library);
const say = (line) => console.log(JSON.stringify(line));

const revisions = [];
const client = new LiveClient({
  socketUrl,
  apiUrl,
  token: () => token,
  ...(parser === 'msgpack' && { parser: msgpack }),
  maxRetryDelay: 500,
});
client.onEvent((event) => event.type.match(/^(business|metrics):/) && revisions.push(event.revision));
let state = '';
client.subscribe(() => {
  const { status } = client.snapshot();
  if (status.state !== state) {
    state = status.state;
    say({ at: 'state', state, reason: status.reason });
  }
});
client.connect();

createInterface({ input: process.stdin })
  .on('line', () => say({ at: 'report', revisions, counts: client.counts, dashboard: client.snapshot().dashboard }))
  .on('close', () => {
    // A client that leaves something behind keeps the process alive, and the test waiting.
    client.dispose();
  });
