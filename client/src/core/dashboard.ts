import type { ChangeEvent, DashboardBusiness, DashboardEvent, KpiEvent, Kpis, Metrics, StateEvent } from '../protocol.js';

/** What a dashboard holds. Never changed: an event makes a new one, which shares with the old one what the event left alone. */
export interface Dashboard {
  /** Whose it is, a user's id; null before the first state. */
  readonly owner: string | null;
  /** The owner's history; revisions are comparable within one only. Null before the first state. */
  readonly epoch: string | null;
  /** The last revision that is in {@link businesses}; null before the first state. */
  readonly revision: number | null;
  /** Null before the first state. */
  readonly kpis: Kpis | null;
  /** The revision of {@link kpis}: they are told apart from the events, at most ten times a second. */
  readonly kpiRevision: number | null;
  /** In the order in which they were created. */
  readonly businesses: readonly DashboardBusiness[];
  /** Where each business is in {@link businesses}, by its id; see {@link businessOf}. */
  readonly positions: ReadonlyMap<string, number>;
  /** When the newest that it holds was made: ISO-8601, UTC, by the server's clock. */
  readonly updatedAt: string | null;
  /** Devices that have this dashboard open; null when not known. */
  readonly devices: number | null;
}

export const EMPTY: Dashboard = {
  owner: null,
  epoch: null,
  revision: null,
  kpis: null,
  kpiRevision: null,
  businesses: [],
  positions: new Map(),
  updatedAt: null,
  devices: null,
};

const NO_METRICS: Metrics = {
  views_count: 0,
  clicks_count: 0,
  property_invites_count: 0,
  declined_count: 0,
  messages_count: 0,
  qfps_submitted_count: 0,
};

/** The business of that id, or undefined. */
export function businessOf(dashboard: Dashboard, id: string): DashboardBusiness | undefined {
  const position = dashboard.positions.get(id) ?? -1;
  return dashboard.businesses[position];
}

/** All of a tenant at one revision, by whichever way it came. */
export interface FullState {
  readonly userId: string;
  readonly epoch: string;
  readonly revision: number;
  readonly kpis: Kpis;
  readonly businesses: readonly DashboardBusiness[];
  readonly timestamp: string;
}

/** The dashboard that a full state is. Of a business that is as it was the old object stays, so that what is drawn of it does. */
export function dashboardOf(state: FullState, before: Dashboard): Dashboard {
  return {
    owner: state.userId,
    epoch: state.epoch,
    revision: state.revision,
    kpis: state.kpis,
    kpiRevision: state.revision,
    ...placed(state.businesses.map((business) => shared(businessOf(before, business.id), business))),
    updatedAt: state.timestamp,
    devices: before.devices,
  };
}

/** An event that was applied, and what was held before and after it. */
export interface Told {
  readonly event: DashboardEvent;
  readonly before: Dashboard;
  readonly after: Dashboard;
}

/**
 * The dashboard after an event: the same one when it says nothing new; null when what came before it is missing.
 *
 * KPIs may run ahead of the events that they count; those of a rebuild are a revision by themselves.
 */
export function fold(held: Dashboard, event: ChangeEvent | KpiEvent): Dashboard | null {
  const { revision, kpiRevision } = held;
  const isKpis = event.type === 'kpi:update';
  const isChange = !isKpis || event.rebuilt;
  if (revision === null || kpiRevision === null || (isChange && event.revision > revision + 1)) {
    return null;
  }
  const isNext = isChange && event.revision > revision;
  const isNewer = isKpis && event.revision >= kpiRevision;
  if (!isNext && !isNewer) {
    return held;
  }
  return {
    ...held,
    ...(!isKpis && changed(held, event)),
    ...(isNext && { revision: event.revision }),
    ...(isNewer && { kpis: event.kpis, kpiRevision: event.revision }),
    updatedAt: event.timestamp,
  };
}

/** The dashboard after events; those before which one is missing change nothing, and come again with what is missing. */
export function foldAll(held: Dashboard, events: readonly (ChangeEvent | KpiEvent)[], told: Told[]): Dashboard {
  let dashboard = held;
  for (const event of events) {
    const before = dashboard;
    const after = fold(before, event);
    if (after !== null && after !== before) {
      told.push({ event, before, after });
      dashboard = after;
    }
  }
  return dashboard;
}

/**
 * The dashboard after all that a server sent to catch up, of which the last is `reconnected`; null when that does not lead to where
 * `reconnected` says it does, and everything must be asked for. What REST read meanwhile may be newer.
 */
export function caughtUp(held: Dashboard, events: readonly (ChangeEvent | KpiEvent)[], end: StateEvent, told: Told[]): Dashboard | null {
  const isSame = held.owner === end.userId && held.epoch === end.epoch && held.revision !== null;
  let before = held.owner === end.userId ? held : EMPTY;
  let after: Dashboard;
  if (end.businesses !== undefined) {
    if (isSame && end.revision < (held.revision as number)) {
      return held;
    }
    after = dashboardOf(end as FullState, before);
  } else if (isSame) {
    const passed: Told[] = [];
    before = foldAll(held, events, passed);
    if ((before.revision as number) < end.revision) {
      return null;
    }
    told.push(...passed);
    after = end.revision > (before.kpiRevision as number) ? { ...before, kpis: end.kpis, kpiRevision: end.revision, updatedAt: end.timestamp } : before;
  } else {
    return null;
  }
  told.push({ event: end, before, after });
  return after;
}

type Rows = Pick<Dashboard, 'businesses' | 'positions'>;

function changed(held: Dashboard, event: ChangeEvent): Rows {
  switch (event.type) {
    case 'business:created':
    case 'business:updated':
      return withBusiness(held, event.business.id, { ...event.business, metrics: businessOf(held, event.business.id)?.metrics ?? NO_METRICS });
    case 'business:deleted':
      return withBusiness(held, event.businessId, null);
    case 'metrics:updated': {
      const before = businessOf(held, event.businessId);
      return before === undefined ? held : withBusiness(held, before.id, { ...before, metrics: event.metrics });
    }
  }
}

/** With a business put in its place, or at the end; null: without it. */
export function withBusiness<D extends Rows>(held: D, id: string, business: DashboardBusiness | null): D {
  const { businesses, positions } = held;
  const position = positions.get(id);
  if (business === null) {
    return position === undefined ? held : { ...held, ...placed(businesses.filter((each) => each.id !== id)) };
  }
  const copy = businesses.slice();
  copy[position ?? copy.length] = business;
  return { ...held, businesses: copy, positions: position === undefined ? new Map(positions).set(id, businesses.length) : positions };
}

function placed(businesses: readonly DashboardBusiness[]): Rows {
  return { businesses, positions: new Map(businesses.map(({ id }, position) => [id, position])) };
}

/** The old object when it says the same as the new one. */
function shared(before: DashboardBusiness | undefined, after: DashboardBusiness): DashboardBusiness {
  return before && JSON.stringify(before) === JSON.stringify(after) ? before : after;
}
