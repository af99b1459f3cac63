/** Refunds that staff ask for: claims on what is left of a payment, computed under the order's lock. */
import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { actorOf, type Viewer } from '../../platform/auth/viewer.js';
import { lockRow } from '../../platform/database/lock-row.js';
import { inTransaction } from '../../platform/database/transaction.js';
import type { JobRequests } from '../../platform/jobs/job.js';
import type { Clock } from '../../platform/kernel/clock.js';
import { DomainError } from '../../platform/kernel/domain-error.js';
import { failPoint } from '../../platform/kernel/fail-point.js';
import { isUuid } from '../../platform/kernel/identifier.js';
import { formatMoney, smallestStepMinor } from '../../platform/kernel/money.js';
import { rejectOtherRequest, requestFingerprint } from '../../platform/kernel/request-fingerprint.js';
import type { FulfillmentService } from '../fulfillment/fulfillment.service.js';
import type { GoodsBack } from '../fulfillment/goods-back.js';
import { namedLines } from '../orders/named-lines.js';
import { Order } from '../orders/order.entity.js';
import { OrderEventCause } from '../orders/order-event-cause.js';
import { OrderLine } from '../orders/order-line.entity.js';
import { OrderStatus } from '../orders/order-status.js';
import { RefundStatus } from '../orders/refund-and-dispute-status.js';
import { Payment, PaymentState, paysItsOrder } from '../payments/payment.entity.js';
import { RefundReason, type RefundRequestReason } from '../payments/refund-reason.js';
import type { WithdrawalsService } from '../withdrawals/withdrawals.service.js';
import { Refund, RefundState } from './refund.entity.js';
import { leftOf, shareOf } from './refund-amounts.js';
import { RefundedGoods, RefundLine } from './refund-line.entity.js';
import { countRefundedPieces } from './refunds.repository.js';
import { exceedsPayment, ISSUE_REFUNDS, type RefundsService } from './refunds.service.js';

export interface RefundRequest {
  orderId: string;
  paymentId?: string | null | undefined;
  /** In minor units; instead of lines. */
  amount?: number | null | undefined;
  lines?: readonly RefundLineRequest[] | null | undefined;
  /** The withdrawal that it is for. */
  withdrawalId?: string | null | undefined;
  reason: RefundRequestReason;
  note: string;
  idempotencyKey: string;
}

interface RefundLineRequest {
  lineId: string;
  quantity: number;
  /** In minor units; absent for what the pieces are worth. */
  amount?: number | null | undefined;
  goods: RefundedGoods;
  receivedBack: boolean;
}

/** A line of the request, with what it gives back. */
interface ClaimedLine {
  line: OrderLine;
  request: RefundLineRequest;
  amountMinor: number;
  path: string;
}

export class RefundClaimsService {
  constructor(
    private readonly refunds: RefundsService,
    private readonly fulfillment: FulfillmentService,
    private readonly withdrawals: WithdrawalsService,
    private readonly jobs: JobRequests,
    private readonly clock: Clock,
  ) {}

  /**
   * Claims a refund, which a job makes at Stripe, and puts goods on offer again. The same key finds what it claimed.
   *
   * @throws DomainError `NOT_FOUND`, `BAD_USER_INPUT`, `IDEMPOTENCY_CONFLICT`, `PAYMENT_UNDER_REVIEW`,
   *   `PAYMENT_PROCESSING`, `NO_PAYMENT_TO_REFUND`, or `REFUND_EXCEEDS_PAYMENT` with what is left; nothing is claimed then
   */
  async refundOrder(em: EntityManager, viewer: Viewer, request: RefundRequest): Promise<Refund> {
    checkShape(request);
    const { orderId, idempotencyKey } = request;
    const fingerprint = fingerprintOf(request);
    const refund = await inTransaction(em, async (transaction) => {
      const order = isUuid(orderId) ? await lockRow(transaction, Order, 'id', orderId) : null;
      if (!order) throw DomainError.ofFields('NOT_FOUND', { orderId: 'is not the id of an order' });
      const known = await transaction.findOne(Refund, { order, idempotencyKey });
      if (known === null) return this.claim(transaction, viewer, { order, request, fingerprint });
      rejectOtherRequest(known, fingerprint);
      return known;
    });
    await failPoint('refund: claim committed');
    return refund;
  }

  private async claim(em: EntityManager, viewer: Viewer, { order, request, fingerprint }: Claim): Promise<Refund> {
    const payment = await paymentOf(em, order, request);
    checkGrain(request, payment.currency);
    const lines = await this.claimedLines(em, order, payment, request);
    const claimedMinor = request.amount ?? lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
    if (claimedMinor === 0)
      throw DomainError.badInput('lines', 'are worth nothing: releaseLine puts goods on offer again');
    const { paymentIntentId, currency } = payment;
    const position = await this.refunds.position(em, paymentIntentId);
    // What is returned goes back by itself, all of it.
    const claimableMinor = payment.state === PaymentState.ACCEPTED ? position.claimableMinor : 0;
    if (claimedMinor > claimableMinor) {
      throw exceedsPayment({ amount: claimableMinor, currency }, request.amount == null ? 'lines' : 'amount');
    }
    const withdrawal = await this.namedWithdrawal(em, viewer, order, request);
    const now = this.clock.now();
    const refund = em.create(Refund, {
      ...{ id: randomUUID(), order, paymentIntentId, currency, amountMinor: claimedMinor, claimedMinor },
      ...{ isOurs: false, state: RefundState.REQUESTED, reason: RefundReason[request.reason], note: request.note },
      ...{ requestedBy: actorOf(viewer), idempotencyKey: request.idempotencyKey, requestFingerprint: fingerprint },
      ...{ createdAt: now, recordedAt: now, nextAttemptAt: now, withdrawal },
    });
    for (const {
      line,
      request: { quantity, goods },
      amountMinor,
    } of lines) {
      em.create(RefundLine, { id: randomUUID(), refund, line, quantity, amountMinor, goods });
      line.refundedMinor += amountMinor;
    }
    order.refundStatus = RefundStatus.PENDING;
    const words = `${formatMoney({ amount: claimedMinor, currency }, 'en')}, ${request.reason}`;
    const cause = OrderEventCause.REFUND_REQUESTED;
    order.addTimelineEntry({ at: now, cause, note: words, actor: actorOf(viewer) });
    await this.fulfillment.takeBack(em, viewer, order, lines.flatMap(goodsBack), null);
    await this.jobs.request(em, ISSUE_REFUNDS);
    return refund;
  }

  private async namedWithdrawal(em: EntityManager, viewer: Viewer, order: Order, { withdrawalId }: RefundRequest) {
    return withdrawalId == null ? null : this.withdrawals.settle(em, viewer, order, withdrawalId);
  }

  private async claimedLines(
    em: EntityManager,
    order: Order,
    payment: Payment,
    { lines }: RefundRequest,
  ): Promise<ClaimedLine[]> {
    if (lines == null) return [];
    if (!paysItsOrder(payment)) {
      throw DomainError.badInput('lines', 'are of the payment that pays the order: give an amount');
    }
    // Staff have accepted it so: what a line cost says nothing of how much of this money it is worth.
    if (payment.currency !== order.currency) {
      const problem = `are in ${order.currency}, and the payment is in ${payment.currency}: give an amount`;
      throw DomainError.badInput('lines', problem);
    }
    const ordered = await em.find(OrderLine, { order }, { refresh: true });
    const refunded = await countRefundedPieces(em, order.id);
    return namedLines(ordered, lines).map(({ line, request, path }) => {
      const { quantity, amountMinor, refundedMinor } = line;
      const known = { quantity, amountMinor, refundedMinor, refundedQuantity: refunded.get(line.id) ?? 0 };
      const open = quantity - known.refundedQuantity;
      if (request.quantity > open) {
        throw DomainError.badInput(`${path}.quantity`, `is more than the ${open} that are not refunded yet`);
      }
      const amount = request.amount ?? shareOf(known, request.quantity);
      if (amount > leftOf(known)) {
        const left = formatMoney({ amount: leftOf(known), currency: order.currency }, 'en');
        throw DomainError.badInput(`${path}.amount`, `is more than the ${left} that are left of the line`);
      }
      return { line, request, amountMinor: amount, path };
    });
  }
}

interface Claim {
  order: Order;
  request: RefundRequest;
  fingerprint: string;
}

/** What can be said before anything is read. @throws DomainError `BAD_USER_INPUT` */
function checkShape({ amount, lines }: RefundRequest): void {
  if ((amount == null) === (lines == null)) {
    throw DomainError.badInput('amount', 'is given instead of lines: one of the two');
  }
}

/** Some currencies have no such small amounts. @throws DomainError `BAD_USER_INPUT` */
function checkGrain({ amount, lines }: RefundRequest, currency: string): void {
  const step = smallestStepMinor(currency);
  const amounts = [['amount', amount], ...(lines ?? []).map((line, index) => [`lines[${index}].amount`, line.amount])];
  for (const [path, minor] of amounts as [string, number | null | undefined][]) {
    if (minor != null && minor % step !== 0)
      throw DomainError.badInput(path, `must be a multiple of ${step} in ${currency}`);
  }
}

function fingerprintOf({ paymentId, amount, lines, withdrawalId, reason, note }: RefundRequest): string {
  const shortened = lines?.map((line) => [
    line.lineId,
    line.quantity,
    line.amount ?? null,
    line.goods,
    line.receivedBack,
  ]);
  const named = withdrawalId == null ? [] : [withdrawalId];
  return requestFingerprint([paymentId ?? null, amount ?? null, shortened ?? null, reason, note, ...named]);
}

/** The payment that the money goes back of. @throws DomainError where none can be refunded like this */
async function paymentOf(em: EntityManager, order: Order, { paymentId }: RefundRequest): Promise<Payment> {
  const payments = await em.find(Payment, { order });
  const payment = payments.find((found) =>
    paymentId == null ? paysItsOrder(found) : found.paymentIntentId === paymentId,
  );
  if (!payment && paymentId != null) {
    throw DomainError.ofFields('NOT_FOUND', { paymentId: 'is not a payment of the order' });
  }
  if (payment?.state === PaymentState.UNDER_REVIEW || (!payment && order.isUnderReview())) {
    throw new DomainError('PAYMENT_UNDER_REVIEW', 'The payment is under review: rejectPayment sends all of it back.', {
      fields: { orderId: 'is an order whose payment is under review' },
    });
  }
  if (payment) return payment;
  if (order.status === OrderStatus.PROCESSING) {
    throw new DomainError('PAYMENT_PROCESSING', 'The money is on its way: it can be refunded once it has arrived.', {
      fields: { orderId: 'is an order whose payment is processing' },
    });
  }
  throw new DomainError('NO_PAYMENT_TO_REFUND', `The order is ${order.status}: no payment of it can be refunded.`, {
    fields: { orderId: 'is an order without a payment' },
  });
}

function goodsBack({ line, request, path }: ClaimedLine): GoodsBack[] {
  if (request.goods === RefundedGoods.KEEP) return [];
  const { quantity, receivedBack } = request;
  return [{ line, quantity, isReceivedBack: receivedBack, unitIds: null, path }];
}
