/** An order with all that belongs to it, as plain data for the customer: a pure function. */
import { actorForBuyers } from '../../platform/auth/viewer.js';
import type { Deposit, DepositHold } from '../deposits/deposit.entity.js';
import type { Dispute } from '../disputes/dispute.entity.js';
import type { Fee } from '../fees/fee.entity.js';
import type { FeeCardCharge } from '../fees/fee-card-charge.entity.js';
import { FeeChargeTo } from '../fees/fee-charge-to.js';
import type { Fulfillment } from '../fulfillment/fulfillment.entity.js';
import type { Order } from '../orders/order.entity.js';
import type { OrderEvent } from '../orders/order-event.entity.js';
import type { OrderLine } from '../orders/order-line.entity.js';
import type { Payment } from '../payments/payment.entity.js';
import type { Refund } from '../refunds/refund.entity.js';
import type { InboxEvent } from '../webhooks/inbox-event.entity.js';
import type { Withdrawal } from '../withdrawals/withdrawal.entity.js';

export type ExportedOrder = Record<string, unknown>;

export interface RentedUnitRow {
  orderId: string;
  label: string;
  period: string;
  pickedUpAt: Date | null;
  returnedAt: Date | null;
}

/** The rows of other tables. */
export interface Belongings {
  payments: readonly Payment[];
  refunds: readonly Refund[];
  disputes: readonly Dispute[];
  withdrawals: readonly Withdrawal[];
  fees: readonly Fee[];
  deposits: readonly Deposit[];
  depositHolds: readonly DepositHold[];
  cardCharges: readonly FeeCardCharge[];
  fulfillments: readonly Fulfillment[];
  units: readonly RentedUnitRow[];
  events: readonly InboxEvent[];
}

/** Amounts are in minor units of their currency. */
export function exportedOrder(order: Order, belongings: Belongings): ExportedOrder {
  const { payments, refunds, disputes, fulfillments, withdrawals, fees, cardCharges, units, events } = belongings;
  const { deposits, depositHolds } = belongings;
  return {
    ...ownColumns(order),
    lines: order.lines.getItems().map(exportedLine),
    fulfillments: fulfillments.map(exportedFulfillment),
    rentedUnits: units.map(({ orderId: _orderId, ...unit }) => unit),
    payments: payments.map(({ order: _order, ...payment }) => payment),
    refunds: refunds.map(({ id, stripeRefundId, amountMinor, currency, reason, note, state, createdAt }) => ({
      id,
      stripeRefundId,
      amountMinor,
      currency,
      reason,
      note,
      state,
      createdAt,
    })),
    disputes: disputes.map(exportedDispute),
    withdrawals: withdrawals.map(exportedWithdrawal),
    deposits: deposits.map((deposit) => exportedDeposit(deposit, depositHolds)),
    fees: fees.map((fee) => {
      const charge = cardCharges.find((one) => one.fee.id === fee.id);
      return exportedFee(fee, charge);
    }),
    timeline: order.events.getItems().map(exportedEvent),
    stripeEvents: events.map(({ id, type, stripeCreatedAt, receivedAt }) => ({
      id,
      type,
      stripeCreatedAt,
      receivedAt,
    })),
  };
}

/** Without who of the staff handed it over. */
function exportedFulfillment({ at, carrier, trackingNumber, lines }: Fulfillment): object {
  const counted = lines.getItems().map(({ line: { position }, quantity }) => ({ position, quantity }));
  return { at, carrier, trackingNumber, lines: counted.toSorted((a, b) => a.position - b.position) };
}

/** Without who of the staff answered it. */
function exportedDispute({ id, amountMinor, currency, reason, providerStatus, createdAt, evidence }: Dispute): object {
  return { id, amountMinor, currency, reason, status: providerStatus, createdAt, evidence: evidence ?? null };
}

function exportedWithdrawal({ id, at, closedAt, lines }: Withdrawal): object {
  const declared = lines.getItems().map(({ line, quantity }) => ({ position: line.position, quantity }));
  return { id, at, closedAt, lines: declared };
}

/** Without who of the staff charged it, and without its link, which is only for paying. */
function exportedFee(fee: Fee, charge: FeeCardCharge | undefined): object {
  const { id, kind, amountMinor, currency, note, state, createdAt, settledAt } = fee;
  const own = { id, kind, amountMinor, currency, note, state, createdAt, settledAt };
  if (!charge) return { ...own, chargedTo: FeeChargeTo.LINK };
  const { state: cardState, refusal, customerId: stripeCustomerId, request } = charge;
  return { ...own, chargedTo: FeeChargeTo.SAVED_CARD, card: { state: cardState, refusal, stripeCustomerId, request } };
}

/** Without what only staff say of it, and without its link. */
function exportedDeposit(deposit: Deposit, holds: readonly DepositHold[]): object {
  const { id, startDate, amountMinor, currency, state, createdAt, settledAt } = deposit;
  const own = holds.filter((hold) => hold.deposit.id === id);
  return {
    ...{ id, startDate, amountMinor, currency, state, createdAt, settledAt },
    holds: own.map((hold) => ({
      ...{ createdAt: hold.createdAt, amountMinor: hold.amountMinor, state: hold.state },
      ...{ paymentIntentId: hold.paymentIntentId, captureBefore: hold.captureBefore, refusal: hold.refusal },
      receivedMinor: hold.receivedMinor,
    })),
  };
}

function ownColumns(order: Order): object {
  const { id, number, status, createdAt, expiresAt, paidAt, anonymisedAt, currency, totalMinor } = order;
  const { refundedMinor, refundStatus, disputeStatus, fulfillmentStatus, idempotencyKey } = order;
  const { acceptedTermsVersion, savesCard, customerIp } = order;
  const { checkoutSessionId, checkoutUrl, paymentIntentId, reviewReason, reviewNote, stripeRequest } = order;
  return {
    ...{ id, number, status, createdAt, expiresAt, paidAt, anonymizedAt: anonymisedAt, currency, totalMinor },
    ...{ refundedMinor, refundStatus, disputeStatus, fulfillmentStatus, idempotencyKey },
    ...{ acceptedTermsVersion, savesCard, customerIp },
    customer: { ...order.customer },
    lastPaymentError: {
      code: order.lastPaymentErrorCode,
      declineCode: order.lastPaymentErrorDeclineCode,
      message: order.lastPaymentErrorMessage,
    },
    ...{ checkoutSessionId, checkoutUrl, paymentIntentId, reviewReason, reviewNote, stripeRequest },
  };
}

function exportedLine(line: OrderLine): object {
  const { type, itemId, name, quantity, days, startDate, endDate, returnDate } = line;
  const { unitPriceMinor, rateMinor, depositMinor, amountMinor, refundedMinor } = line;
  const { fulfilledQuantity, returnedQuantity } = line;
  return {
    ...{ type, itemId, name, quantity, days, startDate, endDate, returnDate },
    ...{ unitPriceMinor, rateMinor, depositMinor, amountMinor, refundedMinor, fulfilledQuantity, returnedQuantity },
  };
}

function exportedEvent({ at, from, to, cause, note, actor, stripeEventId }: OrderEvent): object {
  // For the customer: which member of staff it was is not their data.
  return { at, from, to, cause, note, actor: actorForBuyers(actor), stripeEventId };
}
