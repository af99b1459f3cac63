/** The one source of the current time; injected, so that tests can drive it. */
export interface Clock {
  now(): Date;
  /** Resolves after that many milliseconds of this clock. */
  wait(milliseconds: number): Promise<void>;
}

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => new Date(),
  wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};
