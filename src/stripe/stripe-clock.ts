/** The difference between our clock and Stripe's, from the `Date` header of every response. */
import type { Clock } from '../platform/kernel/clock.js';
import type { Logger } from '../platform/kernel/logger.js';

// Thresholds of time carry a minute of slack; half of it is left then.
const WARN_BEYOND_MS = 30_000;
// A minute before we reject Stripe's webhooks as too old, or from the future, and Stripe our checkouts as too short.
const FAIL_BEYOND_MS = 240_000;
// The header counts whole seconds, rounded down.
const HEADER_STEP_MS = 1_000;

type State = 'right' | 'off' | 'wrong';

export class StripeClock {
  /** By how much ours is ahead at least; negative when it is behind, 0 while the two may agree. */
  private aheadMs = 0;
  private logged: State = 'right';

  constructor(
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /**
   * Records the time of a response of Stripe's.
   *
   * @param date its header `Date`; an invalid one is ignored
   * @param askedAt when the request was sent, by our clock: Stripe wrote the header at some moment since
   */
  heard(date: string | undefined, askedAt: Date): void {
    const saidAt = Date.parse(date ?? '');
    if (Number.isNaN(saidAt)) return;
    const leastMs = askedAt.getTime() - saidAt - HEADER_STEP_MS;
    const mostMs = this.clock.now().getTime() - saidAt;
    this.aheadMs = leastMs > 0 ? leastMs : Math.min(mostMs, 0);
    this.tellChange();
  }

  /**
   * Why this process can neither take checkouts nor webhooks; null when it can. Another one, on a machine whose clock
   * is right, should get them: that is why it is not ready, and not only a warning.
   */
  problem(): string | null {
    return this.state() === 'wrong'
      ? `${this.difference()}: it rejects our checkouts, or we reject its webhooks`
      : null;
  }

  warning(): string | null {
    return this.state() === 'off' ? this.difference() : null;
  }

  private state(): State {
    const offMs = Math.abs(this.aheadMs);
    if (offMs > FAIL_BEYOND_MS) return 'wrong';
    return offMs > WARN_BEYOND_MS ? 'off' : 'right';
  }

  private difference(): string {
    const seconds = Math.round(Math.abs(this.aheadMs) / 1000);
    return `our clock is ${seconds} s ${this.aheadMs > 0 ? 'ahead of' : 'behind'} Stripe’s`;
  }

  private tellChange(): void {
    const state = this.state();
    if (state === this.logged) return;
    this.logged = state;
    const details = { aheadSeconds: Math.round(this.aheadMs / 1000) };
    if (state === 'right') this.logger.info(details, 'Our clock agrees with Stripe’s again');
    else if (state === 'off') this.logger.warn(details, `Put the clock right: ${this.warning()}`);
    else this.logger.error(details, `Put the clock right: ${this.problem()}`);
  }
}
