/** The payloads of the socket contract, and the state of a dashboard folded from them. */

export interface Kpis {
  activeBusinesses: number;
  responseRate: number;
  landlordViews: number;
  messagesTotal: number;
}

export interface Business {
  id: string;
  user_id: string;
  name: string;
  category: string | null;
  status: 'active' | 'pending_verification' | 'stealth_mode';
  is_verified: boolean;
}

interface Stamped {
  revision: number;
  timestamp: string;
}

export interface Reconnected extends Stamped {
  recovered: boolean;
  epoch: string;
  kpis: Kpis;
  businesses?: Business[];
}

export type ServerEvent =
  | ({ type: 'kpi:update'; kpis: Kpis } & Stamped)
  | ({ type: 'business:created'; business: Business } & Stamped)
  | ({ type: 'business:updated'; business: Business } & Stamped)
  | ({ type: 'business:deleted'; businessId: string } & Stamped)
  | ({ type: 'metrics:updated'; businessId: string } & Stamped)
  | ({ type: 'reconnected' } & Reconnected);

export interface DashboardState {
  kpis: Kpis | null;
  businesses: Business[];
  /** The last revision that was applied; null before the first state. */
  revision: number | null;
  epoch: string | null;
  /** When the last event was made, by the server's clock. */
  updatedAt: string | null;
  /** The business that changed last, and how often any did: what the list highlights. */
  touched: { id: string; count: number } | null;
}

export const emptyState: DashboardState = {
  kpis: null,
  businesses: [],
  revision: null,
  epoch: null,
  updatedAt: null,
  touched: null,
};

/** Whether an event does not follow what the dashboard holds: then it must ask for what it missed. */
export function isGap(state: DashboardState, event: ServerEvent): boolean {
  return (
    event.type !== 'reconnected' &&
    event.type !== 'kpi:update' &&
    state.revision !== null &&
    event.revision > state.revision + 1
  );
}

/** The state after an event. One that the dashboard already has changes nothing. */
export function fold(state: DashboardState, event: ServerEvent): DashboardState {
  const stamp = { revision: event.revision, updatedAt: event.timestamp };
  if (event.type === 'reconnected') {
    return {
      ...state,
      ...stamp,
      kpis: event.kpis,
      epoch: event.epoch,
      businesses: event.businesses ?? state.businesses,
    };
  }
  if (state.revision === null || event.revision < state.revision) {
    return state;
  }
  if (event.type === 'kpi:update') {
    return { ...state, ...stamp, kpis: event.kpis };
  }
  if (event.revision === state.revision) {
    return state;
  }
  switch (event.type) {
    case 'business:created':
    case 'business:updated': {
      const known = state.businesses.some((b) => b.id === event.business.id);
      const businesses = known
        ? state.businesses.map((b) => (b.id === event.business.id ? event.business : b))
        : [...state.businesses, event.business];
      return { ...state, ...stamp, businesses, touched: touch(state, event.business.id) };
    }
    case 'business:deleted':
      return { ...state, ...stamp, businesses: state.businesses.filter((b) => b.id !== event.businessId) };
    case 'metrics:updated':
      return { ...state, ...stamp, touched: touch(state, event.businessId) };
  }
}

function touch(state: DashboardState, id: string) {
  return { id, count: (state.touched?.count ?? 0) + 1 };
}
