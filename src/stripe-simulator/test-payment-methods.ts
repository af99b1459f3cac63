/** Stripe's ready-made payment methods and card tokens: names that stand for a test card. */

const CARD_BY_NAME: Record<string, string> = {
  authenticationRequired: '4000002760003184',
  authenticationRequiredChargeDeclinedInsufficientFunds: '4000008260003178',
  authenticationRequiredOnSetup: '4000002500003155',
  chargeDeclined: '4000000000000002',
  chargeDeclinedExpiredCard: '4000000000000069',
  chargeDeclinedIncorrectCvc: '4000000000000127',
  chargeDeclinedInsufficientFunds: '4000000000009995',
  chargeDeclinedProcessingError: '4000000000000119',
  createDispute: '4000000000000259',
  createDisputeInquiry: '4000000000001976',
  createDisputeProductNotReceived: '4000000000002685',
  pendingRefund: '4000000000007726',
  refundFail: '4000000000005126',
  threeDSecure2Required: '4000000000003220',
  visa: '4242424242424242',
  visa_chargeDeclined: '4000000000000002',
  visa_chargeDeclinedInsufficientFunds: '4000000000009995',
  visa_chargeDeclinedLostCard: '4000000000009987',
  visa_chargeDeclinedStolenCard: '4000000000009979',
  visa_chargeDeclinedVelocityLimitExceeded: '4000000000006975',
};

/** Test cards of the names that Stripe has given too, and whose behaviour is not simulated. */
const OTHER_CARDS = new Set(
  'amex avsFail avsLine1Fail avsUnchecked avsZipFail bypassPending cartesBancaires chargeCustomerFail chargeDeclinedFraudulent createCeDispute3Eligible createEfw createIssuerFraudRecord createMultipleDisputes cvcCheckFail diners discover domesticPricing jcb mastercard mastercard_debit mastercard_prepaid radarBlock riskLevelElevated riskLevelHighest threeDSecureNotSupported threeDSecureOptional threeDSecureRequired threeDSecureRequiredChargeDeclined threeDSecureRequiredProcessingError unionpay visa_cartesBancaires visa_debit'.split(
    ' ',
  ),
);

/** `pm_card_fr`: a card of that country. */
const COUNTRIES = new Set(
  'ae at au be bg br by ca ch cn cr cy cz de dk ee es fi fr gb gi gr hk hr hu ie in it jp li lt lu lv mt mx my nl no nz pa pe pl pt py ro sa se sg si sk th tw us uy'.split(
    ' ',
  ),
);

const OTHER_METHODS = new Set(
  'pm_acssDebit_success pm_auBecsDebit pm_bacsDebit_success pm_cashapp pm_link pm_paypal pm_sepaDebit_success pm_usBankAccount pm_usBankAccount_success pm_usBankAccount_processing pm_usBankAccount_accountClosed pm_usBankAccount_insufficientFunds'.split(
    ' ',
  ),
);

/** Whether Stripe takes the name of a payment method or token, while the simulator does not yet. */
export function isNameForLater(name: string): boolean {
  const card = cardName(name);
  return OTHER_METHODS.has(name) || OTHER_CARDS.has(card) || COUNTRIES.has(card);
}

/** The number behind `pm_card_…` or `tok_…`; null for a name that Stripe has not given. */
export function testCardNumberOf(name: string): string | null {
  const match = cardName(name);
  return Object.hasOwn(CARD_BY_NAME, match) ? (CARD_BY_NAME[match] ?? null) : null;
}

function cardName(name: string): string {
  return /^(?:pm_card|tok)_(\w+)$/.exec(name)?.[1] ?? '';
}
