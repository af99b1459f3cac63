/** One row of each of the dashboard's tables. */
import type Stripe from 'stripe';
import type { ScheduledAction, StoredEvent, StoredFile, StoredSession, StoredWebhookEndpoint } from '../objects.js';
import type { Delivery } from '../public-types.js';
import type { Store } from '../store.js';
import { type Payment, paymentActions } from './dashboard-actions.js';
import { disputeActions, refundActions } from './dashboard-bank-actions.js';
import { button, type Cell, code, duration, money, reference, state, time } from './dashboard-parts.js';
import { type Html, html } from './html.js';

export function sessionRow({ id, session }: StoredSession): Cell[] {
  const isOpen = session.status === 'open';
  const name = code(shorten(id));
  return [
    time(session.created),
    isOpen ? html`<a href="/c/pay/${id}">${name}</a>` : name,
    session.client_reference_id ?? '',
    money(session.amount_total, session.currency),
    state(session.status),
    state(session.payment_status),
    isOpen ? button(`/_simulator/checkout/sessions/${id}/expire`, 'Expire') : '',
  ];
}

/** The row of a payment, with its charge and disputes. */
export function paymentRows(store: Store): (paymentIntent: Stripe.PaymentIntent) => Cell[] {
  const disputes = disputesByCharge(store);
  const ofOpenSessions = new Set<unknown>();
  for (const { session } of store.sessions.oldestFirst()) {
    if (session.status === 'open') ofOpenSessions.add(session.payment_intent);
  }
  return (paymentIntent) => {
    const { id, latest_charge: chargeId } = paymentIntent;
    const charge = typeof chargeId === 'string' ? store.charges.get(chargeId) : undefined;
    const ofCharge = disputes.get(charge?.id ?? '') ?? [];
    return paymentRow({ paymentIntent, charge, disputes: ofCharge, isOfOpenSession: ofOpenSessions.has(id) });
  };
}

function disputesByCharge(store: Store): Map<string, Stripe.Dispute[]> {
  const disputes = new Map<string, Stripe.Dispute[]>();
  for (const dispute of store.disputes.oldestFirst()) {
    const charge = String(dispute.charge);
    disputes.set(charge, [...(disputes.get(charge) ?? []), dispute]);
  }
  return disputes;
}

function paymentRow(payment: Payment): Cell[] {
  const { paymentIntent, charge, disputes } = payment;
  const { id, created, amount, currency, status, last_payment_error: error } = paymentIntent;
  const refunded = charge?.amount_refunded ?? 0;
  return [
    time(created),
    code(id),
    money(amount, currency),
    refunded === 0 ? '' : money(refunded, currency),
    state(status),
    html`${disputes.map(({ status: disputeStatus }) => html`${state(disputeStatus)} `)}`,
    (error?.decline_code ?? error?.code ?? '').replaceAll('_', ' '),
    paymentActions(payment),
  ];
}

/** The row of a customer, with the payment methods that are saved for it. */
export function customerRows(store: Store): (customer: Stripe.Customer | Stripe.DeletedCustomer) => Cell[] {
  const methods = new Map<unknown, Stripe.PaymentMethod[]>();
  for (const { paymentMethod } of store.paymentMethods.oldestFirst()) {
    methods.set(paymentMethod.customer, [...(methods.get(paymentMethod.customer) ?? []), paymentMethod]);
  }
  return (customer) => customerRow(customer, methods.get(customer.id) ?? []);
}

function customerRow(customer: Stripe.Customer | Stripe.DeletedCustomer, methods: Stripe.PaymentMethod[]): Cell[] {
  if (customer.deleted === true) return ['', code(customer.id), state('deleted'), '', '', ''];
  const { id, created, name, email } = customer;
  return [
    time(created),
    code(id),
    name ?? '',
    email ?? '',
    html`${methods.map(savedMethod)}`,
    button(`/_simulator/customers/${id}/delete`, 'Delete'),
  ];
}

function savedMethod({ id, type, card, sepa_debit: account }: Stripe.PaymentMethod): Html {
  const name = `${card?.brand ?? type} ${card?.last4 ?? account?.last4 ?? ''}`.replaceAll('_', ' ');
  return html`<div class="actions">${name} ${button(`/_simulator/payment_methods/${id}/detach`, 'Detach')}</div>`;
}

export function refundRow(refund: Stripe.Refund): Cell[] {
  const { card } = refund.destination_details ?? {};
  const why = refund.failure_reason ?? refund.pending_reason;
  return [
    time(refund.created),
    code(refund.id),
    reference(refund.payment_intent),
    money(refund.amount, refund.currency),
    (refund.reason ?? '').replaceAll('_', ' '),
    html`${state(refund.status)}${why === undefined ? null : html` <span class="quiet">${why.replaceAll('_', ' ')}</span>`}`,
    card?.reference === undefined ? (card?.reference_status ?? '') : code(card.reference),
    refundActions(refund) ?? '',
  ];
}

export function fraudWarningRow(warning: Stripe.Radar.EarlyFraudWarning): Cell[] {
  return [
    time(warning.created),
    code(warning.id),
    reference(warning.payment_intent ?? null),
    warning.fraud_type.replaceAll('_', ' '),
    warning.actionable ? 'yes' : 'no',
  ];
}

/** A size in bytes says enough to a person who looks for evidence that is too large. */
export function fileRow({ id, file, contents }: StoredFile): Cell[] {
  const name = file.filename ?? '';
  return [
    time(file.created),
    code(id),
    contents === null ? name : html`<a href="/files/${id}">${name}</a>`,
    file.type ?? '',
    file.size,
    file.expires_at === null ? '' : time(file.expires_at),
  ];
}

export function disputeRow(dispute: Stripe.Dispute): Cell[] {
  const { id, created, amount, currency, reason, status, evidence_details: evidence } = dispute;
  return [
    time(created),
    code(id),
    reference(dispute.payment_intent),
    money(amount, currency),
    reason.replaceAll('_', ' '),
    evidence.due_by ? time(evidence.due_by) : '',
    state(status),
    html`<a href="/disputes/${id}">Evidence</a> ${disputeActions(dispute)}`,
  ];
}

export function eventRow({ id, created, type }: StoredEvent): Cell[] {
  return [time(created), code(id), type, button(`/_simulator/events/${id}/resend`, 'Resend')];
}

export function deliveryRow({ id, eventId, eventType, url, attempts, state: current }: Delivery): Cell[] {
  const last = attempts.at(-1);
  const resend = html`<form method="post" action="/_simulator/deliveries/resend">
<input type="hidden" name="delivery" value="${id}"><button type="submit">Resend</button></form>`;
  const answer = last === undefined ? '' : (last.status ?? last.error ?? '');
  return [html`${eventType}<br>${code(eventId)}`, code(url), state(current), attempts.length, answer, resend];
}

export function endpointRow({ id, endpoint, secrets }: StoredWebhookEndpoint): Cell[] {
  const values = secrets.map(({ value, expiresAt }) => {
    const end = expiresAt === null ? null : html` <span class="quiet">until ${time(expiresAt / 1000)}</span>`;
    return html`<div>${code(value)}${end}</div>`;
  });
  return [
    code(endpoint.url),
    code(id),
    endpoint.enabled_events.includes('*') ? 'all' : endpoint.enabled_events.join(', '),
    state(endpoint.status),
    html`<details><summary>Show</summary>${values}</details>`,
    button(`/_simulator/webhook_endpoints/${id}/roll_secret`, 'Roll secret'),
  ];
}

export function scheduledRow({ kind, subject, dueAt, detail }: ScheduledAction, now: Date): Cell[] {
  const left = (dueAt - now.getTime()) / 1000;
  const what = detail === null ? kind : `${kind}: ${detail}`;
  return [time(dueAt / 1000), duration(left), what.replaceAll('_', ' '), code(shorten(subject))];
}

/** Some ids are 66 characters long; their ends tell them apart. */
function shorten(id: string): string {
  return id.length <= 32 ? id : `${id.slice(0, 14)}…${id.slice(-6)}`;
}
