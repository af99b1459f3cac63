/** The parameter `evidence[enhanced_evidence]` of a dispute, and what of it the dispute keeps. */
import type Stripe from 'stripe';
import { invalidParameter, type StripeApiError } from '../errors.js';
import { boolean, enumeration, list, object, type Parsed, text } from '../parameter-schema.js';
import { addressParameter, buildAddress } from './shared-parameters.js';

export type EnhancedParameter = Exclude<
  NonNullable<Stripe.DisputeUpdateParams['evidence']>['enhanced_evidence'],
  '' | null | undefined
>;
type CompellingParameter = NonNullable<EnhancedParameter['visa_compelling_evidence_3']>;
type DisputedParameter = NonNullable<CompellingParameter['disputed_transaction']>;
type PriorParameter = NonNullable<CompellingParameter['prior_undisputed_transactions']>[number];
type ComplianceParameter = NonNullable<EnhancedParameter['visa_compliance']>;

/** Shorter ones do not tell one device from another. */
const DEVICE_ID_LENGTH_MINIMUM = 15;
const DEVICE_FINGERPRINT_LENGTH_MINIMUM = 20;

const identifier = text({ unsettable: true });

const identifierFields = {
  customer_account_id: identifier,
  customer_device_fingerprint: atLeast(DEVICE_FINGERPRINT_LENGTH_MINIMUM),
  customer_device_id: atLeast(DEVICE_ID_LENGTH_MINIMUM),
  customer_email_address: identifier,
  customer_purchase_ip: identifier,
  product_description: identifier,
  shipping_address: addressParameter,
};

const compliance = object<ComplianceParameter>({ fee_acknowledged: boolean() });

export const enhancedEvidenceParameter = object<EnhancedParameter>({
  mastercard_compliance: compliance,
  visa_compelling_evidence_3: object<CompellingParameter>({
    disputed_transaction: object<DisputedParameter>({
      ...identifierFields,
      merchandise_or_services: enumeration({ merchandise: true, services: true }),
    }),
    prior_undisputed_transactions: list<PriorParameter>(
      object<PriorParameter>({ ...identifierFields, charge: text({ required: true }) }),
    ),
  }),
  visa_compliance: compliance,
});

/** As the dispute shows it: what was not given is null. */
export function shownEnhancedEvidence(given: Parsed<EnhancedParameter>): Stripe.Dispute.Evidence.EnhancedEvidence {
  const { mastercard_compliance: mastercard, visa_compliance: visa, visa_compelling_evidence_3: compelling } = given;
  return {
    ...(mastercard === undefined ? {} : { mastercard_compliance: { fee_acknowledged: isAcknowledged(mastercard) } }),
    ...(visa === undefined ? {} : { visa_compliance: { fee_acknowledged: isAcknowledged(visa) } }),
    ...(compelling === undefined ? {} : { visa_compelling_evidence_3: shownCompelling(compelling) }),
  };
}

function isAcknowledged({ fee_acknowledged: isKnown = false }: Parsed<ComplianceParameter>): boolean {
  return isKnown;
}

function shownCompelling(
  given: Parsed<CompellingParameter>,
): Stripe.Dispute.Evidence.EnhancedEvidence.VisaCompellingEvidence3 {
  const { disputed_transaction: disputed, prior_undisputed_transactions: prior = [] } = given;
  return {
    disputed_transaction:
      disputed === undefined
        ? null
        : { ...shownTransaction(disputed), merchandise_or_services: disputed.merchandise_or_services ?? null },
    prior_undisputed_transactions: prior.map((each) => ({ ...shownTransaction(each), charge: each.charge })),
  };
}

function shownTransaction(given: Parsed<Omit<DisputedParameter, 'merchandise_or_services'>>) {
  const { shipping_address: address } = given;
  return {
    customer_account_id: given.customer_account_id || null,
    customer_device_fingerprint: given.customer_device_fingerprint || null,
    customer_device_id: given.customer_device_id || null,
    customer_email_address: given.customer_email_address || null,
    customer_purchase_ip: given.customer_purchase_ip || null,
    product_description: given.product_description || null,
    shipping_address: address === undefined ? null : buildAddress(address),
  };
}

function atLeast(minimum: number) {
  const check = (value: string, param: string): StripeApiError | null =>
    [...value].length >= minimum
      ? null
      : invalidParameter(`Invalid string: ${value}; must be at least ${minimum} characters`, param);
  return text({ unsettable: true, check });
}
