import { LiveError } from './errors.js';

/** What gives up when a signal is aborted, or a time is over; whatever it waits for. */
export async function within<T>(milliseconds: number, signal: AbortSignal | null | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new LiveError('UNREACHABLE', `no answer within ${milliseconds / 1_000} s`)), milliseconds);
  const aborted = () => limit.abort(signal?.reason);
  signal?.addEventListener('abort', aborted);
  try {
    signal?.throwIfAborted();
    return await Promise.race([
      work(limit.signal),
      new Promise<never>((_, reject) => limit.signal.addEventListener('abort', () => reject(limit.signal.reason))),
    ]);
  } catch (error) {
    throw limit.signal.aborted ? limit.signal.reason : unreached(error);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', aborted);
  }
}

/** A while, or until a signal is aborted, which throws its reason. */
export function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', aborted);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', aborted);
  });
}

/** What `fetch` throws when there is no answer, in our words; all else as it is. */
export function unreached(error: unknown): unknown {
  return error instanceof TypeError ? new LiveError('UNREACHABLE', `the service cannot be reached (${error.message})`, { cause: error }) : error;
}
