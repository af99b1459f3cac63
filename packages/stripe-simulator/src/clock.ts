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

/** How a clock stands to the one below it, for the next process to go on with. */
export interface ClockSetting {
  offsetMs: number;
  /** Milliseconds since the epoch; null for a clock that runs. */
  frozenAt: number | null;
}

/** Runs with the clock below it, by a distance that can be changed, unless it is frozen. */
export class SimulatorClock implements Clock {
  #offsetMs = 0;
  #frozenAt: number | null = null;
  readonly #listeners: (() => void)[] = [];

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

  /** Called after it was moved, frozen, or set free. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  freeze(): void {
    this.#frozenAt = this.now().getTime();
    this.#tell();
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
    this.#tell();
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

  get setting(): ClockSetting {
    return { offsetMs: this.#offsetMs, frozenAt: this.#frozenAt };
  }

  set setting({ offsetMs, frozenAt }: ClockSetting) {
    this.#offsetMs = offsetMs;
    this.#frozenAt = frozenAt;
    this.#tell();
  }

  /** Back to the clock below it, and running. */
  reset(): void {
    this.setting = { offsetMs: 0, frozenAt: null };
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
