import { type FormEvent, useState } from 'react';
import type { Business, DashboardState, Kpis } from './model';
import { keepToken, takeToken } from './token';
import { type Connection, useDashboard } from './useDashboard';

const number = new Intl.NumberFormat('en');

const TILES: { key: keyof Kpis; label: string; hint: string; show: (value: number) => string }[] = [
  { key: 'activeBusinesses', label: 'Active businesses', hint: 'with status active', show: (n) => number.format(n) },
  { key: 'responseRate', label: 'Response rate', hint: 'messages per invite', show: (n) => `${n.toFixed(1)} %` },
  { key: 'landlordViews', label: 'Landlord views', hint: 'all businesses', show: (n) => number.format(n) },
  { key: 'messagesTotal', label: 'Messages', hint: 'all businesses', show: (n) => number.format(n) },
];

const STATUS: Record<Business['status'], string> = {
  active: 'Active',
  pending_verification: 'Pending verification',
  stealth_mode: 'Stealth mode',
};

export function App() {
  const [token, setToken] = useState(takeToken);
  return token === null ? <SignIn onToken={setToken} /> : <Dashboard token={token} />;
}

function SignIn({ onToken }: { onToken: (token: string) => void }) {
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const token = String(new FormData(event.currentTarget).get('token')).trim();
    if (token !== '') {
      keepToken(token);
      onToken(token);
    }
  }
  return (
    <main className="sign-in">
      <h1>TenantList Live</h1>
      <p>
        Paste an access token. <code>bin/tenantlist token issue</code> makes one.
      </p>
      <form onSubmit={submit}>
        <label htmlFor="token">Access token</label>
        <input id="token" name="token" autoComplete="off" autoFocus />
        <button type="submit">Open the dashboard</button>
      </form>
    </main>
  );
}

function Dashboard({ token }: { token: string }) {
  const { dashboard, connection } = useDashboard(token);
  const stale = connection.state !== 'live';
  return (
    <>
      <header>
        <h1>TenantList Live</h1>
        <ConnectionBadge connection={connection} />
      </header>
      <main className={stale && dashboard.kpis !== null ? 'stale' : undefined}>
        <Tiles kpis={dashboard.kpis} />
        <Businesses dashboard={dashboard} />
        <LastUpdate dashboard={dashboard} stale={stale} />
      </main>
    </>
  );
}

function ConnectionBadge({ connection }: { connection: Connection }) {
  const words = {
    connecting: 'Connecting …',
    live: 'Live',
    offline: 'Offline, reconnecting …',
    refused: 'Not admitted',
  }[connection.state];
  return (
    <p role="status" className={`badge ${connection.state}`}>
      <span className="dot" aria-hidden="true" />
      <span>{words}</span>
      {'reason' in connection && <span className="reason">{connection.reason}</span>}
    </p>
  );
}

function Tiles({ kpis }: { kpis: Kpis | null }) {
  return (
    <section className="tiles" aria-label="Key figures">
      {TILES.map(({ key, label, hint, show }) => (
        <article key={key} className="tile" data-kpi={key}>
          <h2>{label}</h2>
          {/* A new key restarts the highlight whenever the figure changes. */}
          <p key={kpis?.[key]} className="figure">
            {kpis === null ? '–' : show(kpis[key])}
          </p>
          <p className="hint">{hint}</p>
        </article>
      ))}
    </section>
  );
}

function Businesses({ dashboard }: { dashboard: DashboardState }) {
  const { businesses, touched, kpis } = dashboard;
  return (
    <section className="businesses" aria-labelledby="businesses-title">
      <h2 id="businesses-title">
        Businesses <span className="count">{businesses.length}</span>
      </h2>
      {kpis !== null && businesses.length === 0 ? (
        <p className="empty">No businesses yet. They appear here the moment they are created.</p>
      ) : (
        <ul>
          {businesses.map((business) => (
            <li
              key={touched?.id === business.id ? `${business.id}:${touched.count}` : business.id}
              className={touched?.id === business.id ? 'touched' : undefined}
            >
              <span className="name">
                {business.name}
                {business.is_verified && (
                  <span className="verified" title="Verified">
                    <span aria-hidden="true">✓</span>
                    <span className="hidden">verified</span>
                  </span>
                )}
              </span>
              <span className="category">{business.category ?? 'No category'}</span>
              <span className={`status ${business.status}`}>{STATUS[business.status]}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function LastUpdate({ dashboard, stale }: { dashboard: DashboardState; stale: boolean }) {
  if (dashboard.updatedAt === null) {
    return null;
  }
  const time = new Date(dashboard.updatedAt);
  return (
    <p className="updated">
      {stale ? 'May be out of date. ' : ''}Last update{' '}
      <time dateTime={dashboard.updatedAt}>{time.toLocaleTimeString('en-GB')}</time>
      <span className="revision"> · revision {dashboard.revision}</span>
    </p>
  );
}
