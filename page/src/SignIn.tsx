import { type FormEvent } from 'react';

interface Props {
  heading: string;
  reason?: string;
  /** Where people sign in; undefined: here, with a token. */
  url: string | undefined;
  onToken: (token: string) => void;
}

export function SignIn({ heading, reason, url, onToken }: Props) {
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const token = String(new FormData(event.currentTarget).get('token')).trim();
    if (token !== '') {
      onToken(token);
    }
  }
  return (
    <section className="sign-in" aria-labelledby="sign-in-title">
      <h1 id="sign-in-title">{heading}</h1>
      {reason !== undefined && <p className="reason">{reason}</p>}
      {url !== undefined ? (
        <p>
          <a href={url}>Sign in</a>
        </p>
      ) : (
        <>
          <p>
            Paste an access token. <code>bin/tenantlist token issue</code> makes one.
          </p>
          <form onSubmit={submit}>
            <label htmlFor="token">Access token</label>
            <input id="token" name="token" autoComplete="off" spellCheck={false} required autoFocus />
            <button type="submit" className="primary">
              Open the dashboard
            </button>
          </form>
        </>
      )}
    </section>
  );
}
