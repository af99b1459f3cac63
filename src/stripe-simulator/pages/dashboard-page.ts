/** The dashboard: the latest sessions, payments, events and deliveries, with what can be done about them. */
import type Stripe from 'stripe';
import { formatAmount } from '../currencies.js';
import type { HttpAnswer } from '../http-server.js';
import type { Delivery, StoredEvent, StoredSession } from '../objects.js';
import type { Collection, Store } from '../store.js';
import { type Html, html } from './html.js';
import { page } from './page.js';

/** As many rows a table as a person looks through. */
const ROWS_MAXIMUM = 50;

export function dashboardPage(store: Store, url: string): HttpAnswer {
  const body = html`<main class="dashboard">
<h1>Stripe simulator</h1>
<p class="quiet">API at <code>${url}</code>, account <code>${store.accountId}</code>. Any sk_test_ key will do; no real money moves.</p>
${table('Checkout Sessions', ['Created', 'Session', 'Reference', 'Amount', 'Status', ''], store.sessions, sessionRow)}
${table('Payments', ['Created', 'PaymentIntent', 'Amount', 'Status', 'Last error'], store.paymentIntents, paymentRow)}
${table('Events', ['Created', 'Event', 'Type', ''], store.events, eventRow)}
${table('Deliveries', ['Event', 'Endpoint', 'State', 'Attempts', 'Last answer', ''], store.deliveries, deliveryRow)}
</main>`;
  return page(200, 'en', 'Stripe simulator', body);
}

type Cell = string | number | Html;

function table<Item extends { id: string }>(
  title: string,
  columns: string[],
  collection: Collection<Item>,
  row: (item: Item) => Cell[],
): Html {
  const items = collection.newestFirst();
  const shown = items.slice(0, ROWS_MAXIMUM);
  const count = items.length > shown.length ? `${shown.length} of ${items.length}` : String(items.length);
  return html`<h2>${title} <span class="quiet">${count}</span></h2>
<div class="table">
<table>
<thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>
${shown.map((item) => html`<tr>${row(item).map((cell) => html`<td>${cell}</td>`)}</tr>\n`)}
</tbody>
</table>
</div>`;
}

function sessionRow({ id, session }: StoredSession): Cell[] {
  const amount = formatAmount(session.amount_total ?? 0, session.currency ?? '', 'en');
  const reference = session.client_reference_id ?? '';
  const isOpen = session.status === 'open';
  const actions = isOpen ? button(`/_simulator/checkout/sessions/${id}/expire`, 'expire') : '';
  const name = isOpen ? html`<a href="/c/pay/${id}">${code(shorten(id))}</a>` : code(shorten(id));
  return [time(session.created), name, reference, amount, state(session.status ?? ''), actions];
}

function paymentRow(paymentIntent: Stripe.PaymentIntent): Cell[] {
  const { id, created, amount, currency, status, last_payment_error: error } = paymentIntent;
  const reason = error?.decline_code ?? error?.code ?? '';
  return [time(created), code(id), formatAmount(amount, currency, 'en'), state(status), reason];
}

function eventRow({ id, created, type }: StoredEvent): Cell[] {
  return [time(created), code(id), type, button(`/_simulator/events/${id}/resend`, 'resend')];
}

function deliveryRow({ eventId, eventType, url, attempts, state: current }: Delivery): Cell[] {
  const last = attempts.at(-1);
  const answer = last === undefined ? '' : (last.status ?? last.error ?? '');
  const event = html`${eventType}<br>${code(eventId)}`;
  return [
    event,
    code(url),
    state(current),
    attempts.length,
    answer,
    button(`/_simulator/events/${eventId}/resend`, 'resend'),
  ];
}

const GOOD_STATES = new Set(['complete', 'succeeded', 'delivered']);
const BAD_STATES = new Set(['expired', 'failed', 'requires_payment_method']);

function state(name: string): Html {
  const kind = GOOD_STATES.has(name) ? 'good' : BAD_STATES.has(name) ? 'bad' : 'open';
  return html`<span class="${kind}">${name}</span>`;
}

function button(action: string, label: string): Html {
  return html`<form method="post" action="${action}"><button type="submit">${label}</button></form>`;
}

function code(text: string): Html {
  return html`<code>${text}</code>`;
}

/** Session ids are 66 characters long; their ends tell them apart. */
function shorten(id: string): string {
  return `${id.slice(0, 14)}…${id.slice(-6)}`;
}

function time(created: number): string {
  return new Date(created * 1000).toISOString().slice(0, 19).replace('T', ' ');
}
