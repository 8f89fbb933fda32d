import type { Dashboard } from './core/dashboard.js';
import { asOf, conditionOf, type Condition, type State } from './core/state.js';

/** How the data come, and how old they may be. */
export interface Connection {
  readonly state: Condition;
  /** By which way they come now: null when by none. */
  readonly transport: 'socket' | 'rest' | null;
  /** Why it is not live, in words for a log; empty when it is, or nobody wants it to be. For a person there are `state` and `code`. */
  readonly reason: string;
  /** Why not admitted, when the service said so: `TOKEN_EXPIRED` … */
  readonly code: string | null;
  /** When this state began, in milliseconds since 1970 by this device's clock. */
  readonly since: number;
  /** When the data were last known to be true, likewise; null: never, or now, when live. See `Live.age`. */
  readonly asOf: number | null;
  /** When the next attempt to connect is made, likewise; null when one is under way or none is planned. */
  readonly retryAt: number | null;
}

/** What a client shows. The same object until something changes; what did not change in it is the same object too. */
export interface LiveState extends Dashboard {
  readonly connection: Connection;
}

/** @param wall what the wall clock says at a time of the machine's clock */
export function connectionOf(state: State, before: Connection | null, now: number, wall: (at: number) => number): Connection {
  const condition = conditionOf(state);
  const held = condition === 'live' ? null : asOf(state);
  const { link, refusal, reason } = state;
  const retryAt = 'until' in link ? link.until : null;
  const connection: Connection = {
    state: condition,
    transport: condition === 'live' ? 'socket' : condition === 'polling' ? 'rest' : null,
    reason: condition === 'live' ? '' : condition === 'offline' && state.offline ? 'this device has no network' : reason || (condition === 'recovering' ? 'connecting' : ''),
    code: condition === 'unauthorized' ? (refusal?.code ?? null) : null,
    since: before?.state === condition ? before.since : wall(now),
    asOf: held === null ? null : Math.round(wall(held)),
    retryAt: retryAt === null ? null : Math.round(wall(retryAt)),
  };
  return before !== null && isSame(before, connection) ? before : connection;
}

/** Wall times are made anew each time: some milliseconds more or less are none. */
function isSame(a: Connection, b: Connection): boolean {
  return (Object.keys(a) as (keyof Connection)[]).every((name) => a[name] === b[name] || Math.abs((a[name] as number) - (b[name] as number)) < 50);
}
