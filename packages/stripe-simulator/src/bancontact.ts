/** Bancontact: the buyer approves each payment at their bank, and what can be saved of it is a SEPA debit. */
import type Stripe from 'stripe';
import type { EventCause } from './event-recorder.js';
import type { StoredPaymentMethod } from './objects.js';
import { attachPaymentMethod } from './payment-method-ownership.js';
import { buildSepaDebit } from './resources/payment-method-object.js';
import type { Simulation } from './simulation.js';

interface BancontactPayment {
  simulation: Simulation;
  paymentIntent: Stripe.PaymentIntent;
  method: StoredPaymentMethod;
  cause: EventCause;
}

/** With the SEPA debit that the charge leaves behind where something was to be saved; any other charge stays as it is. */
export function withGeneratedDebit(
  { simulation, paymentIntent, method, cause }: BancontactPayment,
  charge: Stripe.Charge,
): Stripe.Charge {
  const { bancontact } = charge.payment_method_details ?? {};
  if (bancontact === undefined || paymentIntent.setup_future_usage !== 'off_session') return charge;
  const debit = buildSepaDebit(
    method.number,
    { allowRedisplay: 'limited', billingDetails: charge.billing_details, metadata: {}, created: charge.created },
    charge.id,
  );
  simulation.store.paymentMethods.put(debit);
  const { customer: id } = paymentIntent;
  const customer = typeof id === 'string' ? simulation.store.customers.get(id) : undefined;
  if (customer !== undefined && customer.deleted !== true) attachPaymentMethod(simulation, debit, customer.id, cause);
  const details = { type: 'bancontact' as const, bancontact: { ...bancontact, generated_sepa_debit: debit.id } };
  const saved: Stripe.Charge = { ...charge, payment_method_details: details };
  simulation.store.charges.put(saved);
  return saved;
}
