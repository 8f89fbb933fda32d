import { useEffect, useRef, useState } from 'react';
import { type Kpis, type LiveClient, read } from 'tenantlist-live-client';
import { count, percent } from './format';
import { Sparkline } from './Sparkline';

type Day = Kpis & { date: string };

const DAYS = 30;
const TRENDS_EVERY_MS = 60_000;

const TILES: { key: keyof Kpis; label: string; show: (value: number) => string }[] = [
  { key: 'activeBusinesses', label: 'Active businesses', show: count },
  { key: 'responseRate', label: 'Response rate', show: percent },
  { key: 'landlordViews', label: 'Landlord views', show: count },
  { key: 'messagesTotal', label: 'Messages', show: count },
];

interface Props {
  client: LiveClient;
  kpis: Kpis | null;
  stale: boolean;
}

export function Tiles({ client, kpis, stale }: Props) {
  const trends = useTrends(client, kpis);
  return (
    <section className="tiles" aria-label="Key figures">
      {TILES.map((tile) => (
        <article key={tile.key} className={stale ? 'tile stale' : 'tile'} data-kpi={tile.key}>
          <h2>{tile.label}</h2>
          <Figure text={kpis === null ? '–' : tile.show(kpis[tile.key])} />
          <Sparkline
            values={trends.map((day) => day[tile.key])}
            label={`each of ${DAYS} days`}
            show={tile.show}
          />
          {stale && <p className="stale-note">may be old</p>}
        </article>
      ))}
    </section>
  );
}

/** A figure that lights up when it changes. Two animations that look the same take turns: a new one starts, and nothing is remounted. */
function Figure({ text }: { text: string }) {
  const flash = useFlash(text);
  return (
    <p className="figure" data-flash={flash}>
      {text}
    </p>
  );
}

/** How long one highlight lasts: changes within it share it. */
const FLASH_MS = 1_500;

function useFlash(text: string): 'a' | 'b' | undefined {
  const state = useRef<{ text: string; at: number; flash: 'a' | 'b' | undefined }>({ text, at: 0, flash: undefined });
  if (state.current.text !== text) {
    const now = Date.now();
    const starts = now - state.current.at > FLASH_MS && state.current.text !== '–';
    state.current = {
      text,
      at: starts ? now : state.current.at,
      flash: starts ? (state.current.flash === 'a' ? 'b' : 'a') : state.current.flash,
    };
  }
  return state.current.flash;
}

/** The last days' figures, read again at most once a minute while figures change. */
function useTrends(client: LiveClient, kpis: Kpis | null): Day[] {
  const [days, setDays] = useState<Day[]>([]);
  const readAt = useRef(0);
  useEffect(() => {
    if (kpis === null) {
      return;
    }
    const wait = Math.max(0, readAt.current + TRENDS_EVERY_MS - Date.now());
    const timer = setTimeout(() => {
      readAt.current = Date.now();
      client
        .call(`/api/dashboard/tenant/trends?days=${DAYS}`)
        .then((response) => read<Day[]>(response))
        // Without trends a tile has its figure still; they are asked for again with the next change.
        .then(setDays, () => {});
    }, wait);
    return () => clearTimeout(timer);
  }, [client, kpis]);
  return days;
}
