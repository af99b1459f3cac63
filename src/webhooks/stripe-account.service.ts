/** Keeps a database and a Stripe account together: jobs of the one must not act on orders of the other. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Clock } from '../shared/clock.js';
import type { Logger } from '../shared/logger.js';
import { type PaymentGateway, PaymentProviderError } from '../stripe/payment-gateway.js';
import { StripeAccount } from './stripe-account.entity.js';

const CALL_WITHIN_MS = 8_000;

export class StripeAccountService {
  private isVerified = false;

  constructor(
    private readonly gateway: PaymentGateway,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /**
   * Whether the account of our key is the one that the database belongs to. The first to ask makes it so. A key does
   * not change while a process runs, so a yes is asked for once.
   */
  async isOurs(em: EntityManager): Promise<boolean> {
    if (this.isVerified) return true;
    try {
      const accountId = await this.gateway.accountId(this.clock.now().getTime() + CALL_WITHIN_MS);
      await em.execute('insert into stripe_accounts (id, account_id) values (1, ?) on conflict do nothing', [
        accountId,
      ]);
      const stored = await em.fork().findOneOrFail(StripeAccount, { id: 1 });
      this.isVerified = stored.accountId === accountId;
      if (!this.isVerified) {
        const accounts = { accountId, databaseBelongsTo: stored.accountId };
        this.logger.error(accounts, 'The database belongs to another Stripe account: no job runs. Check the keys');
      }
    } catch (error) {
      if (!(error instanceof PaymentProviderError)) throw error;
      this.logger.warn({ kind: error.kind }, 'Stripe does not say whose key ours is: jobs wait');
    }
    return this.isVerified;
  }
}
