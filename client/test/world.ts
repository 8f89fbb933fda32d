import { vi } from 'vitest';
import { LiveClient, type LiveClientOptions } from '../src/client.js';
import type { Held, Link, LinkListener, Refusal, Transport } from '../src/link.js';
import type { DashboardEvent, Kpis } from '../src/protocol.js';
import { listenToSurroundings, type SurroundingsListener } from '../src/surroundings.js';

export const KPIS: Kpis = { activeBusinesses: 1, responseRate: 50, landlordViews: 10, messagesTotal: 5 };
const TIMESTAMP = '2026-01-01T00:00:00.000Z';
const NO_METRICS = {
  views_count: 0,
  clicks_count: 0,
  property_invites_count: 0,
  declined_count: 0,
  messages_count: 0,
  qfps_submitted_count: 0,
};

export const business = (id: string) => ({
  id,
  user_id: 'u',
  name: `Business ${id}`,
  category: null,
  status: 'active' as const,
  is_verified: false,
});

export const state = (revision: number, recovered = false, epoch = 'e1'): DashboardEvent => ({
  type: 'reconnected',
  recovered,
  epoch,
  kpis: KPIS,
  revision,
  timestamp: TIMESTAMP,
  ...(!recovered && { businesses: [] }),
});

export const created = (revision: number): DashboardEvent => ({
  type: 'business:created',
  business: business(`b${revision}`),
  revision,
  timestamp: TIMESTAMP,
});

export const metrics = (revision: number, id: string, views: number): DashboardEvent => ({
  type: 'metrics:updated',
  businessId: id,
  metrics: { ...NO_METRICS, views_count: views },
  revision,
  timestamp: TIMESTAMP,
});

export const kpis = (revision: number, landlordViews: number): DashboardEvent => ({
  type: 'kpi:update',
  kpis: { ...KPIS, landlordViews },
  revision,
  timestamp: TIMESTAMP,
});

/** A line that does what the test says, REST that answers what it says, and a browser that says what it says. */
export class World {
  readonly opens: { token: string | null; revision: number | null; transports: readonly Transport[] }[] = [];
  readonly requests: { held: Held; answer: (refusal: Refusal | null) => void }[] = [];
  readonly refreshed: string[] = [];
  readonly calls: { path: string; headers: Headers }[] = [];
  /** What REST answers, by path without its query; none: it cannot be reached. */
  readonly answers = new Map<string, () => Response>();
  hidden = false;
  offline = false;
  listeners = 0;
  line!: LinkListener;
  browser!: SurroundingsListener;
  readonly client: LiveClient;
  /** An attempt was begun and has not ended. */
  private pending = false;

  constructor(options: Partial<LiveClientOptions> = {}) {
    const surroundings: typeof listenToSurroundings = Object.assign(
      (listener: SurroundingsListener) => {
        this.browser = listener;
        this.listeners++;
        return () => {
          this.listeners--;
        };
      },
      { isHidden: () => this.hidden, isOffline: () => this.offline },
    );
    this.client = new LiveClient(
      { socketUrl: 'http://live', ...options },
      {
        openLink: (listener) => {
          const ended = <A extends unknown[]>(tell: (...args: A) => void) => (...args: A) => {
            this.pending = false;
            tell(...args);
          };
          this.line = {
            ...listener,
            opened: ended(listener.opened),
            failed: ended(listener.failed),
            refused: ended(listener.refused),
          };
          return this.link();
        },
        fetch: (path, init) => this.fetch(String(path), init),
        surroundings,
      },
    );
  }

  private link(): Link {
    return {
      open: (token, revision, transports) => {
        this.pending = true;
        this.opens.push({ token, revision, transports });
      },
      close: () => {},
      requestState: (held, timeout, answer) => {
        const timer = setTimeout(() => answer({ code: 'TIMEOUT', message: 'no answer' }), timeout);
        this.requests.push({
          held,
          answer: (refusal) => {
            clearTimeout(timer);
            answer(refusal);
          },
        });
      },
      refresh: (token) => this.refreshed.push(token),
    };
  }

  private async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    this.calls.push({ path, headers: new Headers(init.headers) });
    const answer = this.answers.get(path.replace(/\?.*/, ''));
    if (answer === undefined) {
      throw new TypeError('fetch failed');
    }
    return Promise.race([
      answer(),
      new Promise<never>((_, reject) => init.signal?.addEventListener('abort', () => reject(init.signal?.reason))),
    ]);
  }

  answerKpis(revision: number, landlordViews = 10): void {
    this.answers.set('/api/dashboard/tenant/kpis', () =>
      this.calls.at(-1)?.headers.get('If-None-Match') === `"e1-${revision}"`
        ? new Response(null, { status: 304 })
        : Response.json(
            { success: true, data: { ...KPIS, landlordViews } },
            { headers: { ETag: `"e1-${revision}"` } },
          ),
    );
  }

  answer(path: string, data: object): void {
    this.answers.set(path, () => Response.json({ success: true, data }));
  }

  refuse(path: string, status: number, code: string): void {
    this.answers.set(path, () => Response.json({ success: false, error: { code, message: code } }, { status }));
  }

  get status() {
    return this.client.snapshot().status;
  }

  get dashboard() {
    return this.client.snapshot().dashboard;
  }

  /** Lets time pass, and what is due happen. */
  async pass(milliseconds: number): Promise<void> {
    await vi.advanceTimersByTimeAsync(milliseconds);
  }

  /** Connects and catches up to a revision. */
  async live(revision = 5): Promise<void> {
    this.client.connect();
    await this.pass(0);
    this.line.opened();
    this.requests.at(-1)?.answer(null);
    this.line.event(state(revision));
  }

  /** So many attempts fail, each as soon as it is made. */
  async failAttempts(count: number): Promise<void> {
    for (let left = count; left > 0; ) {
      if (this.pending) {
        this.line.failed('refused');
        left--;
        await this.pass(0);
      } else {
        await this.pass(50);
      }
    }
  }
}
