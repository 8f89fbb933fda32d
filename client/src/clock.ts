/**
 * A clock that never goes back, in milliseconds from 0. The wall clock alone may be set back, and then data would look young for ever;
 * `performance.now` alone stands still while some machines sleep, and then data of last night would. So time passes by whichever of the
 * two has moved further.
 */
export function steadyClock(wall: () => number = Date.now, steady: () => number = () => performance.now()): () => number {
  let now = 0;
  let lastWall = wall();
  let lastSteady = steady();
  return () => {
    const [wallNow, steadyNow] = [wall(), steady()];
    now += Math.max(0, wallNow - lastWall, steadyNow - lastSteady);
    lastWall = wallNow;
    lastSteady = steadyNow;
    return now;
  };
}
