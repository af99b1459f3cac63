/** Finds discrepancies between Stripe and the orders, and repairs them. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { inTransaction } from '../../platform/database/transaction.js';
import type { JobRequests } from '../../platform/jobs/job.js';
import type { Clock } from '../../platform/kernel/clock.js';
import type { Logger } from '../../platform/kernel/logger.js';
import { CallContext } from '../../stripe/call-context.js';
import type { Span } from '../../stripe/object-mark.js';
import type { CheckoutSnapshot, PaymentGateway, RefundOrDispute } from '../../stripe/payment-gateway.js';
import { parseStripeEvent } from '../../stripe/stripe-event.js';
import { Dispute } from '../disputes/dispute.entity.js';
import { Order } from '../orders/order.entity.js';
import type { CheckoutsByPurpose } from '../payments/checkout-session.handler.js';
import type { InstallationService } from '../payments/installation.service.js';
import { Payment } from '../payments/payment.entity.js';
import { requestPaymentSync } from '../payments/payment-sync-requests.js';
import { type CountedPayment, findPaymentsReceived } from '../payments/payments.repository.js';
import type { PaymentsService } from '../payments/payments.service.js';
import { Refund } from '../refunds/refund.entity.js';
import { RefundAttempt } from '../refunds/refund-attempt.entity.js';
import { referencesOf } from '../webhooks/event-references.js';

// The event of what happened at Stripe less than a minute ago is probably on its way; its clock may differ by a minute.
const ON_ITS_WAY_MS = 120_000;
const CALL_TIMEOUT_MS = 8_000;
const BATCH_SIZE = 500;
const PAID_UNRECORDED = 'is paid, and the payment is not recorded here';

/** Something that Stripe has and the orders have not, or the reverse. */
export interface Discrepancy {
  what: string;
  /** Stripe's id of the session, payment, refund or dispute. */
  object: string;
  orderId: string | null;
  /** False where staff must look into it. */
  canBeRepaired: boolean;
}

interface Finding {
  discrepancy: Discrepancy;
  /** Stripe's ids of the objects that events on their way may be about. */
  about: (string | null)[];
  repair: () => Promise<void>;
}

export class ReconciliationService {
  constructor(
    private readonly payments: PaymentsService,
    private readonly others: CheckoutsByPurpose,
    private readonly inbox: { readonly handledTypes: string[] },
    private readonly installation: InstallationService,
    private readonly gateway: PaymentGateway,
    private readonly jobs: JobRequests,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /**
   * Repairs the discrepancies of what was created in the span. One that cannot be repaired stops nothing else.
   *
   * @throws PaymentProviderError
   */
  async reconcile(em: EntityManager, span: Span): Promise<Discrepancy[]> {
    const found: Discrepancy[] = [];
    for await (const { discrepancy, repair } of this.discrepancies(em, span)) {
      found.push(discrepancy.canBeRepaired ? await this.repairAndLog(discrepancy, repair) : discrepancy);
      if (!discrepancy.canBeRepaired) this.logger.error({ ...discrepancy }, 'A discrepancy with Stripe');
    }
    return found;
  }

  /** What `reconcile` would repair; changes nothing. @throws PaymentProviderError */
  async findDiscrepancies(em: EntityManager, span: Span): Promise<Discrepancy[]> {
    const found: Discrepancy[] = [];
    for await (const { discrepancy } of this.discrepancies(em, span)) found.push(discrepancy);
    return found;
  }

  private async repairAndLog(discrepancy: Discrepancy, repair: () => Promise<void>): Promise<Discrepancy> {
    try {
      await repair();
      this.logger.error({ ...discrepancy }, 'A discrepancy with Stripe was repaired');
      return discrepancy;
    } catch (error) {
      const left = { ...discrepancy, canBeRepaired: false };
      this.logger.error({ ...left, err: error }, 'A discrepancy with Stripe could not be repaired');
      return left;
    }
  }

  private async *discrepancies(em: EntityManager, span: Span): AsyncGenerator<Finding> {
    const paid = new Set<string>();
    for await (const page of this.gateway.listCheckouts(span)) {
      const ours = page.filter(({ orderId }) => orderId !== null);
      for (const { sessionId } of ours.filter((checkout) => checkout.paid)) paid.add(sessionId);
      yield* await this.withoutEventsInFlight(await this.checkoutDiscrepancies(em, ours));
    }
    for await (const page of this.gateway.listRefundsAndDisputes(span)) {
      yield* await this.withoutEventsInFlight(await this.refundAndDisputeDiscrepancies(em, page));
    }
    yield* this.paymentDiscrepancies(em, span, paid);
  }

  /**
   * Leaves out what an event of the last minutes is about: a webhook brings it, or it is read as a missed event, or
   * the next run finds it.
   */
  private async withoutEventsInFlight(found: Finding[]): Promise<Finding[]> {
    if (found.length === 0) return [];
    const now = this.clock.now().getTime();
    const span = { from: new Date(now - ON_ITS_WAY_MS), to: new Date(now + ON_ITS_WAY_MS) };
    const reportedIds = new Set<string | null>();
    for await (const page of this.gateway.listEvents(this.inbox.handledTypes, span)) {
      for (const { body } of page) {
        const event = parseStripeEvent(body);
        if (event === null) continue;
        const { checkoutSessionId, paymentIntentId } = referencesOf(event);
        reportedIds.add(checkoutSessionId).add(paymentIntentId);
      }
    }
    return found.filter(({ about }) => !about.some((id) => id !== null && reportedIds.has(id)));
  }

  private async checkoutDiscrepancies(em: EntityManager, checkouts: readonly CheckoutSnapshot[]): Promise<Finding[]> {
    const found: Finding[] = [];
    const openedBefore = this.clock.now().getTime() - ON_ITS_WAY_MS;
    // A session that was just created may be about to be stored.
    for (const checkout of checkouts.filter(({ createdAt }) => createdAt.getTime() < openedBefore)) {
      const discrepancy = await this.discrepancyOfCheckout(em.fork(), checkout);
      const about = [checkout.sessionId, checkout.paymentIntentId];
      if (discrepancy !== null) found.push({ discrepancy, about, repair: () => this.applyCheckout(em, checkout) });
    }
    return found;
  }

  private async refundAndDisputeDiscrepancies(
    em: EntityManager,
    listed: readonly RefundOrDispute[],
  ): Promise<Finding[]> {
    const found: Finding[] = [];
    for (const refundOrDispute of listed) {
      const discrepancy = await this.discrepancyOfRefundOrDispute(em.fork(), refundOrDispute);
      const about = [refundOrDispute.paymentIntentId];
      if (discrepancy !== null) found.push({ discrepancy, about, repair: () => this.requestSync(em, discrepancy) });
    }
    return found;
  }

  /** The reverse: payments that are recorded, whose sessions Stripe did not list as paid, or that have none. */
  private async *paymentDiscrepancies(
    em: EntityManager,
    span: Span,
    paid: ReadonlySet<string>,
  ): AsyncGenerator<Finding> {
    for await (const payment of paymentsOf(em, span)) {
      const { sessionId, paymentIntentId, orderId } = payment;
      if (sessionId !== null && paid.has(sessionId)) continue;
      const stripeSays = await this.stripeSaysOf(payment);
      if (stripeSays === 'paid') continue;
      const object = sessionId ?? paymentIntentId;
      const what = `is ${stripeSays}, and a payment of it is recorded here`;
      const discrepancy = { what, object, orderId, canBeRepaired: false };
      yield { discrepancy, about: [object], repair: async () => {} };
    }
  }

  /** Whether a payment that is recorded is paid at Stripe: by its session, or by itself where it has none. */
  private async stripeSaysOf(payment: CountedPayment): Promise<'paid' | 'not paid' | 'unknown to Stripe'> {
    const { sessionId, paymentIntentId } = payment;
    const call = CallContext.forJob(CALL_TIMEOUT_MS, this.clock);
    if (sessionId === null) {
      const found = await this.gateway.cards.retrieve(paymentIntentId, call);
      if (found === null) return 'unknown to Stripe';
      return found.status === 'succeeded' ? 'paid' : 'not paid';
    }
    // It may be older than the span, or have been paid since the list was read.
    const checkout = await this.gateway.retrieveCheckout(sessionId, call);
    if (checkout === null) return 'unknown to Stripe';
    return checkout.paid ? 'paid' : 'not paid';
  }

  private async discrepancyOfCheckout(em: EntityManager, checkout: CheckoutSnapshot): Promise<Discrepancy | null> {
    const { sessionId, orderId, purpose } = checkout;
    if (purpose === 'other') return null;
    if (await this.installation.isOfAnother(em, checkout.installationId)) return null;
    const order = await em.findOne(Order, { id: orderId });
    if (await this.installation.isOfAnother(em, order?.installationId)) return null;
    const payments = await em.find(Payment, { order: orderId });
    const compare = purpose === 'order' ? discrepancyOf : discrepancyBeside;
    const what = order ? compare(order, payments, checkout) : unknownOrder(checkout);
    if (what === null) return null;
    const isAhead = order !== null && isPaidByNothing(order, payments) && !checkout.paid;
    return { what, object: sessionId, orderId: order?.id ?? null, canBeRepaired: order !== null && !isAhead };
  }

  private async discrepancyOfRefundOrDispute(
    em: EntityManager,
    refundOrDispute: RefundOrDispute,
  ): Promise<Discrepancy | null> {
    const { stripeId: object, paymentIntentId, status } = refundOrDispute;
    const payment = await em.findOne(Payment, { paymentIntentId: paymentIntentId ?? '' }, { populate: ['order'] });
    // Another application's, or of a payment that is not recorded: which is found by its checkout.
    if (payment === null) return null;
    if (await this.installation.isOfAnother(em, payment.order.installationId)) return null;
    const row =
      (await em.findOne(RefundAttempt, { stripeRefundId: object })) ??
      (await em.findOne(Refund, { stripeRefundId: object })) ??
      (await em.findOne(Dispute, { id: object }));
    const state = status.toUpperCase();
    const isRight = row instanceof Refund ? row.isClosed() || row.state === row.stateFor(status) : row?.state === state;
    if (isRight) return null;
    const what = row ? `is ${state} at Stripe and ${row.state} here` : `is ${state} at Stripe and unknown here`;
    return { what, object, orderId: payment.order.id, canBeRepaired: true };
  }

  private async applyCheckout(em: EntityManager, checkout: CheckoutSnapshot): Promise<void> {
    await inTransaction(em, async (transaction) => {
      const order = await this.payments.lockOrderOf(transaction, checkout);
      const { purpose } = checkout;
      const applied = purpose === 'order' || purpose === 'other' ? this.payments : this.others[purpose];
      if (order) await applied.applyCheckout(transaction, order, checkout, { actor: 'system' });
    });
  }

  private async requestSync(em: EntityManager, { orderId }: Discrepancy): Promise<void> {
    if (orderId === null) return;
    await inTransaction(em, (transaction) => requestPaymentSync(transaction, this.jobs, orderId, null));
  }
}

/** A session from before installations had ids is taken for another installation's. */
function unknownOrder({ paid, orderId, installationId }: CheckoutSnapshot): string | null {
  return paid && installationId !== null ? `is paid and names order ${orderId}, which does not exist` : null;
}

async function* paymentsOf(em: EntityManager, span: Span): AsyncGenerator<CountedPayment> {
  for (let last = ''; ; ) {
    const batch = await findPaymentsReceived(em, span, last, BATCH_SIZE);
    yield* batch;
    last = batch.at(-1)?.paymentIntentId ?? '';
    if (batch.length < BATCH_SIZE) return;
  }
}

/** Which our code never produces. */
function isPaidByNothing({ paidAt }: Order, payments: readonly Payment[]): boolean {
  return paidAt != null && payments.length === 0;
}

/** Of a fee or a deposit: its own rows say what became of an unpaid session. */
function discrepancyBeside(_: Order, payments: readonly Payment[], checkout: CheckoutSnapshot): string | null {
  const isCounted = payments.some(({ paymentIntentId }) => paymentIntentId === checkout.paymentIntentId);
  return checkout.paid && !isCounted ? PAID_UNRECORDED : null;
}

/** In words for staff; null where order and session agree. */
function discrepancyOf(order: Order, payments: readonly Payment[], checkout: CheckoutSnapshot): string | null {
  const isOwn = order.checkoutSessionId === checkout.sessionId;
  const isCounted = payments.some(({ paymentIntentId }) => paymentIntentId === checkout.paymentIntentId);
  if (checkout.paid) return isCounted ? null : PAID_UNRECORDED;
  if (!order.checkoutSessionId) return 'is not known to its order';
  if (!isOwn) return null;
  if (isPaidByNothing(order, payments)) return 'is not paid, and its order is';
  if (!order.awaitsPayment()) return null;
  if (checkout.status === 'expired') return `is expired, and its order ${order.status}`;
  if (checkout.paymentFailed) return `has failed to be paid, and its order is ${order.status}`;
  return checkout.status === 'complete' && !order.completedUnpaidAt ? 'is complete, and its order is not' : null;
}
