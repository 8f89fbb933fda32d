import type { DashboardBusiness, DashboardEvent, Kpis } from './protocol.js';

/** REST said no. */
export class RestError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = 'RestError';
    this.status = status;
    this.code = code;
  }
}

export interface FullState {
  kpis: Kpis;
  businesses: DashboardBusiness[];
  revision: number;
  epoch: string;
}

export interface EventPage {
  events: DashboardEvent[];
  /** The tenant's revision: the page is the last one if its last event has it. */
  revision: number;
  epoch: string;
}

/** A call as `fetch` would make it, with the token and the time limit that belong to it. */
export type Call = (path: string, headers?: Record<string, string>) => Promise<Response>;

/**
 * The KPIs, or null when they are those of `revision` in `epoch` still.
 *
 * @throws RestError
 */
export async function fetchKpis(
  call: Call,
  epoch: string | null,
  revision: number | null,
): Promise<{ kpis: Kpis; revision: number } | null> {
  const held = epoch === null || revision === null ? {} : { 'If-None-Match': `"${epoch}-${revision}"` };
  const response = await call('/api/dashboard/tenant/kpis', held);
  if (response.status === 304) {
    return null;
  }
  const kpis = await read<Kpis>(response);
  return { kpis, revision: Number(/-(\d+)"$/.exec(response.headers.get('ETag') ?? '')?.[1] ?? 0) };
}

/** @throws RestError with status 410 when they are not kept that long */
export async function fetchEvents(call: Call, after: number): Promise<EventPage> {
  interface Raw extends Omit<EventPage, 'events'> {
    events: { type: string; payload: object }[];
  }
  const page = await read<Raw>(await call(`/api/dashboard/tenant/events?after=${after}&limit=1000`));
  return { ...page, events: page.events.map(({ type, payload }) => ({ type, ...payload }) as DashboardEvent) };
}

/** @throws RestError */
export async function fetchState(call: Call): Promise<FullState> {
  return read<FullState>(await call('/api/dashboard/tenant'));
}

/** The `data` of an answer. */
export async function read<T>(response: Response): Promise<T> {
  const body = (await response.json().catch(() => null)) as {
    data?: T;
    error?: { code?: string; message?: string };
  } | null;
  if (!response.ok || body?.data === undefined) {
    throw new RestError(
      response.status,
      body?.error?.code ?? `HTTP_${response.status}`,
      body?.error?.message ?? `the service answered ${response.status}`,
    );
  }
  return body.data;
}
