/** The Dispute as the API shows it when it is opened. */
import type Stripe from 'stripe';
import type { DisputeReason } from '../bank-types.js';
import type { Complete } from '../complete-object.js';
import { beginningOf, type DisputeKind, type DisputeOrder } from '../dispute-kinds.js';
import { eligibilityOf, eligibilityTypes } from '../enhanced-evidence.js';
import { createId } from '../ids.js';

export interface NewDispute extends DisputeOrder {
  charge: Stripe.Charge;
  amount: number;
  /** Both in seconds. */
  created: number;
  dueBy: number;
}

/** Visa's codes; what is missing has none of its own. */
const NETWORK_REASON_CODES: Partial<Record<DisputeReason, string>> = {
  credit_not_processed: '13.6',
  duplicate: '12.6.1',
  fraudulent: '10.4',
  product_not_received: '13.1',
  product_unacceptable: '13.3',
  subscription_canceled: '13.2',
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

export function buildDispute(opening: NewDispute): Stripe.Dispute {
  const { charge, kind, reason, amount, created, dueBy, takesCompellingEvidence = false } = opening;
  const { status } = beginningOf(kind);
  const brand = charge.payment_method_details?.card?.brand ?? undefined;
  const enhancedTypes = eligibilityTypes(kind, brand, takesCompellingEvidence);
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
    enhanced_eligibility_types: enhancedTypes,
    evidence: { ...NO_EVIDENCE, customer_email_address: billing.email, customer_name: billing.name },
    evidence_details: {
      // Stripe's 0: no answer is possible.
      due_by: status.endsWith('needs_response') ? dueBy : 0,
      enhanced_eligibility: eligibilityOf(enhancedTypes, {}),
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: 'not_submitted',
    },
    intended_submission_method: null,
    is_charge_refundable: kind === 'inquiry',
    livemode: false,
    metadata: {},
    network_reason_code: networkReasonCode(kind, reason),
    payment_intent: charge.payment_intent,
    ...(isDebit ? {} : { payment_method_details: cardDetails(charge, kind, reason) }),
    reason,
    status,
  } satisfies Complete<Stripe.Dispute, 'payment_method_details'>;
}

function cardDetails(
  { payment_method_details: details }: Stripe.Charge,
  kind: DisputeKind,
  reason: DisputeReason,
): Stripe.Dispute.PaymentMethodDetails {
  const isFrench = kind === 'cartes_bancaires';
  const brand = isFrench ? 'cartes_bancaires' : (details?.card?.brand ?? 'visa');
  return {
    card: {
      brand,
      case_type: beginningOf(kind).caseType,
      network: isFrench ? 'cartes_bancaires' : (details?.card?.network ?? brand),
      network_reason_code: networkReasonCode(kind, reason),
    },
    type: 'card',
  };
}

/** Only chargebacks carry a code of their network. */
function networkReasonCode(kind: DisputeKind, reason: DisputeReason): string | null {
  return kind === 'card' ? (NETWORK_REASON_CODES[reason] ?? null) : null;
}
