/** Time as the simulator sees it: it can stand still and be moved, so that days of a payment's life pass in a moment. */

export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

/** Stripe's timestamps are whole seconds since the epoch, rounded down. */
export function unixSeconds(clock: Clock): number {
  return Math.floor(clock.now().getTime() / 1000);
}

/** Where a clock stood, and whether it ran. */
export interface ClockState {
  /** ISO 8601. */
  now: string;
  isFrozen: boolean;
}

/** Runs with the clock below it, by a distance that can be changed, unless it is frozen. */
export class SimulatorClock implements Clock {
  #offsetMs = 0;
  #frozenAt: number | null = null;

  constructor(private readonly base: Clock) {}

  now(): Date {
    return new Date(this.#frozenAt ?? this.base.now().getTime() + this.#offsetMs);
  }

  get isFrozen(): boolean {
    return this.#frozenAt !== null;
  }

  /** How far it is ahead of the clock below it, in milliseconds. */
  get aheadMs(): number {
    return this.now().getTime() - this.base.now().getTime();
  }

  freeze(): void {
    this.#frozenAt = this.now().getTime();
  }

  /** Runs on from where it stands. */
  unfreeze(): void {
    const now = this.now().getTime();
    this.#frozenAt = null;
    this.moveTo(now);
  }

  /** Puts it to an instant, in milliseconds since the epoch; a frozen clock stays frozen there. */
  moveTo(instant: number): void {
    if (Number.isNaN(new Date(instant).getTime())) throw new Error(`There is no date at ${instant} ms.`);
    if (this.#frozenAt === null) this.#offsetMs = instant - this.base.now().getTime();
    else this.#frozenAt = instant;
  }

  state(): ClockState {
    return { now: this.now().toISOString(), isFrozen: this.isFrozen };
  }

  /** Goes on from where a clock stood. */
  restore({ now, isFrozen }: ClockState): void {
    this.#frozenAt = null;
    this.moveTo(Date.parse(now));
    if (isFrozen) this.freeze();
  }

  /** Back to the clock below it, and running. */
  reset(): void {
    this.#frozenAt = null;
    this.#offsetMs = 0;
  }
}
