import type { BusinessChanges, GivenBusiness, Tenant } from './tenant.js';
import { bare } from './tenant.js';
import type { Metrics } from '../protocol.js';

/** A request that the service got. */
export interface ServiceRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed; null when there is none. */
  readonly body: unknown;
}

interface Answer {
  readonly status: number;
  readonly body: object;
}

const done = (data: object, status = 200): Answer => ({ status, body: { success: true, data } });
const no = (status: number, code: string, message: string, more: object = {}): Answer => ({
  status,
  body: { success: false, error: { code, message }, ...more },
});

/** REST of one tenant, as `docs/protocol.md` has it: what the client calls. */
export function answerTo(tenant: Tenant, { method, path, headers, body }: ServiceRequest): Answer {
  const { pathname, searchParams } = new URL(path, 'http://service');
  const route = `${method} ${pathname.replace(/\/(?:businesses)\/[^/]+/, '/businesses/:id').replace(/\/metrics\/[^/]+/, '/metrics/:day')}`;
  const id = decodeURIComponent(/\/businesses\/([^/]+)/.exec(pathname)?.[1] ?? '');
  const business = tenant.businesses.find((each) => each.id === id);
  switch (route) {
    case 'GET /api/dashboard/tenant':
      return done({ ...tenant.state, total: tenant.businesses.length });
    case 'GET /api/dashboard/tenant/events':
      return eventsPage(tenant, searchParams);
    case 'POST /api/businesses':
      return done({ business: bare(tenant.create(body as GivenBusiness)) }, 201);
  }
  if (business === undefined) {
    return no(404, 'NOT_FOUND', `there is no ${route}`);
  }
  const wanted = headers['if-match'];
  if (wanted !== undefined && wanted !== `"${business.version}"`) {
    return no(412, 'VERSION_CONFLICT', 'the business was changed meanwhile', { data: { business: bare(business) } });
  }
  switch (route) {
    case 'GET /api/businesses/:id':
      return done({ business: bare(business) });
    case 'PUT /api/businesses/:id':
      return done({ business: bare(tenant.update(id, body as BusinessChanges)) });
    case 'DELETE /api/businesses/:id':
      return done({ business: bare(tenant.remove(id)) });
    case 'POST /api/businesses/:id/metrics/:day/increments':
    case 'PUT /api/businesses/:id/metrics/:day':
      tenant.count(id, body as Partial<Metrics>, pathname.split('/').at(method === 'PUT' ? -1 : -2) as string, method === 'PUT');
      return done({ metrics: tenant.find(id).metrics });
    default:
      return no(404, 'NOT_FOUND', `there is no ${route}`);
  }
}

function eventsPage(tenant: Tenant, query: URLSearchParams): Answer {
  const epoch = query.get('epoch');
  const events = epoch === null || epoch === tenant.epoch ? tenant.after(Number(query.get('after'))) : null;
  if (events === null) {
    return no(410, 'EVENTS_PRUNED', 'the events are not kept that long, or are of another history');
  }
  const page = events.slice(0, Number(query.get('limit') ?? 100)).map(({ type, ...payload }) => ({ type, revision: payload.revision, payload }));
  const { userId, revision, epoch: history } = tenant;
  return done({ userId, events: page, kpis: tenant.kpisAt(page.at(-1)?.revision ?? revision), revision, epoch: history });
}
