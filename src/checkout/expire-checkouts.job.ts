/** Ends unpaid checkouts whose time is over: Stripe says whether they were paid, and only then goods are released. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { inTransaction } from '../database/transaction.js';
import { doEach, type Job } from '../jobs/job.js';
import { Order } from '../orders/order.entity.js';
import { claimOrder } from '../orders/order-claim.js';
import type { SettlementService } from '../orders/settlement.service.js';
import type { Clock } from '../shared/clock.js';
import { failPoint } from '../shared/fail-point.js';
import type { Logger } from '../shared/logger.js';
import { type CheckoutSnapshot, type PaymentGateway, PaymentProviderError } from '../stripe/payment-gateway.js';

// Stripe's clock may differ from ours, and its event is probably on its way.
const SLACK_MS = 60_000;
const SHORTEST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 3_600_000;
const CALL_WITHIN_MS = 8_000;
const ROUND_SIZE = 100;

export class ExpireCheckoutsJob implements Job {
  readonly name = 'expire-checkouts';
  readonly schedule = '* * * * *';

  constructor(
    private readonly settlement: SettlementService,
    private readonly gateway: PaymentGateway,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async runOnce(em: EntityManager, ending: AbortSignal): Promise<void> {
    const now = this.clock.now();
    const over = await em.execute<{ id: string }[]>(
      `select id from orders
       where status in ('PENDING', 'PAYMENT_FAILED') and expires_at <= ? and checkout_session_id is not null
         and completed_unpaid_at is null and expired_at is null and (next_check_at is null or next_check_at <= ?)
       order by expires_at limit ?`,
      [new Date(now.getTime() - SLACK_MS), now, ROUND_SIZE],
    );
    await doEach(ending, over, ({ id }) => this.end(em, id));
  }

  private async end(em: EntityManager, orderId: string): Promise<void> {
    const now = this.clock.now();
    const order = await em.fork().findOneOrFail(Order, { id: orderId });
    if (!(await claimOrder(em, orderId, now, new Date(now.getTime() + pauseAfter(order, now))))) return;
    try {
      const checkout = await this.ask(order);
      await failPoint('expire: Stripe answered');
      await inTransaction(em, (transaction) => this.settle(transaction, orderId, checkout));
    } catch (error) {
      if (!(error instanceof PaymentProviderError)) throw error;
      this.logger.warn({ orderId, kind: error.kind }, 'A checkout whose time is over could not be ended');
    }
  }

  private async ask({ checkoutSessionId }: Order): Promise<CheckoutSnapshot | null> {
    const deadline = this.clock.now().getTime() + CALL_WITHIN_MS;
    const checkout = await this.gateway.retrieveCheckout(checkoutSessionId ?? '', deadline);
    return checkout?.status === 'open' ? this.gateway.expireCheckout(checkout.sessionId, deadline) : checkout;
  }

  private async settle(em: EntityManager, orderId: string, checkout: CheckoutSnapshot | null): Promise<void> {
    const order = await this.settlement.lockOrderOf(em, { orderId });
    if (!order) return;
    if (checkout !== null) return this.settlement.settle(em, order, checkout, { actor: 'system' });
    await this.settlement.reviewUnknown(em, order);
    const { checkoutSessionId: sessionId, status } = order;
    this.logger.error({ orderId, sessionId, status }, 'Stripe does not know the session of an order');
  }
}

/** The longer it has been over, the longer until it is tried again. */
function pauseAfter({ expiresAt }: Order, now: Date): number {
  const overForMs = now.getTime() - expiresAt.getTime();
  return Math.min(Math.max(overForMs / 2, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS);
}
