/** Time as the simulator sees it: one injectable clock, and Stripe's timestamps in whole seconds. */

export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

/** Stripe's timestamps are whole seconds since the epoch, rounded down. */
export function unixSeconds(clock: Clock): number {
  return Math.floor(clock.now().getTime() / 1000);
}
