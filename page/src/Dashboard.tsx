import { useRef, useState } from 'react';
import type { DashboardBusiness, LiveClient } from 'tenantlist-live-client';
import { useLiveDashboard } from 'tenantlist-live-client/react';
import { Activity, useActivity } from './Activity';
import { Businesses } from './Businesses';
import { BusinessDialog } from './BusinessDialog';
import { Banner, Badge, useAnnouncements } from './Connection';
import { plural } from './format';
import { SignIn } from './SignIn';
import { Tiles } from './Tiles';

interface Props {
  client: LiveClient;
  onSignIn: (token: string) => void;
  onSignOut: () => void;
}

export function Dashboard({ client, onSignIn, onSignOut }: Props) {
  const live = useLiveDashboard(client);
  const activity = useActivity(client);
  const { shown, paused, waiting, togglePause } = usePause({ dashboard: live.dashboard, activity });
  const [edited, setEdited] = useState<DashboardBusiness | 'new' | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const { status } = live;
  const { dashboard } = shown;
  useAnnouncements(status);

  const needsToken = status.state === 'unauthorized';
  if (needsToken && dashboard.kpis === null) {
    return (
      <main className="alone">
        <SignIn
          heading="TenantList Live"
          onToken={onSignIn}
          {...(status.code !== 'TOKEN_MISSING' && { reason: `Not admitted: ${status.reason}.` })}
        />
      </main>
    );
  }
  return (
    <>
      <a className="skip" href="#businesses">
        Skip to the businesses
      </a>
      <header className="bar">
        <h1>TenantList Live</h1>
        <Badge status={status} />
        {dashboard.connections !== null && status.state === 'live' && (
          <p className="devices">{plural(dashboard.connections, 'device')} online</p>
        )}
        <div className="actions">
          <button type="button" aria-pressed={paused} onClick={togglePause}>
            {paused ? 'Resume updates' : 'Pause updates'}
          </button>
          <button type="button" onClick={onSignOut}>
            Sign out
          </button>
        </div>
      </header>
      <main className="page" data-state={status.state} data-revision={dashboard.revision ?? undefined}>
        {needsToken && (
          <SignIn heading="Sign in again" reason={`Not admitted any more: ${status.reason}.`} onToken={onSignIn} />
        )}
        <Banner status={status} hasData={dashboard.kpis !== null} onRetry={() => client.connect()} />
        {paused && (
          <p className="banner paused">
            Updates are paused. {plural(waiting, 'change')} came meanwhile; nothing is lost.
          </p>
        )}
        <Tiles client={client} kpis={dashboard.kpis} stale={status.state !== 'live' && dashboard.kpis !== null} />
        <div className="columns">
          <Businesses
            heading={heading}
            businesses={dashboard.businesses}
            loaded={dashboard.kpis !== null}
            touched={shown.activity.touched}
            onOpen={setEdited}
          />
          <Activity entries={shown.activity.entries} />
        </div>
      </main>
      {edited !== null && (
        <BusinessDialog
          client={client}
          business={
            edited === 'new' ? null : (dashboard.businesses.find(({ id }) => id === edited.id) ?? edited)
          }
          onClose={(deleted) => {
            setEdited(null);
            if (deleted) {
              heading.current?.focus();
            }
          }}
        />
      )}
    </>
  );
}

/** Holds what is shown still while the reader wants it so (WCAG 2.2.2); the data go on behind it. */
function usePause<T extends { dashboard: { revision: number | null } }>(live: T) {
  const [held, setHeld] = useState<T | null>(null);
  const shown = held ?? live;
  const waiting = Math.max(0, (live.dashboard.revision ?? 0) - (shown.dashboard.revision ?? 0));
  return {
    shown,
    paused: held !== null,
    waiting,
    togglePause: () => setHeld(held === null ? live : null),
  };
}
