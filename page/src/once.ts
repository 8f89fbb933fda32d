import { isRefused, newKey } from 'tenantlist-live-client';

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
      if (isRefused(failure)) {
        // It was not done, and is another write when it is sent again.
        keys.delete(text);
      }
      throw failure;
    }
  };
}
