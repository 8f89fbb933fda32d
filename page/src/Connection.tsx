import { useEffect, useState } from 'react';
import type { Condition, Connection } from 'tenantlist-live-client';
import { age, time } from './format';

const WORDS: Record<Condition, string> = {
  idle: 'Not connected',
  ended: 'Closed',
  live: 'Live',
  recovering: 'Reconnecting',
  polling: 'Polling',
  offline: 'Offline',
  unauthorized: 'Not admitted',
};

/** Long enough that a blink of the connection is not announced. */
const ANNOUNCE_AFTER_MS = 1_000;

/** A connection that is back sooner is not worth a banner. */
const BANNER_AFTER_MS = 1_000;

const TICK_MS = 1_000;

function words({ state, asOf }: Connection): string {
  return state === 'recovering' && asOf === null ? 'Connecting' : WORDS[state];
}

export function Badge({ connection }: { connection: Connection }) {
  return (
    <p className={`badge ${connection.state}`}>
      <span className="dot" aria-hidden="true" />
      {words(connection)}
    </p>
  );
}

/** Tells screen readers of the connection's state, and of nothing else. */
export function useAnnouncements(connection: Connection): void {
  const text = connection.reason === '' ? words(connection) : `${words(connection)}: ${connection.reason}`;
  useEffect(() => {
    const timer = setTimeout(() => {
      const announcer = document.getElementById('announcer');
      if (announcer !== null) {
        announcer.textContent = text;
      }
    }, ANNOUNCE_AFTER_MS);
    return () => clearTimeout(timer);
  }, [text]);
}

interface BannerProps {
  connection: Connection;
  hasData: boolean;
  onRetry: () => void;
}

/** Why the data may be old, and how old they are. */
export function Banner({ connection, hasData, onRetry }: BannerProps) {
  const { state, reason, asOf, retryAt, since } = connection;
  const now = useNow(state === 'live' ? null : TICK_MS);
  if (state === 'live' || state === 'idle' || state === 'ended' || state === 'unauthorized' || (state === 'recovering' && (!hasData || Math.abs(now - since) < BANNER_AFTER_MS))) {
    return null;
  }
  const what = {
    recovering: 'The connection was interrupted',
    polling: 'No live connection: the figures are asked for every 30 s',
    offline: 'Offline',
  }[state];
  return (
    <div className={`banner ${state}`}>
      <p>
        <strong>{what}</strong>
        {reason !== '' && ` (${reason})`}.
        {hasData && asOf !== null && ` Data as of ${time(asOf)}, ${age(Math.max(0, now - asOf))} ago.`}
        {retryAt !== null && retryAt - now > 1_500 && ` Next attempt at ${time(retryAt)}.`}
      </p>
      <button type="button" onClick={onRetry}>
        Connect now
      </button>
    </div>
  );
}

/** The time, anew every so many milliseconds; null: only when something else is drawn anew. */
function useNow(every: number | null): number {
  const [, tick] = useState(0);
  useEffect(() => {
    if (every === null) {
      return;
    }
    const timer = setInterval(() => tick((n) => n + 1), every);
    return () => clearInterval(timer);
  }, [every]);
  return Date.now();
}
