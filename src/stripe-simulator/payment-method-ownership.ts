/** Which customer a payment method belongs to, and what a payment makes of it for later ones. */
import type Stripe from 'stripe';
import type { EventCause } from './event-recorder.js';
import type { StoredPaymentMethod } from './objects.js';
import type { Simulation } from './simulation.js';

/** The payment method as it is afterwards. One that is attached already stays as it is. */
export function attachPaymentMethod(
  { store, events }: Simulation,
  method: StoredPaymentMethod,
  customerId: string,
  cause: EventCause,
): StoredPaymentMethod {
  if (method.paymentMethod.customer === customerId) return method;
  const attached = { ...method, paymentMethod: { ...method.paymentMethod, customer: customerId } };
  store.paymentMethods.put(attached);
  events.record('payment_method.attached', { object: attached.paymentMethod }, cause);
  return attached;
}

/** After a payment with `setup_future_usage`: the method is the customer's, and its bank knows what it is for. */
export function saveForLater(payment: {
  simulation: Simulation;
  paymentIntent: Stripe.PaymentIntent;
  method: StoredPaymentMethod;
  cause: EventCause;
}): void {
  const { simulation, paymentIntent, method, cause } = payment;
  if (paymentIntent.setup_future_usage === null) return;
  const setUp = { ...method, isSetUp: true };
  simulation.store.paymentMethods.put(setUp);
  const { customer: id } = paymentIntent;
  const customer = typeof id === 'string' ? simulation.store.customers.get(id) : undefined;
  // One that was deleted meanwhile owns nothing.
  if (customer !== undefined && customer.deleted !== true) attachPaymentMethod(simulation, setUp, customer.id, cause);
}
