/**
 * How long to wait before a retry: nothing before the first, then `base`, twice that, and so on, at most `max`. Of each wait a
 * random half is taken ("equal jitter": M. Brooker, Exponential Backoff And Jitter, 2015), so that clients that lost the same
 * server do not come back together.
 *
 * @param retry how many retries went before, from 0
 * @param base milliseconds
 * @param max milliseconds
 * @param random 0 to 1, by chance
 */
export function backoff(retry: number, base: number, max: number, random: number): number {
  if (retry === 0) {
    return 0;
  }
  const wait = Math.min(max, base * 2 ** Math.min(retry - 1, 30));
  return wait / 2 + (wait / 2) * random;
}
