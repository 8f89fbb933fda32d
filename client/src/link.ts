import { Manager, type ManagerOptions, type Socket } from 'socket.io-client';
import { DASHBOARD_EVENTS, type DashboardEvent } from './protocol.js';

export type Transport = 'websocket' | 'polling';

/** What a dashboard holds, for the server to go on from. */
export interface Held {
  after?: number;
  epoch?: string;
}

/** What a server said instead of letting a client in, or of a request. */
export interface Refusal {
  code: string;
  message: string;
}

/** What happens to a {@link Link}. After `opened` comes `closed`; instead of it `refused` or `failed`. */
export interface LinkListener {
  opened(): void;
  /** The server answered, and did not let us in. */
  refused(refusal: Refusal): void;
  /** No answer. */
  failed(reason: string): void;
  /** @param ended the server wants us to stay away */
  closed(reason: string, ended: boolean): void;
  event(event: DashboardEvent): void;
  connections(count: number): void;
  expiring(): void;
  draining(retryAfterMs: number): void;
  /** Anything at all was heard from the server. */
  heard(): void;
}

/** A connection to the namespace that is opened one attempt at a time and never by itself. */
export interface Link {
  /**
   * @param token null: the browser's cookie speaks for the user
   * @param revision what the client holds; null: nothing
   * @param transports in the order in which they are tried
   */
  open(token: string | null, revision: number | null, transports: readonly Transport[]): void;
  /** Ends it, whatever it is doing; nothing more is told of. */
  close(): void;
  /** Asks for what came after; `answer` gets a refusal, or null when it was answered or the link closed meanwhile. */
  requestState(held: Held, timeoutMs: number, answer: (refusal: Refusal | null) => void): void;
  /** Extends the session. */
  refresh(token: string, timeoutMs: number): void;
}

const NAMESPACE = '/dashboard';

/** Opens a {@link Link} with the official Socket.IO client. */
export function socketIoLink(url: string, timeoutMs: number, parser: unknown, listener: LinkListener): Link {
  const manager = new Manager(url, {
    autoConnect: false,
    // When to try again is the business of LiveClient.
    reconnection: false,
    timeout: timeoutMs,
    tryAllTransports: true,
    withCredentials: true,
    ...(parser !== undefined && { parser }),
  } as Partial<ManagerOptions>);
  let token: string | null = null;
  let held: number | null = null;
  /** The end of this attempt was told, or nobody wants to know. */
  let told = false;
  let open = false;
  const socket: Socket = manager.socket(NAMESPACE, {
    // Socket.IO's own recovery goes on from the last event of the socket; more may have come by polling since.
    auth: (give: (auth: object) => void) =>
      give({ ...(token !== null && { token }), ...(held !== null && { offset: String(held) }) }),
  });

  socket.on('connect', () => {
    open = true;
    listener.opened();
  });
  socket.on('connect_error', (error: Error & { data?: { code?: string } }) => {
    if (error.data?.code !== undefined) {
      told = true;
      listener.refused({ code: error.data.code, message: error.message });
    } else {
      listener.failed(inWords(error.message));
    }
  });
  socket.on('disconnect', (reason) => {
    if (open) {
      open = false;
      listener.closed(inWords(reason), reason === 'io server disconnect');
    } else if (!told) {
      listener.failed(inWords(reason));
    }
  });
  for (const type of DASHBOARD_EVENTS) {
    socket.on(type, (payload: object) => listener.event({ type, ...payload } as DashboardEvent));
  }
  socket.on('presence:update', (payload: { connections: number }) => listener.connections(payload.connections));
  socket.on('auth:expiring', () => listener.expiring());
  socket.on('server:draining', (payload: { retryAfterMs: number }) => listener.draining(payload.retryAfterMs));
  manager.on('ping', () => listener.heard());
  socket.onAny(() => listener.heard());

  return {
    open(newToken, revision, transports) {
      token = newToken;
      held = revision;
      told = false;
      manager.opts.transports = [...transports];
      socket.connect();
    },
    close() {
      open = false;
      told = true;
      socket.disconnect();
    },
    requestState(held, timeout, answer) {
      socket
        .timeout(timeout)
        .emit('request:current-state', held, (late: Error | null, state?: { success?: boolean; error?: Refusal }) => {
          if (late !== null) {
            answer({ code: 'TIMEOUT', message: `no answer within ${timeout} ms` });
          } else {
            answer(state?.success === false && state.error !== undefined ? state.error : null);
          }
        });
    },
    refresh(newToken, timeout) {
      token = newToken;
      // A refused token shows at the end of the session: it is asked for again then.
      socket.timeout(timeout).emit('auth:refresh', { token }, () => {});
    },
  };
}

/** What Socket.IO calls it, for a person. */
function inWords(reason: string): string {
  switch (reason) {
    case 'websocket error':
    case 'xhr poll error':
    case 'xhr post error':
    case 'fetch read error':
      return 'the server cannot be reached';
    case 'transport close':
    case 'transport error':
      return 'the connection was lost';
    case 'ping timeout':
      return 'the server fell silent';
    case 'timeout':
      return 'the server does not answer';
    default:
      return reason;
  }
}
