/** Each is a way in which the client could be wrong: `from` stands once in `file` and becomes `to`. */
export const BUGS = [];

const machine = (name, from, to) => BUGS.push({ name, file: 'core/machine.ts', from, to });
const state = (name, from, to) => BUGS.push({ name, file: 'core/state.ts', from, to });
const dashboard = (name, from, to) => BUGS.push({ name, file: 'core/dashboard.ts', from, to });
const around = (file, name, from, to) => BUGS.push({ name, file, from, to });

// ---- who it is
machine('a token of another user changes nothing of what is shown', 'dashboard.owner !== null && owner !== dashboard.owner) {', 'dashboard.owner !== null && owner === "x") {');
machine('what another user held stays', "rest: { at: 'off' }, dashboard: EMPTY, asOf: null,", "rest: { at: 'off' }, asOf: null,");
machine('the age of what another user held stays', 'dashboard: EMPTY, asOf: null, polled', 'dashboard: EMPTY, polled');
machine('after another user was read by REST the old line goes on', "idOf(link) !== null ? waiting(read, 'another user has signed in', input) : read", 'read');
machine('a poll does not see that the epoch is another', 'const isSame = answer.userId === dashboard.owner && answer.epoch === dashboard.epoch;', 'const isSame = answer.userId === dashboard.owner;');
machine('leaving live dates what another user is shown', ' && after.dashboard.owner === before.dashboard.owner) {', ') {');
machine('what was known of devices stays when the line is gone', "if (!('ask' in after.link) && after.dashboard.devices !== null) {", 'if (false) {');
machine('a device without network believes a line that was just heard', '(s.offline || now - link.heardAt >= limits.retryDelay)', 'now - link.heardAt >= limits.retryDelay');
machine('each token makes it forget that REST failed', '{ ...held, polled: { ...held.polled, again: now } }', '{ ...held, polled: NOT_POLLED }');
machine('at rest it still says why it was not live', "    reason: '',\n  };", '  };');
around('live.ts', 'without a token a call goes by the cookie that is there', 'if (used === null) {', 'if (used === "x") {');
around('live.ts', 'what is no address is taken', '!/^\\w+ (https?:|\\/|$)|^socketUrl wss?:/.test(`${name} ${each}`)', 'false');
around('live.ts', 'REST is where only a socket may be', '|^socketUrl wss?:/', '|^\\w+ wss?:/');
around('live.ts', 'an address that is none is called by another name', "`${name} is '${each}', not 'https://…'`", "`url is '${each}', not 'https://…'`");
around('live.ts', 'who is signed in by now is not asked for when nobody retains it', "reason === 'connect' && retained && ", "reason === 'connect' && ");
machine('each token asks a service again that wants to be left alone', "tokenOf(s) === null && held.polled.outcome === 'failed'", "held.polled.outcome === 'failed'");
around('runner.ts', 'a token() that throws may have written', "throw new LiveError('TOKEN_MISSING', `no access token: ${messageOf(cause)}`, { cause });", 'throw cause;');
around('testing/service.ts', 'headers count as they are spelt', 'name.toLowerCase()', 'name');
machine('looking at a tab does not doubt the cookie', "s.token.at === 'cookie' || link.at !== 'live' ? doubtful(hurried)", "link.at !== 'live' ? doubtful(hurried)");
dashboard('reconnected of another user or history is taken to lead on', 'const isSame = held.owner === end.userId && held.epoch === end.epoch && held.revision !== null;', 'const isSame = held.revision !== null;');

machine('a look that failed is forgotten', "rest: { at: 'resting' }, polled: { outcome: 'failed'", "rest: { at: 'resting' }, suspect: null, polled: { outcome: 'failed'");
machine('what was asked before counts as an answer', 's.suspect !== null && s.suspect >= id ? s.suspect : null', 'null');
machine('each reason to ask again ends what is asked', 'return { ...s, suspect: s.serial };', "return { ...s, suspect: s.serial, rest: 'id' in s.rest ? { at: 'resting' } : s.rest };");
machine('it says that it polls while it has no token to ask with', "s.rest.at === 'token' || s.refusal !== null ? notPolled", "s.rest.at === 'token' ? notPolled");
machine('who has signed out is shown on', "...(code === 'TOKEN_MISSING' ? forgotten(s) : s),", '...s,');
state('each look is a request', 'return (askedAt ?? -Infinity) + limits.retryDelay;', 'return -Infinity;');
dashboard('who is told of another user sees what the first one had', 'let before = held.owner === end.userId ? held : EMPTY;', 'let before = held;');
around('surroundings.ts', 'a page that was just loaded came back', '.persisted !== false', '.persisted !== null');

// ---- what answers too late
machine('what belongs to an old id counts', "return id === (type === 'askRefused'", "return true || id === (type === 'askRefused'");
machine('that the server is busy is not heard', "type === 'askRefused' ? askOf(link) : idOf(", 'idOf(');

// ---- demand
machine('after the last release it lingers for a minute', 'until: now + s.limits.linger', 'until: now + 60_000');
machine('who lets go lets go for good, at once', "{ ...s, demand: { at: 'lingering', until: now + s.limits.linger } }", "{ ...s, demand: { at: 'none' } }");
machine('REST goes on after the last release', "    rest: { at: 'off' },\n    token: unasked", '    token: unasked');
machine('a token is asked for after the last release', 'token: unasked(s.token),\n    asOf', 'token: s.token,\n    asOf');
machine('data that were live have no age after the last release', '    asOf: asOf(s),\n', '');
machine('an ended client begins again', "return s.demand.at === 'ended' ? s : { ...s, demand: { at: 'there' } };", "return { ...s, demand: { at: 'there' } };");

// ---- surroundings
machine('a tab that is looked at again stays hidden', ', hidden: false }, input);', ' }, input);');
machine('a hidden page polls', 'const polls = !after.hidden && mayAsk(after)', 'const polls = mayAsk(after)');
machine('each look begins an attempt', 'const soonest = Math.max(now, (s.triedAt ?? -Infinity) + limits.retryDelay);', 'const soonest = now;');
machine('a look ends the wait that a draining server asked for', "(link.at === 'waiting' && drain === null)", "link.at === 'waiting'");
machine('each look asks a line that has just been heard', '|| now - link.heardAt >= limits.retryDelay', '|| now - link.heardAt >= 0');
machine('when a server wants its clients back is not heard', 'return { ...s, drain: input.retryAfterMs };', 'return { ...s, drain: null };');
state('offline is said over live data', "if (link.at === 'live') {\n    return 'live';", "if (link.at === 'live' && !offline) {\n    return 'live';");
machine('a write does not hurry the poll', "return s.link.at === 'live' ? s : doubtful(s);", 'return s;');

// ---- the token
machine('without a token it connects all the same', "return s.token.at === 'asking' && s.token.reason === 'expiring'", 'return true');
machine('who loses the line while a token is renewed waits for ever', "s.link.at === 'token'\n        ? asked(s, 'connect', now)", "false\n        ? asked(s, 'connect', now)");
machine('a network that is back waits as long as one that is away', 'retries: 0, offline: false', 'offline: false');
machine('the same token that was refused is tried again', 'if (refusal !== null && refusal.token === token) {', 'if (refusal !== null && token === "") {');
machine('a token that fails leaves the attempt waiting', "return s.link.at === 'token' ? failed(polled, message, input) : polled;", 'return polled;');
machine('a token that fails leaves the poll waiting', "const polled = s.rest.at === 'token' || s.refusal !== null ? notPolled", "const polled = s.refusal !== null ? notPolled");
machine('tokens are asked for again and again', "code === 'FORBIDDEN' || s.refusal !== null) {", "code === 'FORBIDDEN') {");
machine('every refusal is taken to be of the token', 'const IDENTITY = /^TOKEN_|^FORBIDDEN$/;', 'const IDENTITY = /./;');
machine('a refused token is a failure like others', 'const IDENTITY = /^TOKEN_|^FORBIDDEN$/;', 'const IDENTITY = /^$/;');
machine('a refusal is never told', 'token: heldToken(s), final: true }', 'token: heldToken(s), final: false }');
machine('an attempt takes the token of yesterday', "asked(begun, s.refusal === null ? 'connect' : 'refused', now), now)", 'begun, now)');
machine('a refused token is used again', 'return s.refusal?.token === held ? null : held;', 'return held;');
machine('a new token does not extend the open line', 'is.link && was.link?.key === is.link.key', '!is.link');
machine('a token has no end', "at: 'asking', id, by: now + s.limits.attemptTimeout,", "at: 'asking', id, by: now + 1e9,");
machine('refused polls go on', "return s.refusal === null || (s.link.at !== 'barred'", "return s.refusal === null || (true");
machine('a session that the service ended is begun again', 'until: now === null ? null : now + s.limits.pollInterval }', 'until: (now ?? s.triedAt ?? 0) + s.limits.pollInterval }');
machine('a token that comes begins a session again that the service ended', 'token: unasked(s.token),\n    reason', 'reason');
machine('that the service ended the session is a lost line', 'return input.ended\n', 'return input.ended && s.offline\n');
machine('unauthorized is a dead end', 'until: now === null ? null : now + s.limits.pollInterval }', 'until: null }');

// ---- the line
machine('a line that is open is called live', 'catching({ ...s, drain: null }, input.id, false, now)', '{ ...s, link: following(s, input.id, now, now) }');
machine('what comes before the end of catching up is shown', "if (link.at === 'catching') {\n    // KPIs", "if (link.at === 'catching' && link.full) {\n    // KPIs");
machine('KPIs ahead of their events are shown as current', 'dashboard === null || event.revision > (dashboard.revision as number)', 'dashboard === null');
machine('a line that swallows is waited for', "link: { at: 'opening', id, by: now + s.limits.attemptTimeout }", "link: { at: 'opening', id, by: now + 1e9 }");
machine('a mute line is waited for', "link: { at: 'catching', id, ask, full, by: now + s.limits.attemptTimeout,", "link: { at: 'catching', id, ask, full, by: now + 1e9,");
machine('an attempt that does not catch up is no failure', 'return waiting({ ...s, failures: s.failures + 1 }, message, input);', 'return waiting(s, message, input);');
machine('a line that lives for a second is a success', 'input.now - link.since >= STABLE_MS ? 0', 'input.now >= link.since ? 0');
machine('attempts do not back off', 'retries: s.retries + 1, reason: message', 'reason: message');
machine('failures stay after a success', '    failures: 0,\n    refusal: null,\n  };\n}\n\n// ---- REST', '    refusal: null,\n  };\n}\n\n// ---- REST');
machine('a server that is wrong is asked the same again', 'return catching(s, link.id, true, now);\n  }\n  const devices', 'return catching(s, link.id, false, now);\n  }\n  const devices');
machine('being heard does not count', 'return { at: \'live\', id, since, heardAt: now, ask: null, by };', "return { at: 'live', id, since, heardAt: link.at === 'live' ? link.heardAt : now, ask: null, by };");
machine('a silent line is not asked', '{ ...s, link: { ...link, by: link.heardAt + limits.silenceTimeout } } : doubted(s, now)', '{ ...s, link: { ...link, by: link.heardAt + limits.silenceTimeout } } : { ...s, link: { ...link, by: now + limits.silenceTimeout } }');
machine('a line that does not answer is believed', '(link.ask === null ? lastBy(link, limits) : link.by)', 'lastBy(link, limits) + 1_000');
machine('after a sleep the line is what it was', "link.at === 'live' && input.now >= (link.ask", "link.at === 'live' && input.type === 'timer' && input.timer === 'linkBy' && link.ask !== null && input.now >= (link.ask");
around('runner.ts', 'after a sleep nothing rings for as long as it was to wait', 'Math.min(LONGEST_MS, Math.ceil(due - parts.clock()))', 'Math.ceil(due - parts.clock())');
machine('a sign may be waited for longer than a silent line is believed', 'Math.min(now + limits.probeTimeout, lastBy(link, limits))', 'now + limits.probeTimeout');
machine('an opening that takes too long goes on', 'return failed(s, late, input);\n', 'return s;\n');
machine('an event is not told', 'told.push({ event, before: s.dashboard, after: dashboard });\n  }\n  return heard', 'void told;\n  }\n  return heard');
machine('what ends is not ended', "if (old && (!now || old.end.type !== 'clearTimer')) {", "if (old && !now) {");
machine('the transports never turn', 's.failures % 2 === 0 ? s.transports', 's.failures >= 0 ? s.transports');

// ---- REST
machine('what is polled is as of when it was answered', 'return { ...s, asOf: since,', 'return { ...s, asOf: since + 5_000,');
machine('the first page is taken for all', 'return isSame && revision >= answer.revision ? polled', 'return isSame ? polled');
machine('KPIs of a page are taken for the newest', 'kpis: answer.kpis, kpiRevision: reached', 'kpis: answer.kpis, kpiRevision: answer.revision');
machine('a page that was asked for before more came brings old KPIs', 'const isNewer = isSame && reached <= revision && reached > (after.kpiRevision as number);', 'const isNewer = isSame;');
machine('KPIs of a page are not taken', 'const isNewer = isSame && reached <= revision', 'const isNewer = isSame && reached < 0 && reached <= revision');
machine('an older answer is taken', 'if (isSame && answer.revision < (dashboard.revision as number)) {', 'if (isSame && answer.revision < 0) {');
machine('pruned events are a failure', "if (failure.status === 410 && s.rest.at === 'events') {", "if (failure.status === 411 && s.rest.at === 'events') {");
machine('failed polls do not back off', 'Math.max(Math.min(atLeast, pollInterval), backoff(failures, retryDelay, pollInterval, random));', 'Math.max(Math.min(atLeast, pollInterval), 250);');
machine('a busy service is not left alone', 'Math.max(Math.min(atLeast, pollInterval), backoff(', 'Math.max(0, backoff(');
machine('a poll has no end', "rest: { at, id, since: now, by: now + s.limits.attemptTimeout }", "rest: { at, id, since: now, by: now + 1e9 }");
machine('a poll that takes too long goes on', "return s.rest.at === 'resting' ? polling(s, now) : notPolled(s, late, input);", "return s.rest.at === 'resting' ? polling(s, now) : s;");
machine('data that were live are as of now when the line is lost', "'staleMs' in input ? now - input.staleMs : before.link.heardAt", "'staleMs' in input ? now - input.staleMs : now");
machine('what a server says is old is as of when it was heard', "'staleMs' in input ? now - input.staleMs : before.link.heardAt", 'before.link.heardAt');
machine('data that were live have no age when the line is lost', "asOf: 'staleMs' in input ? now - input.staleMs : before.link.heardAt", 'asOf: after.asOf');
machine('it polls while it is live', '&& (!live || after.suspect !== null);', '&& (after.demand.at !== "none" || after.suspect !== null);');
machine('a poll that is due is not made', "after.rest.at === 'resting' ? pollAt(after) <= now : after", 'after');
machine('a poll does not go on when its token comes', "pollAt(after) <= now : after.rest.at === 'token' && tokenOf(after) !== null", 'pollAt(after) <= now : false');
machine('a refusal stays though REST answers', "polled: { outcome: 'good', at: since, jitter: random }, refusal: null }", "polled: { outcome: 'good', at: since, jitter: random } }");

// ---- what is said of it
state('refused is not said', 'if (refusal?.final) {', 'if (refusal?.final && offline) {');
state('polling is called recovering', "return 'polling';", "return 'recovering';");
state('data are as of when the line began', "return link.at === 'live' ? link.heardAt : asOf;", "return link.at === 'live' ? link.since : asOf;");
state('data are as of a time that does not pass', "return link.at === 'live' ? link.heardAt : asOf;", "return link.at === 'live' ? link.by : asOf;");
state('polls are made at half the pace', 'return polled.at + limits.pollInterval * (1', 'return polled.at + 2 * limits.pollInterval * (1');
state('the jitter makes the interval longer', '(1 - POLL_JITTER * polled.jitter)', '(1 + POLL_JITTER * polled.jitter)');
state('the first figures wait for failures', 'return dashboard.revision === null || asOf === null ||', 'return ');
state('a line that went is waited for before REST is asked', 'asOf + Math.min(limits.pollAfter, limits.pollInterval)', 'asOf + 100 * limits.pollInterval');

// ---- the dashboard
dashboard('an event is taken over a gap of one', 'event.revision > revision + 1', 'event.revision > revision + 2');
dashboard('an event is told twice', 'const isNext = isChange && event.revision > revision;', 'const isNext = isChange && event.revision >= revision;');
dashboard('older KPIs replace newer ones', 'const isNewer = isKpis && event.revision >= kpiRevision;', 'const isNewer = isKpis;');
dashboard('KPIs that were rebuilt are no revision', 'const isChange = !isKpis || event.rebuilt;', 'const isChange = !isKpis;');
dashboard('a change of a business loses its figures', 'businessOf(held, event.business.id)?.metrics ?? NO_METRICS', 'NO_METRICS');
dashboard('a deleted business stays', 'return withBusiness(held, event.businessId, null);', 'return held;');
dashboard('figures do not change', '{ ...before, metrics: event.metrics }', '{ ...before }');
dashboard('a new business has no position', 'positions: position === undefined ? new Map(positions).set(id, businesses.length) : positions', 'positions');
dashboard('a deleted business leaves positions as they were', '{ ...held, ...placed(businesses.filter((each) => each.id !== id)) }', '{ ...held, businesses: businesses.filter((each) => each.id !== id) }');
dashboard('catching up that does not lead there is believed', 'if ((before.revision as number) < end.revision) {', 'if ((before.revision as number) < 0) {');
dashboard('an older everything replaces what is newer', 'if (isSame && end.revision < (held.revision as number)) {', 'if (isSame && end.revision < 0) {');
dashboard('catching up replaces newer KPIs', 'end.revision > (before.kpiRevision as number) ?', 'true ?');
dashboard('catching up tells of nothing', 'told.push(...passed);', 'void told;');
dashboard('a business that was held stays as it was', 'return before && JSON.stringify(before) === JSON.stringify(after) ? before : after;', 'return before ?? after;');
dashboard('each business is a new object when everything is told', 'return before && JSON.stringify(before) === JSON.stringify(after) ? before : after;', 'return after;');

// ---- around the machine
around('runner.ts', 'what happens while a step is told of comes within it', 'if (stepping) {\n      return;', 'if (stepping && inputs.length > 99) {\n      return;');
machine('a timer that rings early is not set again', 'const old = slot === rang ? undefined : was[slot];', 'const old = was[slot];');
around('runner.ts', 'the browser is listened to after the end', '      stopListening?.();\n      stopListening = null;', '      stopListening = null;');
around('runner.ts', 'whose a token is, is not read', "return typeof owner === 'string' ? owner.toLowerCase() : null;", 'return null;');
around('runner.ts', 'diagnostics grow', 'transitions.splice(0, transitions.length - KEPT);', '');
around('runner.ts', 'a request that is given up runs on', 'fetching?.abort();', 'void fetching;');
around('runner.ts', 'a token that is given up is not told so', 'asking?.abort();', 'void asking;');
around('report.ts', 'a listener that throws stops the others', '    queueMicrotask(() => {\n      throw error;\n    });', '    throw error;');
around('report.ts', 'a listener that has left is called', 'if (all.has(entry)) {', 'if (entry) {');
around('live.ts', 'letting go twice counts twice', '        held = false;\n', '');
around('live.ts', 'letting go again while it is told counts twice', "          held = false;\n          if (--retained === 0) {\n            runner.dispatch({ type: 'release' });\n          }\n", "          if (--retained === 0) {\n            runner.dispatch({ type: 'release' });\n          }\n          held = false;\n");
around('live.ts', 'the second who retains is not counted', 'if (++retained === 1) {', 'if ((retained = 1) === 1) {');
around('live.ts', 'until does not end with the client', "if (shown.connection.state !== 'ended') {", 'if (true) {');
around('live.ts', 'select calls back whatever changes', 'if (!Object.is(last, get())) {', 'if (last !== undefined || get() !== last) {');
around('live.ts', 'an equality is not asked', 'selected = equals(selected, next) ? selected : next;', 'selected = next;');
around('live.ts', 'a request is not sent again with another token', "return response.status === 401 && token !== undefined ? send('refused') : response;", 'return response;');
around('live.ts', 'what is laid over the dashboard is never taken away', '(each === change ? (next ?? []) : each)', '(each === change ? (next ?? each) : each)');
around('live.ts', 'what takes the place of an overlay is laid over the younger ones', 'overlays = overlays.flatMap((each) => (each === change ? (next ?? []) : each));', 'overlays = overlays.filter((each) => each !== change).concat(next ?? []);');
around('live.ts', 'a selector that threw gives what it gave before', 'const next = selector(shown);\n          state = shown;', 'state = shown;\n          const next = selector(shown);');
around('clock.ts', 'time goes back with the clock', 'return steadyNow + slept;', 'return wall() - ahead + slept * 0;');
around('clock.ts', 'time stands still while the machine sleeps', 'slept += Math.max(0, gained);', '');
around('clock.ts', 'what both clocks round is time that passes', 'gained > SLEPT_MS', 'gained > 0');
around('link.ts', 'a server that cannot see is not heard', "({ type: 'stale', staleMs })", "({ type: 'heard' } as never)");
around('link.ts', 'a refusal is no answer', 'over(data?.code === undefined ?', 'over(data?.code !== null ?');
around('link.ts', 'who is sent away comes back', "reason === 'io server disconnect'", "reason === 'never'");
around('link.ts', 'a request that is refused is waited for', 'refused(answer.error);', '');
around('link.ts', 'a ping is no sign of life', "is === 'open' && tell({ type: 'heard' })", "is === 'over' && tell({ type: 'heard' })");
around('link.ts', 'what is closed goes on telling', "is = 'over';\n        socket.disconnect();", 'socket.disconnect();');
around('link.ts', 'the token is not sent', 'token === null ? {} : { token }', '{}');
around('live.ts', 'a call does not say for whom it is meant', "headers.set('X-Live-User', shown.owner);", '');
around('live.ts', 'who is signed in is not looked at after a conflict', 'response.status === 409', 'response.status === 0');
around('react.ts', 'what is hydrated is what is held by then', '() => of(NOTHING)', '() => of(live.get())');
around('options.ts', 'undefined is a value', 'const { [name]: value = DEFAULTS[name] } = given;', 'const value = name in given ? given[name] : DEFAULTS[name];');
around('options.ts', 'zero is an interval', "name === 'linger' || name === 'pollAfter' ? 0 : 1", '0');
around('request.ts', 'a call has no end', "setTimeout(() => limit.abort(new LiveError('UNREACHABLE', `no answer within ${milliseconds / 1_000} s`)), milliseconds)", 'setTimeout(() => {}, milliseconds)');
around('request.ts', 'the reason of who aborts is told as no answer', 'throw limit.signal.aborted ? limit.signal.reason : unreached(error);', 'throw unreached(limit.signal.aborted ? limit.signal.reason : error);');
around('request.ts', 'the timer of a call runs on', '    clearTimeout(timer);\n    signal?.removeEventListener', '    signal?.removeEventListener');
around('frames.ts', 'each change is a frame', 'if (!made.waits && made.listeners.size > 0) {', 'if (made.listeners.size > 0) {');
around('events.ts', 'an event of the journal comes again', 'isChange ? event.revision > (last as number)', 'isChange ? true');
around('events.ts', 'KPIs go back', ': event.revision === last) {', ': true) {');
around('events.ts', 'a hole is not filled', 'yield* upTo(before);', '');
around('events.ts', 'a hole is not looked up in the journal', 'if (last !== null && held.epoch === history && isAhead()) {', 'if (last === -1) {');
around('events.ts', 'the history of the journal is forgotten', 'history = page.epoch;', 'void page.epoch;');
around('events.ts', 'an event of the journal does not say its history', 'epoch: page.epoch, before: null', "epoch: '', before: null");
around('events.ts', 'what nobody takes is lost', 'waiting.splice(0, MOST_WAITING);', 'waiting.splice(0);');
around('events.ts', 'what is pruned while it is taken is an error', 'isGiven = false;', '');
around('events.ts', 'what is pruned while nobody takes it is an error', 'if (!isGiven && error instanceof LiveError', 'if (last === -1 && error instanceof LiveError');
around('events.ts', 'a since that is not kept is no error', 'if (!isGiven && error instanceof LiveError', 'if (error instanceof LiveError');
around('events.ts', 'a hole when another user has signed in is an error', '(error.status === 410 || error.status === 409)', 'error.status === 410');
around('events.ts', 'where the journal does not reach back it waits for more', 'if (held.epoch === history) {', "if (held.epoch === '') {");
around('events.ts', 'the client is held after the end', 'stops.forEach((stop) => stop());', 'stops.slice(0, 2).forEach((stop) => stop());');
around('events.ts', 'who leaves is not heard', 'quit.abort(LEFT);', '');
around('events.ts', 'who leaves does not wake it', "quit.signal.addEventListener('abort', () => wake());", '');
around('events.ts', 'who leaves is told of an error', 'if (error !== LEFT) {', 'if (error !== null) {');
around('events.ts', 'the journal is read on for nobody', '{ signal: quit.signal }', '{ signal: signal ?? null }');
around('events.ts', 'the journal is tried again for nobody', 'Math.random()), quit.signal);', 'Math.random()), signal);');
around('events.ts', 'what was read is given after the abort', 'signal?.throwIfAborted();\n    last', 'last');
around('errors.ts', 'a token() that throws once ends it', " && !('cause' in error)", '');
around('events.ts', 'one page of the journal is all', 'newest = page.events.length === 0 ? -1 : page.revision;', 'newest = -1;');
around('writes.ts', 'each attempt has a key of its own', "'Idempotency-Key': key,", "'Idempotency-Key': newKey(),");
around('writes.ts', 'what a proxy answers is taken for the refusal of who knows the key', '(?!HTTP_|USER_MISMATCH$|OUTCOME_UNKNOWN$)[A-Z_]+$', '(?!USER_MISMATCH$|OUTCOME_UNKNOWN$).+$');
around('writes.ts', 'no version is sent', '...(ifVersion !== undefined && ', "...(ifVersion === '' && ");
around('writes.ts', 'a change is shown when it is answered', 'const show = live.overlay(as(changes));', 'const show = live.overlay((held) => held);');
around('writes.ts', 'what failed stays', '    } catch (error) {\n      show();', '    } catch (error) {');
around('writes.ts', 'between answer and event the old shows', '        show(as(business));\n', '        show();\n');
around('writes.ts', 'what was written hides what another writes', '            stop();\n            show();', '            stop();');
around('writes.ts', 'the first event ends what was written', 'if (isIn(after)) {', 'if (after) {');
around('writes.ts', 'a write is sent again as whoever is signed in by then', "...(owner !== null && connection.state !== 'idle' && { 'X-Live-User': owner }),", '');
around('writes.ts', 'a write is sent again after the end', '.then(() => false)])', '.then(() => true)])');
around('writes.ts', 'the wait of a write runs on after the end', '      abort();\n', '');
around('writes.ts', 'a write is not sent again when token() throws', '(failure !== null && isLastWord(failure))', 'failure !== null');
around('writes.ts', 'what may have been done for nobody knows whom is done again for another', '|| isAnybodys || attempt', '|| attempt');
around('writes.ts', 'a change that is made before the first state is there is not shown with it', '(owner !== null && held.owner !== owner)', 'held.owner !== owner');
around('writes.ts', 'a change is shown of a business of another user', ' || (owner !== null && held.owner !== owner)', '');
around('writes.ts', 'a lost answer is told as nothing done', "new LiveError('OUTCOME_UNKNOWN',", "new LiveError('UNREACHABLE',");
