import { createContext, createElement, type ReactNode, useCallback, useContext, useEffect, useRef, useSyncExternalStore } from 'react';
import { businessOf, EMPTY } from './core/dashboard.js';
import { onChangedFrame } from './frames.js';
import type { Live } from './live.js';
import type { DashboardBusiness } from './protocol.js';
import type { Connection, LiveState } from './view.js';

/** What a server shows, and a page until it is hydrated, whatever its client holds by then. */
const NOTHING: LiveState = {
  ...EMPTY,
  connection: { state: 'idle', transport: null, reason: '', code: null, since: 0, asOf: null, retryAt: null },
};

const Context = createContext<Live | null>(null);

/** Gives a client to what is in it, and retains it while it is mounted. */
export function LiveProvider({ client, children }: { client: Live; children?: ReactNode }): ReactNode {
  useEffect(() => client.retain(), [client]);
  return createElement(Context.Provider, { value: client }, children);
}

/** The client of the {@link LiveProvider} around. @throws Error where there is none */
export function useLiveClient(): Live {
  const live = useContext(Context);
  if (live === null) {
    throw new Error('there is no <LiveProvider client={…}> around this component');
  }
  return live;
}

/**
 * A part of what is shown. The component is drawn again when it changes, as `equals` says, once a frame at most, and not otherwise. The
 * selector may be written in place.
 */
export function useLive<T>(selector: (state: LiveState) => T, equals: (a: T, b: T) => boolean = Object.is): T {
  const live = useLiveClient();
  const last = useRef<{ readonly state: LiveState; readonly selector: unknown; readonly value: T } | null>(null);
  const subscribe = useCallback((changed: () => void) => onChangedFrame(live, changed), [live]);
  const of = (state: LiveState) => {
    const before = last.current;
    if (before !== null && before.state === state && before.selector === selector) {
      return before.value;
    }
    const selected = selector(state);
    const value = before !== null && equals(before.value, selected) ? before.value : selected;
    last.current = { state, selector, value };
    return value;
  };
  return useSyncExternalStore(subscribe, () => of(live.get()), () => of(NOTHING));
}

/** One business, or undefined when it is not there: drawn again when it changes, whatever happens to the others. */
export function useBusiness(id: string): DashboardBusiness | undefined {
  return useLive((state) => businessOf(state, id));
}

/** How the data come, and how old they may be. */
export function useConnection(): Connection {
  return useLive((state) => state.connection);
}
