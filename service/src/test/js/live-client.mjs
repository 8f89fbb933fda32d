// The client library of this repository, on the parser that is named, for as long as stdin is open.
//   node live-client.mjs LIBRARY SOCKETS API TOKEN default|msgpack
// Prints what happens to it as lines of JSON; answers the line "report" with what it holds.
import { createInterface } from 'node:readline';
import msgpack from 'socket.io-msgpack-parser';

const [library, socketUrl, url, token, parser] = process.argv.slice(2);
const { createLive } = await import(library);
const say = (line) => console.log(JSON.stringify(line));

const revisions = [];
const live = createLive({
  url,
  socketUrl,
  token: () => token,
  ...(parser === 'msgpack' && { parser: msgpack }),
  maxRetryDelay: 500,
  silenceTimeout: 1_000,
  probeTimeout: 500,
  linger: 0,
});
const samples = [];
// With the time of the one before: a process that stood still for a while could not know better yet.
let sampled = Date.now();
const sampling = setInterval(() => {
  samples.push([sampled, live.get().connection.state, live.get().revision]);
  sampled = Date.now();
}, 50);
live.onEvent(({ event }) => /^(business|metrics):/.test(event.type) && revisions.push(event.revision));
let state = '';
live.subscribe(() => {
  const { connection } = live.get();
  if (connection.state !== state) {
    state = connection.state;
    say({ at: 'state', state, reason: connection.reason });
  }
});
const release = live.retain();

createInterface({ input: process.stdin })
  .on('line', () => say({ at: 'report', revisions, samples, dashboard: live.get() }))
  .on('close', () => {
    // A client that leaves something behind keeps the process alive, and the test waiting.
    clearInterval(sampling);
    release();
  });
