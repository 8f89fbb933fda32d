import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DashboardEvent } from '../src/protocol.js';
import { business, created, kpis, KPIS, metrics, state, World } from './world.js';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** No jitter. */
function steadily(): void {
  vi.spyOn(Math, 'random').mockReturnValue(1);
}

describe('connecting', () => {
  it('is live once the state came, and says so', async () => {
    const world = new World();
    expect(world.opens).toEqual([]);
    world.client.connect();
    await world.pass(0);
    expect(world.status.state).toBe('recovering');
    world.line.opened();
    expect(world.requests[0]?.held).toEqual({});
    world.line.event(state(5));
    expect(world.status).toMatchObject({ state: 'live', reason: '', asOf: null });
    expect(world.dashboard).toMatchObject({ revision: 5, kpis: KPIS, epoch: 'e1' });
  });

  it('retries at once, then after 1, 2, 4, 8, 16 s and 30 s at most', async () => {
    steadily();
    const world = new World();
    await world.live();
    await world.pass(6_000);
    world.line.closed('lost', false);
    const lostAt = Date.now();
    const waits: number[] = [];
    for (let i = 0, last = lostAt; i < 9; i++) {
      const opens = world.opens.length;
      while (world.opens.length === opens) {
        await world.pass(10);
      }
      waits.push(Math.round((Date.now() - last) / 100) / 10);
      last = Date.now();
      world.line.failed('refused');
    }
    expect(waits).toEqual([0, 1, 2, 4, 8, 16, 30, 30, 30]);
    world.client.dispose();
  });

  it('begins anew after a connection that lasted: the first retry at once, polling after three failures', async () => {
    steadily();
    const world = new World();
    world.client.connect();
    await world.failAttempts(2);
    await world.pass(1_000);
    world.line.opened();
    world.line.event(state(5));
    await world.pass(6_000);
    world.line.closed('lost', false);
    const opens = world.opens.length;
    await world.pass(0);
    expect(world.opens).toHaveLength(opens + 1);
    await world.failAttempts(2);
    expect(world.calls).toEqual([]);
  });

  it('drops the token that an attempt of before had asked for', async () => {
    const given: ((token: string) => void)[] = [];
    const world = new World({ attemptTimeout: 2_000, token: () => new Promise((resolve) => given.push(resolve)) });
    world.client.connect();
    await world.pass(2_001);
    given[0]?.('late');
    await world.pass(0);
    expect(world.opens).toEqual([]);
    given[1]?.('asked for now');
    await world.pass(0);
    expect(world.opens.map(({ token }) => token)).toEqual(['asked for now']);
  });

  it('takes between half of a wait and all of it', async () => {
    const waits = new Set<number>();
    for (let i = 0; i < 40; i++) {
      const world = new World();
      world.client.connect();
      await world.pass(0);
      world.line.failed('refused');
      await world.pass(0);
      world.line.failed('refused');
      waits.add((world.status.retryAt ?? 0) - Date.now());
      world.client.dispose();
    }
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(500);
    expect(Math.max(...waits)).toBeLessThanOrEqual(1000);
    expect(waits.size).toBeGreaterThan(10);
  });

  it('gives an attempt up that gets no answer', async () => {
    const world = new World({ attemptTimeout: 2_000 });
    world.client.connect();
    await world.pass(2_000);
    expect(world.status.reason).toContain('no answer within 2 s');
    await world.pass(1);
    expect(world.opens).toHaveLength(2);
  });

  it('turns the order of the transports after a failure', async () => {
    const world = new World();
    world.client.connect();
    await world.failAttempts(3);
    expect(world.opens.map(({ transports }) => transports[0])).toEqual(['websocket', 'polling', 'websocket']);
  });

  it('does not hammer a server that lets it in and throws it out', async () => {
    steadily();
    const world = new World();
    await world.live();
    for (let i = 0; i < 4; i++) {
      world.line.closed('lost', false);
      await world.pass(0);
      if (i > 0) {
        expect(world.opens, 'it waits').toHaveLength(i + 1);
        await world.pass(1_000 * 2 ** (i - 1));
      }
      expect(world.opens).toHaveLength(i + 2);
      world.line.opened();
      world.line.event(state(5, true));
    }
  });

  it('comes back to a draining server within the time that it named', async () => {
    steadily();
    const world = new World();
    await world.live();
    world.line.draining(3_000);
    world.line.closed('transport close', false);
    expect(world.status.retryAt).toBe(Date.now() + 3_000);
  });
});

describe('what it holds', () => {
  it('asks from its revision on after a break, and misses nothing', async () => {
    const world = new World();
    const seen: number[] = [];
    world.client.onEvent((event: DashboardEvent) => event.type.startsWith('business') && seen.push(event.revision));
    await world.live(5);
    world.line.event(created(6));
    world.line.closed('lost', false);
    expect(world.status).toMatchObject({ state: 'recovering', reason: 'lost' });
    await world.pass(0);
    world.line.opened();
    expect(world.requests.at(-1)?.held).toEqual({ after: 6, epoch: 'e1' });
    world.line.event(created(7));
    world.line.event(created(8));
    world.line.event(state(8, true));
    expect(seen).toEqual([6, 7, 8]);
    expect(world.status.state).toBe('live');
    expect(world.dashboard.businesses.map(({ id }) => id)).toEqual(['b6', 'b7', 'b8']);
  });

  it('drops what it has, and asks for what it misses, once', async () => {
    const world = new World();
    await world.live(5);
    world.line.event(created(6));
    world.line.event(created(6));
    expect(world.client.counts).toMatchObject({ events: 1, duplicates: 1, gaps: 0 });
    world.line.event(created(8));
    world.line.event(created(9));
    expect(world.requests.slice(1).map(({ held }) => held)).toEqual([{ after: 6, epoch: 'e1' }]);
    for (const revision of [7, 8, 9]) {
      world.line.event(created(revision));
    }
    world.line.event(state(9, true));
    expect(world.client.counts).toMatchObject({ events: 4, duplicates: 1, gaps: 1 });
    expect(world.dashboard.revision).toBe(9);
  });

  it('asks for everything when the server says that nothing is missing and something is', async () => {
    const world = new World();
    await world.live(5);
    world.line.closed('lost', false);
    await world.pass(0);
    world.line.opened();
    world.line.event(state(7, true));
    expect(world.status.state, 'not taken for granted').toBe('recovering');
    expect(world.requests.at(-1)?.held).toEqual({});
    world.line.event(state(7));
    expect(world.status.state).toBe('live');
  });

  it('asks for everything when nothing is missing, but of another history', async () => {
    const world = new World();
    await world.live(5);
    world.line.closed('lost', false);
    await world.pass(0);
    world.line.opened();
    world.line.event(state(5, true, 'e2'));
    expect(world.status.state).toBe('recovering');
    expect(world.requests.at(-1)?.held).toEqual({});
  });

  it('asks again a little later when the server is too busy for its request', async () => {
    const world = new World();
    world.client.connect();
    await world.pass(0);
    world.line.opened();
    world.requests[0]?.answer({ code: 'RATE_LIMITED', message: 'slower' });
    await world.pass(999);
    expect(world.requests).toHaveLength(1);
    await world.pass(1);
    expect(world.requests).toHaveLength(2);
  });

  it('takes KPIs that run ahead of the events after a break, and still applies the events', async () => {
    const world = new World();
    await world.live(5);
    world.line.closed('lost', false);
    await world.pass(0);
    world.line.opened();
    world.line.event(kpis(6, 66));
    world.line.event(kpis(6, 67));
    world.line.event(kpis(7, 77));
    expect(world.dashboard).toMatchObject({ revision: 5, kpiRevision: 7 });
    world.line.event(created(6));
    world.line.event(created(7));
    world.line.event(state(7, true));
    expect(world.client.counts).toMatchObject({ events: 2, duplicates: 0, gaps: 0 });
  });

  it('takes KPIs that are the next revision for an event of their own, and old ones for nothing', async () => {
    const world = new World();
    await world.live(5);
    world.line.event(created(6));
    world.line.event(kpis(6, 60));
    world.line.event(kpis(5, 50));
    expect(world.dashboard.kpis?.landlordViews).toBe(60);
    world.line.event(kpis(7, 70));
    world.line.event(created(8));
    expect(world.client.counts).toMatchObject({ events: 2, gaps: 0 });
    world.line.event(kpis(10, 100));
    expect(world.client.counts.gaps).toBe(1);
  });

  it('keeps a business’s totals with it', async () => {
    const world = new World();
    await world.live(5);
    world.line.event(created(6));
    world.line.event(metrics(7, 'b6', 12));
    expect(world.dashboard.businesses[0]).toMatchObject({ name: 'Business b6', metrics: { views_count: 12 } });
    world.line.event({ type: 'business:updated', business: { ...business('b6'), name: 'New' }, revision: 8, timestamp: '' });
    expect(world.dashboard.businesses).toEqual([
      expect.objectContaining({ name: 'New', metrics: expect.objectContaining({ views_count: 12 }) }),
    ]);
    world.line.event({ type: 'business:deleted', businessId: 'b6', revision: 9, timestamp: '' });
    expect(world.dashboard.businesses).toEqual([]);
  });
});

describe('tokens', () => {
  it('asks before every attempt', async () => {
    let number = 0;
    const world = new World({ token: async () => `t${++number}` });
    world.client.connect();
    await world.failAttempts(3);
    expect(world.opens.map(({ token }) => token)).toEqual(['t1', 't2', 't3']);
  });

  it('asks once more after a refusal, and says unauthorized when that is refused too', async () => {
    const requests: object[] = [];
    const world = new World({
      token: (request) => {
        requests.push(request);
        return `t${requests.length}`;
      },
    });
    world.client.connect();
    await world.pass(0);
    world.line.refused({ code: 'TOKEN_EXPIRED', message: 'expired' });
    await world.pass(0);
    expect(world.opens.map(({ token }) => token)).toEqual(['t1', 't2']);
    world.line.refused({ code: 'TOKEN_EXPIRED', message: 'still expired' });
    expect(world.status).toMatchObject({ state: 'unauthorized', reason: 'still expired', code: 'TOKEN_EXPIRED' });
    expect(requests).toEqual([{ reason: 'connect' }, { reason: 'refused', code: 'TOKEN_EXPIRED' }]);
    await world.pass(120_000);
    expect(world.opens, 'it does not loop with a dead token').toHaveLength(2);
    world.client.connect();
    await world.pass(0);
    expect(world.opens).toHaveLength(3);
  });

  it('does not try a refused token again', async () => {
    const world = new World({ token: () => 'same' });
    world.client.connect();
    await world.pass(0);
    world.line.refused({ code: 'TOKEN_REVOKED', message: 'revoked' });
    await world.pass(0);
    expect(world.opens).toHaveLength(1);
    expect(world.status).toMatchObject({ state: 'unauthorized', code: 'TOKEN_REVOKED' });
    world.browser.woken();
    await world.pass(0);
    expect(world.opens).toHaveLength(1);
  });

  it('finds a new token when the tab is looked at again', async () => {
    let token = 'old';
    const world = new World({ token: () => token });
    world.client.connect();
    await world.pass(0);
    world.line.refused({ code: 'TOKEN_EXPIRED', message: 'expired' });
    await world.pass(0);
    token = 'new';
    world.browser.woken();
    await world.pass(0);
    expect(world.opens.map((open) => open.token)).toEqual(['old', 'new']);
  });

  it('takes a full server for a failure, not for a refusal', async () => {
    const world = new World({ token: () => 't' });
    world.client.connect();
    await world.pass(0);
    world.line.refused({ code: 'TOO_MANY_CONNECTIONS', message: 'close one' });
    expect(world.status).toMatchObject({ state: 'recovering', reason: 'close one' });
    await world.pass(0);
    expect(world.opens).toHaveLength(2);
  });

  it('does without a callback: the cookie speaks', async () => {
    const world = new World();
    world.client.connect();
    await world.pass(0);
    expect(world.opens[0]?.token).toBeNull();
    world.line.refused({ code: 'TOKEN_MISSING', message: 'none' });
    expect(world.status.state).toBe('unauthorized');
  });

  it('refreshes the session before its end with a token that is new', async () => {
    let token = 't1';
    const world = new World({ token: () => token });
    await world.live();
    world.line.expiring();
    await world.pass(0);
    expect(world.refreshed, 'the same one is no help').toEqual([]);
    token = 't2';
    world.line.expiring();
    await world.pass(0);
    expect(world.refreshed).toEqual(['t2']);
  });

  it('forgets what it held when the token is another user’s', async () => {
    const tokenOf = (userId: string) => `h.${btoa(JSON.stringify({ userId, exp: Math.random() }))}.s`;
    let token = tokenOf('one');
    const world = new World({ token: () => token });
    await world.live(5);
    token = tokenOf('one');
    world.line.closed('lost', false);
    await world.pass(0);
    world.line.opened();
    expect(world.requests.at(-1)?.held).toEqual({ after: 5, epoch: 'e1' });
    token = tokenOf('two');
    world.line.closed('lost', false);
    await world.pass(1_000);
    world.line.opened();
    expect(world.requests.at(-1)?.held).toEqual({});
    expect(world.dashboard.kpis).toBeNull();
  });

  it('counts a callback that fails as a failed attempt', async () => {
    const world = new World({ token: () => Promise.reject(new Error('login is down')) });
    world.client.connect();
    await world.pass(0);
    expect(world.status).toMatchObject({ state: 'recovering', reason: 'no access token: login is down' });
    expect(world.opens).toEqual([]);
  });

  it('stays away when the service ended the session', async () => {
    const world = new World();
    await world.live();
    world.line.closed('io server disconnect', true);
    await world.pass(60_000);
    expect(world.opens).toHaveLength(1);
    expect(world.status).toMatchObject({ state: 'unauthorized', code: 'SESSION_ENDED' });
  });
});

describe('polling', () => {
  it('begins after three failed attempts, goes on trying the socket, and ends when it is back', async () => {
    const world = new World();
    await world.live(5);
    await world.pass(6_000);
    world.answerKpis(5);
    world.line.closed('lost', false);
    await world.failAttempts(2);
    expect(world.calls).toEqual([]);
    await world.failAttempts(1);
    expect(world.calls, 'three attempts have failed').toHaveLength(1);
    expect(world.status).toMatchObject({ state: 'polling', reason: 'refused', asOf: Date.now() });
    const opens = world.opens.length;
    await world.pass(60_000);
    expect(world.calls.length, 'every 30 s').toBeGreaterThanOrEqual(3);
    expect(world.calls.length).toBeLessThanOrEqual(4);
    expect(world.opens.length, 'and the socket is tried').toBeGreaterThan(opens);
    world.line.opened();
    world.line.event(state(5, true));
    expect(world.status.state).toBe('live');
    const calls = world.calls.length;
    await world.pass(20_000);
    expect(world.calls).toHaveLength(calls);
  });

  async function pollingFrom(world: World, revision: number): Promise<void> {
    await world.live(revision);
    await world.pass(6_000);
    world.line.closed('lost', false);
    await world.pass(0);
    await world.failAttempts(3);
  }

  it('asks with the ETag, and gets the missed events too', async () => {
    const world = new World();
    const seen: number[] = [];
    world.client.onEvent((event) => seen.push(event.revision));
    world.answerKpis(7, 99);
    world.answer('/api/dashboard/tenant/events', {
      events: [6, 7].map((revision) => ({ type: 'business:created', payload: created(revision) })),
      revision: 7,
      epoch: 'e1',
    });
    await pollingFrom(world, 5);
    expect(world.calls[0]?.headers.get('If-None-Match')).toBe('"e1-5"');
    expect(world.dashboard).toMatchObject({ revision: 7, kpiRevision: 7, kpis: { landlordViews: 99 } });
    expect(seen).toEqual([5, 6, 7]);
    await world.pass(30_000);
    expect(world.calls.at(-1)?.headers.get('If-None-Match')).toBe('"e1-7"');
    expect(world.status).toMatchObject({ state: 'polling' });
    expect(world.opens.at(-1)?.revision, 'what was polled need not be sent again').toBe(7);
    world.line.opened();
    expect(world.requests.at(-1)?.held).toEqual({ after: 7, epoch: 'e1' });
  });

  it('reads page by page', async () => {
    const world = new World();
    world.answerKpis(7);
    world.answers.set('/api/dashboard/tenant/events', () => {
      const revision = Number(/after=(\d+)/.exec(world.calls.at(-1)?.path ?? '')?.[1]) + 1;
      const events = [{ type: 'business:created', payload: created(revision) }];
      return Response.json({ success: true, data: { events, revision: 7, epoch: 'e1' } });
    });
    await pollingFrom(world, 5);
    expect(world.dashboard.businesses.map(({ id }) => id)).toEqual(['b6', 'b7']);
  });

  it('gives a poll up that gets no answer, and polls again', async () => {
    const world = new World({ attemptTimeout: 2_000 });
    world.answers.set('/api/dashboard/tenant/kpis', () => new Promise(() => {}) as never);
    await pollingFrom(world, 5);
    await world.pass(2_000);
    expect(world.status).toMatchObject({ state: 'offline', reason: 'no answer by REST within 2 s' });
    world.answerKpis(5);
    await world.pass(30_000);
    expect(world.status.state).toBe('polling');
  });

  it.each([
    ['the database went back', (world: World) => world.answerKpis(3)],
    ['the journal is pruned', (world: World) => world.refuse('/api/dashboard/tenant/events', 410, 'EVENTS_PRUNED')],
    [
      'the history is another',
      (world: World) => world.answer('/api/dashboard/tenant/events', { events: [], revision: 9, epoch: 'e2' }),
    ],
  ])('takes everything anew when %s', async (_, prepare) => {
    const world = new World();
    world.answerKpis(9);
    prepare(world);
    world.answer('/api/dashboard/tenant', { kpis: KPIS, businesses: [], total: 0, revision: 2, epoch: 'e2' });
    await pollingFrom(world, 5);
    expect(world.dashboard).toMatchObject({ revision: 2, epoch: 'e2' });
  });

  it('is offline when that fails too, and comes back from it', async () => {
    const world = new World();
    await pollingFrom(world, 5);
    expect(world.status).toMatchObject({ state: 'offline', reason: 'fetch failed' });
    expect(world.status.asOf, 'it says how old the data are').not.toBeNull();
    world.answerKpis(5);
    await world.pass(30_000);
    expect(world.status.state).toBe('polling');
  });

  it('says so again only when it has polled again', async () => {
    const world = new World();
    world.answerKpis(5);
    await pollingFrom(world, 5);
    world.line.opened();
    world.line.event(state(5, true));
    let late: (response: Response) => void = () => {};
    world.answers.set('/api/dashboard/tenant/kpis', () => new Promise((resolve) => (late = resolve)) as never);
    await world.pass(6_000);
    world.line.closed('lost', false);
    await world.failAttempts(3);
    expect(world.status.state).toBe('recovering');
    late(new Response(null, { status: 304 }));
    await world.pass(0);
    expect(world.status.state).toBe('polling');
  });

  it('drops an answer that was asked for before the socket told more', async () => {
    const world = new World();
    let late: (response: Response) => void = () => {};
    world.answers.set('/api/dashboard/tenant/kpis', () => new Promise((resolve) => (late = resolve)) as never);
    await pollingFrom(world, 5);
    await world.failAttempts(1);
    world.line.opened();
    world.line.event(created(6));
    world.line.closed('lost', false);
    late(new Response(null, { status: 304 }));
    await world.pass(0);
    expect(world.dashboard.revision).toBe(6);
    expect(world.client.counts.polls).toBe(0);
  });

  it('asks for another token when REST refuses it', async () => {
    let token = 't1';
    const world = new World({ token: ({ reason }) => (reason === 'refused' ? 't2' : token) });
    world.refuse('/api/dashboard/tenant/kpis', 401, 'TOKEN_EXPIRED');
    await pollingFrom(world, 5);
    expect(world.opens.at(-1)?.token).toBe('t2');
    await world.pass(0);
    expect(world.calls.at(-1)?.headers.get('Authorization'), 'and polls with it at once').toBe('Bearer t2');
    expect(world.status).toMatchObject({ state: 'unauthorized', code: 'TOKEN_EXPIRED' });
    token = 't3';
  });

  it('lets a hidden tab rest, and polls when it is looked at', async () => {
    const world = new World();
    world.answerKpis(5);
    world.hidden = true;
    await pollingFrom(world, 5);
    await world.pass(120_000);
    expect(world.calls).toEqual([]);
    world.hidden = false;
    world.browser.woken();
    await world.pass(0);
    expect(world.calls.length).toBeGreaterThan(0);
    expect(world.status.state).toBe('polling');
  });

  it('drops an answer that comes when the socket is back', async () => {
    const world = new World();
    let late: (response: Response) => void = () => {};
    world.answers.set('/api/dashboard/tenant/kpis', () => new Promise((resolve) => (late = resolve)) as never);
    await pollingFrom(world, 5);
    await world.failAttempts(1);
    world.line.opened();
    world.line.event(created(6));
    world.line.event(state(6, true));
    late(Response.json({ success: true, data: KPIS }, { headers: { ETag: '"4"' } }));
    await world.pass(0);
    expect(world.dashboard.revision).toBe(6);
    expect(world.client.counts.polls).toBe(0);
  });
});

describe('the world around', () => {
  it('asks a silent server for a sign, and leaves a dead line', async () => {
    const world = new World();
    await world.live();
    await world.pass(29_000);
    world.line.heard();
    await world.pass(29_000);
    expect(world.requests).toHaveLength(1);
    await world.pass(1_000);
    expect(world.requests).toHaveLength(2);
    expect(world.status.state).toBe('live');
    await world.pass(5_001);
    expect(world.opens, 'no answer: a new line').toHaveLength(2);
    expect(world.client.dataAge()).toBe(35_001);
  });

  it('wakes up: the token first, then the connection, at once', async () => {
    const world = new World({ token: () => 't' });
    await world.live();
    await world.pass(6_000);
    world.line.closed('lost', false);
    await world.pass(0);
    await world.failAttempts(4);
    const opens = world.opens.length;
    world.browser.woken();
    await world.pass(0);
    expect(world.opens).toHaveLength(opens + 1);
  });

  it('asks an open line for a sign when it wakes up', async () => {
    const world = new World();
    await world.live();
    world.browser.woken();
    expect(world.requests).toHaveLength(2);
  });

  it('says that the device has no network, and connects when it has one again', async () => {
    const world = new World();
    await world.live();
    await world.pass(6_000);
    world.browser.offline();
    world.line.closed('transport close', false);
    expect(world.status).toMatchObject({ state: 'offline', reason: 'this device has no network' });
    await world.failAttempts(2);
    expect(world.status.state).toBe('offline');
    const opens = world.opens.length;
    world.browser.online();
    await world.pass(0);
    expect(world.opens).toHaveLength(opens + 1);
    expect(world.status.state).toBe('recovering');
  });

  it.each([
    ['live', async (world: World) => world.live()],
    ['connecting', async (world: World) => world.client.connect()],
    [
      'polling',
      async (world: World) => {
        world.answerKpis(5);
        world.client.connect();
        await world.failAttempts(4);
      },
    ],
  ])('leaves no timer and no listener when disposed of while %s', async (_, prepare) => {
    const world = new World();
    await prepare(world);
    expect(world.listeners).toBe(1);
    world.requests.forEach(({ answer }) => answer(null));
    world.client.dispose();
    const told = vi.fn();
    world.client.subscribe(told);
    await world.pass(0);
    expect(vi.getTimerCount()).toBe(0);
    expect(world.listeners).toBe(0);
    const { calls, opens } = world;
    const before = [calls.length, opens.length];
    await world.pass(120_000);
    expect([calls.length, opens.length]).toEqual(before);
    expect(told, 'told of something after its end').not.toHaveBeenCalled();
  });
});
