/** Compares what Stripe has with what the orders say, finds what drifted apart, and repairs it. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { inTransaction } from '../../platform/database/transaction.js';
import type { JobRequests } from '../../platform/jobs/job.js';
import type { Clock } from '../../platform/kernel/clock.js';
import type { Logger } from '../../platform/kernel/logger.js';
import { CallContext } from '../../stripe/call-context.js';
import type { CheckoutSnapshot, MoneyMovement, PaymentGateway, Span } from '../../stripe/payment-gateway.js';
import { parseStripeEvent } from '../../stripe/stripe-event.js';
import { Dispute } from '../disputes/dispute.entity.js';
import { Order } from '../orders/order.entity.js';
import type { InstallationService } from '../payments/installation.service.js';
import { Payment } from '../payments/payment.entity.js';
import { requestPaymentSync } from '../payments/payment-sync-requests.js';
import type { PaymentsService } from '../payments/payments.service.js';
import { Refund } from '../refunds/refund.entity.js';
import { referencesOf } from '../webhooks/event-references.js';

// What happened at Stripe less than a minute ago is probably on its way; its clock may differ by another minute.
const ON_ITS_WAY_MS = 120_000;
const CALL_WITHIN_MS = 8_000;
const BATCH_SIZE = 500;

/** Something that Stripe has and the orders have not, or the other way round. */
export interface Difference {
  what: string;
  /** Stripe's id of the session, refund or dispute. */
  object: string;
  orderId: string | null;
  /** False where staff must look into it. */
  canBeRepaired: boolean;
}

interface Found {
  difference: Difference;
  /** Stripe's ids by which its events may tell of it. */
  about: (string | null)[];
  repair: () => Promise<void>;
}

interface CountedPayment {
  paymentIntentId: string;
  orderId: string;
  sessionId: string;
}

export class ReconciliationService {
  constructor(
    private readonly payments: PaymentsService,
    private readonly inbox: { readonly handledTypes: string[] },
    private readonly installation: InstallationService,
    private readonly gateway: PaymentGateway,
    private readonly jobs: JobRequests,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /**
   * Compares what was created in the span and repairs what differs. What cannot be repaired holds up nothing else.
   *
   * @throws PaymentProviderError
   */
  async compare(em: EntityManager, span: Span): Promise<Difference[]> {
    const found: Difference[] = [];
    for await (const { difference, repair } of this.differences(em, span)) {
      found.push(difference.canBeRepaired ? await this.repaired(difference, repair) : difference);
      if (!difference.canBeRepaired) this.logger.error({ ...difference }, 'A difference to Stripe');
    }
    return found;
  }

  /** What `compare` would repair; changes nothing. @throws PaymentProviderError */
  async look(em: EntityManager, span: Span): Promise<Difference[]> {
    const found: Difference[] = [];
    for await (const { difference } of this.differences(em, span)) found.push(difference);
    return found;
  }

  private async repaired(difference: Difference, repair: () => Promise<void>): Promise<Difference> {
    try {
      await repair();
      this.logger.error({ ...difference }, 'A difference to Stripe was repaired');
      return difference;
    } catch (error) {
      const left = { ...difference, canBeRepaired: false };
      this.logger.error({ ...left, err: error }, 'A difference to Stripe could not be repaired');
      return left;
    }
  }

  private async *differences(em: EntityManager, span: Span): AsyncGenerator<Found> {
    const paid = new Set<string>();
    for await (const page of this.gateway.listCheckouts(span)) {
      const ours = page.filter(({ orderId }) => orderId !== null);
      for (const { sessionId } of ours.filter((checkout) => checkout.paid)) paid.add(sessionId);
      yield* await this.lasting(await this.checkoutsThatDiffer(em, ours));
    }
    for await (const page of this.gateway.listMoneyMovements(span)) {
      yield* await this.lasting(await this.movementsThatDiffer(em, page));
    }
    yield* this.paymentsThatDiffer(em, span, paid);
  }

  /**
   * What is left when that is on its way of which Stripe told a moment ago: a webhook brings it, or reconcile reads it, or
   * the next comparison finds it.
   */
  private async lasting(found: Found[]): Promise<Found[]> {
    if (found.length === 0) return [];
    const now = this.clock.now().getTime();
    const span = { from: new Date(now - ON_ITS_WAY_MS), to: new Date(now + ON_ITS_WAY_MS) };
    const toldOf = new Set<string | null>();
    for await (const page of this.gateway.listEvents(this.inbox.handledTypes, span)) {
      for (const { body } of page) {
        const event = parseStripeEvent(body);
        if (event === null) continue;
        const { checkoutSessionId, paymentIntentId } = referencesOf(event);
        toldOf.add(checkoutSessionId).add(paymentIntentId);
      }
    }
    return found.filter(({ about }) => !about.some((id) => id !== null && toldOf.has(id)));
  }

  private async checkoutsThatDiffer(em: EntityManager, checkouts: readonly CheckoutSnapshot[]): Promise<Found[]> {
    const found: Found[] = [];
    const openedBefore = this.clock.now().getTime() - ON_ITS_WAY_MS;
    // One that has just been opened may be about to be stored.
    for (const checkout of checkouts.filter(({ createdAt }) => createdAt.getTime() < openedBefore)) {
      const difference = await this.compareCheckout(em.fork(), checkout);
      const about = [checkout.sessionId, checkout.paymentIntentId];
      if (difference !== null) found.push({ difference, about, repair: () => this.settle(em, checkout) });
    }
    return found;
  }

  private async movementsThatDiffer(em: EntityManager, movements: readonly MoneyMovement[]): Promise<Found[]> {
    const found: Found[] = [];
    for (const movement of movements) {
      const difference = await this.compareMoney(em.fork(), movement);
      const about = [movement.paymentIntentId];
      if (difference !== null) found.push({ difference, about, repair: () => this.announce(em, difference) });
    }
    return found;
  }

  /** The other way round: payments that were counted, of sessions that Stripe did not list as paid. */
  private async *paymentsThatDiffer(em: EntityManager, span: Span, paid: ReadonlySet<string>): AsyncGenerator<Found> {
    for await (const payment of paymentsOf(em, span)) {
      const { sessionId: object, orderId } = payment;
      if (paid.has(object)) continue;
      // It may be older than the span, or have been paid since the list was read.
      const checkout = await this.gateway.retrieveCheckout(object, CallContext.forJob(CALL_WITHIN_MS, this.clock));
      if (checkout?.paid) continue;
      const what = `is ${checkout === null ? 'unknown to Stripe' : 'not paid'}, and a payment of it is counted here`;
      const difference = { what, object, orderId, canBeRepaired: false };
      yield { difference, about: [object], repair: async () => {} };
    }
  }

  private async compareCheckout(em: EntityManager, checkout: CheckoutSnapshot): Promise<Difference | null> {
    const { sessionId, orderId } = checkout;
    if (await this.installation.isOfAnother(em, checkout.installationId)) return null;
    const order = await em.findOne(Order, { id: orderId });
    if (await this.installation.isOfAnother(em, order?.installationId)) return null;
    const payments = await em.find(Payment, { order: orderId });
    const what = order ? differenceOf(order, payments, checkout) : unknownOrder(checkout);
    if (what === null) return null;
    const isAhead = order !== null && isPaidByNothing(order, payments) && !checkout.paid;
    return { what, object: sessionId, orderId: order?.id ?? null, canBeRepaired: order !== null && !isAhead };
  }

  private async compareMoney(em: EntityManager, movement: MoneyMovement): Promise<Difference | null> {
    const { stripeId: object, paymentIntentId, status } = movement;
    const payment = await em.findOne(Payment, { paymentIntentId: paymentIntentId ?? '' }, { populate: ['order'] });
    // Another application's, or of a payment that has not been counted: which the checkouts tell.
    if (payment === null) return null;
    if (await this.installation.isOfAnother(em, payment.order.installationId)) return null;
    const row = (await em.findOne(Refund, { stripeRefundId: object })) ?? (await em.findOne(Dispute, { id: object }));
    const state = status.toUpperCase();
    const isRight =
      row instanceof Refund ? row.isFollowedUp() || row.state === row.stateFor(status) : row?.state === state;
    if (isRight) return null;
    const what = row ? `is ${state} at Stripe and ${row.state} here` : `is ${state} at Stripe and unknown here`;
    return { what, object, orderId: payment.order.id, canBeRepaired: true };
  }

  private async settle(em: EntityManager, checkout: CheckoutSnapshot): Promise<void> {
    await inTransaction(em, async (transaction) => {
      const order = await this.payments.lockOrderOf(transaction, checkout);
      if (order) await this.payments.settle(transaction, order, checkout, { actor: 'system' });
    });
  }

  private async announce(em: EntityManager, { orderId }: Difference): Promise<void> {
    if (orderId === null) return;
    await inTransaction(em, (transaction) => requestPaymentSync(transaction, this.jobs, orderId, null));
  }
}

/** One that was marked before installations had ids is another's. */
function unknownOrder({ paid, orderId, installationId }: CheckoutSnapshot): string | null {
  return paid && installationId !== null ? `is paid and names order ${orderId}, which does not exist` : null;
}

async function* paymentsOf(em: EntityManager, { from, to }: Span): AsyncGenerator<CountedPayment> {
  for (let last = ''; ; ) {
    const batch = await em.execute<CountedPayment[]>(
      `select payment_intent_id as "paymentIntentId", order_id as "orderId", checkout_session_id as "sessionId"
       from payments where received_at between ? and ? and payment_intent_id > ? order by payment_intent_id limit ?`,
      [from, to, last, BATCH_SIZE],
    );
    yield* batch;
    last = batch.at(-1)?.paymentIntentId ?? '';
    if (batch.length < BATCH_SIZE) return;
  }
}

/** As no code of ours makes it. */
function isPaidByNothing({ paidAt }: Order, payments: readonly Payment[]): boolean {
  return paidAt != null && payments.length === 0;
}

/** In words for staff; null where order and session agree. */
function differenceOf(order: Order, payments: readonly Payment[], checkout: CheckoutSnapshot): string | null {
  const isOwn = order.checkoutSessionId === checkout.sessionId;
  const isCounted = payments.some(({ paymentIntentId }) => paymentIntentId === checkout.paymentIntentId);
  if (checkout.paid) return isCounted ? null : 'is paid, and the payment is not counted here';
  if (!order.checkoutSessionId) return 'is not known to its order';
  if (!isOwn) return null;
  if (isPaidByNothing(order, payments)) return 'is not paid, and its order is';
  if (!order.awaitsPayment()) return null;
  if (checkout.status === 'expired') return `is expired, and its order ${order.status}`;
  if (checkout.paymentFailed) return `has failed to be paid, and its order is ${order.status}`;
  return checkout.status === 'complete' && !order.completedUnpaidAt ? 'is complete, and its order does not know' : null;
}
