import { businessOf, type Dashboard, withBusiness } from './core/dashboard.js';
import { Conflict, isLastWord, LiveError } from './errors.js';
import type { Live } from './live.js';
import type { Business, BusinessStatus, Metrics } from './protocol.js';
import { pause } from './request.js';
import { refusal } from './rest.js';

/** Whatever the service says, a write waits no longer than this before it is sent again: milliseconds. */
const MAX_PAUSE = 10_000;

export interface WriteOptions {
  /**
   * Names the write: sent again with it within a day, it is not done twice. Default: a new one each call, which its own retries use; give one
   * to send again what ended as `OUTCOME_UNKNOWN`.
   */
  key?: string | undefined;
  signal?: AbortSignal | undefined;
}

export interface ChangeOptions extends WriteOptions {
  /** The version that the change was made from: if the business has another, nothing is written, and {@link Conflict} is thrown. */
  ifVersion?: string | undefined;
}

/** What was written, and whether a dashboard has it. */
interface Written {
  readonly business: Business;
  readonly isIn: (held: Dashboard) => boolean;
}

/** The fields of a business that may be written. */
export interface BusinessFields {
  name: string;
  category: string | null;
  status: BusinessStatus;
}

/**
 * Writes of a client's user. Each is sent again with the same key when its answer is lost or the service is busy. Dates are days such as `2026-11-26`. All throw {@link LiveError}: with `OUTCOME_UNKNOWN` when it is not known whether it was done.
 */
export interface Writes {
  readonly businesses: {
    create(fields: Partial<BusinessFields> & Pick<BusinessFields, 'name'>, options?: WriteOptions): Promise<Business>;
    /**
     * Changes the fields that are given; they are shown at once, and go back when it fails.
     *
     * @throws Conflict when it has another version than `ifVersion`
     */
    update(id: string, changes: Partial<BusinessFields>, options?: ChangeOptions): Promise<Business>;
    /** Deletes it and all its metrics. @throws Conflict when it has another version than `ifVersion` */
    remove(id: string, options?: ChangeOptions): Promise<void>;
  };
  readonly metrics: {
    /** Adds to the counts of a day. */
    add(id: string, date: string, counts: Partial<Metrics>, options?: WriteOptions): Promise<void>;
    /** Sets counts of a day; those that are absent stay. */
    set(id: string, date: string, counts: Partial<Metrics>, options?: WriteOptions): Promise<void>;
  };
}

/**
 * @param options.attempts how often a write is sent at most; default 3
 * @param options.retryDelay milliseconds before it is sent again, if the service does not say; default 1,000
 */
export function writes(live: Live, { attempts = 3, retryDelay = 1_000 }: { attempts?: number; retryDelay?: number } = {}): Writes {
  async function write(method: string, path: string, body: object | null, { key = newKey(), ifVersion, signal }: ChangeOptions = {}): Promise<Written> {
    const { owner, connection } = live.get();
    const init: RequestInit = {
      method,
      body: body === null ? null : JSON.stringify(body),
      headers: {
        'Idempotency-Key': key,
        // It is theirs for whom it was called, whoever signs in before it is sent again.
        ...(owner !== null && connection.state !== 'idle' && { 'X-Live-User': owner }),
        ...(body !== null && { 'Content-Type': 'application/json' }),
        ...(ifVersion !== undefined && { 'If-Match': `"${ifVersion}"` }),
      },
      signal: signal ?? null,
    };
    let mayBeDone = false;
    for (let attempt = 1; ; attempt++) {
      try {
        const response = await live.request(path, init);
        const said = (await response.json().catch(() => null)) as { data?: { business: Business }; error?: { code?: string; message?: string } } | null;
        if (response.status === 412 && said?.data !== undefined) {
          throw new Conflict(said.error?.message ?? 'it was changed meanwhile', body as Partial<BusinessFields> | null, said.data.business);
        }
        if (!response.ok) {
          throw refusal(response, said?.error);
        }
        if (said?.data === undefined) {
          throw new TypeError('an answer that is none of the service');
        }
        live.refresh();
        const [, epoch, revision] = /^(.*)-(\d+)$/.exec(response.headers.get('X-Live-Revision') ?? '') ?? [];
        return { ...said.data, isIn: (held) => held.epoch !== epoch || (held.revision as number) >= Number(revision) };
      } catch (error) {
        signal?.throwIfAborted();
        const failure = error instanceof LiveError && error.code !== 'UNREACHABLE' ? error : null;
        const status = failure?.status ?? 0;
        // Also a server that fails may have done it first: its COMMIT's answer may be what was lost.
        mayBeDone ||= failure === null || status >= 500;
        // Whoever has signed in by the next attempt would have it done beside who it may have been done for.
        const isAnybodys = mayBeDone && owner === null && connection.state !== 'idle';
        const isLast = (failure !== null && isLastWord(failure)) || isAnybodys || attempt >= attempts;
        if (isLast || !(await paused(Math.min(failure?.retryAfter ?? retryDelay, MAX_PAUSE), signal))) {
          throw failure !== null && (!mayBeDone || isRefused(failure))
            ? failure
            : new LiveError('OUTCOME_UNKNOWN', 'no answer says whether it was done', {
                ...(failure?.status != null && { status }),
                ...(failure?.retryAfter != null && { retryAfter: failure.retryAfter }),
                cause: error,
              });
        }
      }
    }
  }

  /** A while, or less when the client is ended: false then. */
  function paused(milliseconds: number, signal: AbortSignal | undefined): Promise<boolean> {
    const over = new AbortController();
    const abort = () => over.abort(signal?.reason);
    signal?.addEventListener('abort', abort);
    return Promise.race([pause(milliseconds, over.signal).then(() => true), live.until('ended', { signal: over.signal }).then(() => false)]).finally(() => {
      abort();
      signal?.removeEventListener('abort', abort);
    });
  }

  /** Shows it while it is written, and then until what is held has it. Null: it is deleted. */
  async function shown<T extends Business | null>(id: string, changes: Partial<Business> | null, done: Promise<{ business: T; isIn: Written['isIn'] }>): Promise<T> {
    const { owner } = live.get();
    const as = (what: Partial<Business> | null) => (held: Dashboard) => {
      const business = businessOf(held, id);
      // Another user may have a business with the same id. Before it is known whose dashboard it is, it is whose it will be.
      return business === undefined || (owner !== null && held.owner !== owner) ? held : withBusiness(held, id, what === null ? null : { ...business, ...what, pending: true });
    };
    const show = live.overlay(as(changes));
    try {
      const { business, isIn } = await done;
      if (isIn(live.get())) {
        show();
      } else {
        show(as(business));
        const stop = live.onEvent(({ after }) => {
          if (isIn(after)) {
            stop();
            show();
          }
        });
      }
      return business;
    } catch (error) {
      show();
      throw error;
    }
  }

  const business = (id: string) => `/api/businesses/${encodeURIComponent(id)}`;
  const day = (id: string, date: string) => `${business(id)}/metrics/${encodeURIComponent(date)}`;
  return {
    businesses: {
      create: async (fields, options) => (await write('POST', '/api/businesses', fields, options)).business,
      update: (id, changes, options) => shown(id, changes, write('PUT', business(id), changes, options)),
      remove: async (id, options) => void (await shown(id, null, write('DELETE', business(id), null, options).then((done) => ({ ...done, business: null })))),
    },
    metrics: {
      add: async (id, date, counts, options) => void (await write('POST', `${day(id, date)}/increments`, counts, options)),
      set: async (id, date, counts, options) => void (await write('PUT', day(id, date), counts, options)),
    },
  };
}

/**
 * Whether a write failed because the service, which has looked at its key, refused it: it was not done, whatever was lost before. After all
 * other failures, a proxy's 404 among them, it may have been, and is to be sent again with the same key.
 */
export function isRefused(failure: unknown): boolean {
  return (
    failure instanceof LiveError &&
    [404, 409, 412, 422].includes(failure.status ?? 0) &&
    /^(?!HTTP_|USER_MISMATCH$|OUTCOME_UNKNOWN$)[A-Z_]+$/.test(failure.code)
  );
}

/** A key for {@link WriteOptions.key}: 32 hexadecimal digits. `crypto.randomUUID` is there on secure pages only. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
