/** A wall clock that moved this much further than the steady one since the last look: the machine slept. In milliseconds. */
const SLEPT_MS = 1_000;

/**
 * A clock that never goes back, in milliseconds. The wall clock alone may be set back, and then data would look young for ever;
 * `performance.now` alone stands still while some machines sleep, and then data of last night would. So it is the steady one, and the time
 * that only the wall clock saw.
 */
export function steadyClock(wall: () => number = Date.now, steady: () => number = () => performance.now()): () => number {
  let slept = 0;
  let ahead = wall() - steady();
  return () => {
    const steadyNow = steady();
    const gained = wall() - steadyNow - ahead;
    // A little is only how they round.
    if (gained < 0 || gained > SLEPT_MS) {
      ahead += gained;
      slept += Math.max(0, gained);
    }
    return steadyNow + slept;
  };
}
