import { useEffect, useReducer, useState } from 'react';
import { io } from 'socket.io-client';
import { type DashboardState, emptyState, fold, isGap, type ServerEvent } from './model';

export type Connection =
  | { state: 'connecting' | 'live' }
  | { state: 'offline'; reason: string }
  | { state: 'refused'; reason: string };

const EVENTS = [
  'kpi:update',
  'business:created',
  'business:updated',
  'business:deleted',
  'metrics:updated',
  'reconnected',
] as const;

/** Keeps a dashboard true: connects, asks for what it missed after every connect and every gap, and folds events. */
export function useDashboard(token: string): { dashboard: DashboardState; connection: Connection } {
  const [dashboard, dispatch] = useReducer(fold, emptyState);
  const [connection, setConnection] = useState<Connection>({ state: 'connecting' });

  useEffect(() => {
    let disposed = false;
    let dispose = () => {};
    // What the events were folded into, ahead of what is drawn: a gap must be seen between two renderings too.
    let held = emptyState;

    void socketUrl().then((url) => {
      if (disposed) {
        return;
      }
      const socket = io(`${url}/dashboard`, {
        auth: { token },
        transports: ['websocket', 'polling'],
        reconnectionDelay: 1000,
        reconnectionDelayMax: 30000,
      });
      const request = () =>
        socket.emit(
          'request:current-state',
          held.revision === null ? {} : { after: held.revision, epoch: held.epoch ?? undefined },
        );
      socket.on('connect', () => {
        setConnection({ state: 'live' });
        request();
      });
      socket.on('disconnect', (reason) => setConnection({ state: 'offline', reason }));
      socket.on('connect_error', (error: Error & { data?: { code: string } }) =>
        setConnection({ state: error.data ? 'refused' : 'offline', reason: error.message }),
      );
      for (const type of EVENTS) {
        socket.on(type, (payload: object) => {
          const event = { type, ...payload } as ServerEvent;
          if (isGap(held, event)) {
            request();
            return;
          }
          held = fold(held, event);
          dispatch(event);
        });
      }
      dispose = () => socket.disconnect();
    });
    return () => {
      disposed = true;
      dispose();
    };
  }, [token]);

  return { dashboard, connection };
}

async function socketUrl(): Promise<string> {
  const { socketPort } = (await (await fetch('/page.json')).json()) as { socketPort: number };
  return `${location.protocol}//${location.hostname}:${socketPort}`;
}
