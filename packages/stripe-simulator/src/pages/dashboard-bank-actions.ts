/** The dashboard's buttons that play the buyers' banks: for disputes, holds, and what becomes of refunds. */
import type Stripe from 'stripe';
import { DISPUTE_KINDS, DISPUTE_REASONS, REFUND_FAILURE_REASONS, REFUND_PENDING_REASONS } from '../bank-types.js';
import { isClosed, isInquiry } from '../dispute-states.js';
import { isOver } from '../refund-changes.js';
import { button, disclosed } from './dashboard-parts.js';
import { type Html, html } from './html.js';

/** A field that is left empty was not given. */
const THE_USUAL_ONE = html`<option value="">the usual one</option>`;

/** `path` is that of the charge, `left` what of it can be disputed. */
export function disputeForm(path: string, left: number): Html {
  return html`<form method="post" action="${path}/dispute">
<label>Kind <select name="kind">${options(DISPUTE_KINDS)}</select></label>
<label>Reason <select name="reason">${THE_USUAL_ONE}${options(DISPUTE_REASONS)}</select></label>
<label>Part in minor units <input name="amount" type="number" min="1" max="${left}" placeholder="all: ${left}"></label>
<button type="submit">Dispute</button>
</form>`;
}

/** For a charge of which the money is held. */
export function holdActions({ id }: Stripe.Charge): Html {
  const path = `/_simulator/charges/${id}`;
  return html`${button(`${path}/expire_hold`, 'Expire')} ${button(`${path}/lose_hold`, 'Lose')}`;
}

export function disputeActions(dispute: Stripe.Dispute): Html {
  const { id, status, evidence_details: details } = dispute;
  const path = `/_simulator/disputes/${id}`;
  const close = html`<form class="actions" method="post" action="${path}/close">
<button type="submit" name="outcome" value="won">Close as won</button>
<button type="submit" name="outcome" value="lost">Close as lost</button>
</form>`;
  const isOpen = !isClosed(dispute);
  return html`<div class="actions">
${isOpen && isInquiry(dispute) ? button(`${path}/escalate`, 'Escalate') : null}
${isOpen ? close : null}
${status === 'lost' && details.due_by !== 0 ? button(`${path}/appeal`, 'Open appeal') : null}
</div>`;
}

export function refundActions(refund: Stripe.Refund): Html | null {
  if (isOver(refund)) return null;
  const { id, status, destination_details: destination } = refund;
  const path = `/_simulator/refunds/${id}`;
  const isWaiting = status !== 'succeeded';
  const hasNoReference = !isWaiting && destination?.card?.reference_status === 'pending';
  return html`<div class="actions">
${isWaiting ? button(`${path}/succeed`, 'Succeed') : null}
${hasNoReference ? button(`${path}/reference`, 'Give reference') : null}
${disclosed('Fail…', failureForm(path))}
${disclosed('Hold…', holdForm(path))}
</div>`;
}

function failureForm(path: string): Html {
  return html`<form method="post" action="${path}/fail">
<label>Reason <select name="reason">${THE_USUAL_ONE}${options(REFUND_FAILURE_REASONS)}</select></label>
<label>After days <input name="afterDays" type="number" min="1" max="180" placeholder="at once"></label>
<button type="submit">Fail</button>
</form>`;
}

function holdForm(path: string): Html {
  return html`<form method="post" action="${path}/hold">
<label>Reason <select name="reason">${options(REFUND_PENDING_REASONS)}</select></label>
<button type="submit">Hold</button>
</form>`;
}

function options(values: readonly string[]): Html[] {
  return values.map((value) => html`<option value="${value}">${value.replaceAll('_', ' ')}</option>\n`);
}
