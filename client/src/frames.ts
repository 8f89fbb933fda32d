import type { Live } from './live.js';
import { apart } from './report.js';

/** Where pages are rendered for somebody else: nothing is retained, or it would be for ever. */
export const isServer = typeof window === 'undefined';

/** Once a frame at most, and not at all in a tab that nobody sees; where there are no frames, once a turn. */
const onFrame: (call: () => void) => void = (call) =>
  typeof requestAnimationFrame === 'function' ? requestAnimationFrame(call) : setTimeout(call);

interface Frames {
  readonly listeners: Set<{ readonly call: () => void }>;
  waits: boolean;
}

const frames = new WeakMap<Live, Frames>();

/**
 * Calls back after changes of what a client shows, once a frame however many there were: a thousand events are one drawing. Until the
 * returned function is called.
 */
export function onChangedFrame(live: Live, listener: () => void): () => void {
  let shared = frames.get(live);
  if (shared === undefined) {
    const made: Frames = { listeners: new Set(), waits: false };
    shared = made;
    frames.set(live, made);
    live.subscribe(() => {
      if (!made.waits && made.listeners.size > 0) {
        made.waits = true;
        onFrame(() => {
          made.waits = false;
          for (const entry of [...made.listeners]) {
            apart(() => made.listeners.has(entry) && entry.call());
          }
        });
      }
    });
  }
  const { listeners } = shared;
  const entry = { call: listener };
  listeners.add(entry);
  return () => listeners.delete(entry);
}
