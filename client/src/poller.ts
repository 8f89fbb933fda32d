import { type Dashboard, fold } from './dashboard.js';
import type { DashboardEvent } from './protocol.js';
import { type Call, fetchEvents, fetchKpis, fetchState, RestError } from './rest.js';

/** Of the interval, this part is random, so that clients do not ask together. */
const JITTER = 0.1;

export interface PollerOptions {
  /** Milliseconds between polls. */
  interval: number;
  /** Milliseconds that a poll may take. */
  timeout: number;
  /** Calls REST as the user. */
  call: (path: string, init: RequestInit) => Promise<Response>;
  /** Whether nobody looks: then nothing is asked. */
  isHidden: () => boolean;
  /** What is held now. */
  held: () => Dashboard;
  /** It was asked: what is true now, and the changes that led to it from what was held, as far as the journal reaches. */
  polled: (dashboard: Dashboard, changes: DashboardEvent[]) => void;
  /** It could not be asked, or was refused (a {@link RestError}). */
  failed: (error: unknown) => void;
}

/** Asks REST at once and from time to time; one poll at a time. */
export class Poller {
  /** How the last poll since the start went; `off` before {@link start}, `asking` before the first answer. */
  outcome: 'off' | 'asking' | 'good' | 'failed' = 'off';

  private readonly options: PollerOptions;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asking: AbortController | null = null;

  constructor(options: PollerOptions) {
    this.options = options;
  }

  /** Begins, unless it has. */
  start(): void {
    if (this.outcome === 'off') {
      this.outcome = 'asking';
      this.poll();
    }
  }

  stop(): void {
    this.outcome = 'off';
    clearTimeout(this.timer);
    this.asking?.abort();
    this.asking = null;
  }

  /** Asks now, if it has begun and is not asking already. */
  now(): void {
    if (this.outcome !== 'off' && this.asking === null) {
      this.poll();
    }
  }

  /** What is held was changed from elsewhere: the answer under way is of no use. The next poll comes in its time. */
  drop(): void {
    if (this.asking !== null) {
      this.asking.abort();
      this.asking = null;
      this.later();
    }
  }

  private poll(): void {
    clearTimeout(this.timer);
    if (this.options.isHidden()) {
      this.later();
      return;
    }
    const asking = new AbortController();
    this.asking = asking;
    const { timeout } = this.options;
    const limit = setTimeout(() => asking.abort(new Error(`no answer by REST within ${timeout / 1000} s`)), timeout);
    const settle = (outcome: 'good' | 'failed', tell: () => void) => {
      clearTimeout(limit);
      if (this.asking === asking) {
        this.asking = null;
        this.outcome = outcome;
        this.later();
        tell();
      }
    };
    const call: Call = (path, headers = {}) => this.options.call(path, { headers, signal: asking.signal });
    const changes: DashboardEvent[] = [];
    read(call, this.options.held(), changes).then(
      (dashboard) => settle('good', () => this.options.polled(dashboard, changes)),
      (error: unknown) => settle('failed', () => this.options.failed(error)),
    );
  }

  private later(): void {
    this.timer = setTimeout(() => this.poll(), this.options.interval * (1 - JITTER * Math.random()));
  }
}

/** What REST says now: what is held, changed event by event where the journal reaches; else all of it anew. */
async function read(call: Call, held: Dashboard, changes: DashboardEvent[]): Promise<Dashboard> {
  const newest = await fetchKpis(call, held.epoch, held.kpiRevision);
  if (newest === null) {
    return held;
  }
  if (held.revision === null || held.epoch === null || newest.revision < held.revision) {
    return full(call, held);
  }
  try {
    let dashboard = held;
    for (let after = held.revision, last = Infinity; after < last; ) {
      const page = await fetchEvents(call, after);
      if (page.epoch !== held.epoch) {
        changes.length = 0;
        return await full(call, held);
      }
      for (const event of page.events) {
        const folded = fold(dashboard, event, false);
        if (folded.outcome === 'applied') {
          dashboard = folded.dashboard;
          changes.push(event);
        }
      }
      last = page.revision;
      after = page.events.at(-1)?.revision ?? last;
    }
    return { ...dashboard, kpis: newest.kpis, kpiRevision: newest.revision };
  } catch (error) {
    if (error instanceof RestError && error.status === 410) {
      changes.length = 0;
      return full(call, held);
    }
    throw error;
  }
}

async function full(call: Call, held: Dashboard): Promise<Dashboard> {
  const { kpis, businesses, revision, epoch } = await fetchState(call);
  return { ...held, kpis, businesses, revision, kpiRevision: revision, epoch };
}
