import { steadyClock } from './clock.js';
import type { Dashboard, Told } from './core/dashboard.js';
import { tokenOf } from './core/machine.js';
import { asOf, initial } from './core/state.js';
import { LiveError } from './errors.js';
import { socketIo } from './link.js';
import { type GivenLimits, type GiveToken, limitsOf, type Transport } from './options.js';
import { apart, listeners } from './report.js';
import { within } from './request.js';
import { given, type Parts, run, type Transition } from './runner.js';
import { browser } from './surroundings.js';
import { type Connection, connectionOf, type LiveState } from './view.js';

export interface LiveOptions extends GivenLimits {
  /** Where REST is, such as `https://live.example.com`. Default: the page's own origin. */
  url?: string | undefined;
  /** Where the Socket.IO server is. Default: `url`. */
  socketUrl?: string | undefined;
  /**
   * Gives the access token, or null when nobody is signed in. Asked before every attempt, when the service refused the last one, and when it is
   * about to expire. One that throws or takes longer than `attemptTimeout` is a failed attempt. Without it the browser's cookie speaks
   * for the user.
   */
  token?: GiveToken | undefined;
  /** Which transports may be used, the first one first; after a failure the order turns. Default: `['websocket', 'polling']`. */
  transports?: readonly Transport[] | undefined;
  /** Socket.IO's parser, such as that of `tenantlist-live-client/msgpack`. Default: the built-in one. */
  parser?: unknown;
}

/** What is shown instead of what is held. */
export type Overlay = (held: Dashboard) => Dashboard;

/** A part of what a client shows. */
export interface Selection<T> {
  get(): T;
  /** Calls back after every change of it, until the returned function is called. */
  subscribe(listener: () => void): () => void;
}

/**
 * Keeps one dashboard true, by a socket or, where none can be had, by polling, while somebody retains it. All that it tells, it tells on
 * the thread that made it; what a listener throws is reported like an uncaught error and touches nobody else. Its functions may be taken
 * from it and passed on.
 */
export interface Live {
  /** What is shown now. The same object until something changes. */
  get(): LiveState;
  /** Calls back after every change of {@link get}, until the returned function is called. */
  subscribe(listener: () => void): () => void;
  /** A part of {@link get}. @param equals when it has not changed; default: `Object.is` */
  select<T>(selector: (state: LiveState) => T, equals?: (a: T, b: T) => boolean): Selection<T>;

  /** Holds on to it: it connects, and stays so until the last who holds on calls the returned function (twice is harmless). */
  retain(): () => void;
  /** Connects at once, if somebody retains it. Also the way back from `unauthorized`, after signing in. */
  retry(): void;
  /** Ends it for good: its state is `ended`, nothing of it runs on, and who subscribed is told so. */
  end(): void;
  /**
   * When it is so for the first time from now on, also if it is now.
   *
   * @param what a state of the connection, or a condition
   * @throws LiveError with `ENDED` when the client is ended; the signal's reason when it is aborted
   */
  until(what: Connection['state'] | ((state: LiveState) => boolean), options?: { signal?: AbortSignal | undefined }): Promise<LiveState>;

  /** Calls back with every event that is applied, in order, each once, before {@link subscribe}'s listeners. */
  onEvent(listener: (told: Told) => void): () => void;

  /**
   * Calls REST as this client's user; once more with another token if the first is refused.
   *
   * @throws LiveError with `UNREACHABLE` when there is no answer within `attemptTimeout`, with `TOKEN_MISSING` when `token` gives none; the
   *     signal's reason when it is aborted
   */
  request(path: string, init?: RequestInit): Promise<Response>;
  /** Something was written: REST is asked at once, if it is what the data come by. */
  refresh(): void;
  /**
   * Shows what is held as `change` says, which is called for each dashboard, until the returned function is called; with another one,
   * that takes its place.
   */
  overlay(change: Overlay): (next?: Overlay) => void;
  /** How old the data may be, in milliseconds: the time since they were last known to be true. Null when there are none. */
  age(): number | null;
  /** The last 200 transitions, oldest first: for "copy diagnostics". No token, and nothing of what is shown. */
  diagnostics(): readonly Transition[];
}

/** @throws RangeError of an option that is none, by name */
export function createLive(options: LiveOptions = {}, replaced: Partial<Parts> = {}): Live {
  const { url = '', socketUrl = url, token, transports = ['websocket', 'polling'], parser } = options;
  if (token !== undefined && typeof token !== 'function') {
    throw new RangeError(`token is ${typeof token}, not a function`);
  }
  for (const [name, each] of Object.entries({ url, socketUrl })) {
    // In lower case: of another Socket.IO connects to a host named HTTPS.
    if (!/^\w+ (https?:|\/|$)|^socketUrl wss?:/.test(`${name} ${each}`)) {
      throw new RangeError(`${name} is '${each}', not 'https://…'`);
    }
  }
  if (transports.length === 0 || transports.some((each) => each !== 'websocket' && each !== 'polling')) {
    throw new RangeError(`transports is '${transports}', not 'websocket' or 'polling'`);
  }
  const limits = limitsOf(options);
  const api = url.replace(/\/$/, '');
  const parts: Parts = {
    openLink: socketIo(socketUrl, parser, limits.silenceTimeout),
    fetch: (...call) => fetch(...call),
    surroundings: browser,
    clock: steadyClock(),
    random: Math.random,
    ...replaced,
  };
  const changes = listeners<void>();
  const tellings = listeners<Told>();
  const first = initial(limits, {
    cookie: token === undefined,
    transports,
    hidden: parts.surroundings.isHidden(),
    offline: parts.surroundings.isOffline(),
  });
  const runner = run(first, parts, api, token, (told) => {
    told.forEach(tellings.call);
    publish();
  });

  // ---- what it shows

  let retained = 0;
  let overlays: readonly Overlay[] = [];
  let of = { dashboard: first.dashboard, overlays };
  let shown: LiveState = { ...first.dashboard, connection: connection(null) };

  function connection(before: Connection | null): Connection {
    const now = parts.clock();
    const ahead = Date.now() - now;
    return connectionOf(runner.state(), before, now, (at) => at + ahead);
  }

  function publish(): void {
    const { dashboard } = runner.state();
    const isSame = of.dashboard === dashboard && of.overlays === overlays;
    const how = connection(shown.connection);
    if (isSame && how === shown.connection) {
      return;
    }
    of = { dashboard, overlays };
    let next: Dashboard = isSame ? shown : dashboard;
    // One that throws is as if it were not there.
    (isSame ? [] : overlays).forEach((change) => apart(() => (next = change(next))));
    shown = { ...next, connection: how };
    changes.call();
  }

  return {
    get: () => shown,
    subscribe: changes.add,
    select(selector, equals = Object.is) {
      let state = shown;
      let selected = selector(state);
      const get = () => {
        if (state !== shown) {
          const next = selector(shown);
          state = shown;
          selected = equals(selected, next) ? selected : next;
        }
        return selected;
      };
      return {
        get,
        subscribe(listener) {
          let last = get();
          return changes.add(() => {
            if (!Object.is(last, get())) {
              last = get();
              listener();
            }
          });
        },
      };
    },

    retain() {
      let held = true;
      if (++retained === 1) {
        runner.dispatch({ type: 'retain' });
      }
      return () => {
        if (held) {
          // First of all: who is told of it may let go again.
          held = false;
          if (--retained === 0) {
            runner.dispatch({ type: 'release' });
          }
        }
      };
    },
    retry: () => runner.dispatch({ type: 'retry' }),
    end: () => runner.dispatch({ type: 'end' }),
    until(what, { signal } = {}) {
      const isSo = typeof what !== 'function' ? (state: LiveState) => state.connection.state === what : what;
      return new Promise((resolve, reject) => {
        const look = () => {
          try {
            if (!isSo(shown)) {
              signal?.throwIfAborted();
              if (shown.connection.state !== 'ended') {
                return;
              }
              throw new LiveError('ENDED', 'the client was ended');
            }
            resolve(shown);
          } catch (error) {
            reject(error);
          }
          stop();
          signal?.removeEventListener('abort', look);
        };
        const stop = changes.add(look);
        signal?.addEventListener('abort', look);
        look();
      });
    },

    onEvent: tellings.add,

    async request(path, init = {}) {
      const headers = new Headers(init.headers);
      // For whom it is meant: a cookie, or what the callback gives, may be another's by now.
      if (retained && shown.owner && !headers.has('X-Live-User')) {
        headers.set('X-Live-User', shown.owner);
      }
      const send = (reason: 'connect' | 'refused') =>
        within(limits.attemptTimeout, init.signal, async (signal) => {
          if (token !== undefined) {
            const used = (reason === 'connect' && retained && tokenOf(runner.state())) || (await given(token, { reason, signal }));
            if (used === null) {
              // A cookie that is there may be anybody's.
              throw new LiveError('TOKEN_MISSING', 'no access token');
            }
            headers.set('Authorization', `Bearer ${used}`);
          }
          const response = await parts.fetch(api + path, { credentials: 'include', ...init, headers, signal });
          // All of it in time, not its head alone.
          return !response.body ? response : new Response(await response.arrayBuffer(), response);
        });
      const response = await send('connect');
      if (response.status === 409) {
        // The session may be another user's by now: it is looked at.
        runner.dispatch({ type: 'retry' });
      }
      return response.status === 401 && token !== undefined ? send('refused') : response;
    },
    refresh: () => runner.dispatch({ type: 'refresh' }),
    overlay(change) {
      overlays = [...overlays, change];
      publish();
      return (next) => {
        overlays = overlays.flatMap((each) => (each === change ? (next ?? []) : each));
        change = next ?? change;
        publish();
      };
    },
    age() {
      const at = asOf(runner.state());
      return at === null ? null : Math.max(0, parts.clock() - at);
    },
    diagnostics: () => [...runner.transitions],
  };
}
