import type { Business } from './protocol.js';
import type { BusinessFields } from './writes.js';

/** What the service says no with, by REST or by the socket: its `ErrorCode`, with which a test compares this. */
export type ServiceCode =
  | 'BAD_REQUEST'
  | 'CONFLICT'
  | 'EVENTS_PRUNED'
  | 'FORBIDDEN'
  | 'IDEMPOTENCY_KEY_REUSED'
  | 'INTERNAL'
  | 'INVALID'
  | 'METHOD_NOT_ALLOWED'
  | 'NOT_ACCEPTABLE'
  | 'NOT_FOUND'
  | 'ORIGIN_NOT_ALLOWED'
  | 'PAYLOAD_TOO_LARGE'
  | 'SERVER_BUSY'
  | 'TOKEN_EXPIRED'
  | 'TOKEN_INVALID'
  | 'TOKEN_MISSING'
  | 'TOKEN_REVOKED'
  | 'TOO_MANY_CONNECTIONS'
  | 'TOO_MANY_REQUESTS'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'USER_MISMATCH'
  | 'VERSION_CONFLICT';

/** What goes wrong on this side. */
export type ClientCode =
  /** There was no answer to `request`. */
  | 'UNREACHABLE'
  /** No answer says whether a write was done: it was lost, or the service failed. Send it again with the same key. */
  | 'OUTCOME_UNKNOWN'
  /** The client was ended. */
  | 'ENDED';

export type Code = ServiceCode | ClientCode;

/** A call that failed. `code` says how; one that this version does not know is a text all the same. */
export class LiveError extends Error {
  declare readonly code: Code | (string & {});
  /** HTTP's, when the service answered. */
  declare readonly status: number | null;
  /** Milliseconds that the service wants to be left alone; null when it did not say. */
  declare readonly retryAfter: number | null;

  constructor(code: Code | (string & {}), message: string, more: { status?: number; retryAfter?: number | null; cause?: unknown } = {}) {
    super(message, more);
    this.code = code;
    this.status = more.status ?? null;
    this.retryAfter = more.retryAfter ?? null;
    this.name = 'LiveError';
  }
}

/** Whether asking again would bring the same: the service is neither away nor busy, and `token`, whose failure is a cause, did not throw. */
export function isLastWord(error: LiveError): boolean {
  const status = error.status ?? 0;
  return error.code !== 'UNREACHABLE' && !('cause' in error) && status !== 429 && status < 500;
}

/** A business was changed elsewhere meanwhile: nothing was written. */
export class Conflict extends LiveError {
  override readonly name = 'Conflict';
  /** What was to be written; null when it was to be deleted. */
  readonly mine: Partial<BusinessFields> | null;
  /** The business as it is now. */
  readonly theirs: Business;

  constructor(message: string, mine: Partial<BusinessFields> | null, theirs: Business) {
    super('VERSION_CONFLICT', message, { status: 412 });
    this.mine = mine;
    this.theirs = theirs;
  }
}
