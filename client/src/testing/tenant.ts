import type { FullState } from '../core/dashboard.js';
import type { Business, ChangeEvent, DashboardBusiness, KpiEvent, Kpis, Metrics, StateEvent } from '../protocol.js';

const NONE: Metrics = { views_count: 0, clicks_count: 0, property_invites_count: 0, declined_count: 0, messages_count: 0, qfps_submitted_count: 0 };

/** A business to begin with; what is absent is made up. */
export type GivenBusiness = Partial<Omit<DashboardBusiness, 'metrics'>> & { readonly metrics?: Partial<Metrics> };

/** What may be changed of a business. */
export type BusinessChanges = Partial<Pick<Business, 'name' | 'category' | 'status' | 'is_verified'>>;

/** One tenant: what is so now, and the journal of how it came to be. */
export class Tenant {
  readonly events: (ChangeEvent | KpiEvent)[] = [];
  businesses: readonly DashboardBusiness[] = [];
  epoch: string;
  /** The revision before the first event of the journal. */
  pruned = 0;
  private readonly kpisAfter: Kpis[] = [];
  private readonly days = new Map<string, Metrics>();
  private corrections: Partial<Kpis> = {};
  private serial = 0;
  private histories = 1;

  constructor(
    readonly userId: string,
    businesses: readonly GivenBusiness[],
    kpis: Partial<Kpis>,
    private readonly changed: (event: ChangeEvent | KpiEvent) => void,
  ) {
    this.epoch = `${userId}-history-1`;
    this.businesses = businesses.map((each) => this.made(each));
    this.corrections = this.correctionsFor(kpis);
  }

  get revision(): number {
    return this.pruned + this.events.length;
  }

  /** Counted from the businesses, as corrected by {@link rebuild}. */
  get kpis(): Kpis {
    const counted = this.counted();
    const { activeBusinesses = 0, responseRate = 0, landlordViews = 0, messagesTotal = 0 } = this.corrections;
    return {
      activeBusinesses: counted.activeBusinesses + activeBusinesses,
      responseRate: Math.min(100, Math.max(0, counted.responseRate + responseRate)),
      landlordViews: counted.landlordViews + landlordViews,
      messagesTotal: counted.messagesTotal + messagesTotal,
    };
  }

  get state(): FullState {
    const { userId, epoch, revision, kpis, businesses } = this;
    return { userId, epoch, revision, kpis, businesses, timestamp: now() };
  }

  /** Events after a revision; null when the journal does not reach back, or never was there. */
  after(revision: number): readonly (ChangeEvent | KpiEvent)[] | null {
    return revision < this.pruned || revision > this.revision ? null : this.events.slice(revision - this.pruned);
  }

  /** The KPIs after an event of the journal; of another revision those of now. */
  kpisAt(revision: number): Kpis {
    return this.kpisAfter[revision - this.pruned - 1] ?? this.kpis;
  }

  /** What `request:current-state` ends with. */
  reconnected(recovered: boolean): StateEvent {
    const { businesses, ...state } = this.state;
    return { type: 'reconnected', recovered, ...state, ...(!recovered && { businesses }) };
  }

  find(id: string): DashboardBusiness {
    const found = this.businesses.find((each) => each.id === id);
    if (found === undefined) {
      throw new RangeError(`there is no business ${id}`);
    }
    return found;
  }

  create(fields: GivenBusiness): DashboardBusiness {
    const business = this.made(fields);
    this.businesses = [...this.businesses, business];
    this.note({ type: 'business:created', business: bare(business) });
    return business;
  }

  update(id: string, changes: BusinessChanges): DashboardBusiness {
    const before = this.find(id);
    const changed = { ...before, ...changes };
    const business = { ...changed, version: versionOf(changed) };
    // What changes nothing visible writes no event.
    if (business.version !== before.version) {
      this.put(business);
      this.note({ type: 'business:updated', business: bare(business) });
    }
    return business;
  }

  remove(id: string): DashboardBusiness {
    const business = this.find(id);
    this.businesses = this.businesses.filter((each) => each !== business);
    this.note({ type: 'business:deleted', businessId: id });
    return business;
  }

  /** @param set the day's counts become these; else they are added to it */
  count(id: string, counts: Partial<Metrics>, day: string, set: boolean): void {
    const business = this.find(id);
    const metrics = { ...business.metrics };
    const ofDay = { ...(this.days.get(`${id} ${day}`) ?? NONE) };
    for (const name of Object.keys(counts) as (keyof Metrics)[]) {
      const added = (counts[name] ?? 0) - (set ? ofDay[name] : 0);
      ofDay[name] += added;
      metrics[name] += added;
    }
    this.days.set(`${id} ${day}`, ofDay);
    this.put({ ...business, metrics });
    this.note({ type: 'metrics:updated', businessId: id, metrics });
  }

  rebuild(kpis: Partial<Kpis>): void {
    this.corrections = { ...this.corrections, ...this.correctionsFor(kpis) };
    this.note({ type: 'kpi:update', kpis: this.kpis, rebuilt: true });
  }

  prune(): void {
    this.pruned = this.revision;
    this.events.length = 0;
    this.kpisAfter.length = 0;
  }

  renew(): void {
    this.epoch = `${this.userId}-history-${++this.histories}`;
  }

  private note(event: Bare<ChangeEvent | KpiEvent>): void {
    const stamped = { ...event, revision: this.revision + 1, timestamp: now() } as ChangeEvent | KpiEvent;
    this.events.push(stamped);
    this.kpisAfter.push(this.kpis);
    this.changed(stamped);
  }

  private put(business: DashboardBusiness): void {
    this.businesses = this.businesses.map((each) => (each.id === business.id ? business : each));
  }

  private made(given: GivenBusiness): DashboardBusiness {
    const id = given.id ?? `00000000-0000-4000-9000-${String(++this.serial).padStart(12, '0')}`;
    const business = {
      id,
      user_id: this.userId,
      name: given.name ?? `Business ${this.serial}`,
      category: given.category ?? null,
      status: given.status ?? 'active',
      is_verified: given.is_verified ?? false,
      version: '',
      metrics: { ...NONE, ...given.metrics },
    };
    return { ...business, version: given.version ?? versionOf(business) };
  }

  private counted(): Kpis {
    const sum = (name: keyof Metrics) => this.businesses.reduce((total, { metrics }) => total + metrics[name], 0);
    const [messages, invites] = [sum('messages_count'), sum('property_invites_count')];
    return {
      activeBusinesses: this.businesses.filter(({ status }) => status === 'active').length,
      responseRate: invites === 0 ? 0 : Math.min(100, Math.round((1_000 * messages) / invites) / 10),
      landlordViews: sum('views_count'),
      messagesTotal: messages,
    };
  }

  private correctionsFor(wanted: Partial<Kpis>): Partial<Kpis> {
    const counted = this.counted();
    return Object.fromEntries((Object.keys(wanted) as (keyof Kpis)[]).map((name) => [name, (wanted[name] ?? 0) - counted[name]]));
  }
}

type Bare<E> = E extends unknown ? Omit<E, 'revision' | 'timestamp'> : never;

/** Without what only a dashboard holds. */
export function bare({ metrics: _metrics, pending: _pending, ...business }: DashboardBusiness): Business {
  return business;
}

const now = () => new Date().toISOString();

/** Of the same content the same text. */
const versionOf = ({ name, category, status, is_verified }: Business) => JSON.stringify([name, category, status, is_verified]);
