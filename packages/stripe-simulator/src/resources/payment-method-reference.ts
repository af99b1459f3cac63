/** The payment method that an id names; Stripe's ready-made ones become one of their own at each use. */
import { type SimulatorClock, unixSeconds } from '../clock.js';
import { missingObject, notImplemented } from '../errors.js';
import type { StoredPaymentMethod } from '../objects.js';
import type { Simulation } from '../simulation.js';
import { isNameForLater, testCardNumberOf } from '../test-payment-methods.js';
import { buildCard, type CardOnPaper, NO_BILLING_DETAILS } from './payment-method-object.js';

export const OBJECT_TYPE = 'PaymentMethod';

/** The param is null where the id comes from the URL. */
export function resolvePaymentMethod(
  { store, clock }: Simulation,
  id: string,
  param: string | null = 'payment_method',
): StoredPaymentMethod {
  const stored = store.paymentMethods.get(id);
  if (stored !== undefined) return stored;
  if (id.startsWith('pm_') && isNameForLater(id)) throw notImplemented(param ?? 'id', `the payment method ${id}`);
  const number = id.startsWith('pm_card_') ? testCardNumberOf(id) : null;
  if (number === null) throw missingObject(OBJECT_TYPE, id, param ?? undefined);
  const method = buildCard(cardWithNumber(number, clock), {
    allowRedisplay: 'unspecified',
    billingDetails: NO_BILLING_DETAILS,
    metadata: {},
    created: unixSeconds(clock),
  });
  store.paymentMethods.put(method);
  return method;
}

/** A ready-made card is good for some years. */
export function cardWithNumber(number: string, clock: SimulatorClock): CardOnPaper {
  return { number, expMonth: 12, expYear: clock.now().getUTCFullYear() + 3 };
}
