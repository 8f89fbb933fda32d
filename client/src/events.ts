import { backoff } from './backoff.js';
import type { Dashboard, Told } from './core/dashboard.js';
import { LiveError } from './errors.js';
import type { Live } from './live.js';
import type { DashboardEvent } from './protocol.js';
import { pause } from './request.js';
import { eventsAfter } from './rest.js';

/** An event, and what was held before and after it; null of what the journal told and this client did not hold. */
export interface LiveEvent {
  readonly event: DashboardEvent;
  readonly before: Dashboard | null;
  readonly after: Dashboard | null;
}

/** Events that are kept for who does not take them; what is beyond is read from the journal. */
const MOST_WAITING = 10_000;

/**
 * Events in order, each once: those after revision `since` from the journal first (default: only new ones), then what comes. Retains the
 * client. Where the journal does not reach back, or belongs to another history, `reconnected` with all that is comes instead of what is
 * missing.
 *
 * @param since a revision; it counts in the history that was shown with it, whose `epoch` is to be kept and given with it: without, it is
 *     taken to be of whatever history and user is there now
 * @throws LiveError with status 410 when the journal does not reach back to `since`, or `epoch` is of another history or user; `ENDED` when
 *     the client is ended; the signal's reason when it is aborted
 */
export async function* events(
  live: Live,
  { since, epoch, signal }: { since?: number; epoch?: string | null; signal?: AbortSignal } = {},
): AsyncGenerator<LiveEvent, void, undefined> {
  const waiting: Told[] = [];
  let wake = () => {};
  const woken = () => wake();
  // What was told of last, and the history that it is of: null when not known yet.
  let last = since ?? live.get().revision;
  let history = epoch ?? live.get().epoch;
  let behind = since !== undefined;
  const stops = [
    live.onEvent((told) => {
      if (waiting.push(told) > MOST_WAITING) {
        waiting.length = 0;
        behind = true;
      }
      wake();
    }),
    live.subscribe(woken),
    live.retain(),
  ];
  signal?.addEventListener('abort', woken);

  /** What fails because the service is away or busy is tried again. */
  async function patiently<T>(ask: () => Promise<T>): Promise<T> {
    for (let retry = 0; ; retry++) {
      try {
        return await ask();
      } catch (error) {
        const status = error instanceof LiveError ? (error.status ?? 0) : 0;
        if (!(error instanceof LiveError) || (error.code !== 'UNREACHABLE' && status !== 429 && status < 500) || live.get().connection.state === 'ended') {
          throw error;
        }
        await pause(backoff(retry + 1, 1_000, 30_000, Math.random()), signal);
      }
    }
  }

  /** The journal after `last`, to its end as it is when it is reached. */
  async function* journal(): AsyncGenerator<LiveEvent, void, undefined> {
    for (let newest = Infinity; (last as number) < newest; ) {
      const page = await patiently(() => eventsAfter(last as number, history, (path) => live.request(path, { signal: signal ?? null })));
      history = page.epoch;
      newest = page.events.length === 0 ? -1 : page.revision;
      for (const event of page.events) {
        last = event.revision;
        yield { event, before: null, after: null };
      }
    }
  }

  try {
    for (;;) {
      signal?.throwIfAborted();
      if (behind && last !== null) {
        behind = false;
        yield* journal();
      }
      const next = waiting.shift();
      if (next === undefined) {
        if (live.get().connection.state === 'ended') {
          throw new LiveError('ENDED', 'the client was ended');
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      const { event, before, after } = next;
      const isState = event.type === 'reconnected';
      const isChange = !isState && after.revision !== before.revision;
      const isSame = (history ?? after.epoch) === after.epoch;
      if (last !== null && isSame && (isChange ? event.revision > last + 1 : isState && event.revision > last)) {
        // Something lies between, which the journal has; or, when it does not reach back, all that is.
        try {
          yield* journal();
        } catch (error) {
          if (!isState || !(error instanceof LiveError) || error.status !== 410) {
            throw error;
          }
        }
      }
      if (isState ? !isSame || event.revision > (last ?? -1) : !isChange || event.revision > (last ?? -1)) {
        last = isState || isChange ? event.revision : last;
        history = after.epoch;
        yield next;
      }
    }
  } finally {
    signal?.removeEventListener('abort', woken);
    stops.forEach((stop) => stop());
  }
}
