import fc from 'fast-check';
import { type Move, Simulation } from './simulation.js';

const user = fc.constantFrom('a' as const, 'a' as const, 'b' as const);
const wait = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 200 }) },
  { weight: 3, arbitrary: fc.integer({ min: 200, max: 12_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: 12_000, max: 90_000 }) },
);

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: wait }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      user,
      kind: fc.constantFrom('create' as const, 'update' as const, 'metrics' as const, 'metrics' as const, 'delete' as const, 'kpis' as const),
      n: fc.nat(7),
    }),
  },
  { weight: 3, arbitrary: fc.constantFrom('retain' as const, 'release' as const, 'retry' as const, 'refresh' as const).map((name) => ({ do: name })) },
  { weight: 3, arbitrary: fc.constantFrom('woken' as const, 'hidden' as const, 'online' as const, 'offline' as const).map((name) => ({ do: name })) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('line' as const),
      is: fc.constantFrom('good' as const, 'good' as const, 'swallows' as const, 'fails' as const, 'mute' as const, 'dies' as const, 'freezes' as const, 'busy' as const, 'liar' as const),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ do: 'cut' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'kick' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('drain' as const), ms: fc.nat(5_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stale' as const), ms: fc.nat(20_000) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('rest' as const),
      is: fc.constantFrom('good' as const, 'slow' as const, 'fails' as const, 'hangs' as const, 'prunes' as const, 'pages' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('session' as const), user: fc.constantFrom('a' as const, 'b' as const, null) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('tokens' as const), are: fc.constantFrom('good' as const, 'hang' as const, 'throw' as const, 'refused' as const) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'expiring' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('busy' as const), times: fc.nat(40), ms: fc.nat(5_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sleep' as const), ms: fc.nat(200_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restore' as const), user, back: fc.nat(4) }) },
);

/** Runs a schedule; returns how many steps the machine took. */
function run(cookie: boolean, seed: number, moves: readonly Move[]): number {
  const simulation = new Simulation(cookie, seed);
  simulation.move({ do: 'retain' });
  for (const each of moves) {
    simulation.move(each);
  }
  simulation.heal();
  simulation.leave();
  return simulation.steps;
}

/**
 * Runs random schedules until the machine has taken so many steps; returns how many it took.
 *
 * @param shrink whether a schedule that fails is made as small as can be, which takes a while
 * @throws Error of what does not hold, with the schedule
 */
export async function runSchedules(leastSteps: number, seed: number, shrink: boolean): Promise<number> {
  let steps = 0;
  const schedule = fc.property(fc.boolean(), fc.nat(2 ** 31 - 1), fc.array(move, { minLength: 1, maxLength: 60, size: 'max' }), (cookie, world, moves) => {
    steps += run(cookie, world, moves);
  });
  for (let round = 0; steps < leastSteps; round++) {
    fc.assert(schedule, { seed: seed + round, numRuns: 500, endOnFailure: !shrink });
    // Who runs the test talks with it by the event loop, and gives up after a minute.
    await new Promise((resolve) => setTimeout(resolve));
  }
  return steps;
}
