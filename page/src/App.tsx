import { useEffect, useRef, useState } from 'react';
import { createLive, type Live } from 'tenantlist-live-client';
import { LiveProvider } from 'tenantlist-live-client/react';
import { Dashboard } from './Dashboard';
import { SignIn } from './SignIn';
import { forgetToken, heldToken, keepToken, takeToken } from './token';

/** What the service says to the page. */
export interface Settings {
  socketUrl: string;
  /** Where people sign in and out; absent: here, with a token. */
  signInUrl?: string;
  signOutUrl?: string;
}

type Shown = { live: Live; settings: Settings } | { failure: string } | { signedOut: Settings } | null;

/** Longer the page does not wait for an answer: a network may swallow a request without a word. */
const ANSWER_WITHIN_MS = 10_000;

/** As `AbortSignal.timeout`, which Safari 15 lacks. */
function timeLimit(): AbortSignal {
  const limit = new AbortController();
  setTimeout(() => limit.abort(), ANSWER_WITHIN_MS);
  return limit.signal;
}

/** A client for whoever holds the token of this tab now, or, where there is none, the cookie. */
async function openClient(): Promise<{ live: Live; settings: Settings }> {
  const settings = (await (await fetch('/page.json', { signal: timeLimit() })).json()) as Settings;
  const { socketUrl } = settings;
  return { live: createLive(heldToken() === null ? { socketUrl } : { socketUrl, token: heldToken }), settings };
}

export function App() {
  const [shown, setShown] = useState<Shown>(null);

  /** Who asked last what is to be shown: an answer to anybody before is dropped. */
  const turn = useRef(0);

  const open = () => {
    const mine = ++turn.current;
    void openClient()
      .catch(() => ({ failure: 'The service does not answer.' }))
      .then((next) => {
        if (mine === turn.current) {
          setShown(next);
        }
      });
  };
  useEffect(() => {
    takeToken();
    open();
    const newAddress = () => takeToken() && open();
    window.addEventListener('hashchange', newAddress);
    return () => window.removeEventListener('hashchange', newAddress);
  }, []);
  // Another client is another dashboard: nothing of the last one runs on.
  const live = shown !== null && 'live' in shown ? shown.live : null;
  useEffect(() => () => live?.end(), [live]);

  function signIn(token: string) {
    keepToken(token);
    open();
  }
  async function signOut({ settings }: { settings: Settings }) {
    const mine = ++turn.current;
    const hadToken = heldToken() !== null;
    forgetToken();
    // Whoever comes to the screen next sees nothing of it, also while the service is told.
    setShown(null);
    if (!hadToken) {
      // What cannot be reached keeps its cookie; the dashboard is closed all the same.
      await fetch('/api/session/end', { method: 'POST', signal: timeLimit() }).catch(() => {});
    }
    if (mine !== turn.current) {
      return; // somebody has signed in meanwhile
    }
    if (settings.signOutUrl !== undefined) {
      location.assign(settings.signOutUrl);
    }
    setShown({ signedOut: settings });
  }

  if (shown === null) {
    return <header className="bar"><h1>TenantList Live</h1></header>;
  }
  if ('signedOut' in shown) {
    return (
      <main className="alone">
        <SignIn onToken={signIn} heading="TenantList Live" url={shown.signedOut.signInUrl} />
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
  return (
    <LiveProvider client={shown.live} key={keyOf(shown.live)}>
      <Dashboard onSignIn={signIn} onSignOut={() => void signOut(shown)} signInUrl={shown.settings.signInUrl} />
    </LiveProvider>
  );
}

const keys = new WeakMap<Live, number>();
let nextKey = 1;

function keyOf(live: Live): number {
  const key = keys.get(live) ?? nextKey++;
  keys.set(live, key);
  return key;
}
