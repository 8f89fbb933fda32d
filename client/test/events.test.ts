import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { events, type Live, type LiveEvent } from '../src/index.js';
import { testLive, type TestService, USER } from '../src/testing.js';

const ONE = { id: 'one', name: 'Mill' };
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const soon = () => pass(0);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Takes all that comes. `revisions`: of changes only. */
function taken(live: Live, options: { since?: number; epoch?: string | null; signal?: AbortSignal } = {}, all = events(live, options)) {
  const got: LiveEvent[] = [];
  let end: unknown = 'open';
  void (async () => {
    for await (const each of all) {
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

/** One was taken by the line, and so many more have come since. */
async function oneTaken(live: Live, service: TestService, more: number) {
  const iterator = events(live);
  const first = iterator.next();
  await soon();
  count(service, 1);
  expect((await first).value).toMatchObject({ event: { revision: 1 }, after: { revision: 1 } });
  count(service, more);
  await soon();
  return iterator;
}

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

it('nothing goes back, KPIs neither, when it comes while the journal is read', async () => {
  const { live, service } = testLive({ businesses: [ONE] });
  count(service, 3);
  live.retain();
  await live.until('live');
  // The journal has these already, and they and their KPIs are still on their way by the line.
  count(service, 3);
  const { got, types } = taken(live, { since: 3 });
  await soon();
  count(service, 1);
  await soon();
  expect(types()).toEqual(['metrics:updated 4', 'metrics:updated 5', 'metrics:updated 6', 'kpi:update 6', 'metrics:updated 7', 'kpi:update 7']);
  expect(got.map(({ after }) => after?.revision)).toEqual([undefined, undefined, undefined, 6, 7, 7]);
});

it('goes on after the event that was taken last, wherever that came from', async () => {
  const { live, service } = testLive({ businesses: [ONE] });
  live.retain();
  await live.until('live');
  const got: string[] = [];
  let kept: { since?: number; epoch?: string } = {};
  const take = async () => {
    for await (const { event, epoch } of events(live, kept)) {
      got.push(`${event.type} ${event.revision}`);
      kept = { since: event.revision, epoch };
      if (got.length % 7 === 0 || event.revision === 50) {
        break;
      }
    }
  };
  const first = take();
  await soon();
  // All are held by the client before the first one is taken.
  count(service, 50);
  await first;
  expect(live.get().revision).toBe(50);
  while (kept.since !== 50) {
    await take();
  }
  const changes = got.filter((each) => each.startsWith('metrics'));
  expect(changes).toEqual(Array.from({ length: 50 }, (_, n) => `metrics:updated ${n + 1}`));
  // Of the first by the line, of the others by the journal.
  expect(got.filter((each) => each.startsWith('kpi'))).toEqual(['kpi:update 1', 'kpi:update 2', 'kpi:update 3']);
  service.restore();
  await pass(2_000);
  await expect(take()).rejects.toMatchObject({ status: 410 });
});

it('token() throws for a while: the journal is read when it gives one again', async () => {
  let fails = 2;
  const { live, service } = testLive({
    businesses: [ONE],
    options: {
      token: () => {
        if (fails-- > 0) {
          throw new TypeError('fetch failed');
        }
        return service.tokenOf(USER);
      },
    },
  });
  count(service, 2);
  const { types, end } = taken(live, { since: 0 });
  await pass(60_000);
  expect([end(), types()]).toEqual(['open', ['metrics:updated 1', 'metrics:updated 2']]);
});

it('token() gives none: that is said', async () => {
  const { live, service } = testLive({ businesses: [ONE], options: { token: () => null } });
  const { end } = taken(live, { since: 0 });
  await pass(60_000);
  expect([end(), service.requests]).toEqual([expect.objectContaining({ code: 'TOKEN_MISSING' }), []]);
});

it('a since that is all there is: nothing comes until something happens', async () => {
  const { live, service } = testLive({ businesses: [ONE] });
  count(service, 3);
  const { types } = taken(live, { since: 3 });
  await pass(2_000);
  expect(live.get().revision).toBe(3);
  expect(types()).toEqual([]);
  count(service, 1);
  await soon();
  expect(types()).toEqual(['metrics:updated 4', 'kpi:update 4']);
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

it('of more than it keeps the newest is told, though the journal does not have it', async () => {
  const { live, service } = testLive({ businesses: [ONE] });
  live.retain();
  await live.until('live');
  // Of 10,001 the last are KPIs.
  const iterator = await oneTaken(live, service, 5_000);
  const { types, revisions } = taken(live, {}, iterator);
  await soon();
  expect(revisions()).toEqual(Array.from({ length: 5_000 }, (_, n) => n + 2));
  expect(types().at(-1)).toBe('kpi:update 5001');
});

it('more than it keeps, and the journal is pruned: everything that is comes instead, and no error', async () => {
  const { live, service } = testLive({ businesses: [ONE] });
  live.retain();
  await live.until('live');
  const iterator = await oneTaken(live, service, 5_999);
  service.prune();
  const { got, revisions, end } = taken(live, {}, iterator);
  await soon();
  expect(end()).toBe('open');
  const all = got[0];
  const from = all?.event.revision as number;
  expect(all).toMatchObject({ event: { type: 'reconnected', recovered: false }, before: null, after: { revision: from } });
  expect(all?.event).toMatchObject({ kpis: all?.after?.kpis, businesses: all?.after?.businesses, epoch: all?.epoch });
  expect(got.slice(1).some(({ event }) => event.type === 'reconnected')).toBe(false);
  expect(revisions()).toEqual(Array.from({ length: 6_000 - from }, (_, n) => from + 1 + n));
  expect(got.at(-1)?.event).toMatchObject({ type: 'kpi:update', revision: 6_000 });
});

it('a journal that is pruned while it is taken: everything that is comes instead of the rest', async () => {
  const { live, service } = testLive({ businesses: [ONE] });
  count(service, 2_500);
  live.retain();
  await live.until('live');
  const iterator = events(live, { since: 0 });
  await iterator.next();
  service.prune();
  const { got, types, end } = taken(live, {}, iterator);
  await soon();
  // Nothing else happens: it does not wait for that.
  expect(types().slice(-2)).toEqual(['metrics:updated 1000', 'reconnected 2500']);
  expect(got.at(-1)?.after?.kpis?.landlordViews).toBe(2_500);
  expect(end()).toBe('open');
});

it('a hole when the session is another user\'s already: everything of each, and no error', async () => {
  const { live, service } = testLive({ businesses: [ONE] });
  live.retain();
  await live.until('live');
  const owner = live.get().owner;
  const iterator = await oneTaken(live, service, 5_999);
  service.signIn('00000000-0000-4000-8000-000000000002');
  const { got, end } = taken(live, {}, iterator);
  await pass(5_000);
  expect(end()).toBe('open');
  const all = got.filter(({ event }) => event.type === 'reconnected');
  expect(all.map(({ after }) => after?.owner)).toEqual([owner, '00000000-0000-4000-8000-000000000002']);
  expect(got.at(-1)).toBe(all[1]);
});

it.each(['waits', 'reads the journal', 'waits to read it again'])('return() ends it at once while it %s, and lets go of the client', async (what) => {
  const { live, service } = testLive({ businesses: [ONE] });
  const release = live.retain();
  await live.until('live');
  const isReading = what !== 'waits';
  service.rest(what === 'reads the journal' ? 'hangs' : 'fails');
  const iterator = events(live, isReading ? { since: 0 } : {});
  const next = iterator.next();
  await soon();
  expect(service.requests.some(({ path }) => path.includes('/events?after=0'))).toBe(isReading);
  release();
  await expect(iterator.return()).resolves.toEqual({ done: true, value: undefined });
  await expect(next).resolves.toEqual({ done: true, value: undefined });
  await expect(iterator.next()).resolves.toEqual({ done: true, value: undefined });
  await pass(5_000);
  expect(live.get().connection.state).toBe('idle');
  expect(vi.getTimerCount()).toBe(0);
});

it('an abort ends it in the middle of a page of the journal', async () => {
  const { live, service } = testLive({ businesses: [ONE] });
  count(service, 3);
  const abort = new AbortController();
  const iterator = events(live, { since: 0, signal: abort.signal });
  await iterator.next();
  abort.abort('enough');
  await expect(iterator.next()).rejects.toBe('enough');
  await pass(5_000);
  expect(live.get().connection.state).toBe('idle');
});

it('return() before the first next() ends it, and nobody was retained', async () => {
  const { live } = testLive({ businesses: [ONE] });
  const iterator = events(live);
  await iterator.return();
  await expect(iterator.next()).resolves.toEqual({ done: true, value: undefined });
  expect(live.get().connection.state).toBe('idle');
});

it('the client that ends while the service is away ends it at once', async () => {
  const { live, service } = testLive({ businesses: [ONE] });
  service.rest('fails');
  const { end } = taken(live, { since: 0 });
  await soon();
  live.end();
  await soon();
  expect(end()).toMatchObject({ code: 'ENDED' });
  expect(vi.getTimerCount()).toBe(0);
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
