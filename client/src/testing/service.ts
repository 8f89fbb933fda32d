import type { Question } from '../core/machine.js';
import type { LinkHappening, Refusal } from '../core/state.js';
import type { Link, OpenLink } from '../link.js';
import type { ChangeEvent, DashboardBusiness, KpiEvent, Kpis, Metrics } from '../protocol.js';
import type { Parts } from '../runner.js';
import type { Surrounding, Surroundings } from '../surroundings.js';
import { answerTo, type ServiceRequest } from './http.js';
import { type BusinessChanges, type GivenBusiness, Tenant } from './tenant.js';

/** How sockets go. `good`; `fails`: no answer at once; `swallows`: no answer ever; `mute`: opens, and says nothing more. */
export type SocketMode = 'good' | 'fails' | 'swallows' | 'mute';

/**
 * How REST goes. `good`; `fails`: cannot be reached; `hangs`: no answer ever; `loses`: a write is done and its answer is lost; `busy`: 503 with
 * `Retry-After: 1`.
 */
export type RestMode = 'good' | 'fails' | 'hangs' | 'loses' | 'busy';

interface Line {
  readonly userId: string;
  readonly tell: (happening: LinkHappening) => void;
  mode: SocketMode;
  /** It has asked for state: what is written is sent. */
  follows: boolean;
}

/** The user that a service begins with. */
export const USER = '00000000-0000-4000-8000-000000000001';

/**
 * A service in memory. What it answers comes in a microtask, in order, by no timer: `await live.until('live')` is all that a test waits for.
 * Writes are shown on every open dashboard of the user that is signed in.
 */
export class TestService {
  /** What REST was asked, oldest first. */
  readonly requests: ServiceRequest[] = [];
  /** How many sockets were ever opened. */
  sockets = 0;
  private readonly tenants = new Map<string, Tenant>();
  private readonly lines = new Set<Line>();
  private readonly listeners = new Set<(what: Surrounding) => void>();
  private readonly answers = new Map<string, Answered>();
  private user: string | null;
  private refused: (Refusal & { readonly token: string | null }) | null = null;
  private socketMode: SocketMode = 'good';
  private restMode: RestMode = 'good';
  private restDelay = 0;
  private socketLag = 0;
  private unanswered: (() => void)[] | null = null;
  private isOffline = false;
  private isHidden = false;

  constructor({ user = USER, businesses = [], kpis = {} }: { user?: string; businesses?: readonly GivenBusiness[]; kpis?: Partial<Kpis> } = {}) {
    this.user = user;
    this.tenants.set(user, this.tenant(user, businesses, kpis));
  }

  // ---- what is written

  /** A business is created; what is absent in `fields` is made up. */
  create(fields: GivenBusiness = {}): DashboardBusiness {
    return this.current.create(fields);
  }

  /** A business is changed elsewhere. One that says the same as before writes no event. @throws RangeError when it is not there */
  update(id: string, changes: BusinessChanges): DashboardBusiness {
    return this.current.update(id, changes);
  }

  /** A business is deleted elsewhere. @throws RangeError when it is not there */
  remove(id: string): void {
    this.current.remove(id);
  }

  /** Adds to a business's counts of a day. @throws RangeError when it is not there */
  count(id: string, counts: Partial<Metrics>, day = '2026-01-01'): void {
    this.current.count(id, counts, day, false);
  }

  /** The KPIs are corrected to these, which is a revision by itself. */
  rebuild(kpis: Partial<Kpis>): void {
    this.current.rebuild(kpis);
  }

  /** The tenant's revision now: 0, 1, 2 … */
  get revision(): number {
    return this.current.revision;
  }

  /** The journal forgets what is in it. */
  prune(): void {
    this.current.prune();
  }

  /** A backup is restored: another history, at the same revision. Open sockets are cut. @param change what is another in it */
  restore(change: (tenant: { businesses: readonly DashboardBusiness[] }) => void = () => {}): void {
    this.current.renew();
    change(this.current);
    this.cut();
  }

  // ---- who is there

  /** Another user signs in, by the cookie; null: signs out. Open sockets stay, as they do. */
  signIn(user: string | null, businesses: readonly GivenBusiness[] = []): void {
    this.user = user;
    if (user !== null && !this.tenants.has(user)) {
      this.tenants.set(user, this.tenant(user, businesses, {}));
    }
  }

  /** A token that this service takes for the user, for a `token` callback. */
  tokenOf(user: string, serial = 0): string {
    return `test.${btoa(JSON.stringify({ userId: user, serial }))}.`;
  }

  /**
   * Lets nobody in, with such a code (`TOKEN_EXPIRED`, `FORBIDDEN`, `SERVER_BUSY` …), and cuts open sockets; until {@link admit}.
   *
   * @param token only who comes with it is refused
   */
  refuse(code: string, token: string | null = null): void {
    this.refused = { code, message: `refused: ${code}`, token };
    this.cut();
  }

  /** Lets everybody in again. */
  admit(): void {
    this.refused = null;
  }

  // ---- faults

  /** The device loses its network: open sockets fall silent, REST cannot be reached. */
  goOffline(): void {
    this.isOffline = true;
    this.lines.forEach((line) => (line.mode = 'swallows'));
    this.says('offline');
  }

  /** The device has its network again; sockets that were open are dead. */
  comeBack(): void {
    this.isOffline = false;
    this.cut();
    this.says('online');
  }

  /** How sockets go from now on; with all but `fails`, open ones too. */
  socket(mode: SocketMode): void {
    this.socketMode = mode;
    if (mode !== 'fails') {
      this.lines.forEach((line) => (line.mode = mode));
    }
  }

  /** How REST goes from now on. */
  rest(mode: RestMode): void {
    this.restMode = mode;
  }

  /** REST's answers take so many milliseconds from now on. */
  delays(milliseconds: number): void {
    this.restDelay = milliseconds;
  }

  /** What a socket brings takes so many milliseconds from now on. */
  lags(milliseconds: number): void {
    this.socketLag = milliseconds;
  }

  /** Open sockets are closed. @param ended the service wants them to stay away, as after a revocation */
  cut(ended = false): void {
    this.lines.forEach((line) => this.last(line, { type: 'linkClosed', message: 'the connection was lost', ended }));
  }

  /** The service says how many devices have the dashboard open. */
  devices(devices: number): void {
    this.lines.forEach((line) => this.send(line, { type: 'devices', devices }));
  }

  /** The service says that it goes away, and cuts its sockets. @param retryAfterMs when it wants its clients back */
  drain(retryAfterMs: number): void {
    this.lines.forEach((line) => this.send(line, { type: 'draining', retryAfterMs }));
    this.cut();
  }

  /** The service cannot see what changes any more, says that what it sent may be so old, and answers no socket until {@link sees}. */
  blind(staleMs: number): void {
    this.unanswered ??= [];
    for (const line of this.lines) {
      line.follows = false;
      this.send(line, { type: 'stale', staleMs });
    }
  }

  /** It sees what changes again, and answers. */
  sees(): void {
    const waiting = this.unanswered ?? [];
    this.unanswered = null;
    waiting.forEach((answer) => answer());
  }

  /** The session's token ends soon. */
  expire(): void {
    this.lines.forEach((line) => this.send(line, { type: 'expiring' }));
  }

  /** The browser says so, whatever is true. `woken`: somebody looks at the page again; `hidden`: nobody does. */
  says(what: Surrounding): void {
    this.isHidden = what === 'hidden' || (this.isHidden && what !== 'woken');
    [...this.listeners].forEach((listener) => listener(what));
  }

  /** How many sockets are open, or on their way. */
  get open(): number {
    return this.lines.size;
  }

  /** What a client runs on, for `createLive(options, parts)`. */
  parts(): Partial<Parts> {
    return { openLink: this.openLink, fetch: this.fetch, surroundings: this.surroundings, random: () => 0.5 };
  }

  // ---- the socket

  private readonly openLink: OpenLink = (token, _transports, tell): Link => {
    this.sockets++;
    const who = this.userOf(token);
    const line: Line = { userId: typeof who === 'string' ? who : '', tell, mode: this.isOffline ? 'swallows' : this.socketMode, follows: false };
    this.lines.add(line);
    if (line.mode === 'fails') {
      this.last(line, { type: 'linkFailed', message: 'the server cannot be reached' });
    } else if (line.mode !== 'swallows') {
      if (typeof who === 'string') {
        queueMicrotask(() => this.lines.has(line) && tell({ type: 'linkOpened' }));
      } else {
        this.last(line, { type: 'linkRefused', ...who });
      }
    }
    return {
      ask: (question) => this.catchUp(line, question),
      refresh: () => this.send(line, { type: 'heard' }),
      close: () => this.lines.delete(line),
    };
  };

  private catchUp(line: Line, question: Question): void {
    if (this.unanswered !== null) {
      this.unanswered.push(() => this.catchUp(line, question));
      return;
    }
    const tenant = this.tenants.get(line.userId) as Tenant;
    const missed = question !== null && question.epoch === tenant.epoch ? tenant.after(question.after) : null;
    missed?.forEach((event) => this.send(line, { type: 'event', event }));
    this.send(line, { type: 'event', event: tenant.reconnected(missed !== null) });
    line.follows = true;
  }

  private send(line: Line, happening: LinkHappening): void {
    if (line.mode === 'good') {
      // As it travels: nothing in it is the same object on the other side.
      const copy = JSON.parse(JSON.stringify(happening)) as LinkHappening;
      const arrives = () => this.lines.has(line) && line.tell(copy);
      if (this.socketLag > 0) {
        setTimeout(arrives, this.socketLag);
      } else {
        queueMicrotask(arrives);
      }
    }
  }

  private last(line: Line, happening: LinkHappening): void {
    queueMicrotask(() => this.lines.delete(line) && line.tell(happening));
  }

  // ---- REST

  private readonly fetch: typeof fetch = async (input, init = {}) => {
    // Not every environment of tests lowers their names.
    const headers = Object.fromEntries([...new Headers(init.headers)].map(([name, value]) => [name.toLowerCase(), value]));
    const request: ServiceRequest = {
      method: init.method ?? 'GET',
      path: String(input),
      headers,
      body: typeof init.body === 'string' ? JSON.parse(init.body) : null,
    };
    this.requests.push(request);
    if (this.isOffline || this.restMode === 'fails') {
      throw new TypeError('fetch failed');
    }
    if (this.restMode === 'hangs') {
      return new Promise<never>((_, reject) => init.signal?.addEventListener('abort', () => reject(init.signal?.reason)));
    }
    if (this.restMode === 'busy') {
      return respond(503, { success: false, error: { code: 'SERVER_BUSY', message: 'busy' } }, { 'Retry-After': '1' });
    }
    const who = this.userOf(headers['authorization']?.replace('Bearer ', '') ?? null);
    if (typeof who !== 'string') {
      return respond(who.code === 'FORBIDDEN' ? 403 : who.code === 'SERVER_BUSY' ? 503 : 401, { success: false, error: who });
    }
    if ((headers['x-live-user'] ?? who) !== who) {
      return respond(409, { success: false, error: { code: 'USER_MISMATCH', message: `the session is of user ${who}` } });
    }
    const { status, body } = this.once(who, request);
    if (this.restMode === 'loses' && request.method !== 'GET') {
      throw new TypeError('fetch failed');
    }
    const { epoch, revision } = this.tenants.get(who) as Tenant;
    if (this.restDelay > 0) {
      await new Promise((resolve) => setTimeout(resolve, this.restDelay));
      init.signal?.throwIfAborted();
    }
    return respond(status, body, request.method !== 'GET' && status < 300 ? { 'X-Live-Revision': `${epoch}-${revision}` } : {});
  };

  /** A write that is sent again with its key is not done twice. */
  private once(user: string, request: ServiceRequest): Answered['answer'] {
    const tenant = this.tenants.get(user) as Tenant;
    const key = request.headers['idempotency-key'];
    const of = JSON.stringify([request.method, request.path, request.body]);
    const before = key === undefined ? undefined : this.answers.get(`${user} ${key}`);
    if (before !== undefined) {
      return before.of === of
        ? before.answer
        : { status: 422, body: { success: false, error: { code: 'IDEMPOTENCY_KEY_REUSED', message: 'the key was used for another request' } } };
    }
    const answer = answerTo(tenant, request);
    if (key !== undefined && answer.status < 300) {
      this.answers.set(`${user} ${key}`, { of, answer });
    }
    return answer;
  }

  // ---- who, and where

  private get current(): Tenant {
    const tenant = this.tenants.get(this.user ?? '');
    if (tenant === undefined) {
      throw new Error('nobody is signed in');
    }
    return tenant;
  }

  private userOf(token: string | null): string | Refusal {
    const { refused } = this;
    if (refused !== null && (refused.token === null || refused.token === token)) {
      return { code: refused.code, message: refused.message };
    }
    if (token === null) {
      return this.user ?? { code: 'TOKEN_MISSING', message: 'there is no access token' };
    }
    try {
      const { userId } = JSON.parse(atob(token.split('.')[1] ?? '')) as { userId: string };
      return this.tenants.has(userId) ? userId : { code: 'TOKEN_INVALID', message: `there is no user ${userId}` };
    } catch {
      return { code: 'TOKEN_INVALID', message: 'the token is none of this service' };
    }
  }

  private tenant(user: string, businesses: readonly GivenBusiness[], kpis: Partial<Kpis>): Tenant {
    const changed = (event: ChangeEvent | KpiEvent) => {
      for (const line of this.lines) {
        if (line.userId === user && line.follows) {
          this.send(line, { type: 'event', event });
          const { kpis, revision } = tenant;
          this.send(line, { type: 'event', event: { type: 'kpi:update', kpis, revision, timestamp: event.timestamp } });
        }
      }
    };
    const tenant = new Tenant(user, businesses, kpis, changed);
    return tenant;
  }

  private readonly surroundings: Surroundings = {
    listen: (tell) => {
      this.listeners.add(tell);
      return () => this.listeners.delete(tell);
    },
    isHidden: () => this.isHidden,
    isOffline: () => this.isOffline,
  };
}

interface Answered {
  readonly of: string;
  readonly answer: { readonly status: number; readonly body: object };
}

const respond = (status: number, body: object, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json', ...headers } });
