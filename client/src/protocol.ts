/** The payloads of the socket contract and of REST; see docs/protocol.md. */

/** The four figures of a tenant. */
export interface Kpis {
  activeBusinesses: number;
  /** Per cent, 0 to 100, one decimal. */
  responseRate: number;
  landlordViews: number;
  messagesTotal: number;
}

/** The statuses that can be given; the platform may have more, which are shown as they are. */
export type BusinessStatus = 'active' | 'pending_verification' | 'stealth_mode';

/** The totals of a business, over all its days. */
export interface Metrics {
  views_count: number;
  clicks_count: number;
  property_invites_count: number;
  declined_count: number;
  messages_count: number;
  qfps_submitted_count: number;
}

export interface Business {
  id: string;
  user_id: string;
  name: string;
  category: string | null;
  /** A label of the platform, known here or not; empty where it has none. */
  status: BusinessStatus | (string & {});
  is_verified: boolean;
  /** Of what is shown of it, figures aside: another text for other words. For `If-Match`. */
  version: string;
}

/** A business as a dashboard holds it. */
export interface DashboardBusiness extends Business {
  metrics: Metrics;
  /** It is shown as this client has written it, which the service has not confirmed yet. */
  pending?: boolean;
}

/** What every event carries. */
export interface Stamped {
  /** The tenant's revision: 1, 2, 3 … without a gap within an epoch. */
  revision: number;
  /** ISO-8601, UTC, milliseconds. */
  timestamp: string;
}

export type ChangeEvent =
  | ({ type: 'business:created' | 'business:updated'; business: Business } & Stamped)
  | ({ type: 'business:deleted'; businessId: string } & Stamped)
  | ({ type: 'metrics:updated'; businessId: string; metrics: Metrics } & Stamped);

/** The newest KPIs, with the revision of the last event that they count; `rebuilt`: they were corrected, which is a revision by itself. */
export type KpiEvent = { type: 'kpi:update'; kpis: Kpis; rebuilt?: boolean } & Stamped;

/** The end of catching up; with everything when what was missed could not be told one by one. */
export type StateEvent = {
  type: 'reconnected';
  recovered: boolean;
  /** Whose state it is. */
  userId: string;
  /** The history that revisions belong to: of this user alone. */
  epoch: string;
  kpis: Kpis;
  businesses?: readonly DashboardBusiness[];
} & Stamped;

/** The events that move a dashboard on. */
export type DashboardEvent = ChangeEvent | KpiEvent | StateEvent;

export const DASHBOARD_EVENTS = [
  'kpi:update',
  'business:created',
  'business:updated',
  'business:deleted',
  'metrics:updated',
  'reconnected',
] as const;
