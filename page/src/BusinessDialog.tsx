import { type FormEvent, useEffect, useRef, useState } from 'react';
import { type DashboardBusiness, type LiveClient, read } from 'tenantlist-live-client';
import { COUNTS, count, percent, responseRate, STATUS, STATUSES, statusName } from './format';

interface Props {
  client: LiveClient;
  /** Null: a new one. */
  business: DashboardBusiness | null;
  onClose: (deleted: boolean) => void;
}

/** A business's fields, its figures, and what can be done to it. */
export function BusinessDialog({ client, business, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const [done, setDone] = useState<string | null>(null);
  const [confirming, setConfirming] = useState(false);
  const nameInput = useRef<HTMLInputElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
    nameInput.current?.focus();
  }, []);

  async function send(method: string, path: string, body: object | null): Promise<boolean> {
    setBusy(true);
    setError(null);
    setDone(null);
    try {
      const init = body === null ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } };
      await read(await client.call(path, { method, ...init }));
      client.refresh();
      return true;
    } catch (failure) {
      setError(failure instanceof TypeError ? 'The service cannot be reached; nothing was changed.' : String((failure as Error).message));
      return false;
    } finally {
      setBusy(false);
    }
  }

  async function save(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const category = String(form.get('category')).trim();
    const fields = {
      name: String(form.get('name')).trim(),
      // One that the platform has added may be shown and kept, not given.
      ...(form.get('status') === business?.status ? {} : { status: form.get('status') }),
      ...(category !== '' ? { category } : business === null ? {} : { category: null }),
    };
    const saved = business === null
      ? await send('POST', '/api/businesses', fields)
      : await send('PUT', `/api/businesses/${business.id}`, fields);
    if (saved) {
      dialog.current?.close();
    }
  }

  async function record(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const target = event.currentTarget;
    const form = new FormData(target);
    const counts = Object.fromEntries(
      COUNTS.map(({ key }) => [key, Number(form.get(key) || 0)] as const).filter(([, n]) => n > 0),
    );
    if (Object.keys(counts).length === 0) {
      setError('Enter a count of at least 1.');
    } else if (await send('POST', `/api/businesses/${business?.id}/metrics/${String(form.get('date'))}/increments`, counts)) {
      target.reset();
      setDone('Recorded.');
    }
  }

  async function remove() {
    if (await send('DELETE', `/api/businesses/${business?.id}`, null)) {
      // While it is open nothing outside can have the focus.
      dialog.current?.close();
      onClose(true);
    }
  }

  return (
    <dialog ref={dialog} aria-labelledby="dialog-title" onClose={() => onClose(false)}>
      <div className="card-head">
        <h2 id="dialog-title">{business === null ? 'Add a business' : business.name}</h2>
        <button type="button" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </div>
      <p role="alert" className="error">
        {error}
      </p>
      <form onSubmit={save}>
        <label>
          <span>Name</span>
          <input
            ref={nameInput}
            name="name"
            required
            maxLength={255}
            defaultValue={business?.name}
            autoComplete="off"
          />
        </label>
        <label>
          <span>Category</span>
          <input name="category" maxLength={100} defaultValue={business?.category ?? ''} autoComplete="off" />
        </label>
        <label>
          <span>Status</span>
          <select name="status" defaultValue={business?.status ?? 'active'}>
            {business !== null && !(business.status in STATUS) && <option value={business.status}>{statusName(business.status)}</option>}
            {STATUSES.map((value) => (
              <option key={value} value={value}>
                {STATUS[value]}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" className="primary" disabled={busy}>
          {business === null ? 'Add' : 'Save'}
        </button>
      </form>
      {business !== null && (
        <>
          <h3>Figures</h3>
          <dl className="figures">
            {COUNTS.map(({ key, many }) => (
              <div key={key}>
                <dt>{many}</dt>
                <dd>{count(business.metrics[key])}</dd>
              </div>
            ))}
            <div>
              <dt>response rate</dt>
              <dd>{percent(responseRate(business.metrics))}</dd>
            </div>
          </dl>
          <form onSubmit={record} className="record">
            <label>
              <span>Day</span>
              <input type="date" name="date" required defaultValue={new Date().toISOString().slice(0, 10)} />
            </label>
            {COUNTS.map(({ key, many }) => (
              <label key={key}>
                <span>Add {many}</span>
                <input type="number" name={key} min={0} max={1_000_000} step={1} inputMode="numeric" />
              </label>
            ))}
            <button type="submit" disabled={busy}>
              Record
            </button>
            <p role="status">{done}</p>
          </form>
          <div className="danger">
            {confirming ? (
              <>
                <p>Delete {business.name} and all its figures?</p>
                <button type="button" className="bad" disabled={busy} onClick={() => void remove()} autoFocus>
                  Delete it
                </button>
                <button type="button" onClick={() => setConfirming(false)}>
                  Keep it
                </button>
              </>
            ) : (
              <button type="button" className="bad" onClick={() => setConfirming(true)}>
                Delete this business …
              </button>
            )}
          </div>
        </>
      )}
    </dialog>
  );
}
