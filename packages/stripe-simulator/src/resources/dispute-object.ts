/** The Dispute as the API shows it when it is opened. */
import type Stripe from 'stripe';
import type { Complete } from '../complete-object.js';
import { createId } from '../ids.js';
import type { DisputeKind } from '../test-cards.js';

export interface NewDispute {
  charge: Stripe.Charge;
  kind: DisputeKind;
  amount: number;
  /** Both in seconds. */
  created: number;
  dueBy: number;
}

/** Visa's codes: other fraud, not received, and none for an inquiry, a breach of rules, or a debit. */
const NETWORK_REASON_CODES: Record<DisputeKind, string | null> = {
  fraudulent: '10.4',
  debit_not_authorized: null,
  inquiry: null,
  noncompliant: null,
  product_not_received: '13.1',
};

const CASE_TYPES: Partial<Record<DisputeKind, Stripe.Dispute.PaymentMethodDetails.Card.CaseType>> = {
  inquiry: 'inquiry',
  noncompliant: 'compliance',
};

const NO_EVIDENCE = {
  access_activity_log: null,
  billing_address: null,
  cancellation_policy: null,
  cancellation_policy_disclosure: null,
  cancellation_rebuttal: null,
  customer_communication: null,
  customer_email_address: null,
  customer_name: null,
  customer_purchase_ip: null,
  customer_signature: null,
  duplicate_charge_documentation: null,
  duplicate_charge_explanation: null,
  duplicate_charge_id: null,
  enhanced_evidence: {},
  product_description: null,
  receipt: null,
  refund_policy: null,
  refund_policy_disclosure: null,
  refund_refusal_explanation: null,
  service_date: null,
  service_documentation: null,
  shipping_address: null,
  shipping_carrier: null,
  shipping_date: null,
  shipping_documentation: null,
  shipping_tracking_number: null,
  uncategorized_file: null,
  uncategorized_text: null,
} satisfies Complete<Stripe.Dispute.Evidence, 'appeal'>;

export function buildDispute({ charge, kind, amount, created, dueBy }: NewDispute): Stripe.Dispute {
  const isInquiry = kind === 'inquiry';
  const isDebit = charge.payment_method_details?.type === 'sepa_debit';
  const { billing_details: billing } = charge;
  return {
    id: createId('dispute'),
    object: 'dispute',
    amount,
    balance_transactions: [],
    charge: charge.id,
    created,
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: { ...NO_EVIDENCE, customer_email_address: billing.email, customer_name: billing.name },
    evidence_details: {
      due_by: dueBy,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: 'not_submitted',
    },
    intended_submission_method: null,
    is_charge_refundable: isInquiry,
    livemode: false,
    metadata: {},
    network_reason_code: NETWORK_REASON_CODES[kind],
    payment_intent: charge.payment_intent,
    ...(isDebit ? {} : { payment_method_details: cardDetails(charge, kind) }),
    reason: isInquiry ? 'general' : kind,
    status: isInquiry ? 'warning_needs_response' : 'needs_response',
  } satisfies Complete<Stripe.Dispute, 'payment_method_details'>;
}

function cardDetails(charge: Stripe.Charge, kind: DisputeKind): Stripe.Dispute.PaymentMethodDetails {
  const brand = charge.payment_method_details?.card?.brand ?? 'visa';
  return {
    card: {
      brand,
      case_type: CASE_TYPES[kind] ?? 'chargeback',
      network: charge.payment_method_details?.card?.network ?? brand,
      network_reason_code: NETWORK_REASON_CODES[kind],
    },
    type: 'card',
  };
}
