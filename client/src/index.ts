export { createLive } from './live.js';
export type { Live, LiveOptions, Selection } from './live.js';
export { events } from './events.js';
export type { LiveEvent } from './events.js';
export type { Transition } from './runner.js';
export { isRefused, newKey, writes } from './writes.js';
export type { BusinessFields, ChangeOptions, WriteOptions, Writes } from './writes.js';
export { businessOf } from './core/dashboard.js';
export type { Dashboard, Told } from './core/dashboard.js';
export type { Condition } from './core/state.js';
export { Conflict, LiveError } from './errors.js';
export type { ClientCode, Code, ServiceCode } from './errors.js';
export { DEFAULTS } from './options.js';
export type { GivenLimits, Limits, TokenRequest, Transport } from './options.js';
export type { Connection, LiveState } from './view.js';
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
export { read } from './rest.js';
