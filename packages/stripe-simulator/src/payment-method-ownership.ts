/** Which customer a payment method belongs to, what a payment makes of it for later ones, and when it is spent. */
import type Stripe from 'stripe';
import { invalidParameter, invalidState } from './errors.js';
import type { EventCause } from './event-recorder.js';
import type { StoredPaymentMethod } from './objects.js';
import type { Simulation } from './simulation.js';

/** Never taken from one customer for another, and never again once it is spent. */
export function checkAttachable({ paymentMethod, isSpent }: StoredPaymentMethod, customerId: string | null): void {
  if (isSpent) {
    throw invalidState(
      'This PaymentMethod was previously used without being attached to a Customer or was detached from a Customer, ' +
        'and may not be used again.',
    );
  }
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
  if (paymentIntent.setup_future_usage === null || isSingleUse(method)) return;
  const setUp = { ...method, isSetUp: true };
  simulation.store.paymentMethods.put(setUp);
  const { customer: id } = paymentIntent;
  const customer = typeof id === 'string' ? simulation.store.customers.get(id) : undefined;
  // One that was deleted meanwhile owns nothing; a method that got an owner meanwhile stays with that owner.
  if (customer === undefined || customer.deleted === true) return;
  if (method.paymentMethod.customer === null) attachPaymentMethod(simulation, setUp, customer.id, cause);
}

/** Bancontact is approved payment by payment: what is saved of it is a debit of its own. */
function isSingleUse({ paymentMethod }: StoredPaymentMethod): boolean {
  return paymentMethod.type === 'bancontact';
}

/** Throws for a payment method that cannot pay for the customer: one that is spent, or somebody else's. */
export function checkUsable(
  { paymentMethod, isSpent }: StoredPaymentMethod,
  customer: Stripe.PaymentIntent['customer'],
): void {
  if (isSpent) {
    throw invalidState(
      'The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a ' +
        'connected account without Customer attachment, or was detached from a Customer. It may not be used again. To ' +
        'use a PaymentMethod multiple times, you must attach it to a Customer first.',
    );
  }
  const owner = paymentMethod.customer;
  if (owner === null || owner === customer) return;
  const message =
    'The provided PaymentMethod belongs to a Customer. Please include the Customer in the `customer` parameter of the ' +
    'PaymentIntent.';
  throw invalidParameter(message, 'payment_method');
}

/** After an attempt: what nobody saved was good for this one. What was to be saved may still be attached by the API. */
export function spendUnlessSaved({ store }: Simulation, paymentIntent: Stripe.PaymentIntent, methodId: string): void {
  const method = store.paymentMethods.get(methodId);
  if (method === undefined || method.paymentMethod.customer !== null) return;
  const isSaved = paymentIntent.setup_future_usage !== null && !isSingleUse(method);
  if (!isSaved) store.paymentMethods.put({ ...method, isSpent: true });
}
