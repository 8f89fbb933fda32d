import { LiveError, newKey } from 'tenantlist-live-client';

/** These are said by who has looked at the key: it was not done, and is another write when it is sent again. */
const REFUSALS = [404, 409, 412, 422];

/**
 * Sends a form's writes. One that is sent again has the same key, until it was done or refused: whatever others say meanwhile, who have
 * not looked at the key, it is not done twice.
 */
export function once() {
  const keys = new Map<string, string>();
  return async (what: unknown, write: (key: string) => Promise<unknown>): Promise<void> => {
    const text = JSON.stringify(what);
    const key = keys.get(text) ?? newKey();
    keys.set(text, key);
    try {
      await write(key);
      // The form begins anew: the same again is meant to be done again.
      keys.clear();
    } catch (failure) {
      if (isRefusal(failure)) {
        keys.delete(text);
      }
      throw failure;
    }
  };
}

function isRefusal(failure: unknown): boolean {
  return (
    failure instanceof LiveError &&
    REFUSALS.includes(failure.status ?? 0) &&
    failure.code !== 'USER_MISMATCH' &&
    failure.code !== 'OUTCOME_UNKNOWN'
  );
}
