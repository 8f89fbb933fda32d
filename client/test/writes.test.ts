import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { businessOf, Conflict, createLive, isRefused, type Live, type LiveError, writes } from '../src/index.js';
import { testLive, TestService, USER } from '../src/testing.js';

const ONE = { id: 'one', name: 'Mill' };
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

async function made() {
  const { live, service } = testLive({ businesses: [ONE, { id: 'two', name: 'Barn' }] });
  live.retain();
  await live.until('live');
  return { live, service, ...writes(live) };
}

/** Each name of a business that was ever shown, one after another. */
function namesOf(live: Live, id: string): (string | undefined)[] {
  const names = [businessOf(live.get(), id)?.name];
  live.subscribe(() => {
    const name = businessOf(live.get(), id)?.name;
    if (name !== names.at(-1)) {
      names.push(name);
    }
  });
  return names;
}

const rows = (live: Live) => live.get().businesses.map(({ name, pending }) => `${name}${pending === true ? ' …' : ''}`);
const failure = (promise: Promise<unknown>) => promise.then(() => 'done', (error: unknown) => error);

it('creates, changes and removes, and gives what the service made of it', async () => {
  const { live, businesses } = await made();
  const created = await businesses.create({ name: 'Forge', category: 'smithy', status: 'active' });
  await pass(0);
  expect(rows(live)).toEqual(['Mill', 'Barn', 'Forge']);
  const changed = await businesses.update(created.id, { category: 'foundry' }, { ifVersion: created.version });
  expect(changed).toMatchObject({ name: 'Forge', category: 'foundry' });
  await businesses.remove('two');
  await pass(0);
  expect(rows(live)).toEqual(['Mill', 'Forge']);
});

it('adds to the counts of a day, and sets them', async () => {
  const { live, metrics } = await made();
  await metrics.add('one', '2026-11-26', { views_count: 3 });
  await metrics.add('one', '2026-11-26', { views_count: 2 });
  await metrics.set('one', '2026-11-26', { views_count: 1 });
  await metrics.add('one', '2026-11-27', { views_count: 5 });
  await pass(0);
  expect(businessOf(live.get(), 'one')?.metrics.views_count).toBe(6);
});

it('a change is shown at once, as pending, and stays when the answer and the event come: no flicker between them', async () => {
  const { live, businesses } = await made();
  const names = namesOf(live, 'one');
  const done = businesses.update('one', { name: 'Mill 2' });
  expect(rows(live)).toEqual(['Mill 2 …', 'Barn']);
  await done;
  expect(businessOf(live.get(), 'one')?.name).toBe('Mill 2');
  await pass(1_000);
  expect(rows(live)).toEqual(['Mill 2', 'Barn']);
  expect(names).toEqual(['Mill', 'Mill 2']);
});

it('the answer comes long before the event: what was written is shown until it does', async () => {
  const { live, service, businesses } = await made();
  const names = namesOf(live, 'one');
  service.socket('swallows');
  await businesses.update('one', { name: 'Mill 2' });
  expect(rows(live)).toEqual(['Mill 2 …', 'Barn']);
  await pass(60_000);
  expect(names).toEqual(['Mill', 'Mill 2']);
  expect(rows(live)).toEqual(['Mill 2', 'Barn']);
});

it('a change that changes nothing is over when its answer comes', async () => {
  const { live, businesses } = await made();
  await businesses.update('one', { name: 'Mill' });
  await pass(0);
  expect(rows(live)).toEqual(['Mill', 'Barn']);
});

it('what another writes after it is shown', async () => {
  const { live, service, businesses } = await made();
  await businesses.update('one', { name: 'Mill 2' });
  service.update('one', { name: 'Mill 3' });
  await pass(0);
  expect(rows(live)).toEqual(['Mill 3', 'Barn']);
});

it('a business that is being removed is not shown; when that fails it is again', async () => {
  const { live, service, businesses } = await made();
  service.rest('hangs');
  const abort = new AbortController();
  const removed = failure(businesses.remove('one', { signal: abort.signal }));
  expect(rows(live)).toEqual(['Barn']);
  abort.abort('enough');
  expect(await removed).toBe('enough');
  expect(rows(live)).toEqual(['Mill', 'Barn']);
});

it('a refusal is thrown with its code, and what was shown goes back', async () => {
  const { live, service, businesses } = await made();
  const names = namesOf(live, 'one');
  service.refuse('FORBIDDEN');
  expect(await failure(businesses.update('one', { name: 'Mill 2' }))).toMatchObject({ code: 'FORBIDDEN', status: 403 });
  expect(names).toEqual(['Mill', 'Mill 2', 'Mill']);
  service.admit();
  expect(await failure(businesses.update('nowhere', { name: 'x' }))).toMatchObject({ code: 'NOT_FOUND', status: 404 });
});

it('a version that is not the business\'s any more is a conflict, with mine and theirs, and nothing is written', async () => {
  const { live, service, businesses } = await made();
  const { version } = businessOf(live.get(), 'one')!;
  service.update('one', { name: 'Theirs' });
  const error = await failure(businesses.update('one', { name: 'Mine' }, { ifVersion: version }));
  expect(error).toBeInstanceOf(Conflict);
  expect(error).toMatchObject({ code: 'VERSION_CONFLICT', status: 412, mine: { name: 'Mine' }, theirs: { id: 'one', name: 'Theirs' } });
  await pass(0);
  expect(rows(live)).toEqual(['Theirs', 'Barn']);
  const removal = await failure(businesses.remove('one', { ifVersion: version }));
  expect(removal).toMatchObject({ code: 'VERSION_CONFLICT', mine: null });
});

it('an answer that is lost is asked for again with the same key: it is done once', async () => {
  const { live, service, metrics } = await made();
  service.rest('loses');
  const done = metrics.add('one', '2026-11-26', { views_count: 1 });
  await pass(500);
  service.rest('good');
  await pass(1_000);
  await done;
  await pass(0);
  const keys = service.requests.filter(({ method }) => method === 'POST').map(({ headers }) => headers['idempotency-key']);
  expect(keys).toHaveLength(2);
  expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(keys[0]).toBe(keys[1]);
  expect(businessOf(live.get(), 'one')?.metrics.views_count).toBe(1);
});

it('each call has a key of its own', async () => {
  const { service, metrics } = await made();
  await metrics.add('one', '2026-11-26', { views_count: 1 });
  await metrics.add('one', '2026-11-26', { views_count: 1 });
  expect(new Set(service.requests.filter(({ method }) => method === 'POST').map(({ headers }) => headers['idempotency-key'])).size).toBe(2);
});

it('when no answer comes it says that it is not known; the second press with the same key counts once', async () => {
  const { live, service, metrics } = await made();
  service.rest('loses');
  const lost = failure(metrics.add('one', '2026-11-26', { views_count: 1 }, { key: 'press-1' }));
  await pass(5_000);
  expect(await lost).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  service.rest('good');
  await metrics.add('one', '2026-11-26', { views_count: 1 }, { key: 'press-1' });
  await pass(0);
  expect(businessOf(live.get(), 'one')?.metrics.views_count).toBe(1);
  expect(await failure(metrics.add('one', '2026-11-26', { views_count: 2 }, { key: 'press-1' }))).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED', status: 422 });
});

it('a proxy that knows no such address has not looked at the key: it may have been done, and is not done twice', async () => {
  const service = new TestService({ businesses: [ONE] });
  const own = service.parts().fetch as typeof fetch;
  let posts = 0;
  const behindProxy: typeof fetch = async (at, init) => {
    if (init?.method === 'POST' && ++posts === 2) {
      return new Response('<html>default backend - 404</html>', { status: 404 });
    }
    const response = await own(at, init);
    if (posts === 1) {
      throw new TypeError('connection reset');
    }
    return response;
  };
  const live = createLive({ url: 'http://127.0.0.1', token: () => service.tokenOf(USER) }, { ...service.parts(), fetch: behindProxy });
  const add = () => writes(live).metrics.add('one', '2026-11-26', { views_count: 1 }, { key: 'press-1' });
  const unknown = failure(add());
  await pass(5_000);
  const error = await unknown;
  expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', status: 404, cause: { code: 'HTTP_404' } });
  expect([isRefused(error), isRefused((error as LiveError).cause)]).toEqual([false, false]);
  await add();
  live.retain();
  await live.until('live');
  expect(businessOf(live.get(), 'one')?.metrics.views_count).toBe(1);
});

it('no answer within attemptTimeout is lost too', async () => {
  const { service, businesses } = await made();
  service.rest('hangs');
  const lost = failure(businesses.update('one', { name: 'Mill 2' }));
  await pass(40_000);
  expect(await lost).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  expect(service.requests.filter(({ method }) => method === 'PUT')).toHaveLength(3);
});

it('a service that is busy is asked again when it says; whether it was done is not known then', async () => {
  const { service, businesses } = await made();
  service.rest('busy');
  const busy = failure(businesses.update('one', { name: 'Mill 2' }));
  await pass(999);
  expect(service.requests.filter(({ method }) => method === 'PUT')).toHaveLength(1);
  await pass(1);
  expect(service.requests.filter(({ method }) => method === 'PUT')).toHaveLength(2);
  await pass(1_000);
  // A database that goes away while it commits is answered like this too.
  expect(await busy).toMatchObject({ code: 'OUTCOME_UNKNOWN', cause: { code: 'SERVER_BUSY', status: 503, retryAfter: 1_000 } });
});

it('a device that has no network before it is sent: it may be sent again', async () => {
  const { service, businesses } = await made();
  service.goOffline();
  const lost = failure(businesses.create({ name: 'Forge' }));
  await pass(3_000);
  expect(await lost).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
});

it('an abort while it waits to be sent again ends it at once', async () => {
  const { service, businesses } = await made();
  service.rest('busy');
  const abort = new AbortController();
  const aborted = failure(businesses.update('one', { name: 'Mill 2' }, { signal: abort.signal }));
  await pass(100);
  abort.abort('enough');
  await pass(0);
  let is: unknown = 'open';
  void aborted.then((error) => (is = error));
  await pass(0);
  expect(is).toBe('enough');
  expect(vi.getTimerCount()).toBe(1);
});

it('a change of users after an attempt whose answer was lost does not say that nothing was done', async () => {
  const { live, service, metrics } = await made();
  service.rest('loses');
  const added = failure(metrics.add('one', '2026-11-26', { views_count: 3 }));
  await pass(100);
  service.rest('good');
  service.signIn('00000000-0000-4000-8000-000000000002');
  await pass(5_000);
  expect(await added).toMatchObject({ code: 'OUTCOME_UNKNOWN', status: 409, cause: { code: 'USER_MISMATCH' } });
  expect(live.get().owner).toBe('00000000-0000-4000-8000-000000000002');
});

it.each(['the line is cut', 'the client is ended', 'somebody retries'])('a write is of the user for whom it was called: another signs in before it is sent again, and %s', async (how) => {
  const { live, service, businesses } = await made();
  service.rest('busy');
  const done = failure(businesses.create({ name: 'Secret' }));
  await pass(100);
  service.rest('good');
  service.signIn('00000000-0000-4000-8000-000000000002');
  if (how === 'the line is cut') {
    service.cut();
  } else if (how === 'the client is ended') {
    live.end();
  } else {
    live.retry();
  }
  await pass(20_000);
  expect(await done).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  const posts = service.requests.filter(({ method }) => method === 'POST').map(({ headers }) => headers['x-live-user']);
  expect(new Set(posts)).toEqual(new Set(['00000000-0000-4000-8000-000000000001']));
  expect(posts).toHaveLength(how === 'the client is ended' ? 1 : 2);
  expect(service.revision).toBe(0);
});

it('the answer of a write is lost before it is known whose dashboard it is: it is not done beside it as whoever is there by then', async () => {
  const { service } = testLive();
  const parts = service.parts();
  let reads = false;
  const live = createLive({}, { ...parts, fetch: (url, init) => (reads || init?.method === 'POST' ? parts.fetch!(url, init) : Promise.reject(new TypeError('fetch failed'))) });
  service.socket('swallows');
  live.retain();
  service.rest('loses');
  const done = failure(writes(live).businesses.create({ name: 'Secret' }));
  await pass(100);
  expect(service.revision).toBe(1);
  service.rest('good');
  service.signIn('00000000-0000-4000-8000-000000000002');
  reads = true;
  await pass(20_000);
  expect(await done).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  expect([live.get().owner, service.revision]).toEqual(['00000000-0000-4000-8000-000000000002', 0]);
});

it.each([false, true])('token() throws once: the write is sent when it gives one (the client is retained: %s)', async (retained) => {
  let fails = true;
  const { live, service } = testLive({
    options: {
      token: () => {
        if (fails) {
          throw new TypeError('fetch failed');
        }
        return service.tokenOf(USER);
      },
    },
  });
  if (retained) {
    live.retain();
  }
  const done = writes(live).businesses.create({ name: 'Forge' });
  await pass(500);
  fails = false;
  await pass(2_000);
  expect(await done).toMatchObject({ name: 'Forge' });
  expect(service.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
});

it('another signs in while a change is under way: nothing of it is shown of a business of theirs', async () => {
  const { live, service, businesses } = await made();
  service.delays(5_000);
  const done = businesses.update('one', { name: 'Secret' });
  const shown: string[][] = [];
  live.subscribe(() => shown.push(rows(live)));
  expect(rows(live)).toEqual(['Secret …', 'Barn']);
  service.signIn('00000000-0000-4000-8000-000000000002', [{ id: 'one', name: 'Theirs' }]);
  service.cut();
  await pass(4_000);
  expect([live.get().owner, rows(live)]).toEqual(['00000000-0000-4000-8000-000000000002', ['Theirs']]);
  await pass(10_000);
  expect(await done).toMatchObject({ id: 'one', name: 'Secret' });
  expect(shown.filter((each) => !each.includes('Theirs') && each.length === 1)).toEqual([]);
  expect(rows(live)).toEqual(['Theirs']);
});

it('a change that is made before the first state is there is shown with it', async () => {
  const { live, service } = testLive({ businesses: [{ id: 'one', name: 'Mill' }] });
  service.delays(1_000);
  live.retain();
  const done = writes(live).businesses.update('one', { name: 'New' });
  const shown: string[][] = [];
  live.subscribe(() => shown.push(rows(live)));
  await live.until('live');
  expect(rows(live)).toEqual(['New …']);
  await pass(5_000);
  expect(await done).toMatchObject({ id: 'one', name: 'New' });
  expect(rows(live)).toEqual(['New']);
  expect(shown.flat()).not.toContain('Mill');
});

it('a client that is ended while a write waits to be sent again: nothing of it runs on', async () => {
  const { live, service, businesses } = await made();
  service.rest('busy');
  const done = failure(businesses.update('one', { name: 'Mill 2' }));
  await pass(100);
  live.end();
  await pass(0);
  expect(vi.getTimerCount()).toBe(0);
  expect(await done).toMatchObject({ code: 'OUTCOME_UNKNOWN', status: 503 });
});

it('two changes of one business: neither goes back before it is held', async () => {
  const { live, service, businesses } = await made();
  const shown: string[] = [];
  live.subscribe(() => {
    const { category, status } = businessOf(live.get(), 'one')!;
    if (shown.at(-1) !== `${category}/${status}`) {
      shown.push(`${category}/${status}`);
    }
  });
  service.lags(400);
  const both = [businesses.update('one', { category: 'new' }), businesses.update('one', { status: 'stealth_mode' })];
  await pass(100);
  await Promise.all(both);
  await businesses.update('one', { category: 'newer' });
  await pass(5_000);
  expect(shown).toEqual(['new/active', 'new/stealth_mode', 'newer/stealth_mode']);
  expect(rows(live)).toEqual(['Mill', 'Barn']);
});

it('what the service does not say the revision of is shown as it is held', async () => {
  const { live, service } = testLive({ businesses: [ONE] });
  const parts = service.parts();
  const without = createLive({}, { ...parts, fetch: async (...call) => new Response(await (await parts.fetch!(...call)).text()) });
  without.retain();
  await without.until('live');
  service.lags(400);
  await writes(without).businesses.update('one', { name: 'Mill 2' });
  expect(rows(without)).toEqual(['Mill']);
  await pass(1_000);
  expect(rows(without)).toEqual(['Mill 2']);
  expect(live.get().connection.state).toBe('idle');
});

it('a service that is busy again and again says for how long', async () => {
  const { service, businesses } = await made();
  service.rest('busy');
  const done = failure(businesses.update('one', { name: 'Mill 2' }));
  await pass(60_000);
  expect(await done).toMatchObject({ code: 'OUTCOME_UNKNOWN', status: 503, retryAfter: 1_000 });
});
