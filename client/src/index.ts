export { LiveClient } from './client.js';
export type { Counts, LiveClientOptions, Snapshot, State, Status, TokenRequest } from './client.js';
export type { Dashboard } from './dashboard.js';
export type { Transport } from './link.js';
export type {
  Business,
  BusinessStatus,
  ChangeEvent,
  DashboardBusiness,
  DashboardEvent,
  KpiEvent,
  Kpis,
  Metrics,
  StateEvent,
} from './protocol.js';
export { read, RestError } from './rest.js';
