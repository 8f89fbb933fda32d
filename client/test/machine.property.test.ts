import { expect, it } from 'vitest';
import { runSchedules } from './schedules.js';

declare const process: { env: Record<string, string | undefined> };

/** Of the machine's inputs, at least. */
const STEPS = Number(process.env['STEPS'] ?? 1_000_000);
const SEED = Number(process.env['SEED'] ?? 1);

it('shows what is so, whatever happens', { timeout: 3_600_000 }, async () => {
  const steps = await runSchedules(STEPS, SEED, true);
  console.log(`${steps} steps from seed ${SEED}`);
  expect(steps).toBeGreaterThanOrEqual(STEPS);
});
