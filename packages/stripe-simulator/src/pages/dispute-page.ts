/** The page of a dispute: what was staged or submitted as evidence, as the bank gets to read it. */
import type Stripe from 'stripe';
import { filesOf } from '../dispute-evidence.js';
import type { HttpAnswer } from '../http-server.js';
import type { Store } from '../store.js';
import { disputeActions } from './dashboard-bank-actions.js';
import { type Cell, code, money, reference, state, time } from './dashboard-parts.js';
import { type Html, html } from './html.js';
import { page } from './page.js';

export function disputePage(store: Store, dispute: Stripe.Dispute): HttpAnswer {
  const { id, amount, currency, reason, status, evidence_details: details } = dispute;
  const facts: [string, Cell][] = [
    ['Status', state(status)],
    ['Amount', money(amount, currency)],
    ['Reason', reason.replaceAll('_', ' ')],
    ['PaymentIntent', reference(dispute.payment_intent)],
    ['Answer by', details.due_by ? time(details.due_by) : 'no answer is possible'],
    ['Submissions', details.submission_count],
    ['Moved', dispute.balance_transactions.map(({ net }) => money(net, currency)).join(', ') || 'nothing'],
  ];
  const body = html`<main class="dashboard">
<header><h1>Dispute ${code(id)}</h1><nav><a href="/#disputes">Back to the dashboard</a></nav></header>
<section>${definitions(facts)}${disputeActions(dispute)}</section>
<section><h2>Evidence</h2>${definitions([...texts(dispute), ...files(store, dispute)])}</section>
</main>`;
  return page(200, 'en', `Dispute ${id}`, body);
}

/** The texts that there are; the ids of files are among the strings, and shown as files. */
function texts({ evidence }: Stripe.Dispute): [string, Cell][] {
  const ofFiles = new Set(filesOf(evidence).map(([param]) => param));
  const given = Object.entries(evidence).filter(([name]) => !ofFiles.has(`evidence[${name}]`));
  const shown = given.filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  const appeal = evidence.appeal?.card?.reason_for_filing;
  const enhanced = Object.entries(evidence.enhanced_evidence).map(([name, value]): [string, string] => {
    return [name, JSON.stringify(value, null, 2)];
  });
  const reasons: [string, string][] = appeal === undefined ? [] : [['reason_for_filing', appeal]];
  return [...shown, ...enhanced, ...reasons].map(([name, text]) => [
    name.replaceAll('_', ' '),
    html`<span class="evidence">${text}</span>`,
  ]);
}

function files(store: Store, { evidence }: Stripe.Dispute): [string, Cell][] {
  return filesOf(evidence).map(([param, id]) => {
    const label = param
      .replace(/^evidence\[/, '')
      .replaceAll(/[[\]_]+/g, ' ')
      .trim();
    const stored = store.files.get(id);
    if (stored === undefined) return [label, html`${code(id)} (expired)`];
    const name = stored.file.filename ?? id;
    const link = stored.contents === null ? name : html`<a href="/files/${id}">${name}</a>`;
    return [label, html`${link} <span class="quiet">${stored.file.size} bytes</span>`];
  });
}

function definitions(entries: [string, Cell][]): Html {
  if (entries.length === 0) return html`<p class="quiet">None yet.</p>`;
  return html`<dl class="facts">${entries.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>`;
}
