/** The kinds of disputes, and how each of them begins. */
import type Stripe from 'stripe';

/**
 * `card` is a chargeback, `compliance` one for a breach of the network's rules, `debit` a SEPA debit that is disputed.
 * `prevented` and `blocked` end before they become chargebacks: the first by giving the money back, the second by what
 * the bank was shown.
 */
export type DisputeKind = 'card' | 'inquiry' | 'compliance' | 'cartes_bancaires' | 'prevented' | 'blocked' | 'debit';

/** Stripe's categories, which those of all networks are mapped to. */
export const DISPUTE_REASONS = [
  'credit_not_processed',
  'debit_not_authorized',
  'duplicate',
  'fraudulent',
  'general',
  'noncompliant',
  'product_not_received',
  'product_unacceptable',
  'subscription_canceled',
  'unrecognized',
] as const;

export type DisputeReason = (typeof DISPUTE_REASONS)[number];

/** What a test card, or a person, orders. */
export interface DisputeOrder {
  kind: DisputeKind;
  reason: DisputeReason;
}

interface DisputeBeginning {
  status: Stripe.Dispute.Status;
  caseType: Stripe.Dispute.PaymentMethodDetails.Card.CaseType;
  /** The money leaves the balance; an inquiry only asks. */
  takesMoney: boolean;
  /** Stripe charges its fee; nobody works on a dispute that was prevented. */
  takesFee: boolean;
}

const CHARGEBACK: DisputeBeginning = {
  status: 'needs_response',
  caseType: 'chargeback',
  takesMoney: true,
  takesFee: true,
};

const BEGINNINGS: Readonly<Record<DisputeKind, DisputeBeginning>> = {
  card: CHARGEBACK,
  debit: CHARGEBACK,
  compliance: { ...CHARGEBACK, caseType: 'compliance' },
  // The network gives shops no way to answer: the dispute is lost when it is opened.
  cartes_bancaires: { ...CHARGEBACK, status: 'lost' },
  inquiry: { status: 'warning_needs_response', caseType: 'inquiry', takesMoney: false, takesFee: false },
  prevented: { status: 'prevented', caseType: 'resolution', takesMoney: true, takesFee: false },
  blocked: { status: 'prevented', caseType: 'block', takesMoney: false, takesFee: false },
};

export function beginningOf(kind: DisputeKind): DisputeBeginning {
  return BEGINNINGS[kind];
}

/** What is given where nothing else is said. */
export function usualReason(kind: DisputeKind): DisputeReason {
  if (kind === 'inquiry') return 'general';
  if (kind === 'compliance') return 'noncompliant';
  return kind === 'debit' ? 'debit_not_authorized' : 'fraudulent';
}
