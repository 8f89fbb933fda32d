import { memo, type RefObject, useDeferredValue, useMemo, useState } from 'react';
import type { BusinessStatus, DashboardBusiness } from 'tenantlist-live-client';
import { useLive } from 'tenantlist-live-client/react';
import { count, percent, responseRate, STATUS, STATUSES, statusName } from './format';

const PAGE = 100;

const SORTS: Record<string, { label: string; compare: ((a: DashboardBusiness, b: DashboardBusiness) => number) | null }> = {
  added: { label: 'First added', compare: null },
  name: { label: 'Name', compare: (a, b) => a.name.localeCompare(b.name) },
  views: { label: 'Most views', compare: (a, b) => b.metrics.views_count - a.metrics.views_count },
  messages: { label: 'Most messages', compare: (a, b) => b.metrics.messages_count - a.metrics.messages_count },
};

interface Props {
  heading: RefObject<HTMLHeadingElement | null>;
  touched: ReadonlyMap<string, number>;
  onOpen: (business: DashboardBusiness | 'new') => void;
}

export function Businesses({ heading, touched, onOpen }: Props) {
  const businesses = useLive((state) => state.businesses);
  const loaded = useLive((state) => state.revision !== null);
  const [search, setSearch] = useState('');
  const [status, setStatus] = useState<BusinessStatus | ''>('');
  const [sort, setSort] = useState('added');
  const [limit, setLimit] = useState(PAGE);
  const wanted = useDeferredValue(search.trim().toLowerCase());

  const matching = useMemo(() => {
    const found = businesses.filter(
      (business) =>
        (status === '' || business.status === status) &&
        (wanted === '' || `${business.name}\n${business.category ?? ''}`.toLowerCase().includes(wanted)),
    );
    const compare = SORTS[sort]?.compare;
    return compare ? found.sort(compare) : found;
  }, [businesses, wanted, status, sort]);

  return (
    <section className="card businesses" aria-labelledby="businesses">
      <div className="card-head">
        <h2 id="businesses" ref={heading} tabIndex={-1}>
          Businesses{' '}
          <span className="count">
            {matching.length === businesses.length
              ? count(businesses.length)
              : `${count(matching.length)} of ${count(businesses.length)}`}
          </span>
        </h2>
        <button type="button" className="primary" disabled={!loaded} onClick={() => onOpen('new')}>
          Add a business
        </button>
      </div>
      {businesses.length > 0 && (
        <div className="filters" role="search" aria-label="Businesses">
          <label>
            <span>Search</span>
            <input type="search" value={search} onChange={(event) => setSearch(event.target.value)} />
          </label>
          <label>
            <span>Status</span>
            <select value={status} onChange={(event) => setStatus(event.target.value as BusinessStatus | '')}>
              <option value="">All</option>
              {STATUSES.map((value) => (
                <option key={value} value={value}>
                  {STATUS[value]}
                </option>
              ))}
            </select>
          </label>
          <label>
            <span>Order</span>
            <select value={sort} onChange={(event) => setSort(event.target.value)}>
              {Object.entries(SORTS).map(([value, { label }]) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </select>
          </label>
        </div>
      )}
      {matching.length === 0 ? (
        <p className="empty">
          {!loaded
            ? 'Loading …'
            : businesses.length === 0
              ? 'No businesses yet. They appear here the moment they are created.'
              : 'No business matches.'}
        </p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">Business</th>
              <th scope="col">Status</th>
              <th scope="col" className="number">Views</th>
              <th scope="col" className="number">Messages</th>
              <th scope="col" className="number">Invites</th>
              <th scope="col" className="number">Response</th>
            </tr>
          </thead>
          <tbody>
            {matching.slice(0, limit).map((business) => (
              <Row key={business.id} business={business} touched={touched.get(business.id) ?? 0} onOpen={onOpen} />
            ))}
          </tbody>
        </table>
      )}
      {matching.length > limit && (
        <p className="more">
          <button type="button" onClick={() => setLimit(limit + PAGE)}>
            Show {count(Math.min(PAGE, matching.length - limit))} more of {count(matching.length - limit)}
          </button>
        </p>
      )}
    </section>
  );
}

interface RowProps {
  business: DashboardBusiness;
  touched: number;
  onOpen: (business: DashboardBusiness) => void;
}

const Row = memo(function Row({ business, touched, onOpen }: RowProps) {
  const { name, category, status, is_verified, metrics } = business;
  return (
    <tr data-business={business.id} data-pending={business.pending || undefined} data-flash={touched === 0 ? undefined : touched % 2 === 1 ? 'a' : 'b'}>
      <th scope="row">
        <button type="button" className="link" onClick={() => onOpen(business)}>
          {name}
        </button>
        {is_verified && (
          <span className="verified">
            <span aria-hidden="true">✓</span>
            <span className="hidden">verified</span>
          </span>
        )}
        <span className="category">{category ?? 'No category'}</span>
      </th>
      <td>
        <span className={`status ${status}`}>{statusName(status)}</span>
      </td>
      <Count label="Views" text={count(metrics.views_count)} />
      <Count label="Messages" text={count(metrics.messages_count)} />
      <Count label="Invites" text={count(metrics.property_invites_count)} />
      <Count label="Response" text={percent(responseRate(metrics))} />
    </tr>
  );
});

/** On a narrow screen a row is a card, and each count carries the name of its column. */
function Count({ label, text }: { label: string; text: string }) {
  return (
    <td className="number" data-label={label}>
      {text}
    </td>
  );
}
