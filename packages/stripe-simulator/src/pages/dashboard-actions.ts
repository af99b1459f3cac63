/** The dashboard's buttons for payments and disputes: those that the state of the object allows. */
import type Stripe from 'stripe';
import { CANCELABLE_STATUSES } from '../payment-settlement.js';
import { button, type Cell } from './dashboard-parts.js';
import { type Html, html } from './html.js';

export interface Payment {
  paymentIntent: Stripe.PaymentIntent;
  /** Of the latest attempt. */
  charge: Stripe.Charge | undefined;
  dispute: Stripe.Dispute | undefined;
  /** Such a payment ends with its session, which is to be expired instead of it. */
  isOfOpenSession: boolean;
}

export function paymentActions({ paymentIntent: { id, status }, charge, isOfOpenSession }: Payment): Html {
  const path = `/_simulator/payment_intents/${id}`;
  return html`<div class="actions">
${status === 'requires_capture' ? button(`${path}/capture`, 'Capture') : null}
${CANCELABLE_STATUSES.includes(status) && !isOfOpenSession ? button(`${path}/cancel`, 'Cancel') : null}
${charge === undefined || !charge.captured || status !== 'succeeded' ? null : chargeActions(charge)}
</div>`;
}

function chargeActions({ id, amount_captured: amount, amount_refunded: refunded, disputed }: Stripe.Charge): Html {
  const path = `/_simulator/charges/${id}`;
  const left = amount - refunded;
  const refund = html`<form method="post" action="${path}/refund">
<label>Amount in minor units <input name="amount" type="number" min="1" max="${left}" placeholder="all: ${left}"></label>
<button type="submit">Refund</button>
</form>`;
  const dispute = html`<form method="post" action="${path}/dispute">
<label>Kind <select name="kind">
<option value="fraudulent">fraudulent</option>
<option value="product_not_received">product not received</option>
<option value="inquiry">inquiry</option>
</select></label>
<button type="submit">Dispute</button>
</form>`;
  return html`${left > 0 ? disclosed('Refund…', refund) : null}${disputed ? null : disclosed('Dispute…', dispute)}`;
}

function disclosed(label: string, content: Html): Html {
  return html`<details><summary>${label}</summary>${content}</details>`;
}

const CLOSED = new Set(['won', 'lost', 'warning_closed', 'prevented']);

export function disputeActions({ id, status }: Stripe.Dispute): Cell {
  if (CLOSED.has(status)) return '';
  return html`<form class="actions" method="post" action="/_simulator/disputes/${id}/close">
<button type="submit" name="outcome" value="won">Close as won</button>
<button type="submit" name="outcome" value="lost">Close as lost</button>
</form>`;
}
