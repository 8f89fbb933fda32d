import { backoff } from '../backoff.js';
import type { Limits, TokenRequest, Transport } from '../options.js';
import type { DashboardEvent, StateEvent } from '../protocol.js';
import { caughtUp, dashboardOf, EMPTY, fold, foldAll, type Told } from './dashboard.js';
import {
  type Answer,
  type Asking,
  asOf,
  type Catching,
  type Failure,
  type Following,
  type Input,
  type InputOf,
  type Link,
  pollAt,
  type Refusal,
  type Rest,
  type State,
  type TimerName,
  type Token,
} from './state.js';

/*
 * What a client does, without a clock, a timer or a socket: MACHINE.md has its tables, and a test compares them with this.
 *
 * Nothing here starts or ends a timer, a request or a connection. `wants` says which of them a state has, each by a key; the effects of a
 * step are the difference. So none can outlive the state that wants it, and what answers too late answers to nobody.
 */

/** Refusals that are about who the user is: another token may mend all but the last. */
const IDENTITY = /^TOKEN_|^FORBIDDEN$/;

/** A connection that lasted less is not taken for a success: the next retry waits. */
const STABLE_MS = 5_000;

/** Events that a server may send to catch up; it keeps 10,000 of a tenant. */
const MOST_QUEUED = 20_000;

const NOT_POLLED = { outcome: 'none' } as const;

/** What REST is asked: for what came after a revision, or for everything. */
export type Question = { readonly after: number; readonly epoch: string } | null;

/** What a runner is to do. Of a `link`, `ask`, `fetch` or `token` that is ended nothing is to be told any more. */
export type Effect =
  | { readonly type: 'openLink'; readonly id: number; readonly token: string | null; readonly transports: readonly Transport[] }
  | { readonly type: 'closeLink' }
  /** Asks the open link for what came after what is held, or for everything. */
  | { readonly type: 'ask'; readonly id: number; readonly question: Question }
  | { readonly type: 'dropAsk' }
  | { readonly type: 'fetch'; readonly id: number; readonly token: string | null; readonly question: Question }
  | { readonly type: 'dropFetch' }
  | { readonly type: 'askToken'; readonly id: number; readonly reason: TokenRequest['reason']; readonly code: string | null }
  | { readonly type: 'dropToken' }
  /** Extends the link's session. */
  | { readonly type: 'refreshLink'; readonly token: string }
  | { readonly type: 'setTimer'; readonly timer: TimerName; readonly due: number }
  | { readonly type: 'clearTimer'; readonly timer: TimerName }
  | ({ readonly type: 'tell' } & Told);

/** The state after an input, and what is to be done; effects in order. */
export function step(before: State, input: Input): readonly [State, readonly Effect[]] {
  const told: Told[] = [];
  const after = settled(before, handled(awake(before, input), input, told), input);
  // A timer that rang is not set any more.
  const rang = input.type === 'timer' ? input.timer : null;
  return [after, [...difference(before, after, rang), ...told.map((each): Effect => ({ type: 'tell', ...each }))]];
}

// ---- inputs

/** When a line that is silent is given up. */
function lastBy({ heardAt }: Following, { silenceTimeout, probeTimeout }: Limits): number {
  return heardAt + silenceTimeout + probeTimeout;
}

/** A line that was silent for too long is given up before anything else: after a sleep no timer has said so. */
function awake(s: State, input: Input): State {
  const { link, limits } = s;
  return link.at === 'live' && input.now >= (link.ask === null ? lastBy(link, limits) : link.by) ? lost(s, 'the server fell silent', input) : s;
}

function handled(s: State, input: Input, told: Told[]): State {
  const { now } = input;
  if ('id' in input && !isCurrent(s, input)) {
    return s;
  }
  switch (input.type) {
    case 'retain':
      return s.demand.at === 'ended' ? s : { ...s, demand: { at: 'there' } };
    case 'release':
      return s.demand.at === 'there' ? { ...s, demand: { at: 'lingering', until: now + s.limits.linger } } : s;
    case 'end':
      return { ...s, demand: { at: 'ended' } };
    case 'retry':
      return s.demand.at === 'there' ? retried(s, input) : s;
    case 'refresh':
      return s.link.at === 'live' ? s : doubtful(s);
    case 'woken':
      return lookedAt({ ...s, hidden: false }, input);
    case 'hidden':
      return { ...s, hidden: true };
    case 'online':
      return lookedAt({ ...s, retries: 0, offline: false }, input);
    case 'offline':
      return doubted({ ...s, offline: true, polled: s.polled.outcome === 'good' ? NOT_POLLED : s.polled }, now);
    case 'tokenGiven':
      return tokenGiven(s, input);
    case 'tokenFailed':
      return tokenFailed(s, input.message, input);
    case 'linkOpened':
      return s.link.at === 'opening' ? catching({ ...s, drain: null }, input.id, false, now) : s;
    case 'linkRefused':
      return IDENTITY.test(input.code) ? refused(s, input, now) : failed(s, input.message, input);
    case 'linkFailed':
      return failed(s, input.message, input);
    case 'linkClosed':
      return input.ended
        ? barred(s, { code: 'SESSION_ENDED', message: 'the service ended the session' }, null)
        : lost(s, input.message, input);
    case 'heard':
      return heard(s, now);
    case 'event':
      return received(s, input.event, now, told);
    case 'devices':
      return s.link.at === 'catching'
        ? { ...s, link: { ...s.link, devices: input.devices } }
        : heard({ ...s, dashboard: { ...s.dashboard, devices: input.devices } }, now);
    case 'expiring':
      return s.token.at === 'held' ? asked(s, 'expiring', now) : s;
    case 'draining':
      return { ...s, drain: input.retryAfterMs };
    case 'stale':
      // The answer comes when the server can tell.
      return s.link.at === 'live' ? catching(s, s.link.id, false, now) : s;
    case 'askRefused':
      return s.link.at === 'catching' ? failed(s, input.message, input) : heard(s, now);
    case 'restAnswered':
      return answered(s, input.answer, input, told);
    case 'restFailed':
      return pollFailed(s, input.failure, input);
    case 'timer':
      return rang(s, input);
  }
}

/** Whether what an input belongs to is still wanted. */
function isCurrent({ link, rest, token }: State, { type, id }: Input & { id: number }): boolean {
  return id === (type === 'askRefused' ? askOf(link) : idOf(/^token/.test(type) ? token : /^rest/.test(type) ? rest : link));
}

/** The id of what is under way. */
function idOf(of: Link | Rest | Token): number | null {
  return 'id' in of ? of.id : null;
}

function askOf(link: Link): number | null {
  return 'ask' in link ? link.ask : null;
}

/** What REST was asked before now does not count as the last word: it is asked again. */
function doubtful(s: State): State {
  return { ...s, suspect: s.serial };
}

/** A person wants it now; also the way back from a refusal, and from the end of a session. */
function retried(s: State, { now }: Input): State {
  // Whoever has signed in meanwhile has another token.
  const anew = asked({ ...doubtful(s), refusal: null, retries: 0, polled: NOT_POLLED }, 'connect', now);
  return s.link.at === 'waiting' || s.link.at === 'barred' ? attempted(anew, now) : doubted(anew, now);
}

/** Somebody looks again, or the network is back: not the moment to wait for a timer, nor to hammer. */
function lookedAt(s: State, { now }: Input): State {
  const { link, polled, drain, limits } = s;
  const soonest = Math.max(now, (s.triedAt ?? -Infinity) + limits.retryDelay);
  const hurried = polled.outcome === 'failed' ? { ...s, polled: { ...polled, again: Math.min(polled.again, soonest) } } : s;
  // A cookie may have become another's without a word.
  const looked = s.token.at === 'cookie' || link.at !== 'live' ? doubtful(hurried) : s;
  if ((link.at === 'waiting' && drain === null) || (link.at === 'barred' && link.until !== null)) {
    const until = Math.min(link.until as number, soonest);
    return until > now ? { ...looked, link: { ...link, until } } : attempted(looked, now);
  }
  return doubted(looked, now);
}

/** A line that may be dead without saying so is asked for a sign, unless it has just given one and there is a network. */
function doubted(s: State, now: number): State {
  const { link, limits } = s;
  return link.at === 'live' && link.ask === null && (s.offline || now - link.heardAt >= limits.retryDelay)
    ? { ...s, serial: s.serial + 1, link: { ...link, ask: s.serial + 1, by: Math.min(now + limits.probeTimeout, lastBy(link, limits)) } }
    : s;
}

// ---- the token

function asked(s: State, reason: TokenRequest['reason'], now: number): State {
  if (s.token.at === 'cookie') {
    return s;
  }
  const id = s.serial + 1;
  return { ...s, serial: id, token: { ...s.token, at: 'asking', id, by: now + s.limits.attemptTimeout, reason } };
}

/** Nobody is asked for another any more; the one before is held. */
function unasked(token: Token): Token {
  return token.at === 'asking' ? { at: 'held', token: token.token } : token;
}

function tokenGiven(s: State, { token, owner, now }: InputOf<'tokenGiven'>): State {
  const { dashboard, refusal } = s;
  const held: State = { ...s, token: { at: 'held', token }, rest: token === heldToken(s) || !('id' in s.rest) ? s.rest : { at: 'resting' } };
  if (token === null) {
    // While a session lasts nobody needs another token; whether anybody is signed in for the next is asked anew.
    return s.token.at === 'asking' && s.token.reason === 'expiring'
      ? s.link.at === 'token'
        ? asked(s, 'connect', now)
        : { ...s, token: unasked(s.token) }
      : barred(held, { code: 'TOKEN_MISSING', message: 'no access token' }, now);
  }
  if (owner !== null && dashboard.owner !== null && owner !== dashboard.owner) {
    return opening({ ...forgotten(held), refusal: null, link: { at: 'token' } }, now);
  }
  if (refusal !== null && refusal.token === token) {
    return barred(held, refusal, now);
  }
  return opening(tokenOf(s) === null && held.polled.outcome === 'failed' ? { ...held, polled: { ...held.polled, again: now } } : held, now);
}

function tokenFailed(s: State, message: string, input: Input): State {
  const without: State = { ...s, token: unasked(s.token) };
  const polled = s.rest.at === 'token' || s.refusal !== null ? notPolled(without, message, input) : without;
  return s.link.at === 'token' ? failed(polled, message, input) : polled;
}

/** All of another user goes. */
function forgotten(s: State): State {
  return { ...s, rest: { at: 'off' }, dashboard: EMPTY, asOf: null, polled: NOT_POLLED };
}

/** The service said no: one more token is asked for, if that may help; else the user is told. */
function refused(s: State, { code, message }: Refusal, now: number): State {
  if (s.token.at === 'cookie' || code === 'FORBIDDEN' || s.refusal !== null) {
    return barred(s, { code, message }, now);
  }
  const refusal = { code, message, token: heldToken(s), final: false };
  return asked({ ...s, refusal, link: { at: 'token' }, rest: { at: 'off' }, reason: message }, 'refused', now);
}

/** It waits for somebody who signs in. When nobody is signed in any more, nothing is shown. @param now null: only one who says so counts */
function barred(s: State, { code, message }: Refusal, now: number | null): State {
  return {
    ...(code === 'TOKEN_MISSING' ? forgotten(s) : s),
    refusal: { code, message, token: heldToken(s), final: true },
    link: { at: 'barred', until: now === null ? null : now + s.limits.pollInterval },
    // A token that is still asked for would begin again what is over.
    token: unasked(s.token),
    reason: message,
  };
}

// ---- the link

/** Begins an attempt. The token first: after a night's sleep the old one has probably expired. */
function attempted(s: State, now: number): State {
  const begun: State = { ...s, link: { at: 'token' } };
  return opening(s.token.at === 'asking' ? begun : asked(begun, s.refusal === null ? 'connect' : 'refused', now), now);
}

function opening(s: State, now: number): State {
  if (s.link.at !== 'token' || s.token.at === 'asking') {
    return s;
  }
  const id = s.serial + 1;
  return { ...s, serial: id, triedAt: now, drain: null, link: { at: 'opening', id, by: now + s.limits.attemptTimeout } };
}

/** Asks for what is missing. */
function catching(s: State, id: number, full: boolean, now: number): State {
  const ask = s.serial + 1;
  const devices = s.link.at === 'catching' ? s.link.devices : s.dashboard.devices;
  return {
    ...s,
    serial: ask,
    link: { at: 'catching', id, ask, full, by: now + s.limits.attemptTimeout, queue: [], devices },
    reason: 'catching up',
  };
}

/** An attempt did not catch up. */
function failed(s: State, message: string, input: Input): State {
  return waiting({ ...s, failures: s.failures + 1 }, message, input);
}

/** The link is gone. Of one that was live it is no failure. */
function lost(s: State, message: string, input: Input): State {
  const { link } = s;
  return link.at === 'live' ? waiting({ ...s, retries: input.now - link.since >= STABLE_MS ? 0 : s.retries }, message, input) : failed(s, message, input);
}

function waiting(s: State, message: string, { now, random }: Input): State {
  const { retryDelay, maxRetryDelay } = s.limits;
  const wait = s.drain === null ? backoff(s.retries, retryDelay, maxRetryDelay, random) : s.drain * random;
  return { ...s, link: { at: 'waiting', until: now + wait }, retries: s.retries + 1, reason: message };
}

/** The server was heard: all that happened before was told. */
function heard(s: State, now: number): State {
  return s.link.at === 'live' ? { ...s, link: following(s, s.link.id, s.link.since, now) } : s;
}

/** A timer that is set stays so, and is put off when it rings. */
function following({ link, limits }: State, id: number, since: number, now: number): Following {
  const by = link.at === 'live' && link.ask === null ? link.by : now + limits.silenceTimeout;
  return { at: 'live', id, since, heardAt: now, ask: null, by };
}

function received(s: State, event: DashboardEvent, now: number, told: Told[]): State {
  const { link } = s;
  if (link.at !== 'catching' && link.at !== 'live') {
    return s;
  }
  if (event.type === 'reconnected') {
    return arrived(s, link, event, now, told);
  }
  if (link.at === 'catching') {
    // KPIs come again with the end, and these may be of the history before.
    const queue = event.type === 'kpi:update' && !event.rebuilt ? link.queue : [...link.queue, event];
    return queue.length > MOST_QUEUED ? catching(s, link.id, true, now) : { ...s, link: { ...link, queue, by: now + s.limits.attemptTimeout } };
  }
  const dashboard = fold(s.dashboard, event);
  if (dashboard === null || event.revision > (dashboard.revision as number)) {
    // Also KPIs that count an event which did not come. What came with a gap is not shown: it comes again with what is missing.
    return catching(s, link.id, false, now);
  }
  if (dashboard !== s.dashboard) {
    told.push({ event, before: s.dashboard, after: dashboard });
  }
  return heard({ ...s, dashboard }, now);
}

/** The end of catching up; or the answer to a probe, or everything, unasked. */
function arrived(s: State, link: Catching | Following, end: StateEvent, now: number, told: Told[]): State {
  const dashboard = caughtUp(s.dashboard, link.at === 'catching' ? link.queue : [], end, told);
  if (dashboard === null) {
    // The server thinks that we have what we have not: everything, then.
    return catching(s, link.id, true, now);
  }
  const devices = link.at === 'catching' ? link.devices : dashboard.devices;
  return {
    ...s,
    // Of another user nothing that is under way counts.
    rest: dashboard.owner === s.dashboard.owner ? s.rest : { at: 'off' },
    dashboard: devices === dashboard.devices ? dashboard : { ...dashboard, devices },
    link: following(s, link.id, link.at === 'catching' ? now : link.since, now),
    failures: 0,
    refusal: null,
  };
}

// ---- REST

/** A poll is due. */
function polling(s: State, now: number): State {
  if (tokenOf(s) === null && s.token.at !== 'cookie') {
    const waits: State = { ...s, rest: { at: 'token' } };
    return s.token.at === 'asking' ? waits : asked(waits, 'connect', now);
  }
  return asking(s, s.dashboard.revision === null ? 'state' : 'events', now);
}

function asking(s: State, at: 'events' | 'state', now: number): State {
  const id = s.serial + 1;
  return { ...s, askedAt: now, serial: id, rest: { at, id, since: now, by: now + s.limits.attemptTimeout } };
}

function answered(s: State, answer: Answer, input: Input, told: Told[]): State {
  const { dashboard, link } = s;
  const { now } = input;
  const isSame = answer.userId === dashboard.owner && answer.epoch === dashboard.epoch;
  if (link.at === 'live' && isSame) {
    // It was asked whose session it is; the link has what is new, or will.
    return polled(s, input);
  }
  if (!('businesses' in answer)) {
    const after = isSame ? foldAll(dashboard, answer.events, told) : dashboard;
    const revision = after.revision as number;
    // The link may have brought more since it was asked.
    const reached = answer.events.at(-1)?.revision ?? answer.revision;
    const isNewer = isSame && reached <= revision && reached > (after.kpiRevision as number);
    const read = { ...s, dashboard: isNewer ? { ...after, kpis: answer.kpis, kpiRevision: reached } : after };
    return isSame && revision >= answer.revision ? polled(read, input) : asking(read, isSame && after !== dashboard ? 'events' : 'state', now);
  }
  if (isSame && answer.revision < (dashboard.revision as number)) {
    return notPolled(s, 'REST is behind', input);
  }
  const isAnothers = dashboard.owner !== null && dashboard.owner !== answer.userId;
  if (link.at === 'live' && !isAnothers) {
    // Another history: the link is to say which.
    return catching({ ...s, suspect: null }, link.id, false, now);
  }
  const from = isAnothers ? EMPTY : dashboard;
  const after = dashboardOf(answer, from);
  told.push({ event: { type: 'reconnected', recovered: false, ...answer }, before: from, after });
  const read = polled({ ...s, dashboard: after }, input);
  // Another user's session: the link is to be made anew too.
  return isAnothers && idOf(link) !== null ? waiting(read, 'another user has signed in', input) : read;
}

/** What is held was true when it was asked. */
function polled(s: State, { random }: Input): State {
  const { since, id } = s.rest as Asking;
  return { ...s, asOf: since, suspect: s.suspect !== null && s.suspect >= id ? s.suspect : null, rest: { at: 'resting' }, polled: { outcome: 'good', at: since, jitter: random }, refusal: null };
}

function pollFailed(s: State, failure: Failure, input: Input): State {
  if (failure.status === 410 && s.rest.at === 'events') {
    return asking(s, 'state', input.now);
  }
  const { code = '', message, retryAfter } = failure;
  return IDENTITY.test(code) ? refused(s, failure as Refusal, input.now) : notPolled(s, message, input, retryAfter ?? 0);
}

function notPolled(s: State, message: string, { now, random }: Input, atLeast = 0): State {
  const failures = s.polled.outcome === 'failed' ? s.polled.failures + 1 : 1;
  const { retryDelay, pollInterval } = s.limits;
  const again = now + Math.max(Math.min(atLeast, pollInterval), backoff(failures, retryDelay, pollInterval, random));
  return { ...s, rest: { at: 'resting' }, polled: { outcome: 'failed', again, failures }, reason: message };
}

// ---- timers

function rang(s: State, input: InputOf<'timer'>): State {
  const { now } = input;
  const { link, limits } = s;
  if (!((wants(s)[input.timer]?.key as number) <= now)) {
    return s;
  }
  const late = `no answer within ${limits.attemptTimeout / 1000} s`;
  switch (input.timer) {
    case 'lingering':
      return { ...s, demand: { at: 'none' } };
    case 'tokenBy':
      return tokenFailed(s, `no access token: ${late}`, input);
    case 'restBy':
      return s.rest.at === 'resting' ? polling(s, now) : notPolled(s, late, input);
    case 'linkBy':
      if ('until' in link) {
        return attempted(s, now);
      }
      if (link.at !== 'live') {
        return failed(s, late, input);
      }
      return link.heardAt + limits.silenceTimeout > now ? { ...s, link: { ...link, by: link.heardAt + limits.silenceTimeout } } : doubted(s, now);
  }
}

// ---- what follows from a state

/** What must hold after every step, whatever it was. */
function settled(before: State, s: State, input: Input): State {
  const { now } = input;
  let after = s;
  const live = after.link.at === 'live';
  if (before.link.at === 'live' && !live && after.dashboard.owner === before.dashboard.owner) {
    after = { ...after, asOf: 'staleMs' in input ? now - input.staleMs : before.link.heardAt, polled: NOT_POLLED };
  } else if (live && after.suspect === null && after.polled.outcome !== 'none') {
    after = { ...after, polled: NOT_POLLED };
  }
  if (!('ask' in after.link) && after.dashboard.devices !== null) {
    after = { ...after, dashboard: { ...after.dashboard, devices: null } };
  }
  if (after.demand.at === 'none' || after.demand.at === 'ended') {
    return after.link.at === 'off' ? after : resting(after);
  }
  if (after.link.at === 'off') {
    after = attempted(after, now);
  }
  const polls = !after.hidden && mayAsk(after) && (!live || after.suspect !== null);
  if (polls !== (after.rest.at !== 'off')) {
    after = { ...after, rest: { at: polls ? 'resting' : 'off' } };
  }
  if (after.rest.at === 'resting' ? pollAt(after) <= now : after.rest.at === 'token' && tokenOf(after) !== null) {
    after = polling(after, now);
  }
  return after;
}

/** Nothing runs on. What is held stays. */
function resting(s: State): State {
  return {
    ...s,
    link: { at: 'off' },
    rest: { at: 'off' },
    token: unasked(s.token),
    asOf: asOf(s),
    refusal: null,
    suspect: null,
    failures: 0,
    retries: 0,
    drain: null,
    reason: '',
  };
}

/** Whether there is anybody to ask REST as: after a refusal, only as somebody else. */
function mayAsk(s: State): boolean {
  return s.refusal === null || (s.link.at !== 'barred' && (s.token.at === 'cookie' || tokenOf(s) !== null));
}

/** What a state has running, each by a key: of a timer when it is due, of the rest its id. */
export interface Want {
  readonly key: number;
  readonly begin: Effect;
  readonly end: Effect;
}

export type Wants = { readonly [slot in TimerName | 'link' | 'ask' | 'fetch' | 'token']: Want | undefined };

export function wants(s: State): Wants {
  const { link, rest, token, demand, dashboard, refusal } = s;
  const { epoch, revision } = dashboard;
  const question = (all: boolean): Question => (all || epoch === null || revision === null ? null : { after: revision, epoch });
  const want = (key: number | null, begin: (key: number) => Effect, end: Effect): Want | undefined =>
    key !== null ? { key, begin: begin(key), end } : undefined;
  const timer = (name: TimerName, due: number | null) =>
    want(due, (key) => ({ type: 'setTimer', timer: name, due: key }), { type: 'clearTimer', timer: name });
  const reason = token.at === 'asking' ? token.reason : 'connect';
  const code = reason === 'refused' ? (refusal?.code ?? null) : null;
  const usable = tokenOf(s);
  // A WebSocket that hangs must not stand in the way of long-polling for ever: the order turns with each failure.
  const transports = s.failures % 2 === 0 ? s.transports : [...s.transports].reverse();
  return {
    lingering: timer('lingering', 'until' in demand ? demand.until : null),
    tokenBy: timer('tokenBy', 'by' in token ? token.by : null),
    linkBy: timer('linkBy', 'by' in link ? link.by : 'until' in link ? link.until : null),
    restBy: timer('restBy', 'by' in rest ? rest.by : rest.at === 'resting' ? pollAt(s) : null),
    token: want(idOf(token), (id) => ({ type: 'askToken', id, reason, code }), { type: 'dropToken' }),
    fetch: want(idOf(rest), (id) => ({ type: 'fetch', id, token: usable, question: question(rest.at === 'state') }), { type: 'dropFetch' }),
    link: want(idOf(link), (id) => ({ type: 'openLink', id, token: usable, transports }), { type: 'closeLink' }),
    ask: want(askOf(link), (id) => ({ type: 'ask', id, question: question(link.at === 'catching' && link.full) }), { type: 'dropAsk' }),
  };
}

/** What ends first, then what begins. */
function difference(before: State, after: State, rang: TimerName | null): Effect[] {
  const was = wants(before);
  const is = wants(after);
  const ends: Effect[] = [];
  const begins: Effect[] = [];
  for (const slot of Object.keys(is) as (keyof Wants)[]) {
    const old = slot === rang ? undefined : was[slot];
    const now = is[slot];
    if (old?.key !== now?.key) {
      if (now) {
        begins.push(now.begin);
      }
      // A timer that is set anew is not set twice.
      if (old && (!now || old.end.type !== 'clearTimer')) {
        ends.push(old.end);
      }
    }
  }
  const { token } = after;
  if (token.at === 'held' && token.token !== null && token.token !== heldToken(before) && is.link && was.link?.key === is.link.key) {
    begins.push({ type: 'refreshLink', token: token.token });
  }
  return [...ends, ...begins];
}

function heldToken({ token }: State): string | null {
  return token.at === 'cookie' ? null : token.token;
}

/** The token to use now; null: the cookie, or there is none. One that was refused is not used again. */
export function tokenOf(s: State): string | null {
  const held = heldToken(s);
  return s.refusal?.token === held ? null : held;
}
