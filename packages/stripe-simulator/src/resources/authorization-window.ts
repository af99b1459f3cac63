/** How long a bank holds money for a charge that is not captured yet. */
import type Stripe from 'stripe';

/**
 * Where the buyer is in an attempt to pay: `absent` for a payment that the shop makes by itself, `unasked` where the
 * caller wants nobody to be asked, `authenticated` once their bank has recognised them.
 */
export type BuyerPresence = 'absent' | 'unasked' | 'present' | 'authenticated';

const HOUR_SECONDS = 60 * 60;
const DAY_SECONDS = 24 * HOUR_SECONDS;
const USUAL_SECONDS = 7 * DAY_SECONDS;
/** Five days by Visa's rules, of which Stripe keeps six hours for the clearing. */
const VISA_OFF_SESSION_SECONDS = 4 * DAY_SECONDS + 18 * HOUR_SECONDS;

/** By the networks' rules for payments over the internet; seconds. */
export function authorizationSeconds(brand: string | null, buyer: BuyerPresence): number {
  return brand === 'visa' && buyer === 'absent' ? VISA_OFF_SESSION_SECONDS : USUAL_SECONDS;
}

/** When the authorization of a charge lapses, in seconds; only cards are authorized. */
export function captureDeadline(charge: Stripe.Charge): number {
  const { capture_before: deadline } = charge.payment_method_details?.card ?? {};
  if (deadline === undefined) throw new Error(`The charge ${charge.id} is not authorized.`);
  return deadline;
}
