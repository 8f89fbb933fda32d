/** How a socket is carried. */
export type Transport = 'websocket' | 'polling';

/** Why a token is asked for. */
export interface TokenRequest {
  /** `connect`: before each attempt; `refused`: the last one was not taken; `expiring`: it ends soon. */
  readonly reason: 'connect' | 'refused' | 'expiring';
  /** What the service said when it refused the token of a line; of a call it refused there is none. */
  readonly code?: string;
  /** Aborted when nobody waits for the token any more. */
  readonly signal: AbortSignal;
}

/** Gives the access token; null, undefined or an empty one: nobody is signed in. */
export type GiveToken = (request: TokenRequest) => string | null | undefined | Promise<string | null | undefined>;

/** Times and numbers. Times are in milliseconds. */
export interface Limits {
  /** An attempt, a call or a token may take this long. Default 10,000. */
  readonly attemptTimeout: number;
  /** Before the second retry (the first is made at once); doubled from then on, of which a random half is taken. Default 1,000. */
  readonly retryDelay: number;
  /** Between retries at most. Default 30,000. */
  readonly maxRetryDelay: number;
  /** Between polls, while they are needed; a tenth of it is random. Data are never older than it and one attempt. Default 30,000. */
  readonly pollInterval: number;
  /** So long after the server was last heard on a line that is lost REST is asked, if the socket has not caught up and REST was not asked since. Default 5,000. */
  readonly pollAfter: number;
  /** So many attempts in a row that did not catch up, and REST is asked at once. Default 3. */
  readonly pollAfterFailures: number;
  /** Silence after which the server is asked whether it is there; it pings every 25,000 by default. Default 30,000. */
  readonly silenceTimeout: number;
  /** It may take this long to answer then. Default 5,000. */
  readonly probeTimeout: number;
  /** After the last release the line stays open this long, for who comes back. Default 5,000. */
  readonly linger: number;
}

/** Limits as they are given: one that is undefined is not given. */
export type GivenLimits = { readonly [name in keyof Limits]?: Limits[name] | undefined };

export const DEFAULTS: Limits = {
  attemptTimeout: 10_000,
  retryDelay: 1_000,
  maxRetryDelay: 30_000,
  pollInterval: 30_000,
  pollAfter: 5_000,
  pollAfterFailures: 3,
  silenceTimeout: 30_000,
  probeTimeout: 5_000,
  linger: 5_000,
};

/** The longest wait that `setTimeout` knows. */
const MAX = 2 ** 31 - 1;

/**
 * The limits, with defaults for what is absent or undefined.
 *
 * @throws RangeError of a value that is none, by name
 */
export function limitsOf(given: GivenLimits): Limits {
  const limits: Record<keyof Limits, number> = { ...DEFAULTS };
  for (const name of Object.keys(DEFAULTS) as (keyof Limits)[]) {
    const { [name]: value = DEFAULTS[name] } = given;
    const least = name === 'linger' || name === 'pollAfter' ? 0 : 1;
    if (typeof value !== 'number' || !(value >= least && value <= MAX)) {
      throw new RangeError(`${name} is ${String(value)}, not a number of ${least} to ${MAX}`);
    }
    limits[name] = value;
  }
  return limits;
}
