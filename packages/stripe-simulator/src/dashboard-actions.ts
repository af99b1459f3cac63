/** What a test, or a person, does in the dashboard of the account. */
import type { DashboardActions } from './dashboard-types.js';
import { missingObject } from './errors.js';
import { NO_REQUEST } from './event-recorder.js';
import { captureHold } from './holds.js';
import { createRefund } from './refunding.js';
import { deleteCustomer, findLiving } from './resources/customers.js';
import { cancelPaymentIntent, findPaymentIntent } from './resources/payment-intent-actions.js';
import { detachAttached } from './resources/payment-methods.js';
import { endSession } from './session-expiry.js';
import type { Simulation } from './simulation.js';

export function dashboardActions(simulation: Simulation): DashboardActions {
  const { charges, paymentMethods, sessions } = simulation.store;
  const payment = (id: string) => findPaymentIntent(simulation, id);
  return {
    capturePayment: (id, amount) => captureHold(simulation, payment(id), { amount }, NO_REQUEST),
    cancelPayment: (id, reason) => cancelPaymentIntent(simulation, payment(id), reason ?? null, NO_REQUEST),
    refundCharge: (id, amount) => {
      const request = { amount: amount ?? null, reason: null, metadata: {} };
      return createRefund(simulation, found(charges.get(id), 'charge', id), request, NO_REQUEST);
    },
    deleteCustomer: (id) => deleteCustomer(simulation, findLiving(simulation, id), NO_REQUEST),
    detachPaymentMethod: (id) =>
      detachAttached(simulation, found(paymentMethods.get(id), 'PaymentMethod', id), NO_REQUEST),
    expireSession: (id) => {
      const stored = found(sessions.get(id), 'checkout.session', id);
      // What is seen may be older than the session's state: what comes too late changes nothing.
      return stored.session.status === 'open' ? endSession(simulation, stored, NO_REQUEST).session : stored.session;
    },
  };
}

function found<Item>(item: Item | undefined, objectType: string, id: string): Item {
  if (item === undefined) throw missingObject(objectType, id);
  return item;
}
