import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLive, type Live, type LiveState, type Told, writes } from '../src/index.js';
import { onChangedFrame } from '../src/frames.js';
import { browser } from '../src/surroundings.js';
import { testLive, type TestService, USER } from '../src/testing.js';

const OTHER = '00000000-0000-4000-8000-000000000002';
const ONE = { id: 'one', name: 'Mill' };
const TWO = { id: 'two', name: 'Barn' };

/** Time passes, and all that is due happens. */
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const soon = () => pass(0);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** Every state that is ever shown; each is of one owner. */
function shownBy(live: Live): LiveState[] {
  const states = [live.get()];
  live.subscribe(() => {
    const state = live.get();
    states.push(state);
    expect(state.businesses.every(({ user_id }) => user_id === state.owner)).toBe(true);
  });
  return states;
}

const stateOf = (live: Live) => live.get().connection.state;
const names = (live: Live) => live.get().businesses.map(({ name }) => name);
const gets = (service: TestService) => service.requests.filter(({ path }) => path.includes('/dashboard/tenant')).length;

describe('another user signs in', () => {
  it('by a cookie, and the line blinks: everything of the first is dropped before anything of the second is shown', async () => {
    const { live, service } = testLive({ businesses: [ONE, TWO] });
    live.retain();
    await live.until('live');
    const states = shownBy(live);
    service.signIn(OTHER, [{ id: 'x', name: 'Theirs' }]);
    service.create({ name: 'Theirs too' });
    service.cut();
    await pass(2_000);
    expect([stateOf(live), names(live)]).toEqual(['live', ['Theirs', 'Theirs too']]);
    expect(states.some(({ owner }) => owner === USER)).toBe(true);
    expect(live.get().businesses.every(({ user_id }) => user_id === OTHER)).toBe(true);
  });

  it('by a cookie: a call says for whom it is meant, and who it is is looked at when it is refused for that', async () => {
    const { live, service } = testLive({ businesses: [ONE] });
    const release = live.retain();
    await live.until('live');
    const owner = live.get().owner;
    service.signIn(OTHER);
    await expect(writes(live).businesses.update('one', { name: 'Mine' })).rejects.toMatchObject({ code: 'USER_MISMATCH' });
    expect(service.requests.filter(({ method }) => method === 'PUT').map(({ headers }) => headers['x-live-user'])).toEqual([owner]);
    await pass(1_000);
    expect(live.get().owner).toBe(OTHER);
    service.signIn(USER);
    expect((await live.request('/api/dashboard/tenant')).status).toBe(409);
    await pass(1_000);
    expect(live.get().owner).toBe(USER);
    release();
    await pass(10_000);
    service.signIn(OTHER);
    expect((await live.request('/api/dashboard/tenant')).status).toBe(200);
  });

  it('by a cookie, and the line does not blink: looking at the tab shows it', async () => {
    const { live, service } = testLive({ businesses: [ONE] });
    live.retain();
    await live.until('live');
    shownBy(live);
    service.signIn(OTHER, [{ id: 'x', name: 'Theirs' }]);
    service.says('woken');
    await pass(2_000);
    expect([stateOf(live), names(live)]).toEqual(['live', ['Theirs']]);
  });

  it.each(['fails', 'busy', 'hangs'] as const)('by a cookie, and REST %s when somebody looks: it is asked again until it says whose it is', async (mode) => {
    const { live, service } = testLive({ businesses: [ONE] });
    live.retain();
    await live.until('live');
    await pass(2_000);
    service.signIn(OTHER, [{ id: 'x', name: 'Theirs' }]);
    service.rest(mode);
    service.says('woken');
    await pass(1_000);
    service.rest('good');
    await pass(20_000);
    expect([stateOf(live), names(live)]).toEqual(['live', ['Theirs']]);
  });

  it('by a cookie, while a look is under way: what REST says that was asked before counts for nothing', async () => {
    const { live, service } = testLive({ businesses: [ONE] });
    live.retain();
    await live.until('live');
    await pass(2_000);
    service.delays(500);
    service.says('woken');
    await pass(100);
    service.signIn(OTHER, [{ id: 'x', name: 'Theirs' }]);
    live.retry();
    await pass(5_000);
    expect([stateOf(live), names(live)]).toEqual(['live', ['Theirs']]);
  });

  it('by a cookie: who is told of the second sees nothing of the first before it', async () => {
    const { live, service } = testLive({ businesses: [ONE] });
    live.retain();
    await live.until('live');
    const told: Told[] = [];
    live.onEvent((each) => told.push(each));
    service.signIn(OTHER);
    service.cut();
    await pass(2_000);
    expect(told.map(({ before, after }) => [before.owner, after.owner])).toEqual([[null, OTHER]]);
  });

  it('nobody is signed in any more: nothing of who was is shown', async () => {
    let user: string | null = USER;
    const { live, service } = testLive({ businesses: [ONE], options: { token: () => user && service.tokenOf(user) } });
    live.retain();
    await live.until('live');
    user = null;
    live.retry();
    service.cut();
    await pass(2_000);
    expect([stateOf(live), live.get().owner, names(live)]).toEqual(['unauthorized', null, []]);
  });

  it('nobody is signed in any more, by a cookie: nothing of who was is shown; of one whose session only ended all is', async () => {
    const { live, service } = testLive({ businesses: [ONE] });
    live.retain();
    await live.until('live');
    service.refuse('TOKEN_EXPIRED');
    service.cut();
    await pass(2_000);
    expect([stateOf(live), live.get().owner, names(live)]).toEqual(['unauthorized', USER, ['Mill']]);
    service.refuse('TOKEN_MISSING');
    live.retry();
    await pass(2_000);
    expect([stateOf(live), live.get().owner, names(live)]).toEqual(['unauthorized', null, []]);
  });

  it('by a token: what was shown goes when the token comes, before the service has answered', async () => {
    let user = USER;
    const { live, service } = testLive({ businesses: [ONE], options: { token: () => service.tokenOf(user) } });
    live.retain();
    await live.until('live');
    shownBy(live);
    service.signIn(OTHER, [{ id: 'x', name: 'Theirs' }]);
    user = OTHER;
    service.socket('swallows');
    service.rest('hangs');
    live.retry();
    await soon();
    expect([live.get().owner, names(live)]).toEqual([null, []]);
    service.socket('good');
    service.rest('good');
    live.retry();
    await pass(15_000);
    expect([stateOf(live), live.get().owner, names(live)]).toEqual(['live', OTHER, ['Theirs']]);
  });

  it('while it polls: the first poll as the second user shows only theirs', async () => {
    const { live, service } = testLive({ businesses: [ONE] });
    service.socket('fails');
    live.retain();
    await pass(3_000);
    shownBy(live);
    service.signIn(OTHER, [{ id: 'x', name: 'Theirs' }]);
    await pass(31_000);
    expect([live.get().owner, names(live)]).toEqual([OTHER, ['Theirs']]);
  });
});

describe('a socket that only seems to work', () => {
  it('opens and is mute: it polls, and does not call itself live', async () => {
    const { live, service } = testLive({ businesses: [ONE] });
    service.socket('mute');
    live.retain();
    const states = shownBy(live);
    await pass(600_000);
    expect(states.some(({ connection }) => connection.state === 'live')).toBe(false);
    expect(stateOf(live)).toBe('polling');
    expect(gets(service)).toBeGreaterThanOrEqual(20);
    expect(live.age()).toBeLessThanOrEqual(30_000);
  });

  it('opens and dies after a second, again and again: it polls', async () => {
    const { live, service } = testLive({ businesses: [ONE] });
    service.socket('mute');
    live.retain();
    for (let second = 0; second < 600; second++) {
      await pass(1_000);
      service.cut();
    }
    expect(stateOf(live)).toBe('polling');
    expect(gets(service)).toBeGreaterThanOrEqual(20);
    expect(service.sockets).toBeLessThanOrEqual(45);
  });

  it('falls silent while it is live: it is given up after the silence and the probe, and what is shown is polled', async () => {
    const { live, service } = testLive({ businesses: [ONE] });
    live.retain();
    await live.until('live');
    service.socket('mute');
    await pass(34_000);
    expect(stateOf(live)).toBe('live');
    await pass(1_500);
    expect(stateOf(live)).toBe('recovering');
    service.update('one', { name: 'Mill 2' });
    await pass(31_000);
    expect([stateOf(live), names(live)]).toEqual(['polling', ['Mill 2']]);
  });
});

it('a port that swallows everything: REST has the figures within a second', async () => {
  const { live, service } = testLive({ businesses: [ONE], kpis: { landlordViews: 7 } });
  service.socket('swallows');
  live.retain();
  await pass(1_000);
  expect([live.get().kpis?.landlordViews, names(live)]).toEqual([7, ['Mill']]);
});

describe('polling', () => {
  it('with KPIs ahead of the rows when the line went: the rows come by the next poll', async () => {
    const { live, service } = testLive({ businesses: [ONE] });
    let tell: Parameters<NonNullable<ReturnType<TestService['parts']>['openLink']>>[2] = () => {};
    const parts = service.parts();
    const ahead = createLive({}, { ...parts, openLink: (token, transports, told) => parts.openLink!(token, transports, (tell = told)) });
    live.end();
    ahead.retain();
    await ahead.until('live');
    service.socket('mute');
    service.update('one', { name: 'Mill 2' });
    // The KPIs of revision 1 come, its event does not.
    tell({ type: 'event', event: { type: 'kpi:update', kpis: { ...ahead.get().kpis!, landlordViews: 1 }, revision: 1, timestamp: '' } });
    service.cut();
    service.socket('fails');
    await pass(31_000);
    expect([stateOf(ahead), names(ahead), ahead.get().revision, ahead.get().kpis?.landlordViews]).toEqual(['polling', ['Mill 2'], 1, 0]);
  });

  it('what has not changed is the same object, poll after poll', async () => {
    const { live, service } = testLive({ businesses: [ONE] });
    service.socket('fails');
    live.retain();
    await pass(10_000);
    const { kpis, businesses } = live.get();
    await pass(120_000);
    expect([live.get().kpis === kpis, live.get().businesses === businesses, stateOf(live)]).toEqual([true, true, 'polling']);
  });

  it('over a restore to the same revision: all is read anew, and nothing old is called current', async () => {
    const { live, service } = testLive({ businesses: [ONE] });
    service.socket('fails');
    live.retain();
    await pass(10_000);
    service.restore((tenant) => (tenant.businesses = tenant.businesses.map((each) => ({ ...each, name: 'Restored' }))));
    await pass(31_000);
    expect([stateOf(live), names(live), live.get().epoch]).toEqual(['polling', ['Restored'], `${USER}-history-2`]);
  });

  it('three +1s between two polls are three events, each with the state before and after it', async () => {
    const { live, service } = testLive({ businesses: [ONE] });
    service.socket('fails');
    live.retain();
    await pass(10_000);
    const views: (number | undefined)[][] = [];
    live.onEvent(({ before, after }) => views.push([before, after].map(({ businesses }) => businesses[0]?.metrics.views_count)));
    for (let n = 0; n < 3; n++) {
      service.count('one', { views_count: 1 });
    }
    await pass(31_000);
    expect(views).toEqual([[0, 1], [1, 2], [2, 3]]);
    expect(live.get().kpis?.landlordViews).toBe(3);
  });

  it('while this client writes again and again, and REST is slow: what was asked is shown, and asked again', async () => {
    const { live, service } = testLive({ businesses: [ONE] });
    service.socket('fails');
    service.delays(800);
    live.retain();
    await pass(10_000);
    for (let n = 0; n < 200; n++) {
      service.count('one', { views_count: 1 });
      live.refresh();
      await pass(500);
      expect(n < 6 || (live.age() as number) < 3_000).toBe(true);
    }
    await pass(3_000);
    expect(live.get().kpis?.landlordViews).toBe(200);
  });

  it.each(['throws', 'hangs'])('is not said while nothing can be asked: a token was refused, and token() %s', async (how) => {
    let fails = false;
    let serial = 0;
    const { live, service } = testLive({
      businesses: [ONE],
      options: { token: () => (!fails ? service.tokenOf(USER, serial++) : how === 'hangs' ? new Promise<never>(() => {}) : Promise.reject(new Error('no token server'))) },
    });
    service.socket('fails');
    live.retain();
    await pass(40_000);
    expect(stateOf(live)).toBe('polling');
    fails = true;
    service.refuse('TOKEN_EXPIRED');
    await pass(60_000);
    expect([stateOf(live), live.get().connection.transport]).toEqual(['offline', null]);
    fails = false;
    service.admit();
    await pass(60_000);
    expect([stateOf(live), (live.age() as number) < 60_000]).toEqual(['polling', true]);
  });

  it('goes on trying the socket, and ends when it is back', async () => {
    const { live, service } = testLive({ businesses: [ONE] });
    service.socket('fails');
    live.retain();
    await pass(60_000);
    expect(stateOf(live)).toBe('polling');
    service.socket('good');
    await pass(31_000);
    expect(stateOf(live)).toBe('live');
    const before = gets(service);
    await pass(120_000);
    expect(gets(service)).toBe(before);
  });

  it('while REST fails too it is offline, and says why', async () => {
    const { live, service } = testLive();
    service.socket('fails');
    service.rest('fails');
    live.retain();
    await pass(5_000);
    expect(live.get().connection).toMatchObject({ state: 'offline', asOf: null, transport: null });
    expect(live.get().connection.reason).toMatch(/cannot be reached/);
  });

  it('a write of this client is seen at once', async () => {
    const { live, service } = testLive({ businesses: [ONE] });
    service.socket('fails');
    live.retain();
    await pass(10_000);
    service.update('one', { name: 'Mill 2' });
    live.refresh();
    await soon();
    expect(names(live)).toEqual(['Mill 2']);
  });
});

describe('token()', () => {
  it('that hangs is given up after an attempt; when one comes at last it goes on', async () => {
    let hangs = true;
    const reasons: string[] = [];
    const aborted: boolean[] = [];
    const { live, service } = testLive({
      businesses: [ONE],
      options: {
        token: ({ reason, signal }) => {
          reasons.push(reason);
          signal.addEventListener('abort', () => aborted.push(true));
          return hangs ? new Promise<string>(() => {}) : service.tokenOf(USER);
        },
      },
    });
    live.retain();
    await pass(60_000);
    expect(stateOf(live)).toBe('offline');
    expect(live.get().connection.reason).toBe('no access token: no answer within 10 s');
    expect(reasons.length).toBeGreaterThanOrEqual(3);
    expect(aborted.length).toBeGreaterThanOrEqual(3);
    hangs = false;
    await pass(31_000);
    expect(stateOf(live)).toBe('live');
  });

  it('that throws is a failed attempt; the poller goes on when a token comes', async () => {
    let token: () => string = () => {
      throw new Error('signed out');
    };
    const { live, service } = testLive({ businesses: [ONE], options: { token: () => token() } });
    service.socket('swallows');
    live.retain();
    await pass(5_000);
    expect(live.get().connection).toMatchObject({ state: 'offline', reason: 'no access token: signed out' });
    token = () => service.tokenOf(USER);
    await pass(31_000);
    expect(names(live)).toEqual(['Mill']);
  });

  it('that gives none, or throws: nothing is sent, since a cookie that is there may be anybody’s', async () => {
    let token: () => unknown = () => null;
    const { live, service } = testLive({ businesses: [ONE], options: { token: () => token() as string } });
    const { businesses } = writes(live);
    for (const [give, message] of [
      [() => null, 'no access token'],
      [() => undefined, 'no access token'],
      [() => '', 'no access token'],
      [() => 7, 'no access token: token() is number, not a string'],
      [() => { throw new Error('the vault is down'); }, 'no access token: the vault is down'],
    ] as const) {
      token = give;
      await expect(live.request('/api/dashboard/tenant')).rejects.toMatchObject({ code: 'TOKEN_MISSING', message });
      const written = businesses.create({ name: 'Barn' }).catch((error: unknown) => error);
      await pass(2_000);
      expect(await written).toMatchObject({ code: 'TOKEN_MISSING', message });
    }
    expect(service.requests).toEqual([]);
    token = () => service.tokenOf(USER);
    expect((await businesses.create({ name: 'Barn' })).name).toBe('Barn');
  });

  it.each([true, false])('another one does not ask a service again that wants to be left alone (the same one each time: %s)', async (same) => {
    let n = 0;
    const { service } = testLive();
    const parts = service.parts();
    const asked: number[] = [];
    const began = Date.now();
    const busy: typeof fetch = async () => {
      asked.push(Math.round((Date.now() - began) / 1_000));
      return new Response(null, { status: 503, headers: { 'Retry-After': '25' } });
    };
    const live = createLive({ token: () => service.tokenOf(USER, same ? 0 : n++) }, { ...parts, fetch: busy });
    service.socket('fails');
    live.retain();
    await pass(60_000);
    expect(asked).toEqual([0, 25, 50]);
  });

  it('that is another user’s by now, and nobody retains the client: a call is done as theirs', async () => {
    let user: string | null = USER;
    const { live, service } = testLive({ businesses: [ONE], options: { token: () => user && service.tokenOf(user) } });
    const release = live.retain();
    await live.until('live');
    release();
    await pass(6_000);
    service.signIn(OTHER);
    user = OTHER;
    const created = await writes(live).businesses.create({ name: 'Theirs' });
    expect(created.user_id).toBe(OTHER);
    user = null;
    await expect(live.request('/api/dashboard/tenant')).rejects.toMatchObject({ code: 'TOKEN_MISSING' });
  });

  it('another for each attempt does not make it go to and fro between offline and recovering', async () => {
    let n = 0;
    const { live, service } = testLive({ options: { token: () => service.tokenOf(USER, n++) } });
    service.socket('fails');
    service.rest('fails');
    const states = new Set<string>();
    live.retain();
    await pass(20_000);
    live.subscribe(() => states.add(stateOf(live)));
    await pass(120_000);
    expect(n).toBeGreaterThan(5);
    expect([...states]).toEqual(['offline']);
  });

  it('another after one that was refused does not make it forget that REST failed', async () => {
    let n = 0;
    const { live, service } = testLive({ options: { token: () => service.tokenOf(USER, n++) } });
    service.socket('fails');
    service.rest('fails');
    live.retain();
    await pass(20_000);
    const states: string[] = [];
    live.subscribe(() => states.push(stateOf(live)));
    expect(stateOf(live)).toBe('offline');
    service.refuse('TOKEN_EXPIRED');
    service.socket('good');
    await pass(60_000);
    expect([...new Set(states)]).toEqual(['offline', 'unauthorized']);
  });

  it('that gives something else than a text says so', async () => {
    const { live } = testLive({ options: { token: () => 7 as unknown as string } });
    live.retain();
    await pass(5_000);
    expect(live.get().connection.reason).toBe('no access token: token() is number, not a string');
  });

  it('is asked once more when the service refuses one, with its code; the second refusal is told', async () => {
    const asked: (string | undefined)[][] = [];
    let serial = 0;
    const { live, service } = testLive({ options: { token: ({ reason, code }) => (asked.push([reason, code]), service.tokenOf(USER, serial++)) } });
    service.refuse('TOKEN_EXPIRED');
    live.retain();
    await pass(5_000);
    expect(asked).toEqual([['connect', undefined], ['refused', 'TOKEN_EXPIRED']]);
    expect(live.get().connection).toMatchObject({ state: 'unauthorized', code: 'TOKEN_EXPIRED' });
    service.admit();
    live.retry();
    await soon();
    expect(stateOf(live)).toBe('live');
  });

  it('one that was refused is renewed, and it goes on', async () => {
    let serial = 0;
    const { live, service } = testLive({ options: { token: () => service.tokenOf(USER, serial++) } });
    service.refuse('TOKEN_REVOKED', service.tokenOf(USER, 0));
    live.retain();
    await soon();
    expect(stateOf(live)).toBe('live');
    expect(serial).toBe(2);
  });

  it('is asked when the token ends soon, and the line goes on', async () => {
    const reasons: string[] = [];
    const { live, service } = testLive({ options: { token: ({ reason }) => (reasons.push(reason), service.tokenOf(USER)) } });
    live.retain();
    await live.until('live');
    service.expire();
    await soon();
    expect([reasons, stateOf(live), service.sockets]).toEqual([['connect', 'expiring'], 'live', 1]);
  });

  it.each([
    ['the line goes on', false, true, ['connect', 'expiring'], 'live', 1],
    ['the line is lost meanwhile: the next attempt asks for itself', true, true, ['connect', 'expiring', 'connect'], 'live', 1],
    ['the line is lost meanwhile, and nobody is signed in any more', true, false, ['connect', 'expiring', 'connect'], 'unauthorized', 0],
  ])('gives none when the token ends soon, and %s', async (_, isLost, isSignedIn, asked, state, shown) => {
    const reasons: string[] = [];
    let give: (token: null) => void = () => {};
    const { live, service } = testLive({
      businesses: [ONE],
      options: {
        token: ({ reason }) => {
          reasons.push(reason);
          return reason === 'expiring' ? new Promise<null>((resolve) => (give = resolve)) : isSignedIn || reasons.length === 1 ? service.tokenOf(USER) : null;
        },
      },
    });
    live.retain();
    await live.until('live');
    service.expire();
    await soon();
    if (isLost) {
      service.cut();
    }
    await pass(1_000);
    give(null);
    await pass(1_000);
    expect([reasons, stateOf(live), names(live).length]).toEqual([asked, state, shown]);
  });
});

describe('an attempt under way', () => {
  it('dies as the network comes back: the next is not put off as if there were none', async () => {
    const { live, service } = testLive({ businesses: [ONE] });
    live.retain();
    await live.until('live');
    service.goOffline();
    await pass(60_000);
    const begun = service.sockets;
    while (service.sockets === begun) {
      await pass(100);
    }
    service.comeBack();
    await pass(6_000);
    expect(stateOf(live)).toBe('live');
  });
});

describe('who holds on', () => {
  it('two share a client, one lets go: the other stays live and hears of everything', async () => {
    const { live, service } = testLive({ businesses: [ONE] });
    const first = live.retain();
    live.retain();
    const heard = vi.fn();
    live.subscribe(heard);
    await live.until('live');
    first();
    first();
    await pass(60_000);
    heard.mockClear();
    service.update('one', { name: 'Mill 2' });
    await soon();
    expect([stateOf(live), names(live)]).toEqual(['live', ['Mill 2']]);
    expect(heard).toHaveBeenCalled();
  });

  it('one lets go again while it is told that the line went: it counts once, and who comes then is served', async () => {
    let slept = 0;
    const { live, service } = testLive({ businesses: [ONE], parts: { clock: () => Date.now() + slept } });
    const release = live.retain();
    await live.until('live');
    live.subscribe(() => stateOf(live) !== 'live' && release());
    slept = 60_000;
    // It is told of the sleep with this.
    release();
    await pass(10_000);
    expect(stateOf(live)).toBe('idle');
    live.retain();
    const second = live.retain();
    await pass(60_000);
    expect([stateOf(live), service.open]).toEqual(['live', 1]);
    second();
    await pass(60_000);
    expect([stateOf(live), service.open]).toEqual(['live', 1]);
  });

  it('StrictMode mounts, unmounts and mounts: one socket', async () => {
    const { live, service } = testLive();
    live.retain()();
    live.retain();
    await pass(60_000);
    expect([stateOf(live), service.sockets]).toEqual(['live', 1]);
  });

  it('after the last release the line stays for who comes back, then nothing runs on and what was shown stays', async () => {
    const { live, service } = testLive({ businesses: [ONE] });
    const release = live.retain();
    await live.until('live');
    release();
    await pass(4_999);
    expect(service.open).toBe(1);
    await pass(1);
    expect([stateOf(live), service.open, vi.getTimerCount(), names(live)]).toEqual(['idle', 0, 0, ['Mill']]);
    expect(live.age()).toBe(5_000);
    service.update('one', { name: 'Mill 2' });
    live.retain();
    await live.until('live');
    expect([names(live), service.sockets]).toEqual([['Mill 2'], 2]);
  });

  it('end says so to all, also to who waits, and nothing runs on', async () => {
    const { live, service } = testLive();
    service.socket('swallows');
    service.rest('hangs');
    const release = live.retain();
    await soon();
    const states = shownBy(live);
    const waits = live.until('live').catch((error: { code: string }) => error.code);
    live.end();
    expect(await waits).toBe('ENDED');
    expect(states.at(-1)?.connection.state).toBe('ended');
    const requests = service.requests.length;
    await pass(120_000);
    release();
    live.retain();
    live.retry();
    live.refresh();
    await pass(120_000);
    expect([service.open, service.requests.length, vi.getTimerCount(), service.sockets]).toEqual([0, requests, 0, 1]);
  });
});

describe('listeners', () => {
  it('that throw are reported, and touch neither each other nor the machine', async () => {
    const reported = vi.fn();
    vi.stubGlobal('queueMicrotask', (call: () => void) => void Promise.resolve().then(call).catch(reported));
    const { live, service } = testLive({ businesses: [ONE] });
    const told: Told[] = [];
    const boom = () => {
      throw new Error('mine');
    };
    live.onEvent(boom);
    live.subscribe(boom);
    live.onEvent((each) => told.push(each));
    live.retain();
    await live.until('live');
    told.length = 0;
    service.update('one', { name: 'Mill 2' });
    service.update('one', { name: 'Mill 3' });
    await soon();
    expect(told.filter(({ event }) => event.type === 'business:updated').map(({ event }) => event.revision)).toEqual([1, 2]);
    expect([stateOf(live), service.sockets, names(live)]).toEqual(['live', 1, ['Mill 3']]);
    expect(reported).toHaveBeenCalled();
  });

  it('one that ends the client within a callback: nothing runs on', async () => {
    const { live, service } = testLive({ businesses: [ONE] });
    live.subscribe(() => stateOf(live) === 'polling' && live.end());
    service.socket('fails');
    live.retain();
    await pass(120_000);
    const requests = service.requests.length;
    await pass(120_000);
    expect([stateOf(live), service.requests.length, vi.getTimerCount()]).toEqual(['ended', requests, 0]);
  });

  it('one that ends the client within an event: nothing more is told', async () => {
    const { live, service } = testLive({ businesses: [ONE] });
    live.retain();
    await live.until('live');
    const told: number[] = [];
    live.onEvent(({ event }) => {
      told.push(event.revision);
      live.end();
    });
    service.update('one', { name: 'Mill 2' });
    service.update('one', { name: 'Mill 3' });
    await soon();
    expect([told, stateOf(live), service.open]).toEqual([[1], 'ended', 0]);
  });

  it('what one does comes after the step that it is told of', async () => {
    const { live, service } = testLive({ businesses: [ONE] });
    service.socket('fails');
    live.retain();
    await pass(10_000);
    const seen: unknown[] = [];
    live.onEvent(({ event }) => {
      seen.push([event.revision, stateOf(live)]);
      live.end();
    });
    for (let n = 0; n < 3; n++) {
      service.count('one', { views_count: 1 });
    }
    await pass(31_000);
    expect(seen).toEqual([[1, 'polling'], [2, 'polling'], [3, 'polling']]);
    expect([stateOf(live), live.get().revision]).toEqual(['ended', 3]);
  });

  it('one that was removed by another within a call is not called any more', async () => {
    const { live } = testLive();
    const second = vi.fn();
    live.subscribe(() => stop());
    const stop = live.subscribe(second);
    live.retain();
    await live.until('live');
    expect(second).not.toHaveBeenCalled();
  });
});

describe('as a person would expect', () => {
  it('unauthorized by cookie is no dead end: it comes back when the cookie is renewed', async () => {
    const { live, service } = testLive({ businesses: [ONE] });
    live.retain();
    await live.until('live');
    service.signIn(null);
    service.cut();
    await pass(2_000);
    expect(live.get().connection).toMatchObject({ state: 'unauthorized', code: 'TOKEN_MISSING' });
    service.signIn(USER);
    await pass(31_000);
    expect(stateOf(live)).toBe('live');
  });

  it('unauthorized by cookie: looking at the tab again is enough', async () => {
    const { live, service } = testLive();
    service.signIn(null);
    live.retain();
    await pass(2_000);
    expect(stateOf(live)).toBe('unauthorized');
    service.signIn(USER);
    service.says('woken');
    await soon();
    expect(stateOf(live)).toBe('live');
  });

  it('a session that the service ended stays ended until somebody retries', async () => {
    const { live, service } = testLive();
    live.retain();
    await live.until('live');
    service.cut(true);
    await pass(600_000);
    service.says('woken');
    service.says('online');
    await pass(60_000);
    expect([live.get().connection.code, stateOf(live), service.sockets]).toEqual(['SESSION_ENDED', 'unauthorized', 1]);
    live.retry();
    await soon();
    expect(stateOf(live)).toBe('live');
  });

  it('the browser says offline, and the line lives: what is live stays live', async () => {
    const { live, service } = testLive({ businesses: [ONE] });
    live.retain();
    await live.until('live');
    await pass(2_000);
    service.says('offline');
    await pass(60_000);
    expect(live.get().connection).toMatchObject({ state: 'live', reason: '' });
  });

  it('the network goes and comes back: offline, with the age of what is shown, then live at once', async () => {
    const { live, service } = testLive({ businesses: [ONE] });
    live.retain();
    await live.until('live');
    await pass(2_000);
    service.goOffline();
    await pass(10_000);
    expect(live.get().connection.state).toBe('offline');
    expect(names(live)).toEqual(['Mill']);
    expect(live.age()).toBe(12_000);
    service.comeBack();
    await pass(1_000);
    expect(stateOf(live)).toBe('live');
  });

  it.each(['good', 'fails', 'swallows', 'mute'] as const)('40 tab switches with a socket that is %s open a few sockets at most', async (mode) => {
    const { live, service } = testLive();
    service.socket(mode);
    live.retain();
    await pass(100);
    for (let n = 0; n < 40; n++) {
      service.says('hidden');
      await pass(50);
      service.says('woken');
      await pass(50);
    }
    expect(service.sockets).toBeLessThanOrEqual(6);
    expect(gets(service)).toBeLessThanOrEqual(8);
  });

  it('a hidden page does not poll; when it is looked at again it does at once', async () => {
    const { live, service } = testLive({ businesses: [ONE] });
    service.socket('fails');
    live.retain();
    await pass(10_000);
    service.says('hidden');
    const before = gets(service);
    await pass(300_000);
    expect(gets(service)).toBe(before);
    service.update('one', { name: 'Mill 2' });
    service.says('woken');
    await soon();
    expect(names(live)).toEqual(['Mill 2']);
  });

  it('the clock is set back by an hour: polls go on, and nothing looks young', async () => {
    const { live, service } = testLive({ businesses: [ONE] });
    service.socket('fails');
    live.retain();
    await pass(10_000);
    vi.setSystemTime(Date.now() - 3_600_000);
    service.update('one', { name: 'Mill 2' });
    await pass(31_000);
    expect(names(live)).toEqual(['Mill 2']);
    service.rest('hangs');
    await pass(300_000);
    expect(live.age()).toBeGreaterThanOrEqual(300_000);
  });

  it('a server that cannot see what changes says so: not live, as old as it says, until it can tell', async () => {
    const { live, service } = testLive({ businesses: [ONE] });
    service.rest('hangs');
    live.retain();
    await live.until('live');
    await pass(20_000);
    service.blind(10_000);
    await soon();
    expect([stateOf(live), Math.round((live.age() ?? 0) / 1_000)]).toEqual(['recovering', 10]);
    service.update('one', { name: 'Mill 2' });
    await pass(5_000);
    expect([stateOf(live), names(live), Math.round((live.age() ?? 0) / 1_000)]).toEqual(['recovering', ['Mill'], 15]);
    service.sees();
    await soon();
    expect([stateOf(live), names(live), service.sockets]).toEqual(['live', ['Mill 2'], 1]);
  });

  it('the machine slept for an hour, and its timers with it: what is shown is an hour older', async () => {
    const { live, service } = testLive({ businesses: [ONE] });
    service.socket('fails');
    live.retain();
    await pass(10_000);
    vi.setSystemTime(Date.now() + 3_600_000);
    expect(live.age()).toBeGreaterThanOrEqual(3_600_000);
  });

  it.each([true, false])('the machine slept for a night over a line that is live: it is not called live when it wakes (somebody looks: %s)', async (looked) => {
    const { live, service } = testLive({ businesses: [ONE] });
    live.retain();
    await live.until('live');
    await pass(1_000);
    service.socket('mute');
    service.update('one', { name: 'Mill 2' });
    vi.setSystemTime(Date.now() + 28_800_000);
    if (looked) {
      service.says('woken');
    } else {
      await pass(5_000);
    }
    expect(stateOf(live)).toBe('recovering');
    await pass(2_000);
    expect(names(live)).toEqual(['Mill 2']);
  });

  it('timers that ring early, by a clock that is slow, are set again', async () => {
    const { live, service } = testLive({ businesses: [ONE], parts: { clock: () => performance.now() / 2 } });
    service.socket('swallows');
    live.retain();
    await pass(70_000);
    const sockets = service.sockets;
    await pass(70_000);
    expect([stateOf(live), service.sockets > sockets]).toEqual(['polling', true]);
  });

  it('the browser is listened to while somebody retains it, and not longer', async () => {
    const { service } = testLive();
    const parts = service.parts();
    let listening = 0;
    const live = createLive({}, { ...parts, surroundings: { ...parts.surroundings!, listen: () => (listening++, () => void listening--) } });
    const release = live.retain();
    await live.until('live');
    expect(listening).toBe(1);
    release();
    await pass(5_000);
    expect(listening).toBe(0);
    live.retain();
    expect(listening).toBe(1);
    live.end();
    expect(listening).toBe(0);
  });

  it('a page that comes back from where the browser had put it is looked at again; one that has just been loaded is not', () => {
    const document = Object.assign(new EventTarget(), { hidden: false });
    const window = new EventTarget();
    vi.stubGlobal('document', document);
    vi.stubGlobal('window', window);
    const said: string[] = [];
    const stop = browser.listen((what) => said.push(what));
    window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: false }));
    expect(said).toEqual([]);
    window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
    window.dispatchEvent(new Event('focus'));
    document.hidden = true;
    document.dispatchEvent(new Event('visibilitychange'));
    window.dispatchEvent(new Event('offline'));
    stop();
    window.dispatchEvent(new Event('online'));
    expect(said).toEqual(['woken', 'woken', 'hidden', 'offline']);
  });

  it('an option that is undefined is not given', async () => {
    const { live, service } = testLive({ businesses: [ONE], options: { pollAfter: undefined, linger: undefined, token: undefined, transports: undefined, url: undefined } });
    service.socket('swallows');
    live.retain();
    await pass(20_000);
    expect(names(live)).toEqual(['Mill']);
  });

  it('no AbortSignal.timeout and no AbortSignal.any are needed', async () => {
    vi.stubGlobal('AbortSignal', class extends AbortSignal {
      static override timeout = undefined as never;
      static override any = undefined as never;
    });
    const { live, service } = testLive({ businesses: [ONE] });
    service.socket('swallows');
    service.rest('hangs');
    live.retain();
    const called = live.request('/api/dashboard/tenant', { signal: new AbortController().signal }).catch((error: { code: string }) => error.code);
    await pass(11_000);
    expect(await called).toBe('UNREACHABLE');
    service.rest('good');
    await pass(31_000);
    expect(names(live)).toEqual(['Mill']);
  });

  it('a thousand events are one notification a frame', async () => {
    const frames: (() => void)[] = [];
    vi.stubGlobal('requestAnimationFrame', (call: () => void) => frames.push(call));
    const { live, service } = testLive({ businesses: [ONE] });
    live.retain();
    await live.until('live');
    const drawn = vi.fn();
    const stop = onChangedFrame(live, drawn);
    for (let n = 0; n < 1_000; n++) {
      service.count('one', { views_count: 1 });
    }
    await soon();
    expect([live.get().kpis?.landlordViews, frames.length, drawn.mock.calls.length]).toEqual([1_000, 1, 0]);
    frames.splice(0).forEach((frame) => frame());
    expect(drawn).toHaveBeenCalledTimes(1);
    service.count('one', { views_count: 1 });
    await soon();
    frames.splice(0).forEach((frame) => frame());
    expect(drawn).toHaveBeenCalledTimes(2);
    stop();
    service.count('one', { views_count: 1 });
    await soon();
    frames.splice(0).forEach((frame) => frame());
    expect(drawn).toHaveBeenCalledTimes(2);
  });

  it('a server that goes away is come back to when it wants us', async () => {
    const { live, service } = testLive();
    live.retain();
    await live.until('live');
    service.drain(4_000);
    await pass(1_999);
    expect(service.sockets).toBe(1);
    await pass(1);
    expect([stateOf(live), service.sockets]).toEqual(['live', 2]);
  });
});

describe('attempts', () => {
  it('of a line that is live for a second only, again and again, back off', async () => {
    const { live, service } = testLive({ businesses: [ONE] });
    live.retain();
    for (let second = 0; second < 60; second++) {
      await pass(1_000);
      service.cut();
    }
    expect(service.sockets).toBeLessThanOrEqual(8);
  });

  it('are made at once, then after half and half a random part of 1, 2, 4 … 30 s', async () => {
    const { live, service } = testLive();
    service.socket('fails');
    live.retain();
    const at: number[] = [];
    for (let tenth = 0; tenth < 900; tenth++) {
      const before = service.sockets;
      await pass(100);
      at.push(...Array(service.sockets - before).fill(tenth * 100));
    }
    // By a chance of 0.5: 750 ms, 1,500, 3,000 …
    expect(at.map((each) => each - (each % 100))).toEqual([0, 700, 2200, 5200, 11200, 23200, 45700, 68200]);
  });

  it('take the transports in another order after a failure, in case the first is what hangs', async () => {
    const { service } = testLive();
    const orders: string[] = [];
    const parts = service.parts();
    const live = createLive({}, { ...parts, openLink: (token, transports, tell) => (orders.push(transports.join()), parts.openLink!(token, transports, tell)) });
    service.socket('fails');
    live.retain();
    await pass(1_000);
    expect(orders).toEqual(['websocket,polling', 'polling,websocket', 'websocket,polling']);
  });

  it('by REST back off too, and leave a busy service alone as long as it wants', async () => {
    const { live, service } = testLive();
    service.socket('swallows');
    service.rest('fails');
    live.retain();
    await pass(120_000);
    expect(gets(service)).toBeGreaterThanOrEqual(6);
    expect(gets(service)).toBeLessThanOrEqual(12);

    const busy = testLive();
    busy.service.socket('swallows');
    busy.service.rest('busy');
    busy.live.retain();
    await pass(999);
    expect(gets(busy.service)).toBe(1);
    await pass(1);
    expect(gets(busy.service)).toBe(2);
  });

  it('by REST that are given up are aborted', async () => {
    const { service } = testLive();
    const parts = service.parts();
    const signals: (AbortSignal | null | undefined)[] = [];
    const live = createLive({}, { ...parts, fetch: (url, init) => (signals.push(init?.signal), parts.fetch!(url, init)) });
    service.socket('swallows');
    service.rest('hangs');
    live.retain();
    await pass(10_000);
    expect(signals[0]?.aborted).toBe(true);
    await pass(2_000);
    expect(signals.at(-1)?.aborted).toBe(false);
    live.end();
    expect(signals.at(-1)?.aborted).toBe(true);
  });

  it('when a token ends soon its successor extends the open line', async () => {
    const { service } = testLive();
    const parts = service.parts();
    const refreshed: string[] = [];
    let serial = 0;
    const live = createLive(
      { token: () => service.tokenOf(USER, serial++) },
      {
        ...parts,
        openLink: (...call) => {
          const link = parts.openLink!(...call);
          return { ...link, refresh: (token) => refreshed.push(token) };
        },
      },
    );
    live.retain();
    await live.until('live');
    service.expire();
    await soon();
    expect(refreshed).toEqual([service.tokenOf(USER, 1)]);
  });
});

describe('reading', () => {
  it('get gives the same object until something changes; what did not change in it is the same', async () => {
    const { live, service } = testLive({ businesses: [ONE, TWO] });
    live.retain();
    await live.until('live');
    const before = live.get();
    await pass(60_000);
    expect(live.get()).toBe(before);
    service.update('one', { name: 'Mill 2' });
    await soon();
    expect(live.get()).not.toBe(before);
    expect(live.get().businesses[1]).toBe(before.businesses[1]);
    expect(live.get().connection).toBe(before.connection);
    // Also when everything is told anew.
    service.restore();
    await pass(2_000);
    expect(live.get().epoch).not.toBe(before.epoch);
    expect(live.get().businesses[1]).toBe(before.businesses[1]);
  });

  it('select calls back when its part changes, by Object.is or an equality of yours', async () => {
    const { live, service } = testLive({ businesses: [ONE, TWO] });
    live.retain();
    await live.until('live');
    const views = live.select(({ kpis }) => kpis?.landlordViews);
    const ids = live.select(
      ({ businesses }) => businesses.map(({ id }) => id),
      (a, b) => a.join() === b.join(),
    );
    const [viewed, changed] = [vi.fn(), vi.fn()];
    const stop = views.subscribe(viewed);
    ids.subscribe(changed);
    const before = ids.get();
    service.update('one', { name: 'Mill 2' });
    await soon();
    expect([viewed.mock.calls.length, changed.mock.calls.length]).toEqual([0, 0]);
    expect(ids.get()).toBe(before);
    service.count('one', { views_count: 2 });
    service.remove('two');
    await soon();
    expect([views.get(), viewed.mock.calls.length, ids.get(), changed.mock.calls.length]).toEqual([2, 1, ['one'], 1]);
    stop();
    service.count('one', { views_count: 2 });
    await soon();
    expect(viewed).toHaveBeenCalledTimes(1);
  });

  it('select throws again what its selector throws, and goes on when it does not', async () => {
    const { live, service } = testLive({ businesses: [ONE] });
    live.retain();
    const first = live.select(({ businesses }) => (businesses.length === 2 ? businesses.find(({ id }) => id === 'none')!.name : businesses[0]?.name));
    await live.until('live');
    expect(first.get()).toBe('Mill');
    service.create();
    await soon();
    expect(() => first.get()).toThrow(TypeError);
    expect(() => first.get()).toThrow(TypeError);
    service.create();
    await soon();
    expect(first.get()).toBe('Mill');
  });

  it('until is over when it is so, also if it is now; when it is aborted; when the client ends', async () => {
    const { live } = testLive({ businesses: [ONE] });
    const abort = new AbortController();
    const never = live.until(() => false, { signal: abort.signal });
    const caught = never.catch((error: unknown) => error);
    live.retain();
    expect((await live.until('live')).connection.state).toBe('live');
    expect((await live.until('live')).owner).toBe(USER);
    abort.abort('enough');
    expect(await caught).toBe('enough');
    await expect(live.until(() => false, { signal: AbortSignal.abort('early') })).rejects.toBe('early');
    live.end();
    await expect(live.until('live')).rejects.toMatchObject({ code: 'ENDED' });
    expect((await live.until('ended')).connection.state).toBe('ended');
  });

  it('request calls REST as the user, once more with another token, and gives up in time', async () => {
    let serial = 0;
    const { live, service } = testLive({ businesses: [ONE], options: { url: 'https://live.example.com/', token: () => service.tokenOf(USER, serial++) } });
    service.refuse('TOKEN_EXPIRED', service.tokenOf(USER, 0));
    expect((await live.request('/api/businesses/one')).status).toBe(200);
    expect(service.requests.map(({ path }) => path)).toEqual(Array(2).fill('https://live.example.com/api/businesses/one'));
    service.rest('fails');
    await expect(live.request('/api/businesses/one')).rejects.toMatchObject({ code: 'UNREACHABLE' });
    service.rest('hangs');
    const hangs = live.request('/api/businesses/one').catch((error: { code: string }) => error.code);
    await pass(10_000);
    expect(await hangs).toBe('UNREACHABLE');
    const abort = new AbortController();
    const aborted = live.request('/api/businesses/one', { signal: abort.signal }).catch((error: unknown) => error);
    const mine = new TypeError('mine');
    abort.abort(mine);
    expect(await aborted).toBe(mine);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('diagnostics has the last 200 transitions, no token and nothing of what is shown', async () => {
    const { live, service } = testLive({ businesses: [{ id: 'one', name: 'Secret Mill' }], options: { token: () => service.tokenOf(USER) } });
    live.retain();
    await live.until('live');
    for (let n = 0; n < 150; n++) {
      service.cut();
      await pass(31_000);
    }
    const text = JSON.stringify(live.diagnostics());
    expect(live.diagnostics()).toHaveLength(200);
    expect(text).not.toContain(service.tokenOf(USER).slice(0, 12));
    expect(text).not.toContain('Secret Mill');
    expect(live.diagnostics().at(-1)).toMatchObject({ link: 'live', token: 'held' });
  });
});

describe('an option that is none is an error that names it', () => {
  it.each([
    [{ pollInterval: 0 }, 'pollInterval is 0, not a number of 1 to 2147483647'],
    [{ linger: -1 }, 'linger is -1, not a number of 0 to 2147483647'],
    [{ attemptTimeout: NaN }, 'attemptTimeout is NaN, not a number of 1 to 2147483647'],
    [{ retryDelay: '5' as unknown as number }, 'retryDelay is 5, not a number of 1 to 2147483647'],
    [{ token: 'abc' as never }, 'token is string, not a function'],
    [{ url: 'localhost:19080' }, "url is 'localhost:19080', not 'https://…'"],
    [{ url: 5 as never }, "url is '5', not 'https://…'"],
    [{ url: 'wss://live.example.com' }, "url is 'wss://live.example.com', not 'https://…'"],
    [{ url: 'HTTPS://live.example.com' }, "url is 'HTTPS://live.example.com', not 'https://…'"],
    [{ url: '/live', socketUrl: 'ws' }, "socketUrl is 'ws', not 'https://…'"],
    [{ url: '/live', socketUrl: ' wss://live.example.com' }, "socketUrl is ' wss://live.example.com', not 'https://…'"],
    [{ transports: [] }, "transports is '', not 'websocket' or 'polling'"],
    [{ transports: ['carrier-pigeon' as never] }, `transports is 'carrier-pigeon', not 'websocket' or 'polling'`],
    [{ transports: ['websocket,polling' as never] }, "transports is 'websocket,polling', not 'websocket' or 'polling'"],
    [{ transports: ['polling' as never, 'pigeon' as never] }, `transports is 'polling,pigeon', not 'websocket' or 'polling'`],
  ])('%j', (options, message) => {
    expect(() => createLive(options)).toThrow(new RangeError(message));
  });

  it.each(['https://live.example.com', 'http://127.0.0.1:3000', 'wss://live.example.com', 'ws://127.0.0.1:3000', '/', ''])('%j is where a socket may be', (socketUrl) => {
    expect(stateOf(createLive({ url: 'https://live.example.com', socketUrl, transports: ['polling', 'websocket'] }))).toBe('idle');
  });
});

describe('what is said of the connection', () => {
  it('why it is not live, and nothing when nobody wants it to be', async () => {
    const { live, service } = testLive({ options: { linger: 0 } });
    const reason = () => live.get().connection.reason;
    expect([stateOf(live), reason()]).toEqual(['idle', '']);
    service.socket('swallows');
    service.rest('hangs');
    const release = live.retain();
    await soon();
    expect([stateOf(live), reason()]).toEqual(['recovering', 'connecting']);
    service.socket('good');
    service.rest('good');
    live.retry();
    await pass(15_000);
    expect([stateOf(live), reason()]).toEqual(['live', '']);
    service.socket('fails');
    service.cut();
    await soon();
    expect([stateOf(live), reason()]).toEqual(['recovering', 'the connection was lost']);
    release();
    await soon();
    expect([stateOf(live), reason()]).toEqual(['idle', '']);
    live.end();
    expect([stateOf(live), reason()]).toEqual(['ended', '']);
  });

  it('how many devices look is known only while the line is open', async () => {
    const { live, service } = testLive();
    live.retain();
    await live.until('live');
    service.devices(3);
    await soon();
    expect(live.get().devices).toBe(3);
    service.socket('swallows');
    service.cut();
    await soon();
    expect([stateOf(live), live.get().devices]).toEqual(['recovering', null]);
    service.socket('good');
    await pass(30_000);
    expect([stateOf(live), live.get().devices]).toEqual(['live', null]);
    service.devices(2);
    await soon();
    expect(live.get().devices).toBe(2);
  });

  it('a device without network is offline soon, however lately the server was heard', async () => {
    const { live, service } = testLive({ businesses: [ONE] });
    live.retain();
    await live.until('live');
    service.count('one', { views_count: 1 });
    await soon();
    service.goOffline();
    await pass(5_000);
    expect([stateOf(live), live.get().connection.reason]).toEqual(['offline', 'this device has no network']);
  });
});
