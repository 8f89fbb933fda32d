import { Manager, type ManagerOptions, type Socket } from 'socket.io-client';
import type { Question } from './core/machine.js';
import type { LinkHappening, Refusal } from './core/state.js';
import type { Transport } from './options.js';
import { DASHBOARD_EVENTS, type DashboardEvent } from './protocol.js';

/** One attempt to connect to the namespace, and the connection that it becomes. */
export interface Link {
  /** Asks for what came after what is held, or for everything. @param refused is called when the server does not do it */
  ask(question: Question, refused: (refusal: Refusal) => void): void;
  /** Extends the session. A token that is refused shows at its end. */
  refresh(token: string): void;
  /** Ends it, whatever it is doing; nothing more is told of. */
  close(): void;
}

/** Opens a {@link Link}. A null token: the browser's cookie speaks for the user. Transports are tried in their order. */
export type OpenLink = (token: string | null, transports: readonly Transport[], tell: (happening: LinkHappening) => void) => Link;

const NAMESPACE = '/dashboard';

/**
 * By the official Socket.IO client. Each attempt has a manager of its own: when to try again, and what was missed, is the machine's
 * business, and nothing of an attempt is left when it ends.
 *
 * @param requestTimeout milliseconds after which an `XMLHttpRequest` of long-polling ends, also when nobody waits for it any more
 * @param parser Socket.IO's, such as that of `socket.io-msgpack-parser`; undefined: the built-in one
 */
export function socketIo(url: string, parser: unknown, requestTimeout: number): OpenLink {
  return (token, transports, tell) => {
    const manager = new Manager(url, {
      autoConnect: false,
      reconnection: false,
      // An attempt ends when its machine ends it.
      timeout: false,
      requestTimeout,
      tryAllTransports: true,
      transports: [...transports],
      withCredentials: true,
      ...(parser !== undefined && { parser }),
    } as unknown as Partial<ManagerOptions>);
    const socket: Socket = manager.socket(NAMESPACE, { auth: token === null ? {} : { token } });
    let is: 'opening' | 'open' | 'over' = 'opening';
    const over = (happening: LinkHappening) => {
      if (is !== 'over') {
        is = 'over';
        tell(happening);
      }
    };
    const on = <P>(name: string, happening: (payload: P) => LinkHappening) =>
      socket.on(name, (payload: P) => is === 'open' && tell(happening(payload)));

    socket.on('connect', () => {
      if (is === 'opening') {
        is = 'open';
        tell({ type: 'linkOpened' });
      }
    });
    socket.on('connect_error', ({ data, message }: Error & { data?: { code?: string } }) =>
      over(data?.code === undefined ? { type: 'linkFailed', message: inWords(message) } : { type: 'linkRefused', code: data.code, message }),
    );
    socket.on('disconnect', (reason) => {
      const message = inWords(reason);
      over(is === 'open' ? { type: 'linkClosed', message, ended: reason === 'io server disconnect' } : { type: 'linkFailed', message });
    });
    for (const type of DASHBOARD_EVENTS) {
      on(type, (payload: object) => ({ type: 'event', event: { type, ...payload } as DashboardEvent }));
    }
    on('presence:update', ({ connections }: { connections: number }) => ({ type: 'devices', devices: connections }));
    on('auth:expiring', () => ({ type: 'expiring' }));
    on('server:draining', ({ retryAfterMs }: { retryAfterMs: number }) => ({ type: 'draining', retryAfterMs: retryAfterMs || 0 }));
    on('server:stale', ({ staleMs }: { staleMs: number }) => ({ type: 'stale', staleMs }));
    manager.on('ping', () => is === 'open' && tell({ type: 'heard' }));
    socket.connect();

    return {
      ask(question, refused) {
        socket.emit('request:current-state', question ?? {}, (answer?: { success?: boolean; error?: Refusal }) => {
          if (answer?.success === false && answer.error) {
            refused(answer.error);
          }
        });
      },
      refresh(newToken) {
        socket.emit('auth:refresh', { token: newToken }, () => {});
      },
      close() {
        is = 'over';
        socket.disconnect();
      },
    };
  };
}

/** What Socket.IO calls it, for a person. */
function inWords(reason: string): string {
  return /^transport /.test(reason)
    ? 'the connection was lost'
    : / error$/.test(reason)
      ? 'the server cannot be reached'
      : reason === 'ping timeout'
        ? 'the server fell silent'
        : reason;
}
