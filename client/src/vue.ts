import { onScopeDispose, shallowReadonly, type ShallowRef, shallowRef } from 'vue';
import { isServer, onChangedFrame } from './frames.js';
import type { Live } from './live.js';
import type { LiveState } from './view.js';

/**
 * A part of what a client shows, for as long as the scope lasts, which retains the client. It changes once a frame at most. On a server, where
 * scopes do not end, it stays as it is.
 */
export function useLive<T>(live: Live, selector: (state: LiveState) => T, equals?: (a: T, b: T) => boolean): Readonly<ShallowRef<T>> {
  const selection = live.select(selector, equals);
  const value = shallowRef(selection.get());
  if (isServer) {
    return value;
  }
  const stop = onChangedFrame(live, () => {
    value.value = selection.get();
  });
  const release = live.retain();
  onScopeDispose(() => {
    stop();
    release();
  });
  return shallowReadonly(value) as Readonly<ShallowRef<T>>;
}
