import { useCallback, useEffect, useSyncExternalStore } from 'react';
import type { LiveClient, Snapshot } from './client.js';

/**
 * Connects a client while the component is there, and follows what it holds. However fast changes come, it renders once a frame
 * at most, and not at all in a tab that nobody sees.
 */
export function useLiveDashboard(client: LiveClient): Snapshot {
  useEffect(() => {
    client.connect();
    return () => client.dispose();
  }, [client]);
  const subscribe = useCallback(
    (changed: () => void) => {
      let frame = 0;
      const stop = client.subscribe(() => {
        frame ||= requestAnimationFrame(() => {
          frame = 0;
          changed();
        });
      });
      return () => {
        cancelAnimationFrame(frame);
        stop();
      };
    },
    [client],
  );
  const snapshot = () => client.snapshot();
  return useSyncExternalStore(subscribe, snapshot, snapshot);
}
