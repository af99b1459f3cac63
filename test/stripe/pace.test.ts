/** Background requests are spaced evenly, by the clock. */
import { expect, test } from '@jest/globals';
import { Pace } from '../../src/stripe/pace.js';
import { InstantClock } from '../support/instant-clock.js';

/** When each of so many callers, all there at once, got its turn: milliseconds since the start. */
async function turns(pace: Pace, clock: InstantClock, count: number): Promise<number[]> {
  const startedAt = clock.now().getTime();
  const takeTurn = async () => {
    await pace.turn();
    return clock.now().getTime() - startedAt;
  };
  return Promise.all(Array.from({ length: count }, takeTurn));
}

test('Requests that come at once leave one interval apart, in their order', async () => {
  const clock = new InstantClock();
  expect(await turns(new Pace(5, clock), clock, 6)).toEqual([0, 200, 400, 600, 800, 1000]);
});

test('An interval that is no whole number of milliseconds adds up to the rate, which is never exceeded', async () => {
  const clock = new InstantClock();
  expect(await turns(new Pace(3, clock), clock, 7)).toEqual([0, 334, 667, 1000, 1334, 1667, 2000]);
});

test('Quiet times are not made up for by a burst', async () => {
  const clock = new InstantClock();
  const pace = new Pace(10, clock);
  await turns(pace, clock, 1);
  clock.move(60_000);
  expect(await turns(pace, clock, 3)).toEqual([0, 100, 200]);
});

test('A turn that is a little late, as timers are on a busy machine, is made up for', async () => {
  const clock = new InstantClock();
  const pace = new Pace(10, clock);
  await turns(pace, clock, 1);
  clock.move(150);
  expect(await turns(pace, clock, 3)).toEqual([0, 50, 150]);
});

test('A request a little later waits for the rest of the interval only', async () => {
  const clock = new InstantClock();
  const pace = new Pace(10, clock);
  await turns(pace, clock, 1);
  clock.move(70);
  expect(await turns(pace, clock, 2)).toEqual([30, 130]);
});

test('A clock that is put back stops nobody', async () => {
  const clock = new InstantClock();
  const pace = new Pace(10, clock);
  await turns(pace, clock, 1);
  clock.move(-3_600_000);
  expect(await turns(pace, clock, 3)).toEqual([100, 200, 300]);
});

test('What people ask takes turns of the jobs, without waiting', async () => {
  const clock = new InstantClock();
  const pace = new Pace(10, clock);
  await turns(pace, clock, 1);
  for (let request = 0; request < 3; request += 1) await pace.forPeople.turn();
  expect(await turns(pace, clock, 2)).toEqual([400, 500]);
});

test('However much people ask, jobs get a quarter of the rate', async () => {
  const clock = new InstantClock();
  const pace = new Pace(10, clock);
  const turnsAt: number[] = [];
  const startedAt = clock.now().getTime();
  for (let turn = 0; turn < 3; turn += 1) {
    for (let request = 0; request < 500; request += 1) await pace.forPeople.turn();
    await pace.turn();
    turnsAt.push(clock.now().getTime() - startedAt);
  }
  expect(turnsAt).toEqual([400, 800, 1_200]);
});
