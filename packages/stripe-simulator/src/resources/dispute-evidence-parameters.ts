/** The parameter `evidence` of a dispute, and what of it the dispute keeps. */
import type Stripe from 'stripe';
import { EVIDENCE_TEXT_LENGTH_MAXIMUM, type GivenEvidence } from '../dispute-evidence.js';
import { list, object, type Parsed, text } from '../parameter-schema.js';
import { enhancedEvidenceParameter, shownEnhancedEvidence } from './enhanced-evidence-parameters.js';

type Evidence = NonNullable<Stripe.DisputeUpdateParams['evidence']>;
type Appeal = Exclude<Evidence['appeal'], '' | null | undefined>;
type AppealOfCard = Exclude<Appeal['card'], '' | null | undefined>;

/** What is staged can be taken back, by the empty text. */
const evidenceText = text({ maximumLength: EVIDENCE_TEXT_LENGTH_MAXIMUM, unsettable: true });
const evidenceFile = text({ unsettable: true });

export const evidenceParameter = object<Evidence>({
  access_activity_log: evidenceText,
  appeal: object<Appeal>({
    card: object<AppealOfCard>({ reason_for_filing: evidenceText, supporting_files: list<string>(text()) }),
  }),
  billing_address: evidenceText,
  cancellation_policy: evidenceFile,
  cancellation_policy_disclosure: evidenceText,
  cancellation_rebuttal: evidenceText,
  customer_communication: evidenceFile,
  customer_email_address: evidenceText,
  customer_name: evidenceText,
  customer_purchase_ip: evidenceText,
  customer_signature: evidenceFile,
  duplicate_charge_documentation: evidenceFile,
  duplicate_charge_explanation: evidenceText,
  duplicate_charge_id: evidenceText,
  enhanced_evidence: enhancedEvidenceParameter,
  product_description: evidenceText,
  receipt: evidenceFile,
  refund_policy: evidenceFile,
  refund_policy_disclosure: evidenceText,
  refund_refusal_explanation: evidenceText,
  service_date: evidenceText,
  service_documentation: evidenceFile,
  shipping_address: evidenceText,
  shipping_carrier: evidenceText,
  shipping_date: evidenceText,
  shipping_documentation: evidenceFile,
  shipping_tracking_number: evidenceText,
  uncategorized_file: evidenceFile,
  uncategorized_text: evidenceText,
});

/** Empty texts unset. */
export function givenEvidence(evidence: Parsed<Evidence> | undefined): GivenEvidence {
  const { appeal, enhanced_evidence: enhanced, ...fields } = evidence ?? {};
  const entries = Object.entries(fields).map(([name, value]) => [name, value === '' ? null : value]);
  const given: GivenEvidence = Object.fromEntries(entries);
  return {
    ...given,
    ...(appeal ? { appeal: shownAppeal(appeal) } : {}),
    ...(enhanced ? { enhanced_evidence: shownEnhancedEvidence(enhanced) } : {}),
  };
}

function shownAppeal({ card }: Parsed<Appeal>): Stripe.Dispute.Evidence.Appeal {
  if (!card) return {};
  const { reason_for_filing: reason, ...rest } = card;
  return { card: reason ? { ...rest, reason_for_filing: reason } : rest };
}
