/** The dashboard: the latest of everything there is, with what can be done about it. */
import type { HttpAnswer } from '../http-server.js';
import type { Simulation } from '../simulation.js';
import type { Collection } from '../store.js';
import { clockPanel } from './dashboard-clock.js';
import { type Cell, code } from './dashboard-parts.js';
import {
  customerRows,
  deliveryRow,
  disputeRow,
  endpointRow,
  eventRow,
  fileRow,
  fraudWarningRow,
  paymentRows,
  refundRow,
  scheduledRow,
  sessionRow,
} from './dashboard-rows.js';
import { type Html, html } from './html.js';
import { page } from './page.js';

/** As many rows a table as a person looks through. */
const ROWS_MAXIMUM = 50;

interface Section {
  id: string;
  title: string;
  /** Of all there are, also those that are not shown. */
  count: number;
  columns: string[];
  rows: Cell[][];
  /** What would make the first row. */
  whenEmpty: string;
}

export function dashboardPage(simulation: Simulation): HttpAnswer {
  const { store, clock, url } = simulation;
  const sections = sectionsOf(simulation);
  const body = html`<main class="dashboard">
<header>
<h1>Stripe simulator</h1>
<p class="quiet">API at ${code(url())}, account ${code(store.accountId)}. Any sk_test_ key will do; no real money moves.</p>
${clockPanel(clock)}
<nav aria-label="Sections">
${sections.map(({ id, title, count }) => html`<a href="#${id}">${title} <span class="quiet">${count}</span></a>\n`)}
<a href="/">Reload</a>
</nav>
</header>
${sections.map(table)}
</main>`;
  return page(200, 'en', 'Stripe simulator', body);
}

function sectionsOf(simulation: Simulation): Section[] {
  const { store } = simulation;
  return [
    {
      ...latest(store.sessions, sessionRow),
      id: 'sessions',
      title: 'Checkout Sessions',
      columns: ['Created', 'Session', 'Reference', 'Amount', 'Status', 'Payment', 'Actions'],
      whenEmpty: 'None yet: create one with any Stripe client.',
    },
    {
      ...latest(store.paymentIntents, paymentRows(store)),
      id: 'payments',
      title: 'Payments',
      columns: ['Created', 'PaymentIntent', 'Amount', 'Refunded', 'Status', 'Dispute', 'Last error', 'Actions'],
      whenEmpty: 'None yet: a payment begins when a buyer submits the page of a session.',
    },
    {
      ...latest(store.customers, customerRows(store)),
      id: 'customers',
      title: 'Customers',
      columns: ['Created', 'Customer', 'Name', 'E-mail', 'Payment methods', 'Actions'],
      whenEmpty: 'None yet: a session that saves what was paid with creates one.',
    },
    {
      ...latest(store.refunds, refundRow),
      id: 'refunds',
      title: 'Refunds',
      columns: ['Created', 'Refund', 'PaymentIntent', 'Amount', 'Reason', 'Status', 'Reference', 'Actions'],
      whenEmpty: 'None yet: refund a payment above, or through the API.',
    },
    {
      ...latest(store.disputes, disputeRow),
      id: 'disputes',
      title: 'Disputes',
      columns: ['Created', 'Dispute', 'PaymentIntent', 'Amount', 'Reason', 'Answer by', 'Status', 'Actions'],
      whenEmpty: 'None yet: dispute a payment above, or pay with a card that does.',
    },
    {
      ...latest(store.earlyFraudWarnings, fraudWarningRow),
      id: 'fraud-warnings',
      title: 'Early fraud warnings',
      columns: ['Created', 'Warning', 'PaymentIntent', 'Fraud type', 'Actionable'],
      whenEmpty: 'None yet: warn of a payment above, or pay with a card that is warned of.',
    },
    {
      ...latest(store.files, fileRow),
      id: 'files',
      title: 'Files',
      columns: ['Created', 'File', 'Name', 'Type', 'Bytes', 'Expires'],
      whenEmpty: 'None yet: upload evidence through the API.',
    },
    {
      ...latest(store.events, eventRow),
      id: 'events',
      title: 'Events',
      columns: ['Created', 'Event', 'Type', 'Actions'],
      whenEmpty: 'None yet.',
    },
    {
      ...latest(store.deliveries, deliveryRow),
      id: 'deliveries',
      title: 'Deliveries',
      columns: ['Event', 'Endpoint', 'State', 'Attempts', 'Last answer', 'Actions'],
      whenEmpty: 'None yet: each event is delivered to the webhook endpoints that select it.',
    },
    {
      ...latest(store.webhookEndpoints, endpointRow),
      id: 'endpoints',
      title: 'Webhook endpoints',
      columns: ['URL', 'Endpoint', 'Events', 'Status', 'Secret', 'Actions'],
      whenEmpty: 'None: start the simulator with --webhook, or create one through the API.',
    },
    comingUp(simulation),
  ];
}

function latest<Item extends { id: string }>(
  collection: Collection<Item>,
  row: (item: Item) => Cell[],
): Pick<Section, 'count' | 'rows'> {
  return { count: collection.size, rows: collection.newestFirst().slice(0, ROWS_MAXIMUM).map(row) };
}

/** The soonest first: what the clock, when it is advanced, comes across. */
function comingUp({ store, clock }: Simulation): Section {
  const actions = [...store.scheduledActions.oldestFirst()].sort((left, right) => left.dueAt - right.dueAt);
  return {
    id: 'coming-up',
    title: 'Coming up',
    count: actions.length,
    columns: ['Due', 'In', 'What', 'Of'],
    rows: actions.slice(0, ROWS_MAXIMUM).map((action) => scheduledRow(action, clock.now())),
    whenEmpty: 'Nothing is due.',
  };
}

/** Each cell names its column, for the narrow screen where a row is a list. */
function table({ id, title, count, columns, rows, whenEmpty }: Section): Html {
  const counted = count > rows.length ? `${rows.length} of ${count}` : String(count);
  const heading = html`<h2 id="${id}">${title} <span class="quiet">${counted}</span></h2>`;
  if (rows.length === 0) return html`<section>${heading}<p class="quiet">${whenEmpty}</p></section>`;
  const cell = (content: Cell, index: number) => html`<td data-column="${columns[index] ?? ''}">${content}</td>`;
  return html`<section>
${heading}
<div class="table" role="region" aria-labelledby="${id}" tabindex="0">
<table>
<thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>
${rows.map((cells) => html`<tr>${cells.map(cell)}</tr>\n`)}
</tbody>
</table>
</div>
</section>`;
}
