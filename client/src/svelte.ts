import { isServer, onChangedFrame } from './frames.js';
import type { Live } from './live.js';
import type { LiveState } from './view.js';

/**
 * A part of what a client shows as a Svelte store (`$views`), which retains the client while somebody subscribes. It changes once a frame
 * at most. The contract of stores is Svelte's: https://svelte.dev/docs/svelte/stores#Store-contract.
 */
export function liveStore<T>(
  live: Live,
  selector: (state: LiveState) => T,
  equals?: (a: T, b: T) => boolean,
): { subscribe(run: (value: T) => void): () => void } {
  return {
    subscribe(run) {
      const selection = live.select(selector, equals);
      let last = selection.get();
      run(last);
      if (isServer) {
        return () => {};
      }
      const stop = onChangedFrame(live, () => {
        const next = selection.get();
        if (!Object.is(last, next)) {
          last = next;
          run(next);
        }
      });
      const release = live.retain();
      return () => {
        stop();
        release();
      };
    },
  };
}
