import { expect, it } from 'vitest';
import { steadyClock } from '../src/clock.js';

/** Two clocks that tests move. */
function clocks() {
  const at = { wall: 1_000_000, steady: 0.5 };
  const clock = steadyClock(
    () => Math.floor(at.wall),
    () => at.steady,
  );
  const began = clock();
  return {
    passed: () => clock() - began,
    /** @param wall how far the wall clock moves meanwhile */
    move(steady: number, wall = steady) {
      at.steady += steady;
      at.wall += wall;
    },
  };
}

it('asked as often as you like it is no faster', () => {
  const { passed, move } = clocks();
  for (let i = 0; i < 10_000; i++) {
    move(0.1);
    passed();
  }
  expect(passed()).toBeCloseTo(1_000, 0);
});

it('a wall clock that is set back, or on a little, changes nothing', () => {
  const { passed, move } = clocks();
  move(1_000, -3_600_000);
  expect(passed()).toBe(1_000);
  move(1_000, 1_500);
  expect(passed()).toBe(2_000);
});

it('time in which the machine slept passes, also when it sleeps a little again and again', () => {
  const { passed, move } = clocks();
  move(10, 60_000);
  expect(passed()).toBeCloseTo(60_000, 0);
  for (let i = 0; i < 100; i++) {
    move(100, 1_000);
    passed();
  }
  expect(passed()).toBeGreaterThan(158_000);
});
