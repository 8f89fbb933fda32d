import { expect, it } from 'vitest';
import markdown from '../MACHINE.md?raw';
import { EMPTY } from '../src/core/dashboard.js';
import { type Effect, step, wants } from '../src/core/machine.js';
import { type Answer, type Happening, initial, type Input, type State, type TimerName } from '../src/core/state.js';
import { DEFAULTS } from '../src/options.js';
import type { DashboardEvent, KpiEvent } from '../src/protocol.js';
import { type Outcome, outcomeText, tablesOf } from './tables.js';

declare const process: { env: Record<string, string | undefined> };

/*
 * MACHINE.md is the machine: each cell of its tables is tried from a state of that column, once as it is and once under every condition. A
 * condition that a cell does not name must not matter there.
 */

const NOW = 1_000_000;
const KPIS = { activeBusinesses: 1, responseRate: 0, landlordViews: 0, messagesTotal: 0 };
const NO_METRICS = { views_count: 0, clicks_count: 0, property_invites_count: 0, declined_count: 0, messages_count: 0, qfps_submitted_count: 0 };
const BUSINESS = { id: 'b1', user_id: 'a', name: 'one', category: null, status: 'active', is_verified: false, version: 'v1' };
const ROW = { ...BUSINESS, metrics: NO_METRICS };
const timestamp = '2026-11-26T12:00:00.000Z';

// ---- states

const HELD: State['dashboard'] = {
  ...EMPTY,
  owner: 'a',
  epoch: 'e',
  revision: 5,
  kpis: KPIS,
  kpiRevision: 5,
  businesses: [ROW],
  positions: new Map([['b1', 0]]),
  updatedAt: timestamp,
};

const START: State = {
  ...initial(DEFAULTS, { cookie: false, transports: ['websocket', 'polling'], hidden: false, offline: false }),
  demand: { at: 'there' },
  token: { at: 'held', token: 'T' },
  dashboard: HELD,
  triedAt: NOW - 60_000,
  serial: 10,
};

const ASKING = { at: 'asking', id: 3, by: NOW + 5_000, reason: 'connect', token: 'T' } as const;
const LIVE: State = { ...START, link: { at: 'live', id: 1, since: NOW - 60_000, heardAt: NOW - 500, ask: null, by: NOW + 29_500 } };
/** Polling, while the socket is on its way. */
const POLLS: Partial<State> = { asOf: NOW - 1_000, polled: { outcome: 'good', at: NOW - 1_000, jitter: 0 }, rest: { at: 'resting' }, failures: 1, retries: 1 };
const WAITING: State = { ...START, ...POLLS, link: { at: 'waiting', until: NOW + 10_000 } };
const under = (at: 'events' | 'state') => ({ at, id: 4, since: NOW - 100, by: NOW + 9_900 });

/** A state of each column. */
const STATES: Record<string, Record<string, State>> = {
  'The socket': {
    off: { ...START, demand: { at: 'none' } },
    barred: { ...START, link: { at: 'barred', until: NOW + 10_000 }, refusal: { code: 'TOKEN_EXPIRED', message: '', token: 'T', final: true } },
    waiting: WAITING,
    token: { ...WAITING, link: { at: 'token' }, token: ASKING },
    opening: { ...WAITING, link: { at: 'opening', id: 1, by: NOW + 5_000 } },
    catching: { ...WAITING, link: { at: 'catching', id: 1, ask: 2, full: false, by: NOW + 5_000, queue: [], devices: null } },
    live: LIVE,
  },
  REST: {
    off: LIVE,
    resting: WAITING,
    token: { ...WAITING, rest: { at: 'token' }, token: { ...ASKING, token: null } },
    events: { ...WAITING, rest: under('events') },
    state: { ...WAITING, rest: under('state') },
  },
  'The token': {
    cookie: { ...LIVE, token: { at: 'cookie' } },
    held: LIVE,
    asking: { ...LIVE, token: { ...ASKING, reason: 'expiring' } },
  },
};

const REGION = { 'The socket': 'link', REST: 'rest', 'The token': 'token' } as const;

/** Whose effects are whose; timers have a table of their own. */
const EFFECTS: Record<string, readonly Effect['type'][]> = {
  'The socket': ['openLink', 'closeLink', 'ask', 'dropAsk', 'refreshLink', 'tell'],
  REST: ['fetch', 'dropFetch', 'tell'],
  'The token': ['askToken', 'dropToken'],
};

// ---- conditions

/** A state made so that a condition holds; null where it cannot. */
const CONDITIONS: Record<string, (state: State) => State | null> = {
  cookie: (s) => (s.token.at === 'held' ? { ...s, token: { at: 'cookie' } } : null),
  hidden: (s) => ({ ...s, hidden: true, ...(s.rest.at !== 'off' && { rest: { at: 'off' } }), token: s.link.at === 'token' || s.rest.at !== 'token' ? s.token : { at: 'held', token: null } }),
  lingering: (s) => (s.demand.at === 'none' ? null : { ...s, demand: { at: 'lingering', until: NOW + 2_000 } }),
  'just tried': (s) => (s.link.at === 'off' ? null : { ...s, triedAt: NOW - 100 }),
  silent: (s) => (s.link.at === 'live' ? { ...s, link: { ...s.link, heardAt: NOW - 20_000 } } : null),
  probed: (s) => (s.link.at === 'live' ? { ...s, link: { ...s.link, heardAt: NOW - 31_000, ask: 2, by: NOW + 4_000 } } : null),
  'refused before': (s) =>
    s.link.at === 'off' || s.link.at === 'barred' || s.link.at === 'live' || s.rest.at === 'token' || s.token.at === 'cookie'
      ? null
      : { ...s, refusal: { code: 'TOKEN_EXPIRED', message: '', token: 'R', final: false } },
  drained: (s) => (s.link.at === 'waiting' ? { ...s, drain: 2_000 } : null),
  'session ended': (s) => (s.link.at === 'barred' ? { ...s, link: { at: 'barred', until: null } } : null),
  'nothing held': (s) => (s.rest.at === 'events' || s.link.at === 'live' ? null : { ...s, dashboard: EMPTY, asOf: null }),
  suspect: (s) => (s.link.at === 'live' ? { ...s, suspect: 3, rest: under('events') } : null),
  doubted: (s) => ('id' in s.rest && s.link.at !== 'live' ? { ...s, suspect: s.rest.id } : null),
  renewing: (s) => (s.link.at === 'live' && s.token.at === 'held' ? { ...s, token: { ...ASKING, reason: 'expiring' } } : null),
  connecting: (s) => (s.token.at === 'asking' && s.link.at === 'live' ? { ...STATES['The socket']?.['token'] as State } : null),
};

// ---- inputs

type Build = (state: State) => readonly [State, Happening];

const plain = (type: 'retain' | 'release' | 'end' | 'retry' | 'refresh' | 'woken' | 'hidden' | 'online' | 'offline'): Build => (s) => [s, { type }];
const ofLink = (happening: (id: number) => Happening): Build => (s) => [s, happening('id' in s.link ? s.link.id : 1)];
const event = (made: object): Build => ofLink((id) => ({ type: 'event', id, event: { timestamp, ...made } as DashboardEvent }));
const ofRest = (happening: (id: number) => Happening): Build => (s) => [s, happening('id' in s.rest ? s.rest.id : 4)];
const answer = (made: object): Build => ofRest((id) => ({ type: 'restAnswered', id, answer: { userId: 'a', epoch: 'e', revision: 5, kpis: KPIS, timestamp, ...made } as unknown as Answer }));
const kpis = (revision: number): KpiEvent => ({ type: 'kpi:update', kpis: KPIS, revision, timestamp });
const given = (token: string | null, owner: string | null): Build => (s) => [s, { type: 'tokenGiven', id: 3, token, owner }];

/** The timer is due. */
function timer(name: TimerName): Build {
  return (s) => {
    const { link, rest, token, demand } = s;
    const due: State = {
      ...s,
      ...(name === 'linkBy' && { link: 'by' in link ? { ...link, by: NOW } : 'until' in link && link.until !== null ? { ...link, until: NOW } : link }),
      ...(name === 'restBy' && (rest.at === 'resting' ? { polled: { outcome: 'good', at: NOW - DEFAULTS.pollInterval, jitter: 0 } } : 'by' in rest && { rest: { ...rest, by: NOW } })),
      ...(name === 'tokenBy' && token.at === 'asking' && { token: { ...token, by: NOW } }),
      ...(name === 'lingering' && demand.at === 'lingering' && { demand: { ...demand, until: NOW } }),
    };
    return [due, { type: 'timer', timer: name }];
  };
}

/** By what happens, and then by what it says. The compiler demands every kind of happening. */
const INPUTS: { readonly [type in Exclude<Happening['type'], 'timer'>]: Record<string, Build> } & { readonly timer: Record<TimerName, Build> } = {
  retain: { '': plain('retain') },
  release: { '': plain('release') },
  end: { '': plain('end') },
  retry: { '': plain('retry') },
  refresh: { '': plain('refresh') },
  woken: { '': plain('woken') },
  hidden: { '': plain('hidden') },
  online: { '': plain('online') },
  offline: { '': plain('offline') },
  tokenGiven: { '': given('N', 'a'), 'none': given(null, null), 'another\'s': given('N', 'b') },
  tokenFailed: { '': (s) => [s, { type: 'tokenFailed', id: 3, message: 'thrown' }] },
  linkOpened: { '': ofLink((id) => ({ type: 'linkOpened', id })) },
  linkRefused: {
    'the token': ofLink((id) => ({ type: 'linkRefused', id, code: 'TOKEN_EXPIRED', message: 'expired' })),
    'the role': ofLink((id) => ({ type: 'linkRefused', id, code: 'FORBIDDEN', message: 'not a tenant' })),
    'busy': ofLink((id) => ({ type: 'linkRefused', id, code: 'SERVER_BUSY', message: 'busy' })),
  },
  linkFailed: { '': ofLink((id) => ({ type: 'linkFailed', id, message: 'failed' })) },
  linkClosed: {
    '': ofLink((id) => ({ type: 'linkClosed', id, message: 'closed', ended: false })),
    'by the service': ofLink((id) => ({ type: 'linkClosed', id, message: 'closed', ended: true })),
  },
  heard: { '': ofLink((id) => ({ type: 'heard', id })) },
  event: {
    'the next': event({ type: 'business:updated', business: { ...BUSINESS, version: 'v2' }, revision: 6 }),
    'known': event({ type: 'business:updated', business: BUSINESS, revision: 5 }),
    'after a gap': event({ type: 'business:updated', business: BUSINESS, revision: 7 }),
    'KPIs': event(kpis(5)),
    'KPIs ahead': event(kpis(6)),
    'rebuilt KPIs': event({ ...kpis(6), rebuilt: true }),
    'reconnected': event({ type: 'reconnected', recovered: true, userId: 'a', epoch: 'e', kpis: KPIS, revision: 5 }),
    'reconnected too far': event({ type: 'reconnected', recovered: true, userId: 'a', epoch: 'e', kpis: KPIS, revision: 7 }),
    'reconnected as another': event({ type: 'reconnected', recovered: true, userId: 'b', epoch: 'f', kpis: KPIS, revision: 5 }),
    'everything': event({ type: 'reconnected', recovered: false, userId: 'a', epoch: 'e', kpis: KPIS, revision: 9, businesses: [ROW] }),
    'an older everything': event({ type: 'reconnected', recovered: false, userId: 'a', epoch: 'e', kpis: KPIS, revision: 4, businesses: [ROW] }),
  },
  devices: { '': ofLink((id) => ({ type: 'devices', id, devices: 2 })) },
  expiring: { '': ofLink((id) => ({ type: 'expiring', id })) },
  draining: { '': ofLink((id) => ({ type: 'draining', id, retryAfterMs: 2_000 })) },
  stale: { '': ofLink((id) => ({ type: 'stale', id, staleMs: 10_000 })) },
  askRefused: { '': (s) => [s, { type: 'askRefused', id: 2, code: 'TOO_MANY_REQUESTS', message: 'busy' }] },
  restAnswered: {
    'nothing new': answer({ events: [] }),
    'events': answer({ events: [{ type: 'business:updated', business: { ...BUSINESS, version: 'v2' }, revision: 6, timestamp }], revision: 6 }),
    'a page of events': answer({ events: [{ type: 'business:updated', business: { ...BUSINESS, version: 'v2' }, revision: 6, timestamp }], revision: 7 }),
    'events after a gap': answer({ events: [{ type: 'business:updated', business: BUSINESS, revision: 7, timestamp }], revision: 7 }),
    'events of another': answer({ userId: 'b', epoch: 'f', events: [] }),
    'everything': answer({ businesses: [ROW], revision: 9 }),
    'an older everything': answer({ businesses: [ROW], revision: 4 }),
    'another history': answer({ businesses: [ROW], epoch: 'e2' }),
    'another\'s': answer({ businesses: [], userId: 'b', epoch: 'f' }),
  },
  restFailed: {
    '': ofRest((id) => ({ type: 'restFailed', id, failure: { message: 'unreachable' } })),
    'the token': ofRest((id) => ({ type: 'restFailed', id, failure: { message: 'expired', code: 'TOKEN_EXPIRED', status: 401 } })),
    'pruned': ofRest((id) => ({ type: 'restFailed', id, failure: { message: 'pruned', code: 'EVENTS_PRUNED', status: 410 } })),
  },
  timer: { linkBy: timer('linkBy'), restBy: timer('restBy'), tokenBy: timer('tokenBy'), lingering: timer('lingering') },
};

const ROWS = new Map<string, Build>(
  Object.entries(INPUTS).flatMap(([type, kinds]) =>
    Object.entries(kinds).map(([kind, build]) => [kind === '' ? type : `${type}: ${kind}`, build] as const),
  ),
);

// ---- the comparison

function tried(title: keyof typeof REGION, from: State, build: Build, when: string | null): Outcome {
  const [state, happening] = build(from);
  const [after, effects] = step(state, { ...happening, now: NOW, random: 0.5 } as Input);
  const region = REGION[title];
  const mine = EFFECTS[title] as readonly string[];
  return {
    when,
    next: after[region].at === state[region].at ? null : after[region].at,
    effects: effects.filter(({ type }) => mine.includes(type)).map((effect) => (effect.type === 'ask' && effect.question === null ? 'askAll' : effect.type)),
  };
}

/** What the machine does in a cell: as it is first, then each condition under which it does something else. */
function real(title: keyof typeof REGION, column: string, build: Build): Outcome[] {
  const state = STATES[title]?.[column] as State;
  const otherwise = tried(title, state, build, null);
  const special = Object.entries(CONDITIONS)
    .map(([when, make]) => [when, make(state)] as const)
    // Where the condition is of another column.
    .filter(([, made]) => made !== null && made[REGION[title]].at === column)
    .map(([when, made]) => tried(title, made as State, build, when))
    .filter((outcome) => outcomeText({ ...outcome, when: null }) !== outcomeText(otherwise));
  return [otherwise, ...special];
}

const tables = tablesOf(markdown);

it.each(Object.keys(REGION) as (keyof typeof REGION)[])('%s does what its table says, in every cell and under every condition', (title) => {
  const table = tables.find((each) => each.title === title);
  expect(table?.columns).toEqual(Object.keys(STATES[title] as object));
  expect([...(table?.rows.keys() ?? [])]).toEqual([...ROWS.keys()]);
  const wrong: string[] = [];
  for (const [row, build] of ROWS) {
    for (const column of table?.columns ?? []) {
      const says = (table?.rows.get(row)?.get(column) ?? []).map(outcomeText).join(' · ');
      const does = real(title, column, build).map(outcomeText).join(' · ');
      if (says !== does) {
        wrong.push(`${row} in ${column}: the table says '${says}', the machine does '${does}'`);
      }
    }
  }
  expect(wrong).toEqual([]);
});

it('every condition that a table names is tried somewhere', () => {
  const named = new Set(tables.flatMap(({ rows }) => [...rows.values()].flatMap((row) => [...row.values()].flat().map(({ when }) => when))));
  named.delete(null);
  expect([...named].filter((when) => !(when as string in CONDITIONS))).toEqual([]);
  expect(Object.keys(CONDITIONS).filter((when) => !named.has(when))).toEqual([]);
});

it('each timer is set in the states that its line names, and in no other', () => {
  const lines = [...markdown.matchAll(/^\| `(\w+)` \| ([^|]+) \|/gm)].map(([, name, states]) => [name as string, states as string] as const);
  expect(lines.map(([name]) => name).sort()).toEqual(Object.keys(INPUTS.timer).sort());
  for (const [name, states] of lines) {
    const set = Object.entries(STATES).flatMap(([title, columns]) =>
      Object.entries(columns)
        .filter(([, state]) => wants(state)[name as TimerName] !== undefined && wants({ ...START, demand: { at: 'none' }, [REGION[title as keyof typeof REGION]]: state[REGION[title as keyof typeof REGION]] })[name as TimerName] !== undefined)
        .map(([column]) => `${REGION[title as keyof typeof REGION]} ${column}`),
    );
    const lingers = wants({ ...START, demand: { at: 'lingering', until: NOW } })[name as TimerName] !== undefined ? ['demand lingering'] : [];
    expect(`${name}: ${[...set, ...lingers].join(', ')}`).toBe(`${name}: ${states}`);
  }
});

it.runIf(process.env['PRINT'] !== undefined)('prints the tables as the machine is', () => {
  for (const title of Object.keys(REGION) as (keyof typeof REGION)[]) {
    const columns = Object.keys(STATES[title] as object);
    const lines = [...ROWS].map(([row, build]) => `| ${[row, ...columns.map((column) => real(title, column, build).map(outcomeText).join(' · '))].join(' | ')} |`);
    console.log([title, `| input | ${columns.join(' | ')} |`, `| --- |${' --- |'.repeat(columns.length)}`, ...lines].join('\n'));
  }
});
