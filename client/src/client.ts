import { backoff } from './backoff.js';
import { type Dashboard, EMPTY, fold } from './dashboard.js';
import { type Link, type LinkListener, type Refusal, socketIoLink, type Transport } from './link.js';
import { Poller } from './poller.js';
import type { DashboardEvent } from './protocol.js';
import { RestError } from './rest.js';
import { listenToSurroundings } from './surroundings.js';

/**
 * - `live`: connected, and everything that happened was told.
 * - `recovering`: on the way to it; what is shown may be old.
 * - `polling`: no connection could be made in `pollAfter` attempts; the data come by REST until one can.
 * - `offline`: neither works, or the device says that it has no network.
 * - `unauthorized`: the service does not let us in; it waits for {@link LiveClient.connect}.
 */
export type State = 'live' | 'recovering' | 'polling' | 'offline' | 'unauthorized';

export interface Status {
  readonly state: State;
  /** Why, in words for a person; empty when live. */
  readonly reason: string;
  /** Why not admitted, when the service said so: `TOKEN_EXPIRED` … */
  readonly code: string | null;
  /** When it began, in milliseconds since 1970 by this device's clock. */
  readonly since: number;
  /** When the data were last known to be true, likewise; null: never, or now, when live. */
  readonly asOf: number | null;
  /** When the next attempt to connect is made, likewise; null when one is under way or none is planned. */
  readonly retryAt: number | null;
}

export interface Snapshot {
  readonly status: Status;
  readonly dashboard: Dashboard;
}

/** Why a token is asked for. */
export interface TokenRequest {
  /** `connect`: before each attempt; `refused`: the last one was not taken; `expiring`: it ends soon. */
  readonly reason: 'connect' | 'refused' | 'expiring';
  /** What the service said, when it refused. */
  readonly code?: string;
}

/** How often what happened since the client was made. */
export interface Counts {
  connects: number;
  /** Changes that were applied. */
  events: number;
  /** Changes that came though they were held already; they are dropped. */
  duplicates: number;
  /** Times that something was missing; it is asked for. */
  gaps: number;
  polls: number;
}

export interface LiveClientOptions {
  /** Where the Socket.IO server is, such as `https://live.example.com`. */
  socketUrl: string;
  /** Where REST is; default: the page's own origin. */
  apiUrl?: string;
  /**
   * Gives the access token, or null when there is none. Asked before every attempt, when the service refused the last one, and
   * when it is about to expire. Without it the browser's cookie speaks for the user; make another client then when another user
   * signs in.
   */
  token?: (request: TokenRequest) => string | null | Promise<string | null>;
  /** Socket.IO's parser, such as that of `socket.io-msgpack-parser`; default: the built-in one. */
  parser?: unknown;
  /** Which transports may be used; default: both, WebSocket first. */
  transports?: readonly Transport[];
  /** Failed attempts before it polls. Default 3. */
  pollAfter?: number;
  /** Milliseconds between polls. Default 30,000. */
  pollInterval?: number;
  /** Milliseconds before the second retry (the first is made at once); doubled from then on. Default 1,000. */
  retryDelay?: number;
  /** Milliseconds between retries at most. Default 30,000. */
  maxRetryDelay?: number;
  /** Milliseconds that an attempt, or a call, may take. Default 10,000. */
  attemptTimeout?: number;
  /** Milliseconds of silence after which the server is asked whether it is there (it pings every 25 s). Default 30,000. */
  silenceTimeout?: number;
  /** Milliseconds that it may take to answer then. Default 5,000. */
  probeTimeout?: number;
}

/** Parts that tests replace. */
export interface Parts {
  openLink: (listener: LinkListener) => Link;
  fetch: typeof fetch;
  surroundings: typeof listenToSurroundings;
}

/** Refusals that are about the token; all but the last may be mended by another. */
const TOKEN_CODES = new Set(['TOKEN_MISSING', 'TOKEN_INVALID', 'TOKEN_EXPIRED', 'TOKEN_REVOKED', 'FORBIDDEN']);

const NO_NETWORK = 'this device has no network';

/** A connection that lasted less is not taken for a success: the next retry waits. */
const STABLE_MS = 5_000;

/**
 * Keeps one dashboard true, by a socket or, where none can be had, by polling.
 *
 * It opens nothing before {@link connect}, and leaves no timer and no listener after {@link dispose}. All that it tells, it tells
 * on the thread that made it.
 */
export class LiveClient {
  readonly counts: Counts = { connects: 0, events: 0, duplicates: 0, gaps: 0, polls: 0 };

  private readonly options: Required<Omit<LiveClientOptions, 'token' | 'parser'>> & Pick<LiveClientOptions, 'token'>;
  private readonly parts: Parts;
  private readonly link: Link;
  private readonly poller: Poller;
  private readonly listeners = new Set<() => void>();
  private readonly eventListeners = new Set<(event: DashboardEvent) => void>();
  private current: Snapshot = {
    status: { state: 'recovering', reason: 'not connected yet', code: null, since: Date.now(), asOf: null, retryAt: null },
    dashboard: EMPTY,
  };

  private phase: 'idle' | 'waiting' | 'connecting' | 'open' = 'idle';
  /** Which attempt this is: what belongs to an earlier one is dropped. */
  private attempt = 0;
  private retries = 0;
  private failures = 0;
  private transportTurn = 0;
  private openedAt = 0;
  private heardAt = 0;
  private drainMs: number | null = null;
  private token: string | null = null;
  /** What the service said to a token, until one is taken. */
  private refusal: (Refusal & { token: string | null }) | null = null;
  /** A request for state is on its way; events that do not follow are left to its answer. */
  private requested = false;
  /** The connection is new: nothing that moves the dashboard came yet. */
  private fresh = false;
  private deviceOffline = false;

  private attemptTimer: Timer = undefined;
  private retryTimer: Timer = undefined;
  private silenceTimer: Timer = undefined;
  private stopListening: (() => void) | null = null;

  constructor(options: LiveClientOptions, parts: Partial<Parts> = {}) {
    this.options = {
      apiUrl: '',
      transports: ['websocket', 'polling'],
      pollAfter: 3,
      pollInterval: 30_000,
      retryDelay: 1_000,
      maxRetryDelay: 30_000,
      attemptTimeout: 10_000,
      silenceTimeout: 30_000,
      probeTimeout: 5_000,
      ...options,
    };
    this.parts = {
      openLink: (listener) => socketIoLink(options.socketUrl, this.options.attemptTimeout, options.parser, listener),
      fetch: (...call) => fetch(...call),
      surroundings: listenToSurroundings,
      ...parts,
    };
    this.link = this.parts.openLink(this.linkListener());
    this.poller = this.newPoller();
  }

  // ---- what its users call

  /** Connects, or tries again at once. Also the way back from `unauthorized`. */
  connect(): void {
    this.stopListening ??= this.listen();
    this.refusal = null;
    this.retries = 0;
    if (this.phase === 'open') {
      this.probe();
    } else {
      this.tryNow('connecting', 'connect');
    }
  }

  /** Ends it: no timer, no listener, no connection is left. What it holds stays readable, and {@link connect} begins anew. */
  dispose(): void {
    this.shutDown();
    this.stopListening?.();
    this.stopListening = null;
    this.listeners.clear();
    this.eventListeners.clear();
  }

  /** What is held now, and how it stands. The same object until something changes. */
  snapshot(): Snapshot {
    return this.current;
  }

  /** Calls back after every change of {@link snapshot}, until the returned function is called. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Calls back with every event that was applied, in order, each once, before {@link subscribe}'s listeners. */
  onEvent(listener: (event: DashboardEvent) => void): () => void {
    this.eventListeners.add(listener);
    return () => this.eventListeners.delete(listener);
  }

  /** How old the data may be, in milliseconds: the time since the service was last heard of. Null when there are none. */
  dataAge(): number | null {
    const asOf = this.phase === 'open' && this.current.status.state === 'live' ? this.heardAt : this.current.status.asOf;
    return asOf === null ? null : Math.max(0, Date.now() - asOf);
  }

  /** Asks for the newest now, after a write for instance: by the open connection, else by polling if it polls. */
  refresh(): void {
    if (this.phase === 'open') {
      this.requestState();
    } else {
      this.poller.now();
    }
  }

  /**
   * Calls REST as this client's user.
   *
   * @throws TypeError when the service cannot be reached
   */
  async call(path: string, init: RequestInit = {}): Promise<Response> {
    const token = this.token ?? (await this.askToken({ reason: 'connect' }));
    const headers = new Headers(init.headers);
    if (token !== null) {
      headers.set('Authorization', `Bearer ${token}`);
    }
    return this.parts.fetch(this.options.apiUrl + path, {
      credentials: 'include',
      signal: AbortSignal.timeout(this.options.attemptTimeout),
      ...init,
      headers,
    });
  }

  // ---- connecting

  private tryNow(why: string, reason: TokenRequest['reason'], code?: string): void {
    clearTimeout(this.retryTimer);
    clearTimeout(this.attemptTimer);
    this.link.close();
    this.phase = 'connecting';
    const attempt = ++this.attempt;
    this.attemptTimer = setTimeout(
      () => this.failed(`no answer within ${this.options.attemptTimeout / 1000} s`),
      this.options.attemptTimeout,
    );
    this.tell(why);
    // The token first: after a night's sleep the old one has probably expired.
    this.askToken(code === undefined ? { reason } : { reason, code }).then(
      (token) => {
        if (attempt === this.attempt && this.phase === 'connecting') {
          this.open(token);
        }
      },
      (error: unknown) => {
        if (attempt === this.attempt && this.phase === 'connecting') {
          this.failed(`no access token: ${message(error)}`);
        }
      },
    );
  }

  private open(token: string | null): void {
    if (this.options.token !== undefined && token === null) {
      this.unauthorized('there is no access token', 'TOKEN_MISSING');
    } else if (token !== null && token === this.refusal?.token) {
      this.unauthorized(this.refusal.message, this.refusal.code);
    } else {
      this.taken(token);
      this.link.open(token, this.current.dashboard.revision, this.nextTransports());
      if (this.refusal !== null) {
        this.poller.now();
      }
    }
  }

  /** The next token to use. What was held is another's when the token is. */
  private taken(token: string | null): void {
    const before = this.token;
    this.token = token;
    if (token !== null && before !== null && subject(token) !== subject(before)) {
      this.poller.drop();
      this.change(EMPTY);
    }
  }

  /** A WebSocket that hangs must not stand in the way of long-polling for ever: the order turns with each failure. */
  private nextTransports(): readonly Transport[] {
    const { transports } = this.options;
    return this.transportTurn % 2 === 0 ? transports : [...transports].reverse();
  }

  private askToken(request: TokenRequest): Promise<string | null> {
    const { token } = this.options;
    return token === undefined ? Promise.resolve(null) : Promise.resolve().then(() => token(request));
  }

  private linkListener(): LinkListener {
    return {
      opened: () => this.opened(),
      refused: (refusal) => this.refused(refusal, (reason) => this.failed(reason)),
      failed: (reason) => this.failed(reason),
      closed: (reason, ended) => this.closed(reason, ended),
      event: (event) => this.received(event),
      connections: (connections) => this.change({ ...this.current.dashboard, connections }),
      expiring: () => this.refreshToken(),
      draining: (retryAfterMs) => {
        this.drainMs = retryAfterMs;
      },
      heard: () => this.heard(),
    };
  }

  private opened(): void {
    clearTimeout(this.attemptTimer);
    this.counts.connects++;
    this.phase = 'open';
    this.poller.drop();
    this.openedAt = Date.now();
    this.refusal = null;
    this.requested = false;
    this.fresh = true;
    this.drainMs = null;
    this.heard();
    this.tell('catching up');
    this.requestState();
  }

  /** Asks for another token once; a refusal that no token mends ends it; else it is a failure like others. */
  private refused({ code, message }: Refusal, otherwise: (reason: string) => void): void {
    if (!TOKEN_CODES.has(code)) {
      otherwise(message);
    } else if (code === 'FORBIDDEN' || this.refusal !== null || this.options.token === undefined) {
      this.unauthorized(message, code);
    } else {
      this.refusal = { code, message, token: this.token };
      this.tryNow(message, 'refused', code);
    }
  }

  private failed(reason: string): void {
    this.failures++;
    this.transportTurn++;
    this.retryLater(reason);
    if (this.failures >= this.options.pollAfter) {
      this.poller.start();
    }
  }

  private closed(reason: string, ended: boolean): void {
    clearTimeout(this.silenceTimer);
    if (ended) {
      this.unauthorized('the session was ended by the service', 'SESSION_ENDED');
      return;
    }
    if (Date.now() - this.openedAt >= STABLE_MS) {
      this.retries = 0;
    }
    this.retryLater(reason);
  }

  private retryLater(reason: string): void {
    clearTimeout(this.attemptTimer);
    clearTimeout(this.retryTimer);
    this.link.close();
    this.phase = 'waiting';
    const delay =
      this.drainMs === null
        ? backoff(this.retries++, this.options.retryDelay, this.options.maxRetryDelay)
        : Math.random() * this.drainMs;
    this.drainMs = null;
    this.retryTimer = setTimeout(() => this.tryNow(reason, 'connect'), delay);
    this.tell(reason, Date.now() + delay);
  }

  private unauthorized(reason: string, code: string | null): void {
    this.shutDown();
    this.setStatus('unauthorized', reason, code, null);
  }

  private shutDown(): void {
    this.attempt++;
    this.phase = 'idle';
    clearTimeout(this.attemptTimer);
    clearTimeout(this.retryTimer);
    clearTimeout(this.silenceTimer);
    this.poller.stop();
    this.link.close();
  }

  /** The tab is looked at again, the network or the machine is back: not the moment to wait for a timer. */
  private wake(): void {
    if (this.phase === 'open') {
      this.probe();
    } else if (this.phase === 'waiting') {
      this.retries = 0;
      this.tryNow(this.current.status.reason, 'connect');
    } else if (this.current.status.state === 'unauthorized') {
      this.lookForToken();
    }
    if (this.phase !== 'open') {
      this.refresh();
    }
  }

  /** Perhaps somebody signed in meanwhile, in another tab. */
  private lookForToken(): void {
    this.askToken({ reason: 'connect' }).then(
      (token) => {
        if (this.current.status.state === 'unauthorized' && token !== null && token !== this.token) {
          this.connect();
        }
      },
      () => {},
    );
  }

  private listen(): () => void {
    this.deviceOffline = this.parts.surroundings.isOffline();
    return this.parts.surroundings({
      woken: () => this.wake(),
      online: () => {
        this.deviceOffline = false;
        this.wake();
      },
      offline: () => {
        this.deviceOffline = true;
        if (this.phase !== 'idle') {
          this.tellAgain(NO_NETWORK);
        }
      },
    });
  }

  // ---- the open connection

  private heard(): void {
    this.heardAt = Date.now();
    clearTimeout(this.silenceTimer);
    this.silenceTimer = setTimeout(() => this.probe(), this.options.silenceTimeout);
  }

  /** Asks the server for a sign; a line that is dead but does not say so is given up. */
  private probe(): void {
    this.requestState(this.options.probeTimeout);
  }

  private requestState(timeout = this.options.attemptTimeout): void {
    const { revision, epoch } = this.current.dashboard;
    const attempt = this.attempt;
    this.requested = true;
    this.link.requestState(
      revision === null || epoch === null ? {} : { after: revision, epoch },
      timeout,
      (refusal) => {
        if (attempt !== this.attempt || this.phase !== 'open' || refusal === null) {
          return;
        }
        if (refusal.code === 'TIMEOUT') {
          this.closed(refusal.message, false);
        } else {
          this.requested = false;
          this.retryTimer = setTimeout(() => this.requestState(), this.options.retryDelay);
        }
      },
    );
  }

  private received(event: DashboardEvent): void {
    const { dashboard, outcome } = fold(this.current.dashboard, event, this.fresh);
    if (event.type !== 'kpi:update') {
      this.fresh = false;
    }
    switch (outcome) {
      case 'applied':
        this.applied(event);
        break;
      case 'duplicate':
        this.counts.duplicates++;
        break;
      case 'gap':
        this.missing(event);
        break;
      case 'ignored':
        return;
    }
    if (event.type === 'reconnected' && outcome === 'applied') {
      this.caughtUp(dashboard);
    } else {
      this.change(dashboard);
    }
  }

  private applied(event: DashboardEvent): void {
    if (event.type !== 'kpi:update' && event.type !== 'reconnected') {
      this.counts.events++;
    }
    for (const listener of this.eventListeners) {
      listener(event);
    }
  }

  private missing(event: DashboardEvent): void {
    if (event.type === 'reconnected') {
      // The server thinks that we have what we have not: everything, then.
      this.counts.gaps++;
      this.current = { ...this.current, dashboard: { ...this.current.dashboard, epoch: null } };
      this.requestState();
    } else if (!this.requested) {
      this.counts.gaps++;
      this.requestState();
    }
  }

  private caughtUp(dashboard: Dashboard): void {
    this.requested = false;
    this.failures = 0;
    this.transportTurn = 0;
    this.poller.stop();
    this.setStatus('live', '', null, null, dashboard);
  }

  private refreshToken(): void {
    this.askToken({ reason: 'expiring' }).then(
      (token) => {
        if (token !== null && token !== this.token && this.phase === 'open') {
          this.token = token;
          this.link.refresh(token, this.options.attemptTimeout);
        }
      },
      // It is asked for again when the session has ended.
      () => {},
    );
  }

  // ---- polling

  private newPoller(): Poller {
    return new Poller({
      interval: this.options.pollInterval,
      timeout: this.options.attemptTimeout,
      call: (path, init) => this.call(path, init),
      isHidden: () => this.parts.surroundings.isHidden(),
      held: () => this.current.dashboard,
      polled: (dashboard, changes) => this.polled(dashboard, changes),
      failed: (error) => this.pollFailed(error),
    });
  }

  private polled(dashboard: Dashboard, changes: DashboardEvent[]): void {
    this.counts.polls++;
    this.refusal = null;
    changes.forEach((event) => this.applied(event));
    this.change(dashboard, Date.now());
    this.tellAgain(this.current.status.reason);
  }

  private pollFailed(error: unknown): void {
    if (error instanceof RestError) {
      this.refused(error, (reason) => this.tellAgain(reason));
    } else {
      this.tellAgain(message(error));
    }
  }

  // ---- telling

  /** The state follows from what works; the reason is given. */
  private tell(reason: string, retryAt: number | null = null): void {
    const noWay = this.failures >= this.options.pollAfter;
    const state: State =
      this.deviceOffline || (noWay && this.poller.outcome === 'failed')
        ? 'offline'
        : noWay && this.poller.outcome === 'good'
          ? 'polling'
          : 'recovering';
    this.setStatus(state, this.deviceOffline ? NO_NETWORK : reason, null, retryAt);
  }

  private tellAgain(reason: string): void {
    this.tell(reason, this.current.status.retryAt);
  }

  private setStatus(
    state: State,
    reason: string,
    code: string | null,
    retryAt: number | null,
    dashboard = this.current.dashboard,
  ): void {
    const { status } = this.current;
    const leaves = status.state === 'live' && state !== 'live';
    const asOf = state === 'live' ? null : leaves ? this.heardAt : status.asOf;
    this.publish({
      dashboard,
      status: { state, reason, code, since: state === status.state ? status.since : Date.now(), asOf, retryAt },
    });
  }

  private change(dashboard: Dashboard, asOf = this.current.status.asOf): void {
    const { status } = this.current;
    if (dashboard !== this.current.dashboard || asOf !== status.asOf) {
      this.publish({ dashboard, status: asOf === status.asOf ? status : { ...status, asOf } });
    }
  }

  private publish(snapshot: Snapshot): void {
    this.current = snapshot;
    for (const listener of this.listeners) {
      listener();
    }
  }
}

type Timer = ReturnType<typeof setTimeout> | undefined;

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whose token it is; empty when it does not say. */
function subject(token: string): string {
  try {
    const payload = token.split('.')[1] ?? '';
    const claims = JSON.parse(atob(payload.replace(/-/g, '+').replace(/_/g, '/'))) as { userId?: string; sub?: string };
    return claims.userId ?? claims.sub ?? '';
  } catch {
    return '';
  }
}
