/** Background requests are spaced evenly, by the clock. */
import { expect, test } from '@jest/globals';
import { Throttle } from '../../src/stripe/throttle.js';
import { InstantClock } from '../support/instant-clock.js';

/** When each of so many callers, all there at once, got its turn: milliseconds since the start. */
async function turns(throttle: Throttle, clock: InstantClock, count: number): Promise<number[]> {
  const startedAt = clock.now().getTime();
  const takeTurn = async () => {
    await throttle.wait('job');
    return clock.now().getTime() - startedAt;
  };
  return Promise.all(Array.from({ length: count }, takeTurn));
}

test('Requests that come at once leave one interval apart, in their order', async () => {
  const clock = new InstantClock();
  expect(await turns(new Throttle(5, clock), clock, 6)).toEqual([0, 200, 400, 600, 800, 1000]);
});

test('An interval that is no whole number of milliseconds adds up to the rate, which is never exceeded', async () => {
  const clock = new InstantClock();
  expect(await turns(new Throttle(3, clock), clock, 7)).toEqual([0, 334, 667, 1000, 1334, 1667, 2000]);
});

test('Quiet times are not made up for by a burst', async () => {
  const clock = new InstantClock();
  const throttle = new Throttle(10, clock);
  await turns(throttle, clock, 1);
  clock.move(60_000);
  expect(await turns(throttle, clock, 3)).toEqual([0, 100, 200]);
});

test('A turn that is a little late, as timers are on a busy machine, is made up for', async () => {
  const clock = new InstantClock();
  const throttle = new Throttle(10, clock);
  await turns(throttle, clock, 1);
  clock.move(150);
  expect(await turns(throttle, clock, 3)).toEqual([0, 50, 150]);
});

test('A request a little later waits for the rest of the interval only', async () => {
  const clock = new InstantClock();
  const throttle = new Throttle(10, clock);
  await turns(throttle, clock, 1);
  clock.move(70);
  expect(await turns(throttle, clock, 2)).toEqual([30, 130]);
});

test('A clock that is put back stops nobody', async () => {
  const clock = new InstantClock();
  const throttle = new Throttle(10, clock);
  await turns(throttle, clock, 1);
  clock.move(-3_600_000);
  expect(await turns(throttle, clock, 3)).toEqual([100, 200, 300]);
});

test('What people ask takes turns of the jobs, without waiting', async () => {
  const clock = new InstantClock();
  const throttle = new Throttle(10, clock);
  await turns(throttle, clock, 1);
  for (let request = 0; request < 3; request += 1) await throttle.wait('person');
  expect(await turns(throttle, clock, 2)).toEqual([400, 500]);
});

test('However much people ask, jobs get a quarter of the rate', async () => {
  const clock = new InstantClock();
  const throttle = new Throttle(10, clock);
  const turnsAt: number[] = [];
  const startedAt = clock.now().getTime();
  for (let turn = 0; turn < 3; turn += 1) {
    for (let request = 0; request < 500; request += 1) await throttle.wait('person');
    await throttle.wait('job');
    turnsAt.push(clock.now().getTime() - startedAt);
  }
  expect(turnsAt).toEqual([400, 800, 1_200]);
});
