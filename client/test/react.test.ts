// @vitest-environment happy-dom
import { act, createElement as h, type FunctionComponent, StrictMode } from 'react';
import { createRoot, hydrateRoot, type Root } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { LiveProvider, useBusiness, useConnection, useLive } from '../src/react.js';
import { testLive } from '../src/testing.js';

let root: Root;
let page: HTMLElement;
let frames: (() => void)[] = [];
const renders: Record<string, number> = {};

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  vi.stubGlobal('requestAnimationFrame', (call: () => void) => frames.push(call));
  frames = [];
  Object.keys(renders).forEach((name) => delete renders[name]);
  page = document.createElement('div');
  root = createRoot(page);
});
afterEach(() => {
  act(() => root.unmount());
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** All that is due happens, and a frame is drawn. */
const frame = () =>
  act(async () => {
    await vi.advanceTimersByTimeAsync(0);
    frames.splice(0).forEach((draw) => draw());
  });

const drawn = (name: string) => {
  renders[name] = (renders[name] ?? 0) + 1;
};

const Tile: FunctionComponent<{ name: 'landlordViews' | 'messagesTotal' }> = ({ name }) => {
  drawn(name);
  return h('b', null, `${name}: ${useLive(({ kpis }) => kpis?.[name])}. `);
};
const Row: FunctionComponent<{ id: string }> = ({ id }) => {
  drawn(id);
  return h('i', null, `${useBusiness(id)?.name}. `);
};
const Badge: FunctionComponent = () => {
  drawn('badge');
  return h('u', null, useConnection().state);
};
const Page: FunctionComponent = () => h('div', null, h(Tile, { name: 'landlordViews' }), h(Tile, { name: 'messagesTotal' }), ...['one', 'two'].map((id) => h(Row, { id, key: id })), h(Badge));

const made = () => testLive({ businesses: [{ id: 'one', name: 'Mill' }, { id: 'two', name: 'Barn' }] });

it('a tile is drawn when its number changes and a row when its business does, and not otherwise', async () => {
  const { live, service } = made();
  await act(async () => root.render(h(LiveProvider, { client: live }, h(Page))));
  await frame();
  expect(page.textContent).toBe('landlordViews: 0. messagesTotal: 0. Mill. Barn. live');
  const before = { ...renders };
  const since = () => Object.fromEntries(Object.entries(renders).map(([name, times]) => [name, times - (before[name] ?? 0)]));

  for (let n = 0; n < 1_000; n++) {
    service.count('one', { views_count: 1 });
  }
  await frame();
  expect(page.textContent).toBe('landlordViews: 1000. messagesTotal: 0. Mill. Barn. live');
  expect(since()).toEqual({ landlordViews: 1, messagesTotal: 0, one: 1, two: 0, badge: 0 });

  service.update('two', { name: 'Barn 2' });
  await frame();
  expect(page.textContent).toContain('Barn 2');
  expect(since()).toEqual({ landlordViews: 1, messagesTotal: 0, one: 1, two: 1, badge: 0 });
});

it('StrictMode mounts twice: one socket, and all is drawn; after the last unmount it rests', async () => {
  const { live, service } = made();
  await act(async () => root.render(h(StrictMode, null, h(LiveProvider, { client: live }, h(Page)))));
  await frame();
  service.count('two', { messages_count: 3 });
  await frame();
  expect(page.textContent).toBe('landlordViews: 0. messagesTotal: 3. Mill. Barn. live');
  expect(service.sockets).toBe(1);
  await act(async () => root.render(null));
  await vi.advanceTimersByTimeAsync(5_000);
  expect([live.get().connection.state, service.open, vi.getTimerCount()]).toEqual(['idle', 0, 0]);
});

it('a selector that makes a new object each time is drawn again when its equality says so', async () => {
  const { live, service } = made();
  const Names: FunctionComponent = () => {
    drawn('names');
    return h('b', null, useLive(({ businesses }) => businesses.map(({ name }) => name), (a, b) => a.join() === b.join()).join());
  };
  await act(async () => root.render(h(LiveProvider, { client: live }, h(Names))));
  await frame();
  const before = renders['names'];
  service.count('one', { views_count: 1 });
  await frame();
  expect(renders['names']).toBe(before);
  service.create({ name: 'Forge' });
  await frame();
  expect([page.textContent, renders['names']]).toEqual(['Mill,Barn,Forge', (before ?? 0) + 1]);
});

it('what a server drew is hydrated as it is, though the client is live by then', async () => {
  const { live } = made();
  const drawnByServer = document.createElement('div');
  drawnByServer.innerHTML = renderToString(h(LiveProvider, { client: made().live }, h(Page)));
  live.retain();
  await live.until('live');
  const mismatches: unknown[] = [];
  const hydrated = await act(async () => hydrateRoot(drawnByServer, h(LiveProvider, { client: live }, h(Page)), { onRecoverableError: (error) => mismatches.push(error) }));
  await frame();
  expect([mismatches, drawnByServer.textContent]).toEqual([[], 'landlordViews: 0. messagesTotal: 0. Mill. Barn. live']);
  act(() => hydrated.unmount());
});

it('on a server it draws what is held, and connects to nothing', () => {
  const { live, service } = made();
  expect(renderToString(h(LiveProvider, { client: live }, h(Page)))).toContain('idle');
  expect([service.sockets, service.requests.length, vi.getTimerCount()]).toEqual([0, 0, 0]);
});

it('without a provider it says what is missing', () => {
  expect(() => renderToString(h(Badge))).toThrow('there is no <LiveProvider client={…}> around this component');
});
