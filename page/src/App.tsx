import { useEffect, useState } from 'react';
import { LiveClient } from 'tenantlist-live-client';
import { Dashboard } from './Dashboard';
import { SignIn } from './SignIn';
import { forgetToken, heldToken, keepToken, takeToken } from './token';

/** A client for whoever holds the token of this tab now, or, where there is none, the cookie. */
async function openClient(): Promise<LiveClient> {
  const { socketUrl } = (await (await fetch('/page.json')).json()) as { socketUrl: string };
  return new LiveClient(heldToken() === null ? { socketUrl } : { socketUrl, token: heldToken });
}

type Shown = { client: LiveClient } | { failure: string } | 'signed out' | null;

export function App() {
  const [shown, setShown] = useState<Shown>(null);

  const open = () =>
    void openClient().then(
      (client) => setShown({ client }),
      () => setShown({ failure: 'The service does not answer.' }),
    );
  useEffect(() => {
    takeToken();
    open();
    const newAddress = () => takeToken() && open();
    window.addEventListener('hashchange', newAddress);
    return () => window.removeEventListener('hashchange', newAddress);
  }, []);

  function signIn(token: string) {
    keepToken(token);
    open();
  }
  function signOut() {
    forgetToken();
    setShown('signed out');
  }

  if (shown === null) {
    return <header className="bar"><h1>TenantList Live</h1></header>;
  }
  if (shown === 'signed out') {
    return (
      <main className="alone">
        <SignIn onToken={signIn} heading="TenantList Live" />
      </main>
    );
  }
  if ('failure' in shown) {
    return (
      <main className="alone">
        <h1>TenantList Live</h1>
        <p>{shown.failure}</p>
        <button type="button" onClick={open}>
          Try again
        </button>
      </main>
    );
  }
  // Another client is another dashboard: nothing of the last user stays.
  return <Dashboard key={keyOf(shown.client)} client={shown.client} onSignIn={signIn} onSignOut={signOut} />;
}

const keys = new WeakMap<LiveClient, number>();
let nextKey = 1;

function keyOf(client: LiveClient): number {
  const key = keys.get(client) ?? nextKey++;
  keys.set(client, key);
  return key;
}
