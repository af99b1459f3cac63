/** Keeps a database and a Stripe account together: with the key of another one, or of its other mode, nothing is done. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { runAs } from '../../platform/database/workload.js';
import type { Clock } from '../../platform/kernel/clock.js';
import type { Logger } from '../../platform/kernel/logger.js';
import { CallContext } from '../../stripe/call-context.js';
import { type CallGuard, type PaymentGateway, PaymentProviderError } from '../../stripe/payment-gateway.js';
import { findStripeAccount, rememberStripeAccount, type StoredAccount } from './payments.repository.js';

const CALL_TIMEOUT_MS = 8_000;
// While Stripe, or the database, does not answer.
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 30_000;

export class StripeAccountService implements CallGuard {
  /** Null until it is known; a key does not change while a process runs, so it is asked for once. */
  private keyCheck: { problem: string | null } | null = null;
  private asking: Promise<void> | null = null;
  private isStopped = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly gateway: Pick<PaymentGateway, 'accountId'>,
    /** The mode of our key, which its prefix tells. */
    private readonly livemode: boolean,
    private readonly forkEntityManager: () => EntityManager,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Asks in the background, until Stripe and the database have answered. */
  start(pauseMs = FIRST_PAUSE_MS): void {
    const again = () => this.start(Math.min(2 * pauseMs, MAX_PAUSE_MS));
    void this.ask()
      .catch((error: unknown) => this.logger.warn({ err: error }, 'The Stripe account could not be looked up'))
      .then(() => {
        if (this.keyCheck === null && !this.isStopped) this.timer = setTimeout(again, pauseMs).unref();
      });
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  /** Whether our key belongs to this database, as far as Stripe can be asked. */
  async isOurs(): Promise<boolean> {
    await this.ask();
    return this.keyCheck?.problem === null;
  }

  async admit(): Promise<void> {
    await this.ask();
    if (this.keyCheck?.problem === null) return;
    if (this.keyCheck !== null) throw new PaymentProviderError('suspended', this.keyCheck.problem, null);
    throw new PaymentProviderError('unavailable', 'Stripe has not said yet whose key ours is.', null);
  }

  /** Why Stripe must not be asked by this process, in words for the operator; null when it may be, or nobody knows. */
  problem(): string | null {
    return this.keyCheck?.problem ?? null;
  }

  warning(): string | null {
    return this.keyCheck === null ? 'Stripe has not said yet whose key ours is: checkouts and jobs wait for it' : null;
  }

  /** All who want to know at once share one question. */
  private async ask(): Promise<void> {
    if (this.keyCheck !== null) return;
    this.asking ??= runAs('request', () => this.compare()).finally(() => {
      this.asking = null;
    });
    return this.asking;
  }

  private async compare(): Promise<void> {
    const known = await findStripeAccount(this.forkEntityManager());
    // Told by the database alone, also while Stripe does not answer.
    if (known && this.isOtherMode(known)) return this.conclude(known, null);
    try {
      const accountId = await this.gateway.accountId(CallContext.forPerson(CALL_TIMEOUT_MS, this.clock));
      const isComplete = known != null && known.livemode !== null && (known.accountId ?? accountId) === known.accountId;
      const { livemode } = this;
      const remember = () => rememberStripeAccount(this.forkEntityManager(), { accountId, livemode });
      this.conclude(isComplete ? known : await remember(), accountId);
    } catch (error) {
      if (!(error instanceof PaymentProviderError)) throw error;
      this.logger.warn({ kind: error.kind }, 'Stripe does not say whose key ours is: checkouts and jobs wait');
    }
  }

  private conclude(stored: StoredAccount, accountId: string | null): void {
    const problem = this.problemWith(stored, accountId);
    this.keyCheck = { problem };
    if (problem !== null) {
      const key = { accountId, livemode: this.livemode };
      this.logger.error(
        { key, database: { ...stored } },
        `${problem}: no checkouts, no jobs, nothing is asked of Stripe`,
      );
    } else if (accountId === null) {
      this.logger.error({}, 'The key may not read its Stripe account: only its mode is compared with the database');
    }
  }

  private problemWith(stored: StoredAccount, accountId: string | null): string | null {
    if (this.isOtherMode(stored)) {
      return `STRIPE_SECRET_KEY is a ${modeOf(this.livemode)} key, and the database belongs to ${modeOf(stored.livemode)} mode`;
    }
    const isOther = accountId !== null && accountId !== stored.accountId;
    return isOther ? 'STRIPE_SECRET_KEY belongs to another Stripe account than the database' : null;
  }

  private isOtherMode({ livemode }: StoredAccount): boolean {
    return livemode !== null && livemode !== this.livemode;
  }
}

function modeOf(livemode: boolean | null): string {
  return livemode ? 'live' : 'test';
}
