/** Which customer a payment method belongs to, and what a payment makes of it for later ones. */
import type Stripe from 'stripe';
import { invalidState } from './errors.js';
import type { EventCause } from './event-recorder.js';
import type { StoredPaymentMethod } from './objects.js';
import type { Simulation } from './simulation.js';

/** Never taken from one customer for another. */
export function checkAttachable({ paymentMethod }: StoredPaymentMethod, customerId: string | null): void {
  if (paymentMethod.customer === null || paymentMethod.customer === customerId) return;
  const message =
    'The payment method you provided has already been attached to a customer. To use it with another one, detach it ' +
    'first.';
  throw invalidState(message, 'payment_method_unexpected_state');
}

/** The payment method as it is afterwards. One that is attached already stays as it is. */
export function attachPaymentMethod(
  { store, events }: Simulation,
  method: StoredPaymentMethod,
  customerId: string,
  cause: EventCause,
): StoredPaymentMethod {
  checkAttachable(method, customerId);
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
  // One that was deleted meanwhile owns nothing; a method that got an owner meanwhile stays with that owner.
  if (customer === undefined || customer.deleted === true) return;
  if (method.paymentMethod.customer === null) attachPaymentMethod(simulation, setUp, customer.id, cause);
}
