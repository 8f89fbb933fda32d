import { type FormEvent } from 'react';

interface Props {
  heading: string;
  reason?: string;
  onToken: (token: string) => void;
}

export function SignIn({ heading, reason, onToken }: Props) {
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
    </section>
  );
}
