import type { Told } from './core/dashboard.js';
import { type Effect, step } from './core/machine.js';
import type { Failure, Happening, State, TimerName } from './core/state.js';
import { LiveError } from './errors.js';
import type { Link, OpenLink } from './link.js';
import type { GiveToken, TokenRequest } from './options.js';
import { apart, messageOf } from './report.js';
import { unreached } from './request.js';
import { answerOf } from './rest.js';
import type { Surroundings } from './surroundings.js';

/** What a runner does its effects with; `tenantlist-live-client/testing` replaces them. */
export interface Parts {
  readonly openLink: OpenLink;
  readonly fetch: typeof fetch;
  readonly surroundings: Surroundings;
  /** Milliseconds; never goes back. */
  readonly clock: () => number;
  /** 0 to 1. */
  readonly random: () => number;
}

/** A line of {@link Runner.transitions}. */
export interface Transition {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly input: Happening['type'];
  readonly link: State['link']['at'];
  readonly rest: State['rest']['at'];
  readonly token: State['token']['at'];
  readonly revision: number | null;
}

/** No timer is set for longer: timers stand still while the machine sleeps, and are to ring soon after. */
const LONGEST_MS = 5_000;

/** How many transitions are kept. */
const KEPT = 200;

/** Does what the machine says, and tells it what happens. */
export interface Runner {
  state(): State;
  dispatch(happening: Happening): void;
  /** The last ones, oldest first. */
  readonly transitions: readonly Transition[];
}

/**
 * @param url of REST
 * @param tell is called after each step; what it does is apart from the machine
 */
export function run(
  initial: State,
  parts: Parts,
  url: string,
  token: GiveToken | undefined,
  tell: (told: readonly Told[]) => void,
): Runner {
  let state = initial;
  let stepping = false;
  const inputs: Happening[] = [];
  const transitions: Transition[] = [];
  const timers: { [name in TimerName]?: ReturnType<typeof setTimeout> } = {};
  let link: Link | null = null;
  let fetching: AbortController | null = null;
  let asking: AbortController | null = null;
  let stopListening: (() => void) | null = null;

  function dispatch(happening: Happening): void {
    inputs.push(happening);
    // What happens while a step is told of comes after it.
    if (stepping) {
      return;
    }
    stepping = true;
    while (inputs.length > 0) {
      apart(() => take(inputs.shift() as Happening));
    }
    stepping = false;
  }

  function take(input: Happening): void {
    const [after, effects] = step(state, { ...input, now: parts.clock(), random: parts.random() });
    const before = state;
    state = after;
    if (after.link.at !== before.link.at || after.rest.at !== before.rest.at || after.token.at !== before.token.at) {
      transitions.push({ at: Date.now(), input: input.type, link: after.link.at, rest: after.rest.at, token: after.token.at, revision: after.dashboard.revision });
      transitions.splice(0, transitions.length - KEPT);
    }
    listen();
    const told: Told[] = [];
    for (const effect of effects) {
      if (effect.type === 'tell') {
        told.push(effect);
      } else {
        perform(effect);
      }
    }
    tell(told);
  }

  /** Listens to the browser while it is wanted. */
  function listen(): void {
    if (state.link.at === 'off') {
      stopListening?.();
      stopListening = null;
    } else if (stopListening === null) {
      stopListening = parts.surroundings.listen((type) => dispatch({ type }));
      // It may have changed while nobody listened.
      if (parts.surroundings.isHidden() !== state.hidden) {
        inputs.push({ type: state.hidden ? 'woken' : 'hidden' });
      }
      if (parts.surroundings.isOffline() !== state.offline) {
        inputs.push({ type: state.offline ? 'online' : 'offline' });
      }
    }
  }

  function perform(effect: Exclude<Effect, { type: 'tell' }>): void {
    switch (effect.type) {
      case 'setTimer': {
        const { timer, due } = effect;
        clearTimeout(timers[timer]);
        // One that rings early is set again by the machine.
        timers[timer] = setTimeout(() => dispatch({ type: 'timer', timer }), Math.min(LONGEST_MS, Math.ceil(due - parts.clock())));
        break;
      }
      case 'clearTimer':
        clearTimeout(timers[effect.timer]);
        break;
      case 'openLink': {
        const { id } = effect;
        try {
          link = parts.openLink(effect.token, effect.transports, (happening) => dispatch({ id, ...happening }));
        } catch (error) {
          dispatch({ type: 'linkFailed', id, message: messageOf(error) });
        }
        break;
      }
      case 'closeLink':
        link?.close();
        link = null;
        break;
      case 'ask': {
        const { id } = effect;
        link?.ask(effect.question, (refusal) => dispatch({ type: 'askRefused', id, ...refusal }));
        break;
      }
      case 'refreshLink':
        link?.refresh(effect.token);
        break;
      case 'fetch': {
        const { id } = effect;
        const { signal } = (fetching = new AbortController());
        const headers: HeadersInit = effect.token === null ? {} : { Authorization: `Bearer ${effect.token}` };
        answerOf(effect.question, (path) => parts.fetch(url + path, { credentials: 'include', cache: 'no-store', headers, signal })).then(
          (answer) => dispatch({ type: 'restAnswered', id, answer }),
          (error: unknown) => dispatch({ type: 'restFailed', id, failure: unreached(error) as Failure }),
        );
        break;
      }
      case 'dropFetch':
        fetching?.abort();
        break;
      case 'askToken': {
        const { id, reason, code } = effect;
        const { signal } = (asking = new AbortController());
        given(token, { reason, signal, ...(code !== null && { code }) }).then(
          (it) => dispatch({ type: 'tokenGiven', id, token: it, owner: ownerOf(it) }),
          (error: unknown) => dispatch({ type: 'tokenFailed', id, message: messageOf(error) }),
        );
        break;
      }
      case 'dropToken':
        asking?.abort();
        break;
    }
  }

  return { state: () => state, dispatch, transitions };
}

/** @throws LiveError with `TOKEN_MISSING` when it throws, or gives what is no token */
export async function given(token: GiveToken | undefined, request: TokenRequest): Promise<string | null> {
  try {
    const it: unknown = (await token?.(request)) || null;
    if (it !== null && typeof it !== 'string') {
      throw new TypeError(`token() is ${typeof it}, not a string`);
    }
    return it;
  } catch (cause) {
    throw new LiveError('TOKEN_MISSING', `no access token: ${messageOf(cause)}`, { cause });
  }
}

/** Whose token it is; null when it does not say. */
function ownerOf(token: string | null): string | null {
  try {
    const payload = (token as string).split('.')[1] as string;
    const claims = JSON.parse(atob(payload.replace(/-/g, '+').replace(/_/g, '/'))) as { userId?: unknown; sub?: unknown };
    const owner = claims.userId ?? claims.sub;
    return typeof owner === 'string' ? owner.toLowerCase() : null;
  } catch {
    return null;
  }
}
