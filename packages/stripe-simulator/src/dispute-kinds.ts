/** The kinds of disputes, and how each of them begins. */
import type Stripe from 'stripe';
import type { DisputeReason, OpenedDisputeKind } from './bank-types.js';

/** `debit` is a SEPA debit that is disputed, as the accounts for it do. */
export type DisputeKind = OpenedDisputeKind | 'debit';

/** What a test card, or a person, orders. */
export interface DisputeOrder {
  kind: DisputeKind;
  reason: DisputeReason;
  /** Visa hears evidence of earlier payments by the same buyer. */
  takesCompellingEvidence?: boolean | undefined;
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
