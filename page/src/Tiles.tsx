import { memo, useEffect, useRef, useState } from 'react';
import { type Kpis, read } from 'tenantlist-live-client';
import { useLive, useLiveClient } from 'tenantlist-live-client/react';
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

export function Tiles({ stale }: { stale: boolean }) {
  const trends = useTrends();
  return (
    <section className="tiles" aria-label="Key figures">
      {TILES.map((tile) => (
        <Tile key={tile.key} tile={tile} days={trends} stale={stale} />
      ))}
    </section>
  );
}

/** Drawn again when its own number changes. */
const Tile = memo(function Tile({ tile: { key, label, show }, days, stale }: { tile: (typeof TILES)[number]; days: Day[]; stale: boolean }) {
  const value = useLive(({ kpis }) => kpis?.[key]);
  return (
    <article className={stale ? 'tile stale' : 'tile'} data-kpi={key}>
      <h2>{label}</h2>
      <Figure text={value === undefined ? '–' : show(value)} />
      <Sparkline values={days.map((day) => day[key])} label={`each of ${DAYS} days`} show={show} />
      {stale && <p className="stale-note">may be old</p>}
    </article>
  );
});

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

/** The last days' figures, read again at most once a minute while figures change. Of another user none are kept. */
function useTrends(): Day[] {
  const live = useLiveClient();
  const kpis = useLive((state) => state.kpis);
  const owner = useLive((state) => state.owner);
  const [trends, setTrends] = useState<{ owner: string | null; days: Day[] }>({ owner: null, days: [] });
  const readAt = useRef<{ owner: string | null; at: number }>({ owner: null, at: 0 });
  useEffect(() => {
    if (kpis === null) {
      return;
    }
    const wait = readAt.current.owner === owner ? Math.max(0, readAt.current.at + TRENDS_EVERY_MS - Date.now()) : 0;
    const timer = setTimeout(() => {
      readAt.current = { owner, at: Date.now() };
      live
        .request(`/api/dashboard/tenant/trends?days=${DAYS}`)
        .then((response) => read<Day[]>(response))
        // Without trends a tile has its figure still; they are asked for again with the next change.
        .then((days) => live.get().owner === owner && setTrends({ owner, days }), () => {});
    }, wait);
    return () => clearTimeout(timer);
  }, [live, kpis, owner]);
  return trends.owner === owner ? trends.days : NO_DAYS;
}

const NO_DAYS: Day[] = [];
