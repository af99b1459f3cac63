/** Tries stored events again that found no order, failed, or are written in another version of Stripe's API. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { inTransaction } from '../database/transaction.js';
import { doEach, type Job, type JobRequests } from '../jobs/job.js';
import { Order } from '../orders/order.entity.js';
import type { SettlementService } from '../orders/settlement.service.js';
import { announceMoneyNews } from '../refunds/refresh-money.job.js';
import type { Clock } from '../shared/clock.js';
import type { Logger } from '../shared/logger.js';
import { type CheckoutSnapshot, type PaymentGateway, PaymentProviderError } from '../stripe/payment-gateway.js';
import { type HandlerResult, processed, withoutOrder } from './event-handler.js';
import { type InboxService, lockEvent, RETRY_EVENTS } from './inbox.service.js';
import { InboxEvent, InboxState } from './inbox-event.entity.js';

const ROUND_SIZE = 200;
const CALL_WITHIN_MS = 8_000;
const STRIPE_PAUSE_MS = 60_000;

export class RetryEventsJob implements Job {
  readonly name = RETRY_EVENTS;
  readonly schedule = '* * * * *';

  constructor(
    private readonly inbox: InboxService,
    private readonly settlement: SettlementService,
    private readonly gateway: PaymentGateway,
    private readonly jobs: JobRequests,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async runOnce(em: EntityManager, ending: AbortSignal): Promise<void> {
    const due = { nextAttemptAt: { $lte: this.clock.now() } };
    const events = await em.find(InboxEvent, due, { orderBy: { nextAttemptAt: 'asc' }, limit: ROUND_SIZE });
    await doEach(ending, events, (event) =>
      event.state === InboxState.RECEIVED ? this.readInOurVersion(em, event) : this.inbox.retry(em, event.id),
    );
  }

  /** Not the event, which stays in its version, but what it is about: the checkout, and the money that went back. */
  private async readInOurVersion(em: EntityManager, event: InboxEvent): Promise<void> {
    try {
      const checkout = await this.checkoutOf(em, event);
      await inTransaction(em, (transaction) => this.settle(transaction, event, checkout));
    } catch (error) {
      if (!(error instanceof PaymentProviderError)) return this.inbox.noteFailure(em, event, error);
      this.logger.warn({ eventId: event.id, kind: error.kind }, 'The object of an event could not be read');
      const nextAttemptAt = new Date(this.clock.now().getTime() + STRIPE_PAUSE_MS);
      await em.nativeUpdate(InboxEvent, { id: event.id, state: InboxState.RECEIVED }, { nextAttemptAt });
    }
  }

  private async checkoutOf(em: EntityManager, event: InboxEvent): Promise<CheckoutSnapshot | null> {
    const order = await em.fork().findOne(Order, { $or: orderConditions(event) });
    const sessionId = event.checkoutSessionId ?? order?.checkoutSessionId;
    if (!sessionId) return null;
    const checkout = await this.gateway.retrieveCheckout(sessionId, this.clock.now().getTime() + CALL_WITHIN_MS);
    // Stripe has told of it: nothing can be concluded from its not being there, so it is tried again.
    if (checkout === null) throw new Error(`Stripe does not know the session ${sessionId} that its event is about.`);
    return checkout;
  }

  private async settle(em: EntityManager, event: InboxEvent, checkout: CheckoutSnapshot | null): Promise<void> {
    const stored = await lockEvent(em, event.id);
    if (stored?.state !== InboxState.RECEIVED) return;
    const references = checkout ?? { paymentIntentId: event.paymentIntentId ?? null };
    const order = await this.settlement.lockOrderOf(em, references);
    if (order && checkout) {
      await this.settlement.settle(em, order, checkout, { actor: 'stripe', stripeEventId: event.id });
    }
    if (order) await announceMoneyNews(em, this.jobs, order.id, event.id);
    await this.inbox.concludeRead(
      em,
      stored,
      event.type,
      order ? processed(order.id) : withoutOrderOf(event, checkout),
    );
  }
}

/** A checkout tells whose it is. A payment alone may become known later, when its order is linked to it. */
function withoutOrderOf({ paymentIntentId }: InboxEvent, checkout: CheckoutSnapshot | null): HandlerResult {
  if (checkout !== null) return withoutOrder(checkout.orderId, 'IGNORED');
  return withoutOrder(null, paymentIntentId ? 'UNMATCHED' : 'IGNORED');
}

/** The columns of an event that may lead to its order. */
function orderConditions({ orderId, checkoutSessionId, paymentIntentId }: InboxEvent): object[] {
  return [
    { id: orderId ?? null },
    { checkoutSessionId: checkoutSessionId ?? '' },
    { paymentIntentId: paymentIntentId ?? '' },
  ];
}
