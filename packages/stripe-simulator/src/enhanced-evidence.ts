/** Evidence that follows a network's own rules: Visa's Compelling Evidence 3.0, and the fee of compliance disputes. */
import type Stripe from 'stripe';
import { invalidParameter, missingObject } from './errors.js';
import type { Store } from './store.js';

type Enhanced = Stripe.Dispute.Evidence.EnhancedEvidence;
type Compelling = Stripe.Dispute.Evidence.EnhancedEvidence.VisaCompellingEvidence3;
type Eligibility = Stripe.Dispute.EvidenceDetails.EnhancedEligibility;
type RequiredAction = Stripe.Dispute.EvidenceDetails.EnhancedEligibility.VisaCompellingEvidence3.RequiredAction;
type EligibilityType = keyof Enhanced;

const PARAM = 'evidence[enhanced_evidence]';
/** Visa wants exactly so many earlier payments that nobody disputed. */
const PRIOR_TRANSACTIONS = 2;

/** What the network takes, by what the dispute is when it is opened. */
export function eligibilityTypes(
  kind: string,
  brand: string | undefined,
  takesCompellingEvidence: boolean,
): EligibilityType[] {
  if (kind === 'compliance') return [brand === 'mastercard' ? 'mastercard_compliance' : 'visa_compliance'];
  return takesCompellingEvidence ? ['visa_compelling_evidence_3'] : [];
}

/** What is still missing, by what has been given so far. */
export function eligibilityOf(types: readonly string[], evidence: Enhanced): Eligibility {
  const fee = (acknowledged: boolean | undefined) =>
    acknowledged ? ('fee_acknowledged' as const) : ('requires_fee_acknowledgement' as const);
  const compelling = evidence.visa_compelling_evidence_3;
  return {
    ...(types.includes('mastercard_compliance')
      ? { mastercard_compliance: { status: fee(evidence.mastercard_compliance?.fee_acknowledged) } }
      : {}),
    ...(types.includes('visa_compliance')
      ? { visa_compliance: { status: fee(evidence.visa_compliance?.fee_acknowledged) } }
      : {}),
    ...(types.includes('visa_compelling_evidence_3') ? { visa_compelling_evidence_3: qualification(compelling) } : {}),
  };
}

/** Throws Stripe's 400 for evidence of a kind that the network does not take, or that names no charge. */
export function checkEnhancedEvidence(store: Store, dispute: Stripe.Dispute, given: Enhanced): void {
  const types: readonly string[] = dispute.enhanced_eligibility_types;
  for (const type of Object.keys(given)) {
    if (types.includes(type)) continue;
    throw invalidParameter(`This dispute is not eligible for \`${type}\`.`, `${PARAM}[${type}]`);
  }
  const prior = given.visa_compelling_evidence_3?.prior_undisputed_transactions ?? [];
  for (const [index, { charge }] of prior.entries()) {
    const param = `${PARAM}[visa_compelling_evidence_3][prior_undisputed_transactions][${index}][charge]`;
    const found = store.charges.get(charge);
    if (found === undefined) throw missingObject('charge', charge, param);
    if (found.disputed) throw invalidParameter(`Charge ${charge} has been disputed.`, param);
  }
}

/** Networks take a fee for compliance disputes that are challenged: the shop has to know. */
export function isFeeUnacknowledged({ visa_compliance: visa, mastercard_compliance: other }: Eligibility): boolean {
  return [visa, other].some((compliance) => compliance?.status === 'requires_fee_acknowledgement');
}

function qualification(evidence: Compelling | undefined): NonNullable<Eligibility['visa_compelling_evidence_3']> {
  const disputed = evidence?.disputed_transaction ?? null;
  const prior = evidence?.prior_undisputed_transactions ?? [];
  const hasIdentifiers = [disputed, ...prior].every((transaction) => identifiersOf(transaction).size > 0);
  const missing: [RequiredAction, boolean][] = [
    ['missing_customer_identifiers', !hasIdentifiers],
    ['missing_disputed_transaction_description', !disputed?.product_description],
    ['missing_merchandise_or_services', !disputed?.merchandise_or_services],
    ['missing_prior_undisputed_transaction_description', prior.some((each) => !each.product_description)],
    ['missing_prior_undisputed_transactions', prior.length !== PRIOR_TRANSACTIONS],
  ];
  const actions = missing.flatMap(([action, isMissing]) => (isMissing ? [action] : []));
  if (actions.length > 0) return { required_actions: actions, status: 'requires_action' };
  return { required_actions: [], status: isMatched(disputed, prior) ? 'qualified' : 'not_qualified' };
}

type Transaction = Partial<Compelling['prior_undisputed_transactions'][number]>;

/** Two of them have to be the same in all three payments, and one of the two has to be of the device. */
function isMatched(disputed: Transaction | null, prior: readonly Transaction[]): boolean {
  const known = prior.map(identifiersOf);
  const shared = [...identifiersOf(disputed)].filter(([name, value]) =>
    known.every((identifiers) => identifiers.get(name) === value),
  );
  const ofDevice = shared.filter(([name]) => DEVICE_IDENTIFIERS.has(name));
  return shared.length >= 2 && ofDevice.length >= 1;
}

const DEVICE_IDENTIFIERS = new Set(['customer_purchase_ip', 'customer_device_id', 'customer_device_fingerprint']);
const OTHER_IDENTIFIERS = new Set(['customer_account_id', 'customer_email_address', 'shipping_address']);

function identifiersOf(transaction: Transaction | null): Map<string, string> {
  const identifiers = new Map<string, string>();
  for (const [name, value] of Object.entries(transaction ?? {})) {
    const isIdentifier = DEVICE_IDENTIFIERS.has(name) || OTHER_IDENTIFIERS.has(name);
    if (isIdentifier && value) identifiers.set(name, JSON.stringify(value));
  }
  return identifiers;
}
