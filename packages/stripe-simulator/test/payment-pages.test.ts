/** `/v1/payment_pages`: paying a session by requests alone, as the fixtures of Stripe's CLI do. */
import { expect, test } from '@jest/globals';
import type { StripeSimulator } from '../src/index.js';
import { eventTypes, PAID_CARD, rawPost, sessionParameters, start, stripeError, submitCard } from './support.js';

async function showPage(simulator: StripeSimulator, id: string) {
  const headers = { Authorization: 'Bearer sk_test_x' };
  const response = await fetch(`${simulator.url}/v1/payment_pages/${id}`, { headers });
  const body: { id: string } = await response.json();
  return { status: response.status, body };
}

async function confirmPage(simulator: StripeSimulator, id: string, fields: Record<string, string>) {
  const response = await rawPost(simulator, `/v1/payment_pages/${id}/confirm`, new URLSearchParams(fields).toString());
  const body: { id: string } = await response.json();
  return { status: response.status, body };
}

test('the steps of the fixtures pay a session', async () => {
  const { simulator, stripe } = await start();
  const session = await stripe.checkout.sessions.create(sessionParameters());
  const page = await showPage(simulator, session.id);
  expect(page).toMatchObject({
    status: 200,
    body: {
      id: expect.stringMatching(/^ppage_1[A-Za-z0-9]{23}$/),
      object: 'checkout.session',
      amount_total: 1250,
      currency: 'eur',
      payment_intent: null,
      session_id: session.id,
      status: 'open',
    },
  });
  const method = await stripe.paymentMethods.create({
    type: 'card',
    card: { token: 'tok_visa' },
    billing_details: { email: 'ana@example.com', name: 'Ana', phone: '+33612345678' },
  });
  const paid = await confirmPage(simulator, page.body.id, {
    payment_method: method.id,
    expected_amount: '1250',
    eid: 'NA',
    key: 'pk_test_x',
    expected_payment_method_type: 'card',
    return_url: 'https://example.com',
  });
  expect(paid).toMatchObject({
    status: 200,
    body: {
      id: page.body.id,
      payment_intent: { status: 'succeeded', payment_method: method.id },
      payment_status: 'paid',
      status: 'complete',
    },
  });
  expect(await stripe.checkout.sessions.retrieve(session.id)).toMatchObject({
    status: 'complete',
    customer_details: { email: 'ana@example.com', name: 'Ana', phone: '+33612345678' },
  });
  expect(await eventTypes(stripe)).toEqual([
    'payment_intent.created',
    'charge.succeeded',
    'payment_intent.succeeded',
    'checkout.session.completed',
    'charge.updated',
  ]);
});

test("takes Stripe's ready-made methods and the session's own e-mail address", async () => {
  const { simulator, stripe } = await start();
  const session = await stripe.checkout.sessions.create(sessionParameters({ customer_email: 'ana@example.com' }));
  expect((await confirmPage(simulator, session.id, { payment_method: 'pm_card_visa' })).status).toBe(200);
  const { customer_details: details } = await stripe.checkout.sessions.retrieve(session.id);
  expect(details).toMatchObject({ email: 'ana@example.com' });
});

test('a decline is a 402 and leaves the session open', async () => {
  const { simulator, stripe } = await start();
  const session = await stripe.checkout.sessions.create(sessionParameters());
  const declined = await confirmPage(simulator, session.id, { payment_method: 'pm_card_visa_chargeDeclined' });
  expect(declined).toMatchObject({
    status: 402,
    body: {
      error: { code: 'card_declined', decline_code: 'generic_decline', payment_intent: { object: 'payment_intent' } },
    },
  });
  expect((await stripe.checkout.sessions.retrieve(session.id)).status).toBe('open');
});

test('a card that its bank wants authenticated requires action', async () => {
  const { simulator, stripe } = await start();
  const session = await stripe.checkout.sessions.create(sessionParameters());
  const answer = await confirmPage(simulator, session.id, { payment_method: 'pm_card_authenticationRequired' });
  expect(answer).toMatchObject({
    status: 200,
    body: { status: 'open', payment_intent: { status: 'requires_action' } },
  });
});

test('is not paid with another amount than expected', async () => {
  const { simulator, stripe } = await start();
  const session = await stripe.checkout.sessions.create(sessionParameters());
  const answer = await confirmPage(simulator, session.id, { payment_method: 'pm_card_visa', expected_amount: '1251' });
  expect(answer).toMatchObject({ status: 400, body: { error: { code: 'checkout_amount_mismatch' } } });
  expect((await stripe.checkout.sessions.retrieve(session.id)).payment_status).toBe('unpaid');
});

test('is not paid twice, nor with a method that the session does not offer', async () => {
  const { simulator, stripe } = await start();
  const session = await stripe.checkout.sessions.create(sessionParameters({ excluded_payment_method_types: ['card'] }));
  const refused = await confirmPage(simulator, session.id, { payment_method: 'pm_card_visa' });
  expect(refused).toMatchObject({ status: 400, body: { error: { param: 'payment_method' } } });
  const other = await stripe.checkout.sessions.create(sessionParameters());
  await submitCard(other, PAID_CARD);
  expect((await confirmPage(simulator, other.id, { payment_method: 'pm_card_visa' })).status).toBe(400);
  expect((await stripe.paymentIntents.list()).data).toHaveLength(1);
});

test('pages and methods that do not exist are missing', async () => {
  const { simulator, stripe } = await start();
  const session = await stripe.checkout.sessions.create(sessionParameters());
  expect(await showPage(simulator, 'ppage_none')).toMatchObject({
    status: 404,
    body: { error: { message: "No such payment_page: 'ppage_none'" } },
  });
  const answer = await confirmPage(simulator, session.id, { payment_method: 'pm_none' });
  expect(answer).toMatchObject({ status: 400, body: { error: { code: 'resource_missing' } } });
});

test("is not paid with another customer's payment method, which stays theirs", async () => {
  const { simulator, stripe } = await start();
  const owner = await stripe.customers.create();
  const other = await stripe.customers.create();
  const method = await stripe.paymentMethods.attach('pm_card_visa', { customer: owner.id });
  const session = await stripe.checkout.sessions.create(
    sessionParameters({ customer: other.id, payment_intent_data: { setup_future_usage: 'off_session' } }),
  );
  const refused = await confirmPage(simulator, session.id, { payment_method: method.id });
  expect(refused).toMatchObject({ status: 400, body: { error: { param: 'payment_method' } } });
  const ofNobody = await stripe.checkout.sessions.create(sessionParameters());
  expect((await confirmPage(simulator, ofNobody.id, { payment_method: method.id })).status).toBe(400);
  expect((await stripe.paymentIntents.list()).data).toEqual([]);
  const createdWithIt = await stripeError(stripe.customers.create({ payment_method: method.id }));
  expect(createdWithIt).toMatchObject({ statusCode: 400, code: 'payment_method_unexpected_state' });
  expect((await stripe.customers.list()).data).toHaveLength(2);
  const payment = await stripe.paymentIntents.create({
    amount: 2000,
    currency: 'eur',
    customer: owner.id,
    payment_method: method.id,
  });
  const moved = await stripeError(stripe.paymentIntents.update(payment.id, { customer: other.id }));
  expect(moved).toMatchObject({ statusCode: 400, param: 'payment_method' });
  expect((await stripe.paymentMethods.retrieve(method.id)).customer).toBe(owner.id);
});
