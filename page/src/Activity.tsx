import { useEffect, useReducer } from 'react';
import { businessOf, type Live, type Metrics, type Told } from 'tenantlist-live-client';
import { COUNTS, plural, statusName, time } from './format';

export interface Entry {
  id: number;
  at: string;
  businessId: string;
  name: string;
  text: string;
  /** What was counted, for an entry of metrics: more of the same business is added to it. */
  added: Partial<Metrics> | null;
}

export interface ActivityState {
  /** Whose businesses they are. */
  owner: string | null;
  /** Newest first. */
  entries: Entry[];
  /** How often each business changed: what the list highlights. */
  touched: ReadonlyMap<string, number>;
}

const MOST = 50;
/** Counts of one business within this time are one entry. */
const TOGETHER_MS = 10_000;

/** What happened to this user's businesses since the page was opened. */
export function useActivity(live: Live): ActivityState {
  const [state, add] = useReducer(fold, NOTHING);
  useEffect(() => live.onEvent((told) => {
    add({ owner: told.after.owner, entry: describe(told) });
  }), [live]);
  return state;
}

const NOTHING: ActivityState = { owner: null, entries: [], touched: new Map() };

/** Of another user all begins anew. */
function fold(state: ActivityState, { owner, entry }: { owner: string | null; entry: Omit<Entry, 'id'> | null }): ActivityState {
  const held = state.owner === owner ? state : { ...NOTHING, owner };
  return entry === null ? held : added(held, entry);
}

function added({ owner, entries, touched }: ActivityState, entry: Omit<Entry, 'id'>): ActivityState {
  const newest = entries[0];
  const counted = new Map(touched).set(entry.businessId, (touched.get(entry.businessId) ?? 0) + 1);
  const joins =
    newest !== undefined &&
    newest.added !== null &&
    entry.added !== null &&
    newest.businessId === entry.businessId &&
    Date.parse(entry.at) - Date.parse(newest.at) < TOGETHER_MS;
  if (joins) {
    const added = { ...newest.added };
    for (const { key } of COUNTS) {
      added[key] = (added[key] ?? 0) + (entry.added?.[key] ?? 0);
    }
    return { owner, touched: counted, entries: [{ ...newest, added, text: inWords(added) }, ...entries.slice(1)] };
  }
  return { owner, touched: counted, entries: [{ ...entry, id: (newest?.id ?? 0) + 1 }, ...entries.slice(0, MOST - 1)] };
}

/** An event in words, against what is held before it; null for one that is not about a business. */
function describe({ event, before: held }: Told): Omit<Entry, 'id'> | null {
  if (event.type === 'kpi:update' || event.type === 'reconnected') {
    return null;
  }
  const businessId = 'business' in event ? event.business.id : event.businessId;
  const before = businessOf(held, businessId);
  const entry = { at: event.timestamp, businessId, name: before?.name ?? 'A business', added: null };
  switch (event.type) {
    case 'business:created':
      return { ...entry, name: event.business.name, text: 'was added' };
    case 'business:deleted':
      return { ...entry, text: 'was deleted' };
    case 'business:updated': {
      const { name, status, is_verified } = event.business;
      const changes = [
        before !== undefined && before.name !== name && `was renamed from ${before.name}`,
        before?.status !== status && `is now ${statusName(status).toLowerCase()}`,
        before?.is_verified !== is_verified && (is_verified ? 'is verified' : 'is not verified any more'),
      ].filter((change) => change !== false);
      return { ...entry, name, text: changes.join(', ') || 'was changed' };
    }
    case 'metrics:updated': {
      const added: Partial<Metrics> = {};
      for (const { key } of COUNTS) {
        added[key] = event.metrics[key] - (before?.metrics[key] ?? 0);
      }
      return { ...entry, added, text: inWords(added) };
    }
  }
}

function inWords(added: Partial<Metrics>): string {
  const words = COUNTS.map(({ key, one, many }) => ({ n: added[key] ?? 0, one, many }))
    .filter(({ n }) => n !== 0)
    .map(({ n, one, many }) => `${n > 0 ? '+' : '−'}${plural(Math.abs(n), one, many)}`);
  return words.join(', ') || 'has new figures';
}

export function Activity({ entries }: { entries: Entry[] }) {
  return (
    <section className="card activity" aria-labelledby="activity-title">
      <h2 id="activity-title">Activity</h2>
      {entries.length === 0 ? (
        <p className="empty">What changes from now on is listed here.</p>
      ) : (
        <ol tabIndex={0} aria-labelledby="activity-title">
          {entries.map(({ id, at, name, text }) => (
            <li key={id}>
              <span>
                <strong>{name}</strong> {text}
              </span>
              <time dateTime={at}>{time(at)}</time>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
