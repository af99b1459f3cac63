/** Stripe's ready-made payment methods and card tokens: names that stand for a test card. */
import { testCardOfCountry } from './test-cards.js';

const CARD_BY_NAME: Record<string, string> = {
  authenticationRequired: '4000002760003184',
  authenticationRequiredChargeDeclinedInsufficientFunds: '4000008260003178',
  authenticationRequiredOnSetup: '4000002500003155',
  authenticationRequiredSetupForOffSession: '4000003800000446',
  ae_mastercard: '5200007840000022',
  amex: '378282246310005',
  amex_threeDSecureNotSupported: '378282246310005',
  avsFail: '4000000000000010',
  avsLine1Fail: '4000000000000028',
  avsUnchecked: '4000000000000044',
  avsZipFail: '4000000000000036',
  bypassPending: '4000000000000077',
  bypassPendingInternational: '4000003720000278',
  chargeCustomerFail: '4000000000000341',
  chargeDeclined: '4000000000000002',
  chargeDeclinedFraudulent: '4100000000000019',
  chargeDeclinedExpiredCard: '4000000000000069',
  chargeDeclinedIncorrectCvc: '4000000000000127',
  chargeDeclinedInsufficientFunds: '4000000000009995',
  chargeDeclinedProcessingError: '4000000000000119',
  createAutoRepresentmentEligibleDispute: '4000000001000043',
  createCe3EligibleDispute: '4000000404000038',
  createComplianceDispute: '4000008400000779',
  createDispute: '4000000000000259',
  createDisputeInquiry: '4000000000001976',
  createDisputeProductNotReceived: '4000000000002685',
  createIssuerFraudRecord: '4000000000005423',
  createMastercardComplianceDispute: '5105008400000002',
  createMultipleDisputes: '4000000404000079',
  cvcCheckFail: '4000000000000101',
  debit_visaFsaProductCode: '4000051230000072',
  debit_visaHsaProductCode: '4000051230000072',
  diners: '3056930009020004',
  discover: '6011111111111117',
  domesticPricing: '4000000000000093',
  gb_debit: '4000058260000005',
  gb_mastercard: '5555558265554449',
  jcb: '3566002020360505',
  mastercard: '5555555555554444',
  mastercard_cartesBancaires: '5555552500001001',
  mastercard_debit: '5200828282828210',
  mastercard_debit_eftposAuCoBranded: '5555050360000080',
  mastercard_debit_mastercardFsaProductCode: '5200828282828897',
  mastercard_prepaid: '5105105105105100',
  pendingRefund: '4000000000007726',
  radarBlock: '4100000000000019',
  refundFail: '4000000000005126',
  riskLevelElevated: '4000000000009235',
  riskLevelHighest: '4000000000004954',
  th_credit: '4000007640000003',
  th_debit: '4000057640000008',
  threeDSecure2Required: '4000000000003220',
  threeDSecureOptional: '4000000000003055',
  threeDSecureOptionalProcessingError: '4000000000003097',
  threeDSecureRequiredChargeDeclined: '4000008400001629',
  threeDSecureRequiredProcessingError: '4000008400001280',
  unionpay: '6200000000000005',
  visa: '4242424242424242',
  visa_cartesBancaires: '4000002500001001',
  visa_debit: '4000056655665556',
  visa_debit_eftposAuCoBranded: '4000050360000001',
  visa_chargeDeclined: '4000000000000002',
  visa_chargeDeclinedInsufficientFunds: '4000000000009995',
  visa_chargeDeclinedLostCard: '4000000000009987',
  visa_chargeDeclinedStolenCard: '4000000000009979',
  visa_chargeDeclinedVelocityLimitExceeded: '4000000000006975',
};

/** Test cards of the names that Stripe has given too, and whose behaviour is not simulated. */
const OTHER_CARDS = new Set('createEfw threeDSecureNotSupported threeDSecureRequired'.split(' '));

const OTHER_METHODS = new Set(
  'pm_acssDebit_success pm_auBecsDebit pm_bacsDebit_success pm_cashapp pm_link pm_paypal pm_sepaDebit_success pm_usBankAccount pm_usBankAccount_success pm_usBankAccount_processing pm_usBankAccount_accountClosed pm_usBankAccount_insufficientFunds'.split(
    ' ',
  ),
);

/** Whether Stripe takes the name of a payment method or token, while the simulator does not yet. */
export function isNameForLater(name: string): boolean {
  const card = cardName(name);
  return OTHER_METHODS.has(name) || OTHER_CARDS.has(card);
}

/** The number behind `pm_card_…` or `tok_…`; null for a name that Stripe has not given. */
export function testCardNumberOf(name: string): string | null {
  const match = cardName(name);
  if (Object.hasOwn(CARD_BY_NAME, match)) return CARD_BY_NAME[match] ?? null;
  // `pm_card_fr`: a card of that country.
  return /^[a-z]{2}$/.test(match) ? testCardOfCountry(match.toUpperCase()) : null;
}

function cardName(name: string): string {
  return /^(?:pm_card|tok)_(\w+)$/.exec(name)?.[1] ?? '';
}
