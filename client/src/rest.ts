import type { FullState } from './core/dashboard.js';
import type { Question } from './core/machine.js';
import type { Answer, EventPage } from './core/state.js';
import { LiveError } from './errors.js';
import type { ChangeEvent, KpiEvent } from './protocol.js';

/** Calls REST as the user. */
export type Call = (path: string) => Promise<Response>;

/** Events a page. */
const PAGE = 1_000;

/**
 * Asks REST what the machine wants to know.
 *
 * @throws LiveError when the service says no, with status 410 when the events are not kept that long, or are of another history
 */
export async function answerOf(question: Question, call: Call): Promise<Answer> {
  return question === null
    ? read<FullState>(await call('/api/dashboard/tenant'))
    : eventsAfter(question.after, question.epoch, call);
}

/** A page of what came after a revision. */
export async function eventsAfter(after: number, epoch: string | null, call: Call): Promise<EventPage> {
  const history = epoch === null ? '' : `&epoch=${encodeURIComponent(epoch)}`;
  const page = await read<Omit<EventPage, 'events'> & { events: { type: string; payload: object }[] }>(
    await call(`/api/dashboard/tenant/events?after=${after}${history}&limit=${PAGE}`),
  );
  return { ...page, events: page.events.map(({ type, payload }) => ({ type, ...payload }) as ChangeEvent | KpiEvent) };
}

/**
 * The `data` of an answer.
 *
 * @throws LiveError when the service says no
 */
export async function read<T>(response: Response): Promise<T> {
  const body = (await response.json().catch(() => null)) as { data?: T; error?: { code?: string; message?: string } } | null;
  if (response.ok && body?.data !== undefined) {
    return body.data;
  }
  throw refusal(response, body?.error);
}

/** What an answer says that is a refusal. */
export function refusal(response: Response, error: { code?: string; message?: string } | undefined): LiveError {
  const { status } = response;
  const retryAfter = Number(response.headers.get('Retry-After') ?? NaN) * 1_000;
  return new LiveError(error?.code ?? `HTTP_${status}`, error?.message ?? `the service answered ${status}`, {
    status,
    retryAfter: retryAfter >= 0 ? retryAfter : null,
  });
}
