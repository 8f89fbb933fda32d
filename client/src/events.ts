import { backoff } from './backoff.js';
import type { Dashboard, Told } from './core/dashboard.js';
import type { EventPage } from './core/state.js';
import { isLastWord, LiveError } from './errors.js';
import type { Live } from './live.js';
import type { DashboardEvent, Kpis, StateEvent } from './protocol.js';
import { pause } from './request.js';
import { eventsAfter } from './rest.js';

/** An event, and where it stands. To go on after it, keep `event.revision` and `epoch`, and give them as `since` and `epoch`. */
export interface LiveEvent {
  readonly event: DashboardEvent;
  /** The history that `event.revision` counts in. */
  readonly epoch: string;
  /** What was held before it; null of what the journal told, and of a `reconnected` in place of what nobody has any more. */
  readonly before: Dashboard | null;
  /** What was held after it, at its revision; null of what the journal told. */
  readonly after: Dashboard | null;
}

interface EventsOptions {
  since?: number | undefined;
  epoch?: string | null | undefined;
  signal?: AbortSignal | undefined;
}

/** Events that are kept for who does not take them; what is beyond is read from the journal. */
const MOST_WAITING = 10_000;

/** Why a request is given up that nobody waits for any more. */
const LEFT = new DOMException('nobody takes events any more', 'AbortError');

/**
 * Events in order, each once: those after revision `since` from the journal first (default: only what is not held yet), then what comes.
 * Revisions never go back within a history; KPIs that are older than what was given already are left out. Where the journal does not reach
 * back, or the history becomes another, `reconnected` with all that is held comes instead of what is missing.
 *
 * Retains the client from the first `next()` until it ends. `return()`, and so `break`, ends it at once, whatever it waits for.
 *
 * @param since the `event.revision` of the last event that was taken, with its `epoch`: without, it is taken to be of whatever history and
 *     user is there now. What `live.get()` holds is ahead of what was taken, and no place to go on from
 * @throws LiveError with status 410 when the journal does not reach back to `since`, or `epoch` is of another history or user: of what the
 *     caller gave only, before the first event; with `ENDED` when the client is ended; of what else the service refuses the journal with; the
 *     signal's reason when it is aborted
 */
export function events(live: Live, options: EventsOptions = {}): AsyncGenerator<LiveEvent, void, undefined> {
  const quit = new AbortController();
  const all = tell(live, options, quit);
  const end = all.return.bind(all);
  // A generator's own return() waits until it has something to give.
  return Object.assign(all, {
    return() {
      quit.abort(LEFT);
      return end();
    },
  });
}

/** @param quit ends what it waits for; its reason is thrown, but for {@link LEFT} */
async function* tell(live: Live, { since, epoch, signal }: EventsOptions, quit: AbortController): AsyncGenerator<LiveEvent, void, undefined> {
  const waiting: Told[] = [];
  let wake = () => {};
  // What was given last, and the history that it is of: null when not known yet.
  let last = since ?? live.get().revision;
  let history = epoch ?? live.get().epoch;
  // Whether `last` is still the caller's.
  let isGiven = since !== undefined;
  const aborted = () => quit.abort(signal?.reason);
  const look = () => {
    if (live.get().connection.state === 'ended') {
      quit.abort(new LiveError('ENDED', 'the client was ended'));
    }
  };
  const stops = [
    live.onEvent((told) => {
      if (waiting.push(told) > MOST_WAITING) {
        // The newest stays: it says where the journal is to lead.
        waiting.splice(0, MOST_WAITING);
      }
      wake();
    }),
    live.subscribe(look),
    live.retain(),
  ];
  signal?.addEventListener('abort', aborted);
  quit.signal.addEventListener('abort', () => wake());

  /** What fails because the service is away or busy, or `token` throws, is tried again. */
  async function patiently<T>(ask: () => Promise<T>): Promise<T> {
    for (let retry = 0; ; retry++) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof LiveError) || isLastWord(error)) {
          throw error;
        }
        quit.signal.throwIfAborted();
        await pause(backoff(retry + 1, 1_000, 30_000, Math.random()), quit.signal);
      }
    }
  }

  function given(each: LiveEvent): LiveEvent {
    signal?.throwIfAborted();
    last = each.event.revision;
    history = each.epoch;
    return each;
  }

  /** The journal after `last`, to its end as it is when it is reached; nothing more where it does not reach back to what was given. */
  async function* journal(): AsyncGenerator<LiveEvent, void, undefined> {
    for (let newest = Infinity; (last as number) < newest; ) {
      let page: EventPage;
      try {
        page = await patiently(() => eventsAfter(last as number, history, (path) => live.request(path, { signal: quit.signal })));
      } catch (error) {
        // 409: the session is another user's by now.
        if (!isGiven && error instanceof LiveError && (error.status === 410 || error.status === 409)) {
          return;
        }
        throw error;
      }
      isGiven = false;
      history = page.epoch;
      newest = page.events.length === 0 ? -1 : page.revision;
      for (const event of page.events) {
        yield given({ event, epoch: page.epoch, before: null, after: null });
      }
    }
  }

  /** What leads to what is held: the journal or, where it does not reach back, all that is held. */
  async function* upTo(held: Dashboard, before: Dashboard | null = null): AsyncGenerator<LiveEvent, void, undefined> {
    const isAhead = () => held.revision !== null && (held.epoch !== history || held.revision > (last ?? -1));
    if (last !== null && held.epoch === history && isAhead()) {
      yield* journal();
    }
    if (isAhead()) {
      yield given({ event: everything(held), epoch: held.epoch as string, before, after: held });
    }
  }

  try {
    signal?.throwIfAborted();
    look();
    if (isGiven) {
      yield* journal();
    }
    for (;;) {
      const next = waiting.shift();
      if (next === undefined) {
        const held = live.get();
        if (held.epoch === history) {
          // It is ahead when the journal was pruned while it was read.
          yield* upTo(held);
        }
        if (waiting.length === 0) {
          quit.signal.throwIfAborted();
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        continue;
      }
      const { event, before, after } = next;
      if (event.type === 'reconnected') {
        yield* upTo(after, before);
        continue;
      }
      yield* upTo(before);
      const isChange = after.revision !== before.revision;
      if (isChange ? event.revision > (last as number) : event.revision === last) {
        yield given({ event, epoch: after.epoch as string, before, after });
      }
    }
  } catch (error) {
    if (error !== LEFT) {
      throw error;
    }
  } finally {
    signal?.removeEventListener('abort', aborted);
    stops.forEach((stop) => stop());
  }
}

/** All that is held, as the service would tell it. */
function everything({ owner, epoch, revision, kpis, businesses, updatedAt }: Dashboard): StateEvent {
  return {
    type: 'reconnected',
    recovered: false,
    userId: owner as string,
    epoch: epoch as string,
    revision: revision as number,
    kpis: kpis as Kpis,
    businesses,
    timestamp: updatedAt as string,
  };
}
