import { createLive, type Live, type LiveOptions } from './live.js';
import type { Kpis } from './protocol.js';
import type { Parts } from './runner.js';
import { TestService } from './testing/service.js';
import type { GivenBusiness } from './testing/tenant.js';

export { TestService, USER } from './testing/service.js';
export type { RestMode, SocketMode } from './testing/service.js';
export type { ServiceRequest } from './testing/http.js';
export type { GivenBusiness } from './testing/tenant.js';
export type { Parts } from './runner.js';

/** What a test begins with. */
export interface TestLiveOptions {
  /** In the order in which they were created; what is absent in one is made up. Default: none. */
  readonly businesses?: readonly GivenBusiness[];
  /** Those that are absent are counted from the businesses; all go on with what is counted. */
  readonly kpis?: Partial<Kpis>;
  /** Whose dashboard it is, a user's id. Default: {@link USER}. */
  readonly user?: string;
  /** As for `createLive`. */
  readonly options?: LiveOptions;
  /** Other parts of the client, such as a clock. */
  readonly parts?: Partial<Parts>;
}

/**
 * A client and the service that it talks to, both in memory: for tests of what is made with the client.
 *
 * ```ts
 * const { live, service } = testLive({ businesses: [{ id: 'b1', name: 'Mill' }], kpis: { landlordViews: 7 } });
 * const release = live.retain();
 * await live.until('live');
 * service.count('b1', { views_count: 1 });
 * await live.until(({ kpis }) => kpis?.landlordViews === 8);
 * ```
 *
 * There is no socket, and nothing waits for a timer as long as all goes well. Faults are found out by timers, as in life: use your test
 * framework's fake ones to pass 30 s of silence.
 *
 * @throws RangeError of an option of `createLive` that is none
 */
export function testLive({ businesses, kpis, user, options, parts }: TestLiveOptions = {}): { live: Live; service: TestService } {
  const service = new TestService({ ...(businesses && { businesses }), ...(kpis && { kpis }), ...(user && { user }) });
  return { live: createLive(options, { ...service.parts(), ...parts }), service };
}
