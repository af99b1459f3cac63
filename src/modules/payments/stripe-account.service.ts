/** Checks that the key and the database belong to the same Stripe account and mode; otherwise Stripe is not called. */
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
  /** Null until it is known; a key does not change while a process runs, so it is checked once. */
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

  /** Checks the key in the background, until Stripe and the database have responded. */
  start(pauseMs = FIRST_PAUSE_MS): void {
    const again = () => this.start(Math.min(2 * pauseMs, MAX_PAUSE_MS));
    void this.ask()
      .catch((error: unknown) => this.logger.warn({ err: error }, 'Stripe account could not be checked'))
      .then(() => {
        if (this.keyCheck === null && !this.isStopped) this.timer = setTimeout(again, pauseMs).unref();
      });
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  /** Whether our key belongs to this database, as far as Stripe responds. */
  async isOurs(): Promise<boolean> {
    await this.ask();
    return this.keyCheck?.problem === null;
  }

  async admit(): Promise<void> {
    await this.ask();
    if (this.keyCheck?.problem === null) return;
    if (this.keyCheck !== null) throw new PaymentProviderError('suspended', this.keyCheck.problem, null);
    throw new PaymentProviderError('unavailable', 'The Stripe account of the key is not known yet.', null);
  }

  /** Why this process must not call Stripe, in words for the operator; null when it may, or that is not known yet. */
  problem(): string | null {
    return this.keyCheck?.problem ?? null;
  }

  warning(): string | null {
    return this.keyCheck === null
      ? 'the Stripe account of the key is not known yet: checkouts and jobs wait for it'
      : null;
  }

  /** Concurrent callers share one check. */
  private async ask(): Promise<void> {
    if (this.keyCheck !== null) return;
    this.asking ??= runAs('request', () => this.compare()).finally(() => {
      this.asking = null;
    });
    return this.asking;
  }

  private async compare(): Promise<void> {
    const known = await findStripeAccount(this.forkEntityManager());
    // The database alone decides it, also while Stripe does not respond.
    if (known && this.isOtherMode(known)) return this.conclude(known, null);
    try {
      const accountId = await this.gateway.accountId(CallContext.forPerson(CALL_TIMEOUT_MS, this.clock));
      const isComplete = known != null && known.livemode !== null && (known.accountId ?? accountId) === known.accountId;
      const { livemode } = this;
      const remember = () => rememberStripeAccount(this.forkEntityManager(), { accountId, livemode });
      this.conclude(isComplete ? known : await remember(), accountId);
    } catch (error) {
      if (!(error instanceof PaymentProviderError)) throw error;
      this.logger.warn({ kind: error.kind }, 'The Stripe account of the key is not known: checkouts and jobs wait');
    }
  }

  private conclude(stored: StoredAccount, accountId: string | null): void {
    const problem = this.problemWith(stored, accountId);
    this.keyCheck = { problem };
    if (problem !== null) {
      const key = { accountId, livemode: this.livemode };
      this.logger.error(
        { key, database: { ...stored } },
        `${problem}: checkouts and jobs are suspended, and Stripe is not called`,
      );
    } else if (accountId === null) {
      this.logger.error({}, 'The key may not read its Stripe account: only its mode is checked against the database');
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
