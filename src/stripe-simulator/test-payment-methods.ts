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

/** The number behind `pm_card_…` or `tok_…`; null for a name that Stripe has not given. */
export function testCardNumberOf(name: string): string | null {
  const match = /^(?:pm_card|tok)_(\w+)$/.exec(name)?.[1] ?? '';
  return Object.hasOwn(CARD_BY_NAME, match) ? (CARD_BY_NAME[match] ?? null) : null;
}
