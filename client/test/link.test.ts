import { Server, type Socket } from 'socket.io';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { LinkHappening } from '../src/core/state.js';
import { type Link, socketIo } from '../src/link.js';
import { DASHBOARD_EVENTS } from '../src/protocol.js';

// The reference server, and sockets that are real: what it says, in the words of the machine.

let server: Server;
let url: string;
let served: Socket | undefined;
let token: unknown;
let refuses: (Error & { data?: unknown }) | undefined;
let link: Link | undefined;
let told: LinkHappening[];

beforeEach(async () => {
  served = undefined;
  refuses = undefined;
  told = [];
  server = new Server({ pingInterval: 50, pingTimeout: 20_000 });
  server.of('/dashboard').use((socket, next) => {
    token = socket.handshake.auth['token'];
    next(refuses);
  });
  server.of('/dashboard').on('connection', (socket) => void (served = socket));
  server.listen(0);
  url = `http://127.0.0.1:${(server.httpServer.address() as { port: number }).port}`;
});
afterEach(async () => {
  link?.close();
  await server.close();
});

const open = (to = url, transports: readonly ('websocket' | 'polling')[] = ['websocket']) =>
  (link = socketIo(to, undefined, 45_000)('a token', transports, (happening) => told.push(happening)));

/** What was told, signs of life aside. */
const said = () => told.filter(({ type }) => type !== 'heard');

/** Opens one, and gives the server's side of it. */
async function opened(transports?: readonly ('websocket' | 'polling')[]): Promise<Socket> {
  open(url, transports);
  return vi.waitUntil(() => (said()[0]?.type === 'linkOpened' ? served : undefined));
}

it.each([['websocket'], ['polling']] as const)('each event is told as it is, and each ping: %s', async (transport) => {
  const socket = await opened([transport]);
  expect(token).toBe('a token');
  for (const [n, type] of DASHBOARD_EVENTS.entries()) {
    socket.emit(type, { revision: n });
  }
  socket.emit('presence:update', { connections: 3 });
  socket.emit('auth:expiring', {});
  socket.emit('server:draining', { retryAfterMs: 700 });
  socket.emit('server:draining', {});
  socket.emit('server:stale', { staleMs: 10_500 });
  socket.emit('server:unheard-of', { a: 1 });
  await vi.waitFor(() =>
    expect(said()).toEqual([
      { type: 'linkOpened' },
      ...DASHBOARD_EVENTS.map((type, n) => ({ type: 'event', event: { type, revision: n } })),
      { type: 'devices', devices: 3 },
      { type: 'expiring' },
      { type: 'draining', retryAfterMs: 700 },
      { type: 'draining', retryAfterMs: 0 },
      { type: 'stale', staleMs: 10_500 },
    ]),
  );
  await vi.waitFor(() => expect(told).toContainEqual({ type: 'heard' }));
});

it('a refusal is told once, with its code; one without is a failure', async () => {
  refuses = Object.assign(new Error('the token has ended'), { data: { code: 'TOKEN_EXPIRED' } });
  open();
  await vi.waitFor(() => expect(told).toEqual([{ type: 'linkRefused', code: 'TOKEN_EXPIRED', message: 'the token has ended' }]));
  link?.close();
  told = [];
  refuses = new Error('of somebody else');
  open();
  await vi.waitFor(() => expect(told).toEqual([{ type: 'linkFailed', message: 'of somebody else' }]));
});

it.each([['websocket'], ['polling']] as const)('where nobody listens it fails: %s', async (transport) => {
  await server.close();
  open(url, [transport]);
  await vi.waitFor(() => expect(told).toEqual([{ type: 'linkFailed', message: 'the server cannot be reached' }]));
});

it('whether the server wanted us away is told', async () => {
  (await opened()).disconnect();
  await vi.waitFor(() => expect(said()[1]).toEqual({ type: 'linkClosed', message: 'io server disconnect', ended: true }));
  told = [];
  (await opened()).conn.close();
  await vi.waitFor(() => expect(said()[1]).toEqual({ type: 'linkClosed', message: 'the connection was lost', ended: false }));
  expect(said()).toHaveLength(2);
});

it('what is asked arrives as it is, and a refusal of it is told to who asked', async () => {
  const socket = await opened();
  const asked: unknown[] = [];
  socket.on('request:current-state', (question, answer) => {
    asked.push(question);
    answer(asked.length === 1 ? { success: false, error: { code: 'BUSY', message: 'later' } } : { success: true });
  });
  socket.on('auth:refresh', (payload) => asked.push(payload));
  const refused = vi.fn();
  link?.ask(null, refused);
  link?.ask({ after: 7, epoch: 'e' }, refused);
  link?.refresh('another');
  await vi.waitFor(() => expect(asked).toEqual([{}, { after: 7, epoch: 'e' }, { token: 'another' }]));
  await vi.waitFor(() => expect(refused.mock.calls).toEqual([[{ code: 'BUSY', message: 'later' }]]));
});

it('what is closed tells nothing more, and is gone at the server', async () => {
  const socket = await opened();
  const gone = new Promise((resolve) => socket.on('disconnect', resolve));
  socket.emit('presence:update', { connections: 1 });
  const before = told.length;
  link?.close();
  expect(await gone).toMatch(/client namespace disconnect|transport close/);
  expect(told).toHaveLength(before);
});

it('what is closed while it opens opens nothing', async () => {
  open();
  link?.close();
  const socket = await (told = [], opened());
  expect(socket.nsp.sockets.size).toBe(1);
});
