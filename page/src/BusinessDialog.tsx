import { type FormEvent, useEffect, useMemo, useRef, useState } from 'react';
import { type Business, type BusinessFields, businessOf, type BusinessStatus, Conflict, type DashboardBusiness, LiveError, writes } from 'tenantlist-live-client';
import { useBusiness, useLiveClient } from 'tenantlist-live-client/react';
import { COUNTS, count, percent, responseRate, STATUS, STATUSES, statusName } from './format';
import { once } from './once';

interface Props {
  /** Null: a new one. */
  opened: DashboardBusiness | null;
  onClose: () => void;
}

type Field = keyof BusinessFields;

const FIELDS: Record<Field, { label: string; show: (business: Business) => string }> = {
  name: { label: 'Name', show: ({ name }) => name },
  category: { label: 'Category', show: ({ category }) => category ?? '' },
  status: { label: 'Status', show: ({ status }) => statusName(status) },
};

/** A business's fields, its figures, and what can be done to it. */
export function BusinessDialog({ opened, onClose }: Props) {
  const live = useLiveClient();
  const write = useMemo(() => writes(live), [live]);
  const now = useBusiness(opened?.id ?? '');
  const business = now ?? opened;
  const dialog = useRef<HTMLDialogElement>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const [done, setDone] = useState<string | null>(null);
  const [confirming, setConfirming] = useState(false);
  /** What the fields were filled from: what differs from it is what the person has changed. */
  const [base, setBase] = useState<Business | null>(opened);
  const [conflict, setConflict] = useState<Conflict | null>(null);
  const nameInput = useRef<HTMLInputElement>(null);
  const [send] = useState(() => ({ fields: once(), counts: once(), removal: once() }));
  /** Fields that were sent without an answer: also as they were at first they may differ from what is stored. */
  const unsure = useRef(new Set<string>());
  useEffect(() => {
    dialog.current?.showModal();
    nameInput.current?.focus();
  }, []);

  async function attempt(work: () => Promise<void>): Promise<'done' | 'refused' | 'unknown'> {
    setBusy(true);
    setError(null);
    setDone(null);
    try {
      await work();
      return 'done';
    } catch (failure) {
      if (failure instanceof LiveError && failure.code === 'OUTCOME_UNKNOWN') {
        setError('The answer was lost: it is not known whether it was done. Press it again: it is not done twice.');
        return 'unknown';
      }
      if (failure instanceof Conflict) {
        setConflict(failure);
      } else {
        setError(failure instanceof Error ? failure.message : String(failure));
      }
      return 'refused';
    } finally {
      setBusy(false);
    }
  }

  /** Of the fields only what was changed is sent; what others have changed meanwhile stays theirs. */
  async function change(changes: Partial<BusinessFields>, from: Business): Promise<void> {
    const put = (version: string) =>
      send.fields([changes, version], (key) => write.businesses.update(from.id, changes, { ifVersion: version, key }));
    try {
      await put(from.version);
    } catch (failure) {
      const theirs = failure instanceof Conflict ? failure.theirs : null;
      if (theirs === null || (Object.keys(changes) as Field[]).some((field) => theirs[field] !== from[field] && theirs[field] !== changes[field])) {
        throw failure;
      }
      await put(theirs.version);
    }
  }

  /** Until it is done, what the person has changed stays where it is. */
  async function changeAndClose(changes: Partial<BusinessFields>, from: Business) {
    const outcome = await attempt(() => change(changes, from));
    if (outcome === 'done') {
      dialog.current?.close();
    } else if (outcome === 'unknown') {
      Object.keys(changes).forEach((field) => unsure.current.add(field));
    }
  }

  async function save(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const fields: BusinessFields = {
      name: String(form.get('name')).trim(),
      category: String(form.get('category')).trim() || null,
      status: form.get('status') as BusinessStatus,
    };
    if (base === null) {
      if ((await attempt(() => send.fields(fields, (key) => write.businesses.create(fields, { key })))) === 'done') {
        dialog.current?.close();
      }
      return;
    }
    const changes = Object.fromEntries(
      Object.entries(fields).filter(([field, value]) => value !== base[field as Field] || unsure.current.has(field)),
    ) as Partial<BusinessFields>;
    if (Object.keys(changes).length === 0) {
      dialog.current?.close();
    } else {
      await changeAndClose(changes, base);
    }
  }

  async function record(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const target = event.currentTarget;
    const form = new FormData(target);
    const id = opened?.id ?? '';
    const date = String(form.get('date'));
    const counts = Object.fromEntries(
      COUNTS.map(({ key }) => [key, Number(form.get(key) || 0)] as const).filter(([, n]) => n > 0),
    );
    if (Object.keys(counts).length === 0) {
      setError('Enter a count of at least 1.');
    } else if ((await attempt(() => send.counts([date, counts], (key) => write.metrics.add(id, date, counts, { key })))) === 'done') {
      target.reset();
      setDone('Recorded.');
    }
  }

  async function remove() {
    const id = opened?.id ?? '';
    if ((await attempt(() => send.removal(id, (key) => write.businesses.remove(id, { key })))) === 'done') {
      dialog.current?.close();
    }
  }

  const day = new Date().toISOString().slice(0, 10);
  return (
    <dialog ref={dialog} aria-labelledby="dialog-title" onClose={onClose}>
      <div className="card-head">
        <h2 id="dialog-title">{business === null ? 'Add a business' : business.name}</h2>
        <button type="button" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </div>
      <p role="alert" className="error">
        {error}
      </p>
      {conflict !== null && base !== null ? (
        <Disagreement
          mine={conflict.mine ?? {}}
          theirs={conflict.theirs}
          busy={busy}
          onMine={() => void changeAndClose(conflict.mine ?? {}, conflict.theirs)}
          onTheirs={() => {
            setBase(conflict.theirs);
            setConflict(null);
          }}
        />
      ) : (
        <form onSubmit={save} key={base?.version}>
          <label>
            <span>Name</span>
            <input ref={nameInput} name="name" required maxLength={255} defaultValue={base?.name} autoComplete="off" />
          </label>
          <label>
            <span>Category</span>
            <input name="category" maxLength={100} defaultValue={base?.category ?? ''} autoComplete="off" />
          </label>
          <label>
            <span>Status</span>
            <select name="status" defaultValue={base?.status ?? 'active'}>
              {/* One that the platform has added may be shown and kept, not given. */}
              {base !== null && !(base.status in STATUS) && <option value={base.status}>{statusName(base.status)}</option>}
              {STATUSES.map((value) => (
                <option key={value} value={value}>
                  {STATUS[value]}
                </option>
              ))}
            </select>
          </label>
          {opened !== null && businessOf(live.get(), opened.id) === undefined && <p className="note">It was deleted meanwhile.</p>}
          <button type="submit" className="primary" disabled={busy}>
            {base === null ? 'Add' : 'Save'}
          </button>
        </form>
      )}
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
              <span>Day (UTC)</span>
              <input type="date" name="date" required defaultValue={day} />
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

interface DisagreementProps {
  mine: Partial<BusinessFields>;
  theirs: Business;
  busy: boolean;
  onMine: () => void;
  onTheirs: () => void;
}

/** The same field was changed here and elsewhere: the person decides. */
function Disagreement({ mine, theirs, busy, onMine, onTheirs }: DisagreementProps) {
  const fields = (Object.keys(mine) as Field[]).filter((field) => mine[field] !== theirs[field]);
  return (
    <div className="conflict" role="alert">
      <p>It was changed elsewhere meanwhile. Nothing was saved.</p>
      <table>
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Theirs, as it is now</th>
            <th scope="col">Yours</th>
          </tr>
        </thead>
        <tbody>
          {fields.map((field) => (
            <tr key={field}>
              <th scope="row">{FIELDS[field].label}</th>
              <td>{FIELDS[field].show(theirs) || 'none'}</td>
              <td>{FIELDS[field].show({ ...theirs, ...mine }) || 'none'}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <button type="button" className="primary" disabled={busy} onClick={onMine}>
        Save yours
      </button>
      <button type="button" disabled={busy} onClick={onTheirs} autoFocus>
        Keep theirs
      </button>
    </div>
  );
}
