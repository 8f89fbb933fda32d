import type { Limits, TokenRequest, Transport } from '../options.js';
import type { ChangeEvent, DashboardEvent, KpiEvent, Kpis } from '../protocol.js';
import { type Dashboard, EMPTY, type FullState } from './dashboard.js';

/*
 * What the machine of machine.ts is made of. All times are milliseconds of a clock that never goes back (clock.ts); every id is new.
 */

/** Why the service does not let us in. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
}

/** The socket. */
export type Link =
  /** Nobody wants it. */
  | { readonly at: 'off' }
  /** The service does not let us in: another attempt at `until`, in case somebody signed in meanwhile; null: only when told to. */
  | { readonly at: 'barred'; readonly until: number | null }
  /** The last attempt failed; the next is made at `until`. */
  | { readonly at: 'waiting'; readonly until: number }
  /** An attempt was begun, which waits for its token. */
  | { readonly at: 'token' }
  | { readonly at: 'opening'; readonly id: number; readonly by: number }
  | Catching
  | Following;

/** It is open, and what is missing was asked for. Nothing that comes is shown before `reconnected` says whose it is and where it leads. */
export interface Catching {
  readonly at: 'catching';
  readonly id: number;
  readonly ask: number;
  /** Everything is asked for: what is held does not lead on. */
  readonly full: boolean;
  readonly by: number;
  readonly queue: readonly (ChangeEvent | KpiEvent)[];
  readonly devices: number | null;
}

/** All that happened was told. A server that is silent until `by` is asked for a sign (`ask`), and given up if it is silent on. */
export interface Following {
  readonly at: 'live';
  readonly id: number;
  /** When it had caught up. */
  readonly since: number;
  readonly heardAt: number;
  readonly ask: number | null;
  readonly by: number;
}

/** Reading by REST. A poll asks for the events after what is held, and for all when those do not lead on. */
export type Rest =
  /** Not needed. */
  | { readonly at: 'off' }
  /** The next poll is made at {@link pollAt}. */
  | { readonly at: 'resting' }
  /** A poll waits for its token. */
  | { readonly at: 'token' }
  | Asking;

/** REST is asked for what came after a revision, or for everything. */
export interface Asking {
  readonly at: 'events' | 'state';
  readonly id: number;
  /** When it was asked: what the answer brings was true then. */
  readonly since: number;
  /** When it is given up. */
  readonly by: number;
}

/** The access token. */
export type Token =
  /** The cookie speaks for the user. */
  | { readonly at: 'cookie' }
  /** Null: there is none yet. */
  | { readonly at: 'held'; readonly token: string | null }
  /** Another is asked for; this one is held until then. */
  | { readonly at: 'asking'; readonly id: number; readonly by: number; readonly reason: TokenRequest['reason']; readonly token: string | null };

/** How the last poll went since the line was live. */
export type Polled =
  | { readonly outcome: 'none' }
  /** @property at when it began; @property jitter 0 to 1 */
  | { readonly outcome: 'good'; readonly at: number; readonly jitter: number }
  | { readonly outcome: 'failed'; readonly again: number; readonly failures: number };

export interface State {
  readonly limits: Limits;
  readonly transports: readonly Transport[];
  /** `lingering`: nobody holds on to it any more, and somebody may come back until then. */
  readonly demand: { readonly at: 'none' } | { readonly at: 'lingering'; readonly until: number } | { readonly at: 'there' } | { readonly at: 'ended' };
  readonly link: Link;
  readonly rest: Rest;
  readonly token: Token;
  /**
   * The service refused `token` (null: the cookie, or there is none). `final`: another token was refused too, or would not help; the user
   * is told. Else one more token is asked for.
   */
  readonly refusal: (Refusal & { readonly token: string | null; readonly final: boolean }) | null;
  readonly dashboard: Dashboard;
  /** When what is held was last known to be true, while the link is not live; null: never. */
  readonly asOf: number | null;
  readonly polled: Polled;
  /**
   * REST is to be asked after this id was given, also while the link is live: the session may be another's by now (a cookie may change
   * unseen), or there is more. Null: no need.
   */
  readonly suspect: number | null;
  /** Attempts in a row that did not catch up. */
  readonly failures: number;
  /** Waits since a connection lasted. */
  readonly retries: number;
  /** When the last attempt began. */
  readonly triedAt: number | null;
  /** When REST was last asked. */
  readonly askedAt: number | null;
  /** The server goes away and wants its clients back within so many milliseconds. */
  readonly drain: number | null;
  /** Nobody looks at the page. */
  readonly hidden: boolean;
  /** The device says that it has no network. */
  readonly offline: boolean;
  /** Why it is not live, for a person. */
  readonly reason: string;
  /** The last id that was given. */
  readonly serial: number;
}

export function initial(
  limits: Limits,
  { cookie, ...how }: { readonly cookie: boolean; readonly transports: readonly Transport[]; readonly hidden: boolean; readonly offline: boolean },
): State {
  return {
    limits,
    ...how,
    demand: { at: 'none' },
    link: { at: 'off' },
    rest: { at: 'off' },
    token: cookie ? { at: 'cookie' } : { at: 'held', token: null },
    refusal: null,
    dashboard: EMPTY,
    asOf: null,
    polled: { outcome: 'none' },
    suspect: null,
    failures: 0,
    retries: 0,
    triedAt: null,
    askedAt: null,
    drain: null,
    reason: '',
    serial: 0,
  };
}

/** What REST said. */
export type Answer = EventPage | FullState;

/** Events after what was held. */
export interface EventPage {
  readonly userId: string;
  readonly epoch: string;
  /** The tenant's revision: what is before it and not on this page is on the next. */
  readonly revision: number;
  readonly events: readonly (ChangeEvent | KpiEvent)[];
  /** After the last event of the page; when it is empty, at `revision`. */
  readonly kpis: Kpis;
}

/** A failure of REST: `code` when it said no, `status` then its HTTP status. */
export interface Failure {
  readonly message: string;
  readonly code?: string | undefined;
  readonly status?: number | null | undefined;
  /** Milliseconds that it wants to be left alone. */
  readonly retryAfter?: number | null | undefined;
}

/** What happens. What belongs to an `id` that is not wanted any more changes nothing. */
export type Happening =
  /** The first holds on to it; the last lets go; it ends for good. */
  | { readonly type: 'retain' | 'release' | 'end' }
  /** Connect now. */
  | { readonly type: 'retry' }
  /** Something was written by this client: what is polled is old. */
  | { readonly type: 'refresh' }
  /** The tab is looked at again, or came back from where the browser had put it. */
  | { readonly type: 'woken' | 'hidden' | 'online' | 'offline' }
  /** @property owner whose token it is, if it says so */
  | { readonly type: 'tokenGiven'; readonly id: number; readonly token: string | null; readonly owner: string | null }
  | { readonly type: 'tokenFailed'; readonly id: number; readonly message: string }
  | ({ readonly id: number } & LinkHappening)
  | { readonly type: 'restAnswered'; readonly id: number; readonly answer: Answer }
  | { readonly type: 'restFailed'; readonly id: number; readonly failure: Failure }
  | { readonly type: 'timer'; readonly timer: TimerName };

/** What a socket tells. After `linkOpened` comes `linkClosed`; instead of it `linkRefused` or `linkFailed`. */
export type LinkHappening =
  | { readonly type: 'linkOpened' }
  /** The server answered, and did not let us in. */
  | ({ readonly type: 'linkRefused' } & Refusal)
  /** No answer. */
  | { readonly type: 'linkFailed'; readonly message: string }
  /** @property ended the service wants us to stay away */
  | { readonly type: 'linkClosed'; readonly message: string; readonly ended: boolean }
  /** Anything at all came from the server. */
  | { readonly type: 'heard' }
  | { readonly type: 'event'; readonly event: DashboardEvent }
  /** How many devices have this dashboard open. */
  | { readonly type: 'devices'; readonly devices: number }
  /** The token ends soon. */
  | { readonly type: 'expiring' }
  /** The server goes away. */
  | { readonly type: 'draining'; readonly retryAfterMs: number }
  /** The server cannot see what changes: what it sent may be so old. */
  | { readonly type: 'stale'; readonly staleMs: number }
  /** The server is too busy for the request for state. */
  | ({ readonly type: 'askRefused' } & Refusal);

export type TimerName = 'linkBy' | 'restBy' | 'tokenBy' | 'lingering';

/** What happens, when, and a number of 0 to 1 by chance. */
export type Input = Happening & { readonly now: number; readonly random: number };

export type InputOf<T extends Happening['type']> = Extract<Happening, { type: T }> & { readonly now: number; readonly random: number };

/**
 * - `idle`: nobody holds on to it.
 * - `ended`: for good.
 * - `live`: connected, and everything that happened was told.
 * - `recovering`: on the way to it; what is shown may be old.
 * - `polling`: no connection can be made; the data come by REST until one can.
 * - `offline`: neither works, or the device says that it has no network.
 * - `unauthorized`: the service does not let us in.
 */
export type Condition = 'idle' | 'ended' | 'live' | 'recovering' | 'polling' | 'offline' | 'unauthorized';

export function conditionOf(state: State): Condition {
  const { demand, link, refusal, polled, failures, offline } = state;
  if (demand.at === 'ended') {
    return 'ended';
  }
  if (demand.at === 'none') {
    return 'idle';
  }
  if (link.at === 'live') {
    return 'live';
  }
  if (refusal?.final) {
    return 'unauthorized';
  }
  if (polled.outcome === 'good' && failures > 0) {
    return 'polling';
  }
  return offline || (failures > 0 && polled.outcome === 'failed') ? 'offline' : 'recovering';
}

/** When what is held was last known to be true: when the server was last heard while live. Null: never. */
export function asOf({ link, asOf }: State): number | null {
  return link.at === 'live' ? link.heardAt : asOf;
}

/** When the next poll is made, if one is needed; in the past: at once. */
export function pollAt({ polled, suspect, dashboard, failures, asOf, askedAt, limits }: State): number {
  if (polled.outcome === 'failed') {
    return polled.again;
  }
  if (suspect !== null) {
    return (askedAt ?? -Infinity) + limits.retryDelay;
  }
  if (polled.outcome === 'good') {
    return polled.at + limits.pollInterval * (1 - POLL_JITTER * polled.jitter);
  }
  return dashboard.revision === null || asOf === null || failures >= limits.pollAfterFailures
    ? -Infinity
    : asOf + Math.min(limits.pollAfter, limits.pollInterval);
}

/** Of the interval, this part is random, so that clients do not ask together. */
const POLL_JITTER = 0.1;
