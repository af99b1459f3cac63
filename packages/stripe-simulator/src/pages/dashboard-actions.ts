/** The dashboard's buttons for payments: those that their state allows. */
import type Stripe from 'stripe';
import { heldAmount } from '../charge-disputes.js';
import { isClosed } from '../dispute-states.js';
import { CANCELABLE_STATUSES } from '../payment-settlement.js';
import { disputeForm, holdActions } from './dashboard-bank-actions.js';
import { button, disclosed } from './dashboard-parts.js';
import { type Html, html } from './html.js';

export interface Payment {
  paymentIntent: Stripe.PaymentIntent;
  /** Of the latest attempt. */
  charge: Stripe.Charge | undefined;
  disputes: Stripe.Dispute[];
  /** Such a payment ends with its session, which is to be expired instead of it. */
  isOfOpenSession: boolean;
}

export function paymentActions({ paymentIntent, charge, disputes, isOfOpenSession }: Payment): Html {
  const { id, status, amount_capturable: held } = paymentIntent;
  const path = `/_simulator/payment_intents/${id}`;
  return html`<div class="actions">
${status === 'requires_capture' ? disclosed('Capture…', captureForm(path, held)) : null}
${CANCELABLE_STATUSES.includes(status) && !isOfOpenSession ? button(`${path}/cancel`, 'Cancel') : null}
${charge !== undefined && status === 'requires_capture' ? holdActions(charge) : null}
${charge === undefined || !charge.captured || status !== 'succeeded' ? null : chargeActions(charge, disputes)}
</div>`;
}

function captureForm(path: string, held: number): Html {
  return html`<form method="post" action="${path}/capture">
<label>Amount in minor units <input name="amount" type="number" min="1" max="${held}" placeholder="all: ${held}"></label>
<button type="submit">Capture</button>
</form>`;
}

function chargeActions(charge: Stripe.Charge, disputes: Stripe.Dispute[]): Html {
  const { id, amount_captured: captured, amount_refunded: refunded } = charge;
  const path = `/_simulator/charges/${id}`;
  const left = captured - refunded - heldAmountOf(disputes.filter(isClosed));
  const undisputed = captured - refunded - heldAmountOf(disputes);
  const refund = html`<form method="post" action="${path}/refund">
<label>Amount in minor units <input name="amount" type="number" min="1" max="${left}" placeholder="all: ${left}"></label>
<button type="submit">Refund</button>
</form>`;
  return html`${left > 0 ? disclosed('Refund…', refund) : null}
${undisputed > 0 ? disclosed('Dispute…', disputeForm(path, undisputed)) : null}
${charge.payment_method_details?.type === 'card' ? button(`${path}/early_fraud_warning`, 'Warn of fraud') : null}`;
}

function heldAmountOf(disputes: Stripe.Dispute[]): number {
  return disputes.reduce((sum, dispute) => sum + heldAmount(dispute), 0);
}
