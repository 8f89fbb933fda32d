import type { BusinessStatus, Metrics } from 'tenantlist-live-client';

const numbers = new Intl.NumberFormat('en');
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

export const count = (n: number): string => numbers.format(n);

export const percent = (n: number): string => `${n.toFixed(1)} %`;

export const time = (at: number | string): string => clock.format(new Date(at));

/** "3 s", "12 min", "5 h", "2 days": of the coarsest unit that says enough. */
export function age(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) {
    return `${seconds} s`;
  }
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) {
    return `${minutes} min`;
  }
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`;
}

export const plural = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`;

export const STATUS: Record<BusinessStatus, string> = {
  active: 'Active',
  pending_verification: 'Pending verification',
  stealth_mode: 'Stealth mode',
};

/** What a status is called; one that the platform has added has its own label. */
export const statusName = (status: string): string =>
  STATUS[status as BusinessStatus] ?? (status === '' ? 'No status' : status.replaceAll('_', ' '));

export const STATUSES = Object.keys(STATUS) as BusinessStatus[];

/** The counts that the page shows and records, with their names: one, many. */
export const COUNTS = [
  { key: 'views_count', one: 'view', many: 'views' },
  { key: 'messages_count', one: 'message', many: 'messages' },
  { key: 'property_invites_count', one: 'invite', many: 'invites' },
] as const satisfies { key: keyof Metrics; one: string; many: string }[];

/** As the service counts it for all businesses: messages a hundred invites, at most 100. */
export function responseRate({ messages_count, property_invites_count }: Metrics): number {
  return property_invites_count === 0 ? 0 : Math.min(100, (100 * messages_count) / property_invites_count);
}
