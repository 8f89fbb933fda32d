import { expect, it } from 'vitest';
import { runSchedules } from './schedules.js';

declare const process: { env: Record<string, string | undefined> };

/** Of the machine's inputs, at least. */
const STEPS = Number(process.env['STEPS'] ?? 1_000_000);
const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);

it('shows what is so, whatever happens', { timeout: 600_000 }, () => {
  const steps = runSchedules(STEPS, SEED, true);
  console.log(`${steps} steps from seed ${SEED}`);
  expect(steps).toBeGreaterThanOrEqual(STEPS);
});
