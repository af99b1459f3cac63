/** The dashboard: what it shows of each object, and which buttons it offers for it. */
import { describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import type { StripeSimulator } from '../src/index.js';
import {
  chargeOf,
  DECLINED_CARD,
  PAID_CARD,
  PNG,
  paymentOf,
  sessionParameters,
  start,
  startPaid,
  startReceiver,
  submitCard,
} from './support.js';

/** As a person reads it: the markup's line breaks are for nobody. */
async function dashboardOf(simulator: StripeSimulator): Promise<string> {
  return (await (await fetch(simulator.url)).text()).replaceAll(/\s+/g, ' ');
}

async function pageOf(simulator: StripeSimulator, path: string): Promise<string> {
  return (await (await fetch(simulator.url + path)).text()).replaceAll(/\s+/g, ' ');
}

/** The part of the page between a heading and the next. */
async function sectionOf(simulator: StripeSimulator, id: string): Promise<string> {
  const [, section = ''] = (await dashboardOf(simulator)).split(`<h2 id="${id}">`);
  return section.split('<h2')[0] ?? '';
}

async function pay(stripe: Stripe, card: string, changes: Partial<Stripe.Checkout.SessionCreateParams> = {}) {
  const session = await stripe.checkout.sessions.create(sessionParameters(changes));
  await submitCard(session, card);
  const intent = await paymentOf(stripe, session.id);
  return { session, intent };
}

describe('a payment', () => {
  test('that succeeded can be refunded and disputed', async () => {
    const { simulator, stripe } = await start();
    const { intent } = await pay(stripe, PAID_CARD);
    const { id } = await chargeOf(stripe, intent);
    const payments = await sectionOf(simulator, 'payments');
    expect(payments).toContain(intent.id);
    expect(payments).toContain('<span class="state good">succeeded</span>');
    expect(payments).toContain(`<form method="post" action="/_simulator/charges/${id}/refund">`);
    expect(payments).toContain('<input name="amount" type="number" min="1" max="1250" placeholder="all: 1250">');
    expect(payments).toContain(`<form method="post" action="/_simulator/charges/${id}/dispute">`);
    for (const kind of ['fraudulent', 'product_not_received', 'inquiry']) expect(payments).toContain(`value="${kind}"`);
    expect(payments).not.toMatch(/\/(capture|cancel)"/);
  });

  test('that is on hold can be captured and canceled', async () => {
    const { simulator, stripe } = await start();
    const { intent } = await pay(stripe, PAID_CARD, { payment_intent_data: { capture_method: 'manual' } });
    const payments = await sectionOf(simulator, 'payments');
    expect(payments).toContain('<span class="state open">requires capture</span>');
    for (const action of ['capture', 'cancel']) {
      expect(payments).toContain(`action="/_simulator/payment_intents/${intent.id}/${action}"`);
    }
    expect(payments).toContain('<input name="amount" type="number" min="1" max="1250" placeholder="all: 1250">');
    for (const action of ['expire_hold', 'lose_hold']) {
      expect(payments).toContain(`action="/_simulator/charges/${intent.latest_charge}/${action}"`);
    }
    expect(payments).not.toMatch(/\/(refund|dispute)"/);
  });

  test('that was declined says why, and ends with its session', async () => {
    const { simulator, stripe } = await start();
    const { session } = await pay(stripe, DECLINED_CARD);
    const open = await sectionOf(simulator, 'payments');
    expect(open).toContain('<span class="state bad">requires payment method</span>');
    expect(open).toContain('generic decline');
    expect(open).not.toContain('<form');
    await stripe.checkout.sessions.expire(session.id);
    const over = await sectionOf(simulator, 'payments');
    expect(over).toContain('canceled');
    expect(over).not.toContain('<form');
  });
});

test('Customers are shown with what is saved for them, and can be deleted', async () => {
  const { simulator, stripe } = await start();
  const { id } = await stripe.customers.create({ name: 'Ana', email: 'ana@example.com' });
  const method = await stripe.paymentMethods.attach('pm_card_mastercard', { customer: id });
  const customers = await sectionOf(simulator, 'customers');
  for (const text of [id, 'Ana', 'ana@example.com', 'mastercard 4444']) expect(customers).toContain(text);
  expect(customers).toContain(`action="/_simulator/payment_methods/${method.id}/detach"`);
  expect(customers).toContain(`action="/_simulator/customers/${id}/delete"`);
  const pressed = { method: 'POST', body: new URLSearchParams(), redirect: 'manual' } as const;
  expect((await fetch(`${simulator.url}/_simulator/customers/${id}/delete`, pressed)).status).toBe(303);
  const afterwards = await sectionOf(simulator, 'customers');
  expect(afterwards).toContain('<span class="state bad">deleted</span>');
  expect(afterwards).not.toContain('<form');
});

const PENDING_REFUND_CARD = '4000000000007726';

describe('refunds and disputes', () => {
  async function startWithDispute(outcome: 'lost' | null) {
    const { simulator, stripe } = await start();
    simulator.clock.freeze();
    const { intent } = await pay(stripe, PENDING_REFUND_CARD);
    const charge = await chargeOf(stripe, intent);
    const refund = await stripe.refunds.create({ charge: charge.id, amount: 250, reason: 'requested_by_customer' });
    const body = new URLSearchParams({ kind: 'product_not_received' });
    await fetch(`${simulator.url}/_simulator/charges/${charge.id}/dispute`, { method: 'POST', body });
    const [dispute] = (await stripe.disputes.list()).data;
    if (dispute === undefined) throw new Error('The charge was not disputed.');
    if (outcome === 'lost') await stripe.disputes.close(dispute.id);
    return { simulator, refund, dispute };
  }

  test('are shown with the payment, and an open dispute can be closed', async () => {
    const { simulator, refund, dispute } = await startWithDispute(null);
    const payments = await sectionOf(simulator, 'payments');
    expect(payments).toContain('<td data-column="Refunded">€2.50</td>');
    expect(payments).toContain('<span class="state open">needs response</span>');
    expect(payments).toContain('placeholder="all: 1000"');
    expect(payments).not.toContain('/dispute"');
    const refunds = await sectionOf(simulator, 'refunds');
    for (const text of [refund.id, '€2.50', 'requested by customer', 'pending']) expect(refunds).toContain(text);
    const disputes = await sectionOf(simulator, 'disputes');
    const due = new Date(1000 * (dispute.evidence_details.due_by ?? 0)).toISOString().slice(0, 10);
    for (const text of [dispute.id, '€10.00', 'product not received', due]) expect(disputes).toContain(text);
    expect(disputes).toContain(`action="/_simulator/disputes/${dispute.id}/close"`);
    for (const button of ['won', 'lost']) expect(disputes).toContain(`name="outcome" value="${button}"`);
  });

  test('that are lost can be appealed, and nothing else', async () => {
    const { simulator, dispute } = await startWithDispute('lost');
    const disputes = await sectionOf(simulator, 'disputes');
    expect(disputes).toContain('<span class="state bad">lost</span>');
    expect(disputes.match(/action="[^"]*"/g)).toEqual([`action="/_simulator/disputes/${dispute.id}/appeal"`]);
  });

  test('that nobody can answer have no buttons', async () => {
    const { simulator, charge } = await startPaid();
    const { id } = simulator.bank.openDispute(charge, { kind: 'cartes_bancaires' });
    const disputes = await sectionOf(simulator, 'disputes');
    expect(disputes).toContain(`<a href="/disputes/${id}">Evidence</a>`);
    expect(disputes).toContain('<td data-column="Answer by"></td>');
    expect(disputes).not.toContain('<form');
    expect(await sectionOf(simulator, 'payments')).not.toMatch(/\/(refund|dispute)"/);
    expect(await pageOf(simulator, `/disputes/${id}`)).toContain('no answer is possible');
  });

  test('that ask only can be escalated', async () => {
    const { simulator, charge } = await startPaid();
    const { id } = simulator.bank.openDispute(charge, { kind: 'inquiry' });
    expect(await sectionOf(simulator, 'disputes')).toContain(`action="/_simulator/disputes/${id}/escalate"`);
    simulator.bank.escalateInquiry(id);
    expect(await sectionOf(simulator, 'disputes')).not.toContain('/escalate"');
  });

  test('of a part leave the rest to be disputed, in any kind and for any reason', async () => {
    const { simulator, charge } = await startPaid();
    simulator.bank.openDispute(charge, { amount: 400 });
    const payments = await sectionOf(simulator, 'payments');
    expect(payments).toContain('<input name="amount" type="number" min="1" max="600" placeholder="all: 600">');
    for (const value of [
      'card',
      'cartes_bancaires',
      'prevented',
      'blocked',
      'inquiry',
      'compliance',
      'duplicate',
      '',
    ]) {
      expect(payments).toContain(`<option value="${value}">`);
    }
  });

  test('show how a refund fares, and let it fare otherwise', async () => {
    const { simulator, stripe, charge } = await startPaid();
    const { id } = await stripe.refunds.create({ charge });
    const actions = async () => {
      const refunds = await sectionOf(simulator, 'refunds');
      const paths = [...refunds.matchAll(/action="\/_simulator\/refunds\/\w+\/(\w+)"/g)].map(([, action]) => action);
      return { refunds, paths };
    };
    expect((await actions()).paths).toEqual(['reference', 'fail', 'hold']);
    simulator.bank.holdRefund(id, 'insufficient_funds');
    const held = await actions();
    expect(held.paths).toEqual(['succeed', 'fail', 'hold']);
    expect(held.refunds).toContain('insufficient funds');
    simulator.bank.succeedRefund(id);
    simulator.bank.showRefundReference(id);
    const { destination_details: details } = await stripe.refunds.retrieve(id);
    expect((await actions()).refunds).toContain(`<code>${details?.card?.reference}</code>`);
    simulator.bank.failRefund(id, { reason: 'declined', afterDays: 3 });
    expect(await sectionOf(simulator, 'coming-up')).toContain('fail refund: declined');
    await simulator.clock.advance(3 * 86_400);
    expect((await actions()).paths).toEqual([]);
  });
});

describe('an early fraud warning', () => {
  test('is given to a payment by card, and shown', async () => {
    const { simulator, stripe, charge } = await startPaid();
    expect(await sectionOf(simulator, 'payments')).toContain(
      `action="/_simulator/charges/${charge}/early_fraud_warning"`,
    );
    const { id } = simulator.bank.warnOfFraud(charge, 'made_with_stolen_card');
    const before = await sectionOf(simulator, 'fraud-warnings');
    for (const text of [id, 'made with stolen card', '<td data-column="Actionable">yes</td>']) {
      expect(before).toContain(text);
    }
    await stripe.refunds.create({ charge });
    expect(await sectionOf(simulator, 'fraud-warnings')).toContain('<td data-column="Actionable">no</td>');
  });
});

describe('the page of a dispute', () => {
  async function startAnswered(evidence: (file: string) => Stripe.DisputeUpdateParams.Evidence) {
    const context = await startPaid();
    const { id } = context.simulator.bank.openDispute(context.charge);
    const file = { data: PNG, name: 'receipt <1>.png', type: 'image/png' };
    const uploaded = await context.stripe.files.create({ purpose: 'dispute_evidence', file });
    await context.stripe.disputes.update(id, { evidence: evidence(uploaded.id) });
    return { ...context, id, file: uploaded, page: () => pageOf(context.simulator, `/disputes/${id}`) };
  }

  test('shows the texts and files that were submitted', async () => {
    const { simulator, file, page } = await startAnswered((receipt) => ({
      receipt,
      product_description: 'A <b>bicycle</b>, red',
    }));
    const shown = await page();
    for (const text of [
      '<dt>product description</dt><dd><span class="evidence">A &lt;b&gt;bicycle&lt;/b&gt;, red</span>',
      `<dt>receipt</dt><dd><a href="/files/${file.id}">receipt &lt;1&gt;.png</a>`,
      '<dt>Submissions</dt><dd>1</dd>',
      'under review',
      '-€25.00',
    ]) {
      expect(shown).toContain(text);
    }
    expect(shown).not.toContain(`<span class="evidence">${file.id}`);
    const contents = await fetch(`${simulator.url}/files/${file.id}`);
    expect(contents.headers.get('content-type')).toBe('image/png');
    expect(contents.headers.get('content-disposition')).toBe("inline; filename*=UTF-8''receipt%20%3C1%3E.png");
    expect(Buffer.from(await contents.arrayBuffer())).toEqual(PNG);
    expect(await sectionOf(simulator, 'files')).toContain(`<a href="/files/${file.id}">`);
  });

  test("shows evidence by the network's own rules", async () => {
    const { simulator, stripe, charge } = await startPaid();
    const { id } = simulator.bank.openDispute(charge, { kind: 'compliance' });
    const enhanced_evidence = { visa_compliance: { fee_acknowledged: true } };
    await stripe.disputes.update(id, { evidence: { enhanced_evidence } });
    const shown = await pageOf(simulator, `/disputes/${id}`);
    expect(shown).toContain('visa compliance</dt><dd><span class="evidence">{ &quot;fee_acknowledged&quot;: true }');
  });

  test('shows the answer to an appeal too', async () => {
    const { simulator, stripe, id, file, page } = await startAnswered(() => ({ product_description: 'A bicycle' }));
    simulator.bank.decideDispute(id, 'lost');
    simulator.bank.openAppeal(id);
    const card = { reason_for_filing: 'It was delivered', supporting_files: [file.id] };
    await stripe.disputes.update(id, { evidence: { appeal: { card } } });
    const shown = await page();
    expect(shown).toContain('It was delivered');
    expect(shown).toContain(`<a href="/files/${file.id}">`);
  });

  test('is none of a dispute that there is not', async () => {
    const { simulator } = await start();
    for (const path of ['/disputes/du_x', '/files/file_x', '/disputes/', '/files/file_x/y']) {
      expect((await fetch(simulator.url + path)).status).toBe(404);
    }
  });
});

describe('the clock', () => {
  const WARNING = 'Apps with their own clock will ask for expiry times in the past';

  test('is at real time first, and can be moved', async () => {
    const { simulator } = await start();
    const clock = await sectionOf(simulator, 'clock');
    expect(clock).toContain('real time');
    expect(clock).toContain('<form method="post" action="/_simulator/clock/advance">');
    expect(clock).toContain('name="seconds" value="86400">1 day<');
    expect(clock).toContain('action="/_simulator/clock/freeze"');
    expect(clock).not.toMatch(/clock\/(unfreeze|reset)"/);
    expect(clock).not.toContain(WARNING);
  });

  test('says in words how far it is ahead, and what that means', async () => {
    const { simulator } = await start();
    await simulator.clock.advance(86_400 + 2 * 3600);
    const clock = await sectionOf(simulator, 'clock');
    expect(clock).toContain('running, 1 day 2 hours ahead');
    expect(clock).toContain(WARNING);
    expect(clock).toContain('action="/_simulator/clock/reset"');
  });

  test('shows the instant at which it stands still', async () => {
    const { simulator } = await start();
    simulator.clock.freeze();
    const clock = await sectionOf(simulator, 'clock');
    expect(clock).toContain(`${simulator.clock.now().toISOString().slice(0, 19)}Z`);
    expect(clock).toMatch(/>frozen</);
    expect(clock).toContain('action="/_simulator/clock/unfreeze"');
    expect(clock).not.toContain('/freeze"');
    expect(clock).not.toContain(WARNING);
  });
});

describe('the lists', () => {
  test('say what would fill them', async () => {
    const { simulator } = await start();
    for (const id of [
      'sessions',
      'payments',
      'refunds',
      'disputes',
      'fraud-warnings',
      'files',
      'events',
      'deliveries',
      'endpoints',
    ]) {
      const section = await sectionOf(simulator, id);
      expect(section).toContain('None');
      expect(section).not.toContain('<table');
    }
  });

  test('show the latest fifty of many', async () => {
    const { simulator, stripe } = await start();
    const create = (reference: number) =>
      stripe.checkout.sessions.create(sessionParameters({ client_reference_id: `order-${reference}.` }));
    for (let reference = 1; reference <= 52; reference += 1) await create(reference);
    const sessions = await sectionOf(simulator, 'sessions');
    expect(sessions).toContain('50 of 52');
    expect(sessions).toContain('order-52.');
    expect(sessions).toContain('order-3.');
    expect(sessions).not.toContain('order-2.');
  });

  test('offer to end a session that is open, and no other', async () => {
    const { simulator, stripe } = await start();
    const { session } = await pay(stripe, PAID_CARD);
    const open = await stripe.checkout.sessions.create(sessionParameters());
    const sessions = await sectionOf(simulator, 'sessions');
    expect(sessions).toContain(`action="/_simulator/checkout/sessions/${open.id}/expire"`);
    expect(sessions).not.toContain(`${session.id}/expire`);
  });

  test('offer to send an event again, or one of its deliveries', async () => {
    const receiver = await startReceiver();
    const { simulator, stripe } = await start({ webhookEndpoints: [receiver] });
    await pay(stripe, DECLINED_CARD);
    await simulator.webhooks.idle();
    const [delivery] = simulator.webhooks.deliveries();
    expect(await sectionOf(simulator, 'events')).toContain(`action="/_simulator/events/${delivery?.eventId}/resend"`);
    const deliveries = await sectionOf(simulator, 'deliveries');
    expect(deliveries).toContain('<form method="post" action="/_simulator/deliveries/resend">');
    expect(deliveries).toContain(`<input type="hidden" name="delivery" value="${delivery?.id}">`);
    expect(deliveries).toContain('<td data-column="Last answer">200</td>');
  });

  test('show an endpoint with its events and its secret, to be rolled', async () => {
    const { simulator } = await start();
    const enabledEvents = ['charge.refunded', 'charge.succeeded'];
    const one = simulator.addWebhookEndpoint({ url: 'http://localhost:1/one', secret: 'whsec_one' });
    simulator.addWebhookEndpoint({ url: 'http://localhost:1/two', secret: 'whsec_two', enabledEvents });
    const endpoints = await sectionOf(simulator, 'endpoints');
    for (const text of [
      'http://localhost:1/one',
      '>all<',
      'whsec_one',
      'charge.refunded, charge.succeeded',
      'whsec_two',
    ]) {
      expect(endpoints).toContain(text);
    }
    expect(endpoints).toContain(`action="/_simulator/webhook_endpoints/${one}/roll_secret"`);
  });

  test('foretell what the clock will come across', async () => {
    const { simulator, stripe } = await start();
    expect(await sectionOf(simulator, 'coming-up')).toContain('Nothing is due.');
    simulator.clock.freeze();
    await stripe.checkout.sessions.create(sessionParameters());
    const comingUp = await sectionOf(simulator, 'coming-up');
    expect(comingUp).toContain('expire session');
    expect(comingUp).toMatch(/>(1 day|23 hours 59 minutes)</);
  });
});

test('what the shop wrote is text on the dashboard', async () => {
  const { simulator, stripe } = await start();
  await stripe.checkout.sessions.create(sessionParameters({ client_reference_id: '"><script>1</script>' }));
  const html = await dashboardOf(simulator);
  expect(html).toContain('&quot;&gt;&lt;script&gt;1&lt;/script&gt;');
  expect(html).not.toContain('<script');
});
