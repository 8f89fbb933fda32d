import { useMemo, useRef, useState } from 'react';
import { businessOf, type DashboardBusiness, type Live, type LiveState } from 'tenantlist-live-client';
import { LiveProvider, useConnection, useLive, useLiveClient } from 'tenantlist-live-client/react';
import { Activity, type ActivityState, useActivity } from './Activity';
import { Businesses } from './Businesses';
import { BusinessDialog } from './BusinessDialog';
import { Banner, Badge, useAnnouncements } from './Connection';
import { plural } from './format';
import { SignIn } from './SignIn';
import { Tiles } from './Tiles';

interface Props {
  onSignIn: (token: string) => void;
  onSignOut: () => void;
  signInUrl: string | undefined;
}

export function Dashboard({ onSignIn, onSignOut, signInUrl }: Props) {
  const live = useLiveClient();
  const connection = useConnection();
  const revision = useLive((state) => state.revision);
  const devices = useLive((state) => state.devices);
  const owner = useLive((state) => state.owner);
  const activity = useActivity(live);
  const { shown, paused, waiting, togglePause } = usePause(live, activity, revision);
  const [edited, setEdited] = useState<{ what: DashboardBusiness | 'new'; owner: string | null } | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useAnnouncements(connection);
  // Of another user nothing stays open, and nothing of it comes again.
  if (edited !== null && edited.owner !== owner) {
    setEdited(null);
  }

  const loaded = revision !== null;
  const needsToken = connection.state === 'unauthorized';
  if (needsToken && !loaded) {
    return (
      <main className="alone">
        <SignIn
          heading="TenantList Live"
          url={signInUrl}
          onToken={onSignIn}
          {...(connection.code !== 'TOKEN_MISSING' && { reason: `Not admitted: ${connection.reason}.` })}
        />
      </main>
    );
  }

  /** The focus goes back to where it came from; where that is gone, to the list. */
  function close() {
    const opened = edited?.what ?? null;
    setEdited(null);
    requestAnimationFrame(() => {
      const id = opened === null || opened === 'new' ? null : opened.id;
      if (id !== null && businessOf(live.get(), id) === undefined) {
        heading.current?.focus();
      } else if (document.activeElement === document.body) {
        const row = id === null ? null : document.querySelector<HTMLElement>(`[data-business="${id}"] button`);
        (row ?? heading.current)?.focus();
      }
    });
  }

  return (
    <>
      <a className="skip" href="#businesses">
        Skip to the businesses
      </a>
      <header className="bar">
        <h1>TenantList Live</h1>
        <Badge connection={connection} />
        {devices !== null && connection.state === 'live' && <p className="devices">{plural(devices, 'device')} online</p>}
        <div className="actions">
          <button type="button" aria-pressed={paused} onClick={togglePause}>
            {paused ? 'Resume updates' : 'Pause updates'}
          </button>
          <button type="button" onClick={onSignOut}>
            Sign out
          </button>
        </div>
      </header>
      <main className="page" data-state={connection.state} data-revision={shown.live.get().revision ?? undefined}>
        {needsToken && (
          <SignIn heading="Sign in again" url={signInUrl} reason={`Not admitted any more: ${connection.reason}.`} onToken={onSignIn} />
        )}
        <Banner connection={connection} hasData={loaded} onRetry={live.retry} />
        {paused && (
          <p className="banner paused">
            Updates are paused. {plural(waiting, 'change')} came meanwhile; nothing is lost.
          </p>
        )}
        <LiveProvider client={shown.live}>
          <Tiles stale={connection.state !== 'live' && loaded} />
          <div className="columns">
            <Businesses heading={heading} touched={shown.activity.touched} onOpen={(what) => setEdited({ what, owner })} />
            <Activity entries={shown.activity.owner === owner ? shown.activity.entries : []} />
          </div>
        </LiveProvider>
      </main>
      {edited !== null && <BusinessDialog opened={edited.what === 'new' ? null : edited.what} onClose={close} />}
    </>
  );
}

/** Holds what is shown still while the reader wants it so (WCAG 2.2.2); the data go on behind it. */
function usePause(live: Live, activity: ActivityState, revision: number | null) {
  const [held, setHeld] = useState<{ state: LiveState; activity: ActivityState } | null>(null);
  const still = useMemo(() => (held === null ? live : { ...live, get: () => held.state, subscribe: () => () => {} }), [live, held]);
  // Of another user nothing is held.
  if (held !== null && held.state.owner !== live.get().owner) {
    setHeld(null);
  }
  return {
    shown: { live: still, activity: held?.activity ?? activity },
    paused: held !== null,
    waiting: held === null ? 0 : Math.max(0, (revision ?? 0) - (held.state.revision ?? 0)),
    togglePause: () => setHeld(held === null ? { state: live.get(), activity } : null),
  };
}
