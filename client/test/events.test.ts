import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { events, type Live, type LiveEvent } from '../src/index.js';
import { testLive, type TestService } from '../src/testing.js';

const ONE = { id: 'one', name: 'Mill' };
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const soon = () => pass(0);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Takes all that comes; changes only, as revisions, unless `all`. */
function taken(live: Live, options: { since?: number; epoch?: string | null; signal?: AbortSignal } = {}) {
  const got: LiveEvent[] = [];
  let end: unknown = 'open';
  void (async () => {
    for await (const each of events(live, options)) {
      got.push(each);
    }
  })().then(
    () => (end = 'over'),
    (error: unknown) => (end = error),
  );
  return {
    got,
    revisions: () => got.filter(({ event }) => event.type !== 'kpi:update' && event.type !== 'reconnected').map(({ event }) => event.revision),
    types: () => got.map(({ event }) => `${event.type} ${event.revision}`),
    end: () => end,
  };
}

const count = (service: TestService, times: number) => {
  for (let n = 0; n < times; n++) {
    service.count('one', { views_count: 1 });
  }
};

it('the journal first, then what comes, without a seam: each once, in order', async () => {
  const { live, service } = testLive({ businesses: [ONE] });
  count(service, 5);
  live.retain();
  const { got, revisions } = taken(live, { since: 2 });
  // Some are committed while the journal is read.
  count(service, 2);
  await soon();
  count(service, 3);
  await soon();
  expect(revisions()).toEqual([3, 4, 5, 6, 7, 8, 9, 10]);
  expect([got[0]?.before, got[0]?.after]).toEqual([null, null]);
  expect([got.at(-1)?.before?.kpis?.landlordViews, got.at(-1)?.after?.kpis?.landlordViews]).toEqual([9, 10]);
});

it('what comes while the journal is read, and is in it, is told once', async () => {
  const { live, service } = testLive({ businesses: [ONE] });
  count(service, 5);
  live.retain();
  await live.until('live');
  // The journal has these already, and they are still on their way by the line.
  count(service, 2);
  const { revisions } = taken(live, { since: 2 });
  await soon();
  count(service, 1);
  await soon();
  expect(revisions()).toEqual([3, 4, 5, 6, 7, 8]);
});

it('a restore to the revision that the journal ended at is told, though nothing was told since', async () => {
  const { live, service } = testLive({ businesses: [ONE] });
  count(service, 3);
  const { types } = taken(live, { since: 0 });
  await soon();
  expect(types()).toEqual(['metrics:updated 1', 'metrics:updated 2', 'metrics:updated 3']);
  service.restore();
  await pass(2_000);
  expect(types().slice(3)).toEqual(['reconnected 3']);
});

it('without since only what is new comes, with the state before it and after it', async () => {
  const { live, service } = testLive({ businesses: [ONE] });
  count(service, 3);
  live.retain();
  await live.until('live');
  const { got, revisions } = taken(live);
  count(service, 2);
  await soon();
  expect(revisions()).toEqual([4, 5]);
  expect(got[0]?.before?.revision).toBe(3);
  expect(got[0]?.after?.revision).toBe(4);
});

it('what was missed while the line was away comes in its place', async () => {
  const { live, service } = testLive({ businesses: [ONE] });
  live.retain();
  await live.until('live');
  const { revisions } = taken(live);
  count(service, 2);
  service.cut();
  count(service, 2);
  await pass(2_000);
  count(service, 1);
  await soon();
  expect(revisions()).toEqual([1, 2, 3, 4, 5]);
});

it('what is missed by a dashboard that got everything anew is read from the journal', async () => {
  const { live, service } = testLive({ businesses: [ONE] });
  count(service, 2);
  // The dashboard begins at revision 4; the journal has what lies between.
  const { revisions } = taken(live, { since: 1 });
  count(service, 2);
  await pass(2_000);
  count(service, 1);
  await soon();
  expect(revisions()).toEqual([2, 3, 4, 5]);
});

it('where the journal does not reach back, everything that is comes instead of what is missing', async () => {
  const { live, service } = testLive({ businesses: [ONE] });
  live.retain();
  await live.until('live');
  const { types, end } = taken(live);
  count(service, 1);
  await soon();
  service.socket('swallows');
  service.cut();
  count(service, 3);
  service.prune();
  await pass(40_000);
  service.socket('good');
  await pass(40_000);
  count(service, 1);
  await soon();
  expect(end()).toBe('open');
  expect(types().filter((each) => !each.startsWith('kpi'))).toEqual(['metrics:updated 1', 'reconnected 4', 'metrics:updated 5']);
});

it('a since of another history, or of another user, is an error with status 410', async () => {
  const { live, service } = testLive({ businesses: [ONE] });
  live.retain();
  await live.until('live');
  const { revision, epoch } = live.get();
  service.restore();
  await pass(2_000);
  const { end } = taken(live, { since: revision ?? 0, epoch });
  await soon();
  expect(end()).toMatchObject({ status: 410 });
});

it('a since that the journal does not reach is an error with status 410', async () => {
  const { live, service } = testLive({ businesses: [ONE] });
  count(service, 3);
  service.prune();
  live.retain();
  await live.until('live');
  const { end } = taken(live, { since: 1 });
  await soon();
  expect(end()).toMatchObject({ code: 'EVENTS_PRUNED', status: 410 });
});

it('another history: everything that is comes, then what is new in it', async () => {
  const { live, service } = testLive({ businesses: [ONE] });
  count(service, 3);
  live.retain();
  await live.until('live');
  const { types, end } = taken(live);
  count(service, 1);
  await soon();
  service.restore();
  await pass(2_000);
  count(service, 1);
  await soon();
  expect(end()).toBe('open');
  expect(types().filter((each) => !each.startsWith('kpi'))).toEqual(['metrics:updated 4', 'reconnected 4', 'metrics:updated 5']);
});

it('more than it keeps for who does not take them: the rest is read from the journal', async () => {
  const { live, service } = testLive({ businesses: [ONE] });
  live.retain();
  await live.until('live');
  const iterator = events(live);
  const first = iterator.next();
  count(service, 6_000);
  await soon();
  expect((await first).value?.event.revision).toBe(1);
  let last = 1;
  while (last < 6_000) {
    const { value } = await iterator.next();
    if (value !== undefined && value.event.type !== 'kpi:update') {
      expect(value.event.revision).toBe(last + 1);
      last = value.event.revision;
    }
  }
  await iterator.return();
});

it('ends when it is aborted, when the client ends, and when nobody takes more; and lets go of the client', async () => {
  const { live } = testLive({ businesses: [ONE] });
  const abort = new AbortController();
  const aborted = taken(live, { signal: abort.signal });
  await soon();
  expect(live.get().connection.state).toBe('live');
  abort.abort('enough');
  await soon();
  expect(aborted.end()).toBe('enough');
  await pass(5_000);
  expect(live.get().connection.state).toBe('idle');

  const iterator = events(live, { since: 0 });
  const next = iterator.next();
  await soon();
  live.end();
  await expect(next).rejects.toMatchObject({ code: 'ENDED' });
  expect(vi.getTimerCount()).toBe(0);
});
