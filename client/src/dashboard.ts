import type { Business, ChangeEvent, DashboardBusiness, DashboardEvent, Kpis, Metrics } from './protocol.js';

/** What a dashboard holds. Never changed: every event makes a new one. */
export interface Dashboard {
  /** Null before the first state. */
  readonly kpis: Kpis | null;
  readonly businesses: readonly DashboardBusiness[];
  /** The last revision that was applied; null before the first state. */
  readonly revision: number | null;
  /** The revision of {@link kpis}; they are told apart from the events, at most ten times a second. */
  readonly kpiRevision: number | null;
  readonly epoch: string | null;
  /** When the newest that it holds was made, by the server's clock. */
  readonly updatedAt: string | null;
  /** Devices that have this dashboard open; null when not known. */
  readonly connections: number | null;
}

export const EMPTY: Dashboard = {
  kpis: null,
  businesses: [],
  revision: null,
  kpiRevision: null,
  epoch: null,
  updatedAt: null,
  connections: null,
};

const NO_METRICS: Metrics = {
  views_count: 0,
  clicks_count: 0,
  property_invites_count: 0,
  declined_count: 0,
  messages_count: 0,
  qfps_submitted_count: 0,
};

/**
 * What became of an event: `applied`; `duplicate`, it was held already; `gap`, some before it are missing; `ignored`, it says
 * nothing new.
 */
export type Outcome = 'applied' | 'duplicate' | 'gap' | 'ignored';

/**
 * The dashboard after an event.
 *
 * @param ahead whether a `kpi:update` may run ahead of what is on its way: it does when a client that could not be recovered
 *   has just come back. Otherwise one that is the next revision is an event of its own (the rollup was rebuilt).
 */
export function fold(held: Dashboard, event: DashboardEvent, ahead: boolean): { dashboard: Dashboard; outcome: Outcome } {
  switch (event.type) {
    case 'reconnected':
      return foldState(held, event);
    case 'kpi:update':
      return foldKpis(held, event, ahead);
    default:
      return foldChange(held, event);
  }
}

type Folded = ReturnType<typeof fold>;

function foldState(held: Dashboard, event: DashboardEvent & { type: 'reconnected' }): Folded {
  if (event.recovered && (held.revision !== event.revision || held.epoch !== event.epoch)) {
    // It says that nothing is missing; something is.
    return { dashboard: held, outcome: 'gap' };
  }
  return {
    outcome: 'applied',
    dashboard: {
      ...held,
      kpis: event.kpis,
      businesses: event.businesses ?? held.businesses,
      revision: event.revision,
      kpiRevision: event.revision,
      epoch: event.epoch,
      updatedAt: event.timestamp,
    },
  };
}

function foldKpis(held: Dashboard, event: DashboardEvent & { type: 'kpi:update' }, ahead: boolean): Folded {
  if (held.revision === null || held.kpiRevision === null || event.revision < held.kpiRevision) {
    return { dashboard: held, outcome: 'ignored' };
  }
  const dashboard = { ...held, kpis: event.kpis, kpiRevision: event.revision, updatedAt: event.timestamp };
  if (event.revision <= held.revision || ahead) {
    return { dashboard, outcome: 'applied' };
  }
  return event.revision === held.revision + 1
    ? { dashboard: { ...dashboard, revision: event.revision }, outcome: 'applied' }
    : { dashboard, outcome: 'gap' };
}

function foldChange(held: Dashboard, event: ChangeEvent): Folded {
  if (held.revision === null || event.revision > held.revision + 1) {
    return { dashboard: held, outcome: 'gap' };
  }
  if (event.revision <= held.revision) {
    return { dashboard: held, outcome: 'duplicate' };
  }
  return {
    outcome: 'applied',
    dashboard: {
      ...held,
      revision: event.revision,
      updatedAt: event.timestamp,
      businesses: change(held.businesses, event),
    },
  };
}

function change(businesses: readonly DashboardBusiness[], event: ChangeEvent): readonly DashboardBusiness[] {
  switch (event.type) {
    case 'business:created':
    case 'business:updated':
      return put(businesses, event.business);
    case 'business:deleted':
      return businesses.filter((business) => business.id !== event.businessId);
    case 'metrics:updated':
      return businesses.map((business) =>
        business.id === event.businessId ? { ...business, metrics: event.metrics } : business,
      );
  }
}

function put(businesses: readonly DashboardBusiness[], changed: Business): readonly DashboardBusiness[] {
  return businesses.some((business) => business.id === changed.id)
    ? businesses.map((business) => (business.id === changed.id ? { ...business, ...changed } : business))
    : [...businesses, { ...changed, metrics: NO_METRICS }];
}
