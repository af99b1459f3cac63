/** Tries stored events again that found no order, failed, or are written in another version of Stripe's API. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { inTransaction } from '../database/transaction.js';
import { workOff } from '../jobs/backlog.js';
import type { Job, JobRequests, Round } from '../jobs/job.js';
import { Order } from '../orders/order.entity.js';
import type { SettlementService } from '../orders/settlement.service.js';
import { announceMoneyNews } from '../refunds/refresh-money.job.js';
import type { Clock } from '../shared/clock.js';
import type { Logger } from '../shared/logger.js';
import { type CheckoutSnapshot, type PaymentGateway, PaymentProviderError } from '../stripe/payment-gateway.js';
import { type HandlerResult, processed, withoutOrder } from './event-handler.js';
import { type InboxService, lockEvent, RETRY_EVENTS } from './inbox.service.js';
import { InboxState } from './inbox-event.entity.js';

const CALL_WITHIN_MS = 8_000;
// What a handler does, it does in the database, whose connections people need as well.
const CONCURRENCY = 4;

interface DueEvent {
  id: string;
  type: string;
  state: InboxState;
  checkoutSessionId: string | null;
  paymentIntentId: string | null;
  orderId: string | null;
}

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

  async runOnce(em: EntityManager, round: Round) {
    return workOff<DueEvent>(em, round, {
      concurrency: CONCURRENCY,
      findDue: (fork, limit) => this.findDue(fork, limit),
      work: (fork, event) =>
        event.state === InboxState.RECEIVED ? this.readInOurVersion(fork, event) : this.inbox.retry(fork, event),
    });
  }

  /** Those that wait for Stripe's answer come last: the others are done in the time that one of them takes. */
  private async findDue(em: EntityManager, limit: number): Promise<DueEvent[]> {
    return em.execute(
      `select id, type, state, checkout_session_id as "checkoutSessionId", payment_intent_id as "paymentIntentId",
         order_id as "orderId"
       from inbox_events where next_attempt_at <= ?
       order by state = 'RECEIVED', attempts, next_attempt_at limit ?`,
      [this.clock.now(), limit],
    );
  }

  /** Not the event, which stays in its version, but what it is about: the checkout, and the money that went back. */
  private async readInOurVersion(em: EntityManager, event: DueEvent): Promise<void> {
    if (!(await this.inbox.claimUnread(em, event.id))) return;
    try {
      const checkout = await this.checkoutOf(em, event);
      await inTransaction(em, (transaction) => this.settle(transaction, event, checkout));
    } catch (error) {
      if (!(error instanceof PaymentProviderError)) return this.inbox.noteFailure(em, event, error);
      this.logger.warn({ eventId: event.id, kind: error.kind }, 'The object of an event could not be read');
      await this.inbox.postponeUnread(em, event.id);
    }
  }

  private async checkoutOf(em: EntityManager, event: DueEvent): Promise<CheckoutSnapshot | null> {
    const order = await em.fork().findOne(Order, { $or: orderConditions(event) });
    const sessionId = event.checkoutSessionId ?? order?.checkoutSessionId;
    if (!sessionId) return null;
    const checkout = await this.gateway.retrieveCheckout(sessionId, this.clock.now().getTime() + CALL_WITHIN_MS);
    // Stripe has told of it: nothing can be concluded from its not being there, so it is tried again.
    if (checkout === null) throw new Error(`Stripe does not know the session ${sessionId} that its event is about.`);
    return checkout;
  }

  private async settle(em: EntityManager, event: DueEvent, checkout: CheckoutSnapshot | null): Promise<void> {
    const stored = await lockEvent(em, event.id);
    if (stored?.state !== InboxState.RECEIVED) return;
    const references = checkout ?? { paymentIntentId: event.paymentIntentId ?? null };
    const order = await this.settlement.lockOrderOf(em, references);
    if (order && checkout) {
      await this.settlement.settle(em, order, checkout, { actor: 'stripe', stripeEventId: event.id });
    }
    if (order) await announceMoneyNews(em, this.jobs, order.id, event.id);
    if (order && checkout?.paymentIntentId) await this.inbox.paymentLinked(em, checkout.paymentIntentId);
    await this.inbox.concludeRead(
      em,
      stored,
      event.type,
      order ? processed(order.id) : withoutOrderOf(event, checkout),
    );
  }
}

/** A checkout tells whose it is. A payment alone may become known later, when its order is linked to it. */
function withoutOrderOf({ paymentIntentId }: DueEvent, checkout: CheckoutSnapshot | null): HandlerResult {
  if (checkout !== null) return withoutOrder(checkout.orderId, 'IGNORED');
  return withoutOrder(null, paymentIntentId ? 'UNMATCHED' : 'IGNORED');
}

/** The columns of an event that may lead to its order. */
function orderConditions({ orderId, checkoutSessionId, paymentIntentId }: DueEvent): object[] {
  return [
    { id: orderId ?? null },
    { checkoutSessionId: checkoutSessionId ?? '' },
    { paymentIntentId: paymentIntentId ?? '' },
  ];
}
