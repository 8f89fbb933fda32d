// The client of the page, in Node, for `check --client browser`: BrowserClient.java runs it and talks with it in JSON, one object a
// line. It begins with { what: 'ready', node: its major version }. It is told { url, socketUrl, transports, limits } first, then
// { token } or { tokenError }, answers to { what: 'token' }, and { what: 'compare' }. It ends with stdin.
import { createInterface } from 'node:readline';
import { createLive } from 'tenantlist-live-client';

/** How often transitions are looked for that changed nothing that is shown, in milliseconds. */
const LOOK_MS = 20;

const say = (what, fields) => process.stdout.write(JSON.stringify({ what, ...fields }) + '\n');

function start({ url, socketUrl, transports, limits }, tokens) {
  const token = () =>
    new Promise((resolve, reject) => {
      tokens.push({ resolve, reject });
      say('token');
    });
  const live = createLive({ url, socketUrl, transports, token, ...limits });
  const told = [];
  let link = 'off';
  let rest = 'off';
  let failures = 0;
  let seen = null;
  let condition = 'recovering';
  let kpis = null;

  /** Where an input led the socket. */
  function tellLink(next) {
    const { reason } = live.get().connection;
    if (next === 'catching' && link === 'opening') {
      say('connected');
    } else if (next === 'live') {
      failures = 0;
    } else if (next === 'waiting' && link === 'live') {
      say('disconnected', { reason });
    } else if (next === 'waiting' && (link === 'opening' || link === 'catching' || link === 'token')) {
      failures += 1;
      say('attemptFailed', { failures, reason });
    }
    link = next;
  }

  /** Where an input led REST. */
  function tellRest(input, next) {
    if (rest === 'events' || rest === 'state') {
      if (input === 'restAnswered' && next === 'resting') {
        say('polled', { revision: live.get().revision, kpis: live.get().kpis });
      } else if (input === 'restFailed') {
        say('pollFailed', { reason: live.get().connection.reason });
      }
    }
    rest = next;
  }

  function look() {
    const now = live.get();
    // The list is a window on all transitions, whose objects stay the same.
    const all = live.diagnostics();
    const transitions = all.slice(all.indexOf(seen) + 1);
    seen = transitions.at(-1) ?? seen;
    transitions.forEach((each) => tellLink(each.link));
    told.splice(0).forEach(({ event: { type, ...payload } }) => say('event', { name: type, payload }));
    transitions.forEach((each) => tellRest(each.input, each.rest));
    if (now.connection.state !== condition) {
      condition = now.connection.state;
      say('state', { state: condition, code: now.connection.code, reason: now.connection.reason });
    }
    if (now.kpis !== kpis) {
      kpis = now.kpis;
      say('kpis', { kpis });
    }
  }

  live.onEvent((each) => told.push(each));
  live.subscribe(look);
  setInterval(look, LOOK_MS);
  live.retain();
  return live;
}

say('ready', { node: Number(process.versions.node.split('.')[0]) });
let live = null;
const tokens = [];
createInterface({ input: process.stdin })
  .on('line', (line) => {
    const said = JSON.parse(line);
    if (live === null) {
      live = start(said, tokens);
    } else if (said.what === 'compare') {
      const { revision, epoch, kpis, businesses } = live.get();
      say('held', { revision, epoch, kpis, businesses });
    } else if (said.token !== undefined) {
      tokens.shift().resolve(said.token);
    } else {
      tokens.shift().reject(new Error(said.tokenError));
    }
  })
  .on('close', () => process.exit());
