/** Converts Stripe's objects to snapshots. */
import type Stripe from 'stripe';
import { isUuid } from '../platform/kernel/identifier.js';
import { MARKERS } from './checkout-request.js';
import type { ObjectMark, Purpose } from './object-mark.js';
import type {
  CheckoutSnapshot,
  DeclineSnapshot,
  DisputeSnapshot,
  ListedEvent,
  RefundSnapshot,
} from './payment-gateway.js';

/**
 * @param known what the type of an event says and the session does not show: `checkout.session.async_payment_failed`
 *   is the one that says `paymentFailed`, since events carry the payment's id alone
 */
export function toCheckoutSnapshot(
  session: Stripe.Checkout.Session,
  { paymentFailed = hasFailed(session) }: { paymentFailed?: boolean } = {},
): CheckoutSnapshot {
  return {
    sessionId: session.id,
    url: session.url,
    status: sessionStatusOf(session),
    paid: session.payment_status === 'paid',
    amountTotalMinor: session.amount_total,
    currency: session.currency?.toUpperCase() ?? null,
    paymentIntentId: idOf(session.payment_intent),
    paymentFailed,
    createdAt: toDate(session.created),
    ...ownMetadata(session.metadata),
  };
}

export function toDeclineSnapshot(intent: Stripe.PaymentIntent): DeclineSnapshot {
  const error = intent.last_payment_error;
  return {
    paymentIntentId: intent.id,
    ...ownMetadata(intent.metadata),
    code: error?.code ?? null,
    declineCode: error?.decline_code ?? null,
    message: error?.message ?? null,
  };
}

export function toRefundSnapshot(refund: Stripe.Refund): RefundSnapshot {
  return {
    stripeRefundId: refund.id,
    refundId: ourId(refund.metadata, 'refund_id'),
    attempt: attemptOf(refund.metadata),
    installationId: ourId(refund.metadata, 'installation_id'),
    amountMinor: refund.amount,
    currency: refund.currency.toUpperCase(),
    status: refundStatusOf(refund),
    failureReason: refund.failure_reason ?? null,
    reference: referenceOf(refund),
    createdAt: toDate(refund.created),
  };
}

export function toDisputeSnapshot(dispute: Stripe.Dispute): DisputeSnapshot {
  return {
    stripeDisputeId: dispute.id,
    amountMinor: dispute.amount,
    currency: dispute.currency.toUpperCase(),
    reason: dispute.reason,
    status: disputeStatusOf(dispute),
    providerStatus: dispute.status,
    takenMinor: takenBy(dispute),
    createdAt: toDate(dispute.created),
    // Zero, as null, is for one that cannot be answered.
    dueBy: dispute.evidence_details.due_by ? toDate(dispute.evidence_details.due_by) : null,
    evidence: textsOf(dispute.evidence),
    hasEvidence: dispute.evidence_details.has_evidence,
    submissionCount: dispute.evidence_details.submission_count,
  };
}

export function toListedEvent(event: Stripe.Event): ListedEvent {
  return { id: event.id, createdAt: toDate(event.created), body: Buffer.from(JSON.stringify(event)) };
}

/** Stripe may add states: one we do not know is treated as open, which neither pays nor releases anything. */
function sessionStatusOf({ status }: Stripe.Checkout.Session): CheckoutSnapshot['status'] {
  if (status === 'complete') return 'complete';
  return status === 'expired' ? 'expired' : 'open';
}

/**
 * A completed session stays unpaid while the payment is processing, and when it failed: only the payment shows which.
 */
function hasFailed({
  status,
  payment_status: paymentStatus,
  payment_intent: intent,
}: Stripe.Checkout.Session): boolean {
  if (status !== 'complete' || paymentStatus !== 'unpaid' || typeof intent !== 'object') return false;
  return intent?.status === 'requires_payment_method' || intent?.status === 'canceled';
}

/** A state we do not know leaves it open whether the money arrives, as does one that waits for the buyer. */
function refundStatusOf({ status }: Stripe.Refund): RefundSnapshot['status'] {
  return status === 'succeeded' || status === 'failed' || status === 'canceled' ? status : 'pending';
}

function disputeStatusOf(dispute: Stripe.Dispute): DisputeSnapshot['status'] {
  switch (dispute.status) {
    case 'won':
      return 'won';
    case 'lost':
      return 'lost';
    case 'warning_needs_response':
    case 'warning_under_review':
      return 'inquiry';
    case 'warning_closed':
      return 'inquiry_closed';
    // Closed before it became a dispute: by what the bank was shown, or by giving the money back.
    case 'prevented':
      return takenBy(dispute) > 0 ? 'lost' : 'inquiry_closed';
    // Needs a response, under review, appealed, and what Stripe may add: staff have to look into it.
    default:
      return 'open';
  }
}

/** What evidence holds by itself: what is part of an appeal, or of a network's own programme, is not staged here. */
function textsOf(evidence: Stripe.Dispute.Evidence): Record<string, string> {
  const entries = Object.entries(evidence);
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/**
 * What the bank has withdrawn and not reinstated: Stripe reports it in the currency of the balance, so it is counted by
 * share. A dispute that is lost may give a part back.
 */
function takenBy({ amount, balance_transactions: transactions }: Stripe.Dispute): number {
  const amounts = transactions.map((transaction) => transaction.amount);
  const taken = amounts.filter((moved) => moved < 0).reduce((sum, moved) => sum - moved, 0);
  const kept = amounts.reduce((sum, moved) => sum - moved, 0);
  return taken === 0 ? 0 : Math.round((amount * Math.max(kept, 0)) / taken);
}

/** The order, the installation and the purpose in the metadata, if it has our marker. */
export function ownMetadata(metadata: Stripe.Metadata | null | undefined): ObjectMark {
  return {
    orderId: ourId(metadata, 'order_id'),
    installationId: ourId(metadata, 'installation_id'),
    purpose: purposeOf(metadata),
    rowId: ourId(metadata, 'row_id'),
  };
}

function purposeOf(metadata: Stripe.Metadata | null | undefined): ObjectMark['purpose'] {
  if (!isOurs(metadata)) return 'order';
  const { application, purpose = 'order' } = metadata ?? {};
  const isKnown = (word: string): word is Purpose => Object.hasOwn(MARKERS, word);
  return isKnown(purpose) && application === MARKERS[purpose] ? purpose : 'other';
}

function attemptOf(metadata: Stripe.Metadata | null | undefined): number | null {
  const number = Number(metadata?.attempt);
  return isOurs(metadata) && Number.isSafeInteger(number) && number > 0 ? number : null;
}

/** Of a card, the one that banks pass on. */
function referenceOf({ destination_details: details }: Stripe.Refund): string | null {
  return details?.card?.reference ?? null;
}

/** The id in the metadata, if it has our marker; null for another application's object. */
function ourId(
  metadata: Stripe.Metadata | null | undefined,
  name: 'order_id' | 'refund_id' | 'installation_id' | 'row_id',
): string | null {
  const id = metadata?.[name];
  return isOurs(metadata) && id && isUuid(id) ? id : null;
}

function isOurs(metadata: Stripe.Metadata | null | undefined): boolean {
  return Object.values(MARKERS).some((marker) => marker === metadata?.application);
}

/** The id of a reference that may have been expanded. */
export function idOf(reference: string | { id: string } | null | undefined): string | null {
  return typeof reference === 'string' ? reference : (reference?.id ?? null);
}

/** Stripe counts seconds. */
export function toDate(seconds: number): Date {
  return new Date(seconds * 1000);
}
