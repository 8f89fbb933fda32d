// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { get } from 'svelte/store';
import { effectScope, watchSyncEffect } from 'vue';
import { Conflict, writes } from '../src/index.js';
import { liveStore } from '../src/svelte.js';
import { testLive } from '../src/testing.js';
import { useLive } from '../src/vue.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** What is due happens, a frame too. */
const frame = () => vi.advanceTimersByTimeAsync(20);
const made = () => testLive({ businesses: [{ id: 'one', name: 'Mill' }] });

it('Vue: a ref changes once a frame, when its part does; its scope retains the client', async () => {
  const { live, service } = made();
  const scope = effectScope();
  const seen: (number | undefined)[] = [];
  scope.run(() => {
    const views = useLive(live, ({ kpis }) => kpis?.landlordViews);
    watchSyncEffect(() => seen.push(views.value));
  });
  await frame();
  for (let n = 0; n < 100; n++) {
    service.count('one', { views_count: 1 });
  }
  service.update('one', { name: 'Mill 2' });
  await frame();
  service.update('one', { name: 'Mill 3' });
  await frame();
  expect(seen).toEqual([undefined, 0, 100]);
  scope.stop();
  await vi.advanceTimersByTimeAsync(5_000);
  expect([live.get().connection.state, service.sockets, vi.getTimerCount()]).toEqual(['idle', 1, 0]);
});

it('Svelte: a store tells once a frame, when its part changes; who subscribes retains the client', async () => {
  const { live, service } = made();
  const views = liveStore(live, ({ kpis }) => kpis?.landlordViews);
  const seen: (number | undefined)[] = [];
  const stop = views.subscribe((value) => seen.push(value));
  await frame();
  for (let n = 0; n < 100; n++) {
    service.count('one', { views_count: 1 });
  }
  await frame();
  service.update('one', { name: 'Mill 2' });
  await frame();
  expect(seen).toEqual([undefined, 0, 100]);
  expect(get(views)).toBe(100);
  stop();
  await vi.advanceTimersByTimeAsync(5_000);
  expect([live.get().connection.state, service.sockets, vi.getTimerCount()]).toEqual(['idle', 1, 0]);
});

it('the test world knows a request by its headers, though this DOM does not lower their names', async () => {
  expect(Object.keys(Object.fromEntries(new Headers({ 'If-Match': 'x' })))).toEqual(['If-Match']);
  const { live, service } = made();
  live.retain();
  await live.until('live');
  const { businesses } = writes(live);
  const { version } = live.get().businesses[0]!;
  service.update('one', { name: 'Barn' });
  await expect(businesses.update('one', { name: 'Mine' }, { ifVersion: version })).rejects.toBeInstanceOf(Conflict);
  await businesses.create({ name: 'Shop' }, { key: 'k' });
  await expect(businesses.create({ name: 'Other' }, { key: 'k' })).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  service.signIn('00000000-0000-4000-8000-000000000002');
  await expect(businesses.create({ name: 'Theirs' })).rejects.toMatchObject({ code: 'USER_MISMATCH' });
});
