import { businessOf, type Dashboard } from '../src/core/dashboard.js';
import { type Effect, type Question, step, wants } from '../src/core/machine.js';
import { type Answer, asOf, conditionOf, type Failure, type Happening, initial, type State, type TimerName } from '../src/core/state.js';
import { DEFAULTS } from '../src/options.js';
import type { Business, ChangeEvent, DashboardBusiness, DashboardEvent, KpiEvent, Kpis } from '../src/protocol.js';

/*
 * The machine against a service that is two tenants' journals, a line and a REST that do what the schedule says, and a clock that only
 * the schedule moves. After every step what is shown is compared with the journals.
 */

export type User = 'a' | 'b';

/** What one can do to the world. */
export type Move =
  | { do: 'pass'; ms: number }
  | { do: 'write'; user: User; kind: 'create' | 'update' | 'metrics' | 'delete' | 'kpis'; n: number }
  | { do: 'retain' | 'release' | 'retry' | 'refresh' | 'woken' | 'hidden' | 'online' | 'offline' }
  /** One who writes again and again: `refresh` so often, with a while after each. */
  | { do: 'busy'; times: number; ms: number }
  /** The machine sleeps: no timer rings, and the line is dead after it. */
  | { do: 'sleep'; ms: number }
  /** The socket: lets in; swallows all; refuses; opens and says nothing; opens and dies; is cut off without a word. */
  | { do: 'line'; is: LineMode }
  /** The open line is closed; or the service ends it. */
  | { do: 'cut' }
  | { do: 'kick' }
  | { do: 'drain'; ms: number }
  | { do: 'stale'; ms: number }
  | { do: 'rest'; is: RestMode }
  /** Another signs in: the cookie, or what `token` gives, is theirs from now on. */
  | { do: 'session'; user: User | null }
  | { do: 'tokens'; are: 'good' | 'hang' | 'throw' | 'refused' }
  | { do: 'expiring' }
  /** A backup is restored: another history, some revisions back. */
  | { do: 'restore'; user: User; back: number };

export type LineMode = 'good' | 'swallows' | 'fails' | 'mute' | 'dies' | 'freezes' | 'busy' | 'liar';
export type RestMode = 'good' | 'slow' | 'fails' | 'hangs' | 'prunes' | 'pages';

const KPIS: Kpis = { activeBusinesses: 0, responseRate: 0, landlordViews: 0, messagesTotal: 0 };
const NO_METRICS = { views_count: 0, clicks_count: 0, property_invites_count: 0, declined_count: 0, messages_count: 0, qfps_submitted_count: 0 };
const LIMITS = { ...DEFAULTS };
const PING = 25_000;
/** What answers to nobody. */
const OF_NOTHING: Happening = { type: 'tokenFailed', id: -1, message: 'of nothing' };
/** How long a message travels at most. */
const TRAVEL = 40;
const SLOW_REST = 6_000;

interface Version {
  readonly businesses: readonly DashboardBusiness[];
  readonly kpis: Kpis;
  readonly event: ChangeEvent | KpiEvent | null;
  readonly at: number;
}

/** A tenant's history: what was true at each revision. */
class Tenant {
  epoch = 1;
  readonly histories = new Map<string, Version[]>();

  constructor(readonly user: User) {
    this.histories.set(this.name, [{ businesses: [], kpis: KPIS, event: null, at: 0 }]);
  }

  get name(): string {
    return `${this.user}-e${this.epoch}`;
  }

  get versions(): Version[] {
    return this.histories.get(this.name) as Version[];
  }

  get revision(): number {
    return this.versions.length - 1;
  }

  get newest(): Version {
    return this.versions[this.revision] as Version;
  }

  write(kind: (Move & { do: 'write' })['kind'], n: number, at: number): void {
    const { businesses } = this.newest;
    const revision = this.revision + 1;
    const stamp = { revision, timestamp: new Date(at).toISOString() };
    const target = businesses.length === 0 ? undefined : businesses[n % businesses.length];
    let event: ChangeEvent | KpiEvent;
    let after = businesses;
    if (kind === 'kpis') {
      event = { type: 'kpi:update', kpis: kpisAt(revision), rebuilt: true, ...stamp };
    } else if (kind === 'create' || target === undefined) {
      const business: Business = {
        id: `${this.user}${this.epoch}-${revision}`,
        user_id: this.user,
        name: `${this.user} ${revision}`,
        category: null,
        status: 'active',
        is_verified: false,
        version: `v${revision}`,
      };
      event = { type: 'business:created', business, ...stamp };
      after = [...businesses, { ...business, metrics: NO_METRICS }];
    } else if (kind === 'delete') {
      event = { type: 'business:deleted', businessId: target.id, ...stamp };
      after = businesses.filter(({ id }) => id !== target.id);
    } else if (kind === 'update') {
      const { metrics, ...old } = target;
      const business = { ...old, name: `${this.user} ${revision}`, version: `v${revision}` };
      event = { type: 'business:updated', business, ...stamp };
      after = businesses.map((each) => (each.id === target.id ? { ...business, metrics } : each));
    } else {
      const metrics = { ...NO_METRICS, views_count: revision };
      event = { type: 'metrics:updated', businessId: target.id, metrics, ...stamp };
      after = businesses.map((each) => (each.id === target.id ? { ...each, metrics } : each));
    }
    this.versions.push({ businesses: after, kpis: kpisAt(revision), event, at });
  }

  restore(back: number): void {
    const kept = this.versions.slice(0, Math.max(1, this.versions.length - back));
    this.epoch++;
    this.histories.set(this.name, kept);
  }
}

const kpisAt = (revision: number): Kpis => ({ ...KPIS, landlordViews: revision });

interface Line {
  readonly id: number;
  readonly user: User;
  /** What is sent and the client gets, in order. */
  cursor: number | null;
  epoch: string;
  /** Nothing gets through any more. */
  frozen: boolean;
  sentAt: number;
}

export class Broken extends Error {}

const must = (holds: boolean, what: () => string): void => {
  if (!holds) {
    throw new Broken(what());
  }
};

export class Simulation {
  now = 1_000;
  steps = 0;
  state: State;
  private readonly tenants = { a: new Tenant('a'), b: new Tenant('b') };
  private session: User | null = 'a';
  private lineMode: LineMode = 'good';
  private restMode: RestMode = 'good';
  private tokens: (Move & { do: 'tokens' })['are'] = 'good';
  private tokenSerial = 0;
  private line: Line | null = null;
  private fetchId: number | null = null;
  private tokenId: number | null = null;
  private askId: number | null = null;
  private readonly timers = new Map<TimerName, number>();
  private queue: { at: number; order: number; run: () => void }[] = [];
  private order = 0;
  private lastArrival = 0;
  private readonly toldKeys = new Set<string>();
  private shown: Dashboard;
  /** Since when everything that polling needs has worked. */
  private pollable: number | null = null;
  /** Since when it has said that it polls, and somebody looks. */
  private pollsSince: number | null = null;
  /** The cookie is another's, and somebody has looked since; since when REST would say so. */
  private looked = false;
  private tellable: number | null = null;
  private fetchedAt = -Infinity;
  private retained = 0;
  private hidden = false;
  private offline = false;
  /** When attempts were begun since somebody looked, signed in or was refused, or a line lasted. */
  private attempts: number[] = [];
  private triedAt = -Infinity;
  /** Tokens that were asked for because one was refused, since the service let somebody in. */
  private renewals = 0;
  private releasedAt: number | null = 0;
  private readonly randoms: () => number;

  constructor(
    private readonly cookie: boolean,
    seed: number,
  ) {
    let x = seed >>> 0 || 1;
    // Xorshift (G. Marsaglia, 2003).
    this.randoms = () => {
      x ^= x << 13;
      x ^= x >>> 17;
      x ^= x << 5;
      return (x >>> 0) / 2 ** 32;
    };
    this.state = initial(LIMITS, { cookie, transports: ['websocket', 'polling'], hidden: false, offline: false });
    this.shown = this.state.dashboard;
  }

  /** No server has lied, no history was left, nobody else has signed in: what was missed can be told event by event. */
  private trusted = true;

  // ---- the schedule

  move(move: Move): void {
    this.trusted &&= move.do !== 'restore' && move.do !== 'session' && !(move.do === 'line' && move.is === 'liar');
    switch (move.do) {
      case 'pass':
        this.pass(move.ms);
        break;
      case 'write':
        this.tenants[move.user].write(move.kind, move.n, this.now);
        this.deliver();
        break;
      case 'retain':
        this.retained++;
        this.releasedAt = null;
        if (this.retained === 1) {
          this.input({ type: 'retain' });
        }
        break;
      case 'release':
        if (this.retained > 0 && --this.retained === 0) {
          this.releasedAt = this.now;
          this.input({ type: 'release' });
        }
        break;
      case 'line':
        this.lineMode = move.is;
        if (this.line !== null) {
          this.line.frozen ||= move.is === 'freezes' || move.is === 'swallows';
        }
        break;
      case 'cut':
        this.cut('cut', false);
        break;
      case 'kick':
        this.cut('kicked', true);
        break;
      case 'drain':
        if (this.line !== null) {
          this.send(this.line, (id) => ({ type: 'draining', id, retryAfterMs: move.ms }));
          this.cut('drained', false);
        }
        break;
      case 'stale':
        if (this.line !== null) {
          this.send(this.line, (id) => ({ type: 'stale', id, staleMs: move.ms }));
        }
        break;
      case 'rest':
        this.restMode = move.is;
        break;
      case 'busy':
        for (let i = 0; i < move.times; i++) {
          this.input({ type: 'refresh' });
          this.pass(move.ms);
        }
        break;
      case 'sleep': {
        this.now += move.ms;
        // No time in which anything could have been done.
        this.pollable = this.pollsSince = this.tellable = null;
        this.releasedAt = this.releasedAt === null ? null : this.now;
        if (this.line !== null) {
          this.line.frozen = true;
        }
        // The next timer that rings: the runner sets none for longer than some seconds.
        const timer = this.timers.has('linkBy') ? 'linkBy' : [...this.timers.keys()][0];
        if (timer !== undefined) {
          this.timers.delete(timer);
          this.input({ type: 'timer', timer });
        }
        break;
      }
      case 'session':
        this.session = move.user;
        this.looked = false;
        if (!this.cookie) {
          // Whoever signs in by a token connects with it.
          this.input({ type: 'retry' });
        }
        break;
      case 'tokens':
        this.tokens = move.are;
        break;
      case 'hidden':
      case 'woken':
        this.hidden = move.do === 'hidden';
        this.input({ type: move.do });
        break;
      case 'offline':
      case 'online':
        this.offline = move.do === 'offline';
        this.input({ type: move.do });
        break;
      case 'expiring':
        if (this.line !== null) {
          this.send(this.line, (id) => ({ type: 'expiring', id }));
        }
        break;
      case 'restore':
        this.tenants[move.user].restore(move.back);
        this.deliver();
        break;
      default:
        this.input({ type: move.do });
    }
    this.looked ||= move.do === 'woken' || move.do === 'retry';
    this.watch();
  }

  /** All faults end, somebody looks, and a while passes: then it is live, and true. */
  heal(): void {
    this.lineMode = 'good';
    this.restMode = 'good';
    this.tokens = 'good';
    this.session ??= 'a';
    this.cut('healed', false);
    if (this.retained === 0) {
      this.move({ do: 'retain' });
    }
    this.move({ do: 'online' });
    this.move({ do: 'woken' });
    this.move({ do: 'retry' });
    this.pass(90_000);
    const { dashboard } = this.state;
    must(conditionOf(this.state) === 'live', () => `not healed: ${conditionOf(this.state)}, ${JSON.stringify(this.state.link)}, ${this.state.reason}`);
    const tenant = this.tenants[this.session];
    must(dashboard.owner === this.session, () => `healed as ${dashboard.owner}, signed in is ${this.session}`);
    must(dashboard.epoch === tenant.name && dashboard.revision === tenant.revision, () => `healed at ${dashboard.epoch}:${dashboard.revision}, true is ${tenant.name}:${tenant.revision}`);
    must(dashboard.kpiRevision === tenant.revision, () => `healed with KPIs of ${dashboard.kpiRevision}`);
  }

  /** The last holder lets go, and nothing runs on. */
  leave(): void {
    while (this.retained > 0) {
      this.move({ do: 'release' });
    }
    this.pass(LIMITS.linger + 1);
    this.pass(60_000);
  }

  private pass(ms: number): void {
    const until = this.now + ms;
    for (;;) {
      let next = until;
      let what: (() => void) | null = null;
      for (const [timer, due] of this.timers) {
        if (due <= next) {
          next = due;
          what = () => {
            this.timers.delete(timer);
            this.input({ type: 'timer', timer });
          };
        }
      }
      const first = this.queue[0];
      if (first !== undefined && first.at <= next) {
        next = first.at;
        what = () => {
          this.queue.shift();
          first.run();
        };
      }
      if (this.line !== null && !this.line.frozen && this.line.sentAt + PING <= next) {
        const { line } = this;
        next = line.sentAt + PING;
        what = () => this.send(line, (id) => ({ type: 'heard', id }));
      }
      this.now = Math.max(this.now, next);
      if (what === null) {
        break;
      }
      what();
      this.watch();
    }
    this.watch();
  }

  private at(delay: number, run: () => void): void {
    const entry = { at: this.now + delay, order: this.order++, run };
    const place = this.queue.findIndex(({ at }) => at > entry.at);
    this.queue.splice(place < 0 ? this.queue.length : place, 0, entry);
  }

  // ---- the machine

  /** @param isWanted false: of a socket, request or token that was ended; it must change no more than time alone does */
  private input(what: Happening, isWanted = true): void {
    const before = this.state;
    const when = { now: this.now, random: this.randoms() };
    const happening = isWanted ? what : OF_NOTHING;
    const [state, effects] = step(before, { ...happening, ...when });
    this.steps++;
    must(isWanted || same([state, effects], step(before, { ...what, ...when })), () => `${JSON.stringify(what)} came too late, and counted at ${this.now}`);
    this.state = state;
    this.count(before, happening, effects);
    this.perform(effects);
    this.check(before, happening);
  }

  private perform(effects: readonly Effect[]): void {
    for (const effect of effects) {
      switch (effect.type) {
        case 'setTimer':
          this.timers.set(effect.timer, Math.max(this.now, effect.due));
          break;
        case 'clearTimer':
          this.timers.delete(effect.timer);
          break;
        case 'openLink':
          must(this.line === null, () => 'two lines');
          this.open(effect.id, effect.token);
          break;
        case 'closeLink':
          this.line = null;
          break;
        case 'ask':
          this.askId = effect.id;
          this.answerAsk(effect.id, effect.question);
          break;
        case 'dropAsk':
          this.askId = null;
          break;
        case 'fetch':
          must(this.fetchId === null, () => 'two requests by REST');
          this.fetchId = effect.id;
          this.fetchedAt = this.now;
          this.answerFetch(effect.id, effect.token, effect.question);
          break;
        case 'dropFetch':
          this.fetchId = null;
          break;
        case 'askToken':
          must(this.tokenId === null, () => 'two tokens are asked for');
          must(!this.cookie, () => 'a token is asked for, and there is a cookie');
          this.tokenId = effect.id;
          this.giveToken(effect.id);
          break;
        case 'dropToken':
          this.tokenId = null;
          break;
        case 'refreshLink':
          must(this.line !== null, () => 'no line to refresh');
          break;
        case 'tell':
          this.hear(effect);
          break;
      }
    }
  }

  // ---- the service

  private giveToken(id: number): void {
    const { tokens, session } = this;
    const answer = (happening: Happening) => this.at(5, () => this.input(happening, this.tokenId === id));
    if (tokens === 'throw') {
      answer({ type: 'tokenFailed', id, message: 'thrown' });
    } else if (tokens !== 'hang') {
      const token = session === null ? null : tokens === 'refused' ? `bad-${session}` : `good-${session}-${++this.tokenSerial}`;
      answer({ type: 'tokenGiven', id, token, owner: session });
    }
  }

  /** Whose request it is, or why it is refused. */
  private userOf(token: string | null): User | { code: string; message: string } {
    if (this.cookie) {
      return this.session === null || this.tokens === 'refused' ? { code: 'TOKEN_MISSING', message: 'no cookie' } : this.session;
    }
    return token === null || token.startsWith('bad') ? { code: 'TOKEN_EXPIRED', message: 'expired' } : (token.split('-')[1] as User);
  }

  private open(id: number, token: string | null): void {
    const mode = this.lineMode;
    const user = this.userOf(token);
    const line: Line = { id, user: typeof user === 'string' ? user : 'a', cursor: null, epoch: '', frozen: false, sentAt: this.now };
    this.line = line;
    this.lastArrival = this.now;
    if (mode === 'swallows' || mode === 'freezes') {
      line.frozen = true;
    } else if (mode === 'fails') {
      this.send(line, () => ({ type: 'linkFailed', id, message: 'refused' }));
    } else if (typeof user !== 'string') {
      this.send(line, () => ({ type: 'linkRefused', id, ...user }));
    } else {
      this.send(line, () => ({ type: 'linkOpened', id }));
      if (this.randoms() < 0.5) {
        this.send(line, () => this.devices(line));
      }
      // As the service does for a session that does not recover: KPIs at once, ahead of all events.
      this.send(line, () => this.kpis(line, this.tenants[line.user].revision));
      // It begins by itself when the client's request takes its time; what the request brings comes behind that.
      this.at(TRAVEL / 2, () => {
        if (this.line === line && line.cursor === null) {
          const tenant = this.tenants[line.user];
          line.cursor = tenant.revision;
          line.epoch = tenant.name;
        }
      });
      if (mode === 'dies') {
        this.at(TRAVEL + this.randoms() * 1_000, () => this.line === line && this.cut('died', false));
      }
    }
  }

  /** In order, each with its travelling time; what is on its way when the line ends is lost. */
  private send(line: Line, message: (id: number) => Happening): void {
    if (line.frozen) {
      return;
    }
    line.sentAt = this.now;
    const arrives = Math.max(this.lastArrival, this.now + 1 + this.randoms() * (TRAVEL - 1));
    this.lastArrival = arrives;
    const happening = message(line.id);
    this.at(arrives - this.now, () => {
      if (!line.frozen) {
        this.input(happening, this.line === line);
      }
    });
  }

  private cut(message: string, ended: boolean): void {
    const { line } = this;
    if (line !== null) {
      this.line = null;
      this.input({ type: 'linkClosed', id: line.id, message, ended });
    }
  }

  /** Below 100 of user a, above it of b. */
  private devices({ id, user }: Line): Happening {
    return { type: 'devices', id, devices: (user === 'a' ? 1 : 101) + Math.floor(this.randoms() * 5) };
  }

  private kpis(line: Line, revision: number): Happening {
    const { versions } = this.tenants[line.user];
    return {
      type: 'event',
      id: line.id,
      event: { type: 'kpi:update', kpis: (versions[revision] as Version).kpis, revision, timestamp: stamp(this.now) },
    };
  }

  private answerAsk(ask: number, question: Question): void {
    must(question !== null || !this.trusted || this.state.dashboard.revision === null, () => 'everything is asked for, and nothing was wrong');
    const { line, lineMode } = this;
    if (line === null || lineMode === 'mute') {
      return;
    }
    const answers = () => {
      if (this.line !== line || line.frozen) {
        return;
      }
      if (lineMode === 'busy' && this.randoms() < 0.5) {
        this.send(line, () => ({ type: 'askRefused', id: ask, code: 'TOO_MANY_REQUESTS', message: 'busy' }));
        return;
      }
      const tenant = this.tenants[line.user];
      const after = question?.after ?? 0;
      const recovers = question !== null && question.epoch === tenant.name && after <= tenant.revision && tenant.revision - after < 20;
      const to = tenant.revision;
      const state = {
        type: 'reconnected' as const,
        userId: line.user,
        epoch: tenant.name,
        kpis: tenant.newest.kpis,
        revision: to,
        timestamp: stamp(this.now),
      };
      if (recovers) {
        const from = line.cursor !== null && line.epoch === tenant.name ? Math.min(line.cursor, after) : after;
        // A server that is wrong about what was missed.
        const first = lineMode === 'liar' && this.randoms() < 0.5 ? from + 1 : from;
        for (let revision = first + 1; revision <= to; revision++) {
          this.event(line, revision);
        }
        this.send(line, () => this.kpis(line, to));
        this.send(line, (id) => ({ type: 'event', id, event: { ...state, recovered: true } }));
      } else {
        this.send(line, (id) => ({ type: 'event', id, event: { ...state, recovered: false, businesses: [...tenant.newest.businesses] } }));
      }
      line.cursor = to;
      line.epoch = tenant.name;
    };
    // The request travels too, and may wait for its turn.
    this.at(1 + this.randoms() * 5 * TRAVEL, answers);
  }

  private event(line: Line, revision: number): void {
    const { event } = this.tenants[line.user].versions[revision] as Version;
    this.send(line, (id) => ({ type: 'event', id, event: event as DashboardEvent }));
  }

  /** What was committed reaches an open line; of another history it brings everything. */
  private deliver(): void {
    const { line } = this;
    if (line === null || line.cursor === null) {
      return;
    }
    const tenant = this.tenants[line.user];
    if (line.epoch !== tenant.name) {
      line.epoch = tenant.name;
      line.cursor = tenant.revision;
      this.send(line, (id) => ({
        type: 'event',
        id,
        event: {
          type: 'reconnected',
          recovered: false,
          userId: line.user,
          epoch: tenant.name,
          kpis: tenant.newest.kpis,
          businesses: [...tenant.newest.businesses],
          revision: tenant.revision,
          timestamp: stamp(this.now),
        },
      }));
      return;
    }
    while (line.cursor < tenant.revision) {
      line.cursor++;
      // A message that is lost on the way, as none should be.
      if (this.lineMode !== 'liar' || this.randoms() < 0.7) {
        this.event(line, line.cursor);
      }
    }
    this.send(line, () => this.kpis(line, tenant.revision));
    if (this.randoms() < 0.2) {
      this.send(line, () => this.devices(line));
    }
  }

  private answerFetch(id: number, token: string | null, question: Question): void {
    const mode = this.restMode;
    const answers = (delay: number, happening: () => Happening) =>
      this.at(delay, () => {
        const isWanted = this.fetchId === id;
        if (isWanted) {
          this.fetchId = null;
        }
        this.input(happening(), isWanted);
      });
    if (mode === 'hangs') {
      return;
    }
    if (mode === 'fails') {
      answers(5, () => failed(id, { message: 'cannot be reached' }));
      return;
    }
    const delay = mode === 'slow' ? SLOW_REST * this.randoms() : 20;
    this.at(delay / 2, () => {
      const user = this.userOf(token);
      if (typeof user !== 'string') {
        answers(delay / 2, () => failed(id, { ...user, status: 401 }));
      } else {
        const answer = this.restSays(this.tenants[user], question, mode);
        answers(delay / 2, () =>
          answer === null
            ? failed(id, { code: 'EVENTS_PRUNED', message: 'pruned', status: 410 })
            : { type: 'restAnswered', id, answer },
        );
      }
    });
  }

  private restSays(tenant: Tenant, question: Question, mode: RestMode): Answer | null {
    const { user, name: epoch, revision, newest } = tenant;
    if (question === null) {
      return { userId: user, epoch, revision, kpis: newest.kpis, businesses: newest.businesses, timestamp: stamp(this.now) };
    }
    if (mode === 'prunes' || question.epoch !== epoch || question.after > revision) {
      return null;
    }
    const versions = tenant.versions.slice(question.after + 1, question.after + 1 + (mode === 'pages' ? 2 : 100));
    const events = versions.map(({ event }) => event as ChangeEvent | KpiEvent);
    return { userId: user, epoch, revision, events, kpis: (versions.at(-1) ?? newest).kpis };
  }

  // ---- what must hold

  private hear({ event, before, after }: Effect & { type: 'tell' }): void {
    must(before === this.shown || before.revision === null, () => `${event.type} ${event.revision} is told against ${before.revision}, shown is ${this.shown.revision}`);
    this.shown = after;
    const key = `${after.epoch}:${event.revision}`;
    if (event.type !== 'reconnected' && after.revision !== before.revision) {
      must(after.revision === event.revision && before.revision === event.revision - 1, () => `${event.type} ${event.revision} told from ${before.revision} to ${after.revision}`);
      must(!this.toldKeys.has(key), () => `${key} is told twice`);
      this.toldKeys.add(key);
      const tenant = this.tenants[after.owner as User];
      const written = tenant.histories.get(after.epoch as string)?.[event.revision]?.event;
      must(same(written, event), () => `${key} is told as another`);
    }
  }

  private check(before: State, happening: Happening): void {
    const { state } = this;
    const { dashboard } = state;
    const why = () => `after ${JSON.stringify(happening)} at ${this.now}: ${JSON.stringify({ link: state.link, rest: state.rest, token: state.token, refusal: state.refusal, polled: state.polled })}`;
    this.checkRules(before, happening, this.shown, why);
    this.shown = dashboard;
    if (dashboard.owner !== null) {
      const history = this.tenants[dashboard.owner as User].histories.get(dashboard.epoch as string);
      must(history !== undefined, () => `${dashboard.owner} has no history ${dashboard.epoch} ${why()}`);
      const version = history?.[dashboard.revision as number];
      must(version !== undefined && same(version.businesses, dashboard.businesses), () => `rows of ${dashboard.epoch}:${dashboard.revision} are not its rows ${why()}`);
      must(same(history?.[dashboard.kpiRevision as number]?.kpis, dashboard.kpis), () => `KPIs of ${dashboard.epoch}:${dashboard.kpiRevision} are not its KPIs ${why()}`);
      must(
        dashboard.businesses.every(({ id }) => businessOf(dashboard, id)?.id === id) && dashboard.positions.size === dashboard.businesses.length,
        () => `a business is not where its position says ${why()}`,
      );
      if (before.dashboard.owner === dashboard.owner && before.dashboard.epoch === dashboard.epoch) {
        must((dashboard.revision as number) >= (before.dashboard.revision as number), () => `went back from ${before.dashboard.revision} to ${dashboard.revision} ${why()}`);
      }
    }
    must(dashboard.devices === null || dashboard.devices > 100 === (dashboard.owner === 'b'), () => `${dashboard.devices} devices are not of ${dashboard.owner} ${why()}`);
    this.checkOwner(happening, why);
    this.checkAge(why);
    this.checkTimers(why);
  }

  /** That it neither hammers nor gives up: counted apart from the machine's own counts. */
  private count(before: State, happening: Happening, effects: readonly Effect[]): void {
    const { link, failures, limits } = this.state;
    const { retryDelay, maxRetryDelay } = limits;
    const why = () => `at ${this.now}, by ${JSON.stringify(happening)}: ${JSON.stringify({ link, attempts: this.attempts })}`;
    const lasted = before.link.at === 'live' && link.at !== 'live' && this.now - before.link.since >= 5_000;
    if (lasted || /^(retain|retry|woken|online|draining|linkRefused|restFailed|tokenGiven)$/.test(happening.type)) {
      // A token that is given begins no attempt that was not begun.
      this.attempts = happening.type === 'tokenGiven' ? this.attempts : [];
    }
    if (link.at === 'live' || happening.type === 'retry' || happening.type === 'restAnswered' || happening.type === 'retain' || this.state.dashboard.owner !== before.dashboard.owner) {
      this.renewals = 0;
    }
    for (const effect of effects) {
      if (effect.type === 'openLink') {
        // Another user's token ends the attempt that is under way: it is no retry.
        if (happening.type === 'tokenGiven' && before.link.at !== 'token') {
          this.attempts = [];
        }
        const last = this.attempts.at(-1);
        const n = this.attempts.push(this.now);
        const least = n < 3 ? 0 : Math.min(maxRetryDelay, retryDelay * 2 ** (n - 3)) / 2;
        must(last === undefined || this.now - last >= least, () => `attempt ${n} is made ${this.now - (last as number)} ms after the one before ${why()}`);
        const looks = happening.type === 'woken' || happening.type === 'online';
        const isDue = before.link.at === 'waiting' && before.link.until <= this.now;
        must(!looks || isDue || this.now - this.triedAt >= retryDelay, () => `each look is an attempt ${why()}`);
        this.triedAt = this.now;
      }
      if (effect.type === 'openLink' || effect.type === 'fetch') {
        must(this.cookie || effect.token !== null, () => `${effect.type} without a token ${why()}`);
      }
      if (effect.type === 'askToken' && /^(linkRefused|restFailed)$/.test(happening.type)) {
        must(++this.renewals <= 1, () => `${this.renewals} tokens were asked for since one was refused ${why()}`);
      }
    }
    const isFailure = (before.link.at === 'opening' || before.link.at === 'catching') && link.at === 'waiting' && happening.type !== 'restAnswered';
    must(!isFailure || failures === before.failures + 1, () => `an attempt did not catch up, and is not counted ${why()}`);
  }

  private checkRules(before: State, happening: Happening, shown: Dashboard, why: () => string): void {
    const { state } = this;
    const { link, rest, token, dashboard, refusal, demand, hidden, offline } = state;
    const isWanted = demand.at === 'there' || demand.at === 'lingering';
    must(hidden === this.hidden && offline === this.offline, () => `hidden ${hidden}, offline ${offline} ${why()}`);
    must(!hidden || rest.at === 'off', () => `a hidden page polls ${why()}`);
    must((link.at !== 'token' && rest.at !== 'token') || token.at === 'asking', () => `it waits for a token that nobody asks for ${why()}`);
    must(link.at !== 'live' || (state.failures === 0 && refusal === null && (state.suspect !== null || rest.at === 'off')), () => `live, and not at rest ${why()}`);
    must(link.at !== 'barred' || refusal?.final === true, () => `barred, and the user is not told ${why()}`);
    must(link.at !== 'barred' || rest.at === 'off', () => `barred, and it polls ${why()}`);
    must(link.at !== 'barred' || (link.until === null) === (refusal?.code === 'SESSION_ENDED'), () => `barred for ever, or not ${why()}`);
    switch (happening.type) {
      case 'event':
        must(before.link.at !== 'catching' || link.at === 'live' || dashboard === before.dashboard, () => `shown before the end of catching up ${why()}`);
        break;
      case 'linkClosed':
        must(!happening.ended || link.at === 'barred', () => `the service ended the session ${why()}`);
        break;
      case 'linkRefused':
        must(link.at === 'token' || link.at === 'barred', () => `refused ${why()}`);
        break;
      case 'restAnswered':
        must(rest.at !== 'resting' || state.polled.outcome !== 'good' || refusal === null, () => `REST answered, and it is refused ${why()}`);
        break;
      case 'askRefused':
        must(before.link.at !== 'catching' || before.link.ask !== happening.id || link.at !== 'catching', () => `the server is busy ${why()}`);
        break;
      case 'release':
        must(link.at === before.link.at, () => `the line did not linger ${why()}`);
        break;
      case 'refresh':
        must(!isWanted || link.at === 'live' || link.at === 'barred' || hidden || refusal !== null || state.polled.outcome === 'failed' || rest.at !== 'resting' || this.now - this.fetchedAt < LIMITS.retryDelay, () => `what was written is not read ${why()}`);
        break;
    }
    if (dashboard.owner !== null && dashboard.businesses !== before.dashboard.businesses) {
      must(shown.businesses === dashboard.businesses, () => `it was not told of what is shown ${why()}`);
    }
    if (before.dashboard.owner === dashboard.owner && before.dashboard.epoch === dashboard.epoch && dashboard.owner !== null) {
      must((dashboard.kpiRevision as number) >= (before.dashboard.kpiRevision as number), () => `KPIs went back ${why()}`);
    }
    must(dashboard.kpiRevision === null || dashboard.kpiRevision <= (dashboard.revision as number), () => `KPIs run ahead ${why()}`);
  }

  private checkOwner(happening: Happening, why: () => string): void {
    const { dashboard, link } = this.state;
    if (happening.type === 'tokenGiven' && happening.owner !== null && dashboard.owner !== null && happening.token !== null) {
      must(dashboard.owner === happening.owner, () => `${dashboard.owner} is shown, the token is ${happening.owner}'s ${why()}`);
    }
    if (happening.type === 'restAnswered') {
      const { userId } = happening.answer;
      must(dashboard.owner === null || dashboard.owner === userId || this.state.rest.at === 'state', () => `${dashboard.owner} is shown, REST is ${userId} ${why()}`);
    }
    if (link.at === 'live' && this.line !== null) {
      const { user } = this.line;
      must(dashboard.owner === user, () => `${dashboard.owner} is live, the line is ${user}'s ${why()}`);
    }
  }

  private checkAge(why: () => string): void {
    const { state } = this;
    const { dashboard } = state;
    const at = asOf(state);
    must(at === null || dashboard.owner !== null, () => `as of ${at}, and nothing is shown ${why()}`);
    if (at === null || dashboard.owner === null) {
      return;
    }
    must(at <= this.now, () => `as of later than now ${why()}`);
    const tenant = this.tenants[dashboard.owner as User];
    if (this.lineMode !== 'liar' && dashboard.epoch === tenant.name) {
      const known = (revision: number) => {
        const next = tenant.versions[revision + 1];
        return next === undefined || next.at >= at - TRAVEL;
      };
      must(known(dashboard.revision as number), () => `as of ${at}, and revision ${(dashboard.revision as number) + 1} is older ${why()}`);
      must(known(dashboard.kpiRevision as number), () => `as of ${at}, and KPIs ${(dashboard.kpiRevision as number) + 1} are older ${why()}`);
    }
  }

  private checkTimers(why: () => string): void {
    const wanted = wants(this.state);
    for (const name of ['linkBy', 'restBy', 'tokenBy', 'lingering'] as const) {
      const set = this.timers.get(name);
      must((wanted[name] === undefined) === (set === undefined), () => `timer ${name} is ${set}, wanted is ${wanted[name]?.key} ${why()}`);
    }
    const most = this.longest();
    for (const [name, due] of this.timers) {
      must(due - this.now <= most[name], () => `timer ${name} rings in ${due - this.now} ms, the longest is ${most[name]} ${why()}`);
    }
    const running = { token: this.tokenId, fetch: this.fetchId, link: this.line?.id ?? null, ask: this.askId };
    for (const name of ['token', 'fetch', 'link', 'ask'] as const) {
      must(running[name] === null || wanted[name]?.key === running[name], () => `${name} ${running[name]} runs, wanted is ${wanted[name]?.key} ${why()}`);
    }
  }

  /** How long each timer may be set for, at most: every wait has an end. */
  private longest(): Record<TimerName, number> {
    const { link, rest, drain } = this.state;
    const { attemptTimeout, maxRetryDelay, pollInterval, silenceTimeout, probeTimeout, linger } = LIMITS;
    return {
      linkBy:
        link.at === 'live'
          ? link.ask === null ? silenceTimeout : probeTimeout
          : link.at === 'barred' ? pollInterval : link.at === 'waiting' ? Math.max(maxRetryDelay, drain ?? 0) : attemptTimeout,
      restBy: rest.at === 'resting' ? pollInterval : attemptTimeout,
      tokenBy: attemptTimeout,
      lingering: linger,
    };
  }

  /** What time alone may break. */
  private watch(): void {
    const { state } = this;
    const { link, demand } = state;
    if (link.at === 'live') {
      must(this.now - link.heardAt <= LIMITS.silenceTimeout + LIMITS.probeTimeout, () => `live, and heard ${this.now - link.heardAt} ms ago`);
    }
    if (this.releasedAt !== null && this.now > this.releasedAt + LIMITS.linger) {
      must(
        demand.at === 'none' && this.timers.size === 0 && this.line === null && this.fetchId === null && this.tokenId === null,
        () => `released at ${this.releasedAt}, and at ${this.now} there run ${JSON.stringify([...this.timers.keys(), this.line?.id, this.fetchId, this.tokenId])}`,
      );
    }
    const answers =
      demand.at === 'there' &&
      !state.hidden &&
      this.session !== null &&
      this.tokens === 'good' &&
      (this.restMode === 'good' || this.restMode === 'slow' || this.restMode === 'prunes' || this.restMode === 'pages') &&
      state.refusal === null;
    const isOwners = state.dashboard.owner === null || state.dashboard.owner === this.session;
    this.pollable = answers && isOwners ? (this.pollable ?? this.now) : null;
    // Backed off polls come within an interval, and a silent line is believed for as long; then there is an answer within an attempt, and one
    // that the events are not kept takes as long as REST does.
    const bound = Math.max(LIMITS.pollInterval, LIMITS.silenceTimeout + LIMITS.probeTimeout) + LIMITS.attemptTimeout + SLOW_REST;
    if (this.pollable !== null && this.now - this.pollable > bound + LIMITS.attemptTimeout) {
      const at = asOf(state);
      must(at !== null && this.now - at <= bound, () => `REST answers, and data are as of ${at}, now is ${this.now}: ${JSON.stringify({ link: state.link, rest: state.rest, polled: state.polled })}`);
    }
    this.tellable = answers && !isOwners && this.cookie && this.looked ? (this.tellable ?? this.now) : null;
    must(this.tellable === null || this.now - this.tellable <= bound + LIMITS.attemptTimeout, () => `${state.dashboard.owner} is shown, the cookie is ${this.session}'s since ${this.tellable}, somebody looked, and it is ${this.now}`);
    this.pollsSince = conditionOf(state) === 'polling' && demand.at === 'there' && !state.hidden ? (this.pollsSince ?? this.now) : null;
    if (this.pollsSince !== null && this.now - this.pollsSince > bound + LIMITS.attemptTimeout) {
      must(this.now - (asOf(state) as number) <= bound + LIMITS.attemptTimeout, () => `it says that it polls, and data are as of ${asOf(state)}, now is ${this.now}`);
    }
  }
}

const stamp = (at: number): string => new Date(at).toISOString();

function failed(id: number, failure: Failure): Happening {
  return { type: 'restFailed', id, failure };
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
