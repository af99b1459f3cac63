/** What the dashboard's buttons, and tests, do to objects of the API that the API itself does not. */
import { z } from 'zod';
import { type ControlRoute, control, nothing, wholeNumber } from './control-api.js';
import { stateful } from './control-objects.js';
import { CANCELLATION_REASONS, type DashboardActions } from './dashboard-types.js';

/** A button for a further kind of object joins here. */
export function controlObjectRoutes(dashboard: DashboardActions): ControlRoute[] {
  return [
    control('POST', '/checkout/sessions/:id/expire', 'expires an open Checkout Session', nothing, (_input, id) =>
      stateful(() => dashboard.expireSession(id)),
    ),
    ...paymentRoutes(dashboard),
    control(
      'POST',
      '/customers/:id/delete',
      'deletes a customer, and detaches its payment methods',
      nothing,
      (_input, id) => stateful(() => dashboard.deleteCustomer(id)),
    ),
    control('POST', '/payment_methods/:id/detach', 'takes a payment method from its customer', nothing, (_input, id) =>
      stateful(() => dashboard.detachPaymentMethod(id)),
    ),
  ];
}

const amount = z.strictObject({ amount: wholeNumber.optional() });
const cancellation = z.strictObject({ reason: z.enum(CANCELLATION_REASONS).optional() });

function paymentRoutes(dashboard: DashboardActions): ControlRoute[] {
  return [
    control(
      'POST',
      '/payment_intents/:id/capture',
      'captures {amount} of an authorized payment, or all of it',
      amount,
      (input, id) => stateful(() => dashboard.capturePayment(id, input.amount)),
    ),
    control(
      'POST',
      '/payment_intents/:id/cancel',
      'ends a payment that is not made, or releases an authorized one, for {reason}',
      cancellation,
      (input, id) => stateful(() => dashboard.cancelPayment(id, input.reason)),
    ),
    control('POST', '/charges/:id/refund', 'refunds {amount}, or all that is left', amount, (input, id) =>
      stateful(() => dashboard.refundCharge(id, input.amount)),
    ),
  ];
}
