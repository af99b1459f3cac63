/** What the buyer's card does to the session, its PaymentIntent, its charges and the events. */
import { describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import {
  DECLINED_CARD,
  eventTypes,
  lineItem,
  PAID_CARD,
  paymentOf,
  sessionParameters,
  start,
  stripeError,
  submitCard,
  TestClock,
} from './support.js';

describe('a card that pays', () => {
  test('completes the session', async () => {
    const { stripe } = await start();
    const session = await stripe.checkout.sessions.create(sessionParameters({ customer_email: 'ana@example.com' }));
    await submitCard(session, PAID_CARD, { name: 'Ana Martin' });
    const paid = await stripe.checkout.sessions.retrieve(session.id);
    expect(paid).toMatchObject({ status: 'complete', payment_status: 'paid', amount_total: 1250, url: null });
    expect(paid.customer_details).toMatchObject({ email: 'ana@example.com', name: 'Ana Martin', tax_exempt: 'none' });
  });

  test('creates the PaymentIntent with what the session holds for it', async () => {
    const clock = new TestClock();
    const { stripe } = await start({ clock });
    const session = await stripe.checkout.sessions.create(
      sessionParameters({
        metadata: { where: 'session' },
        payment_intent_data: {
          description: 'Order 1',
          metadata: { where: 'intent' },
          receipt_email: 'ana@example.com',
          shipping: { name: 'Ana', address: { line1: '1 rue X', city: 'Paris', country: 'FR' } },
          statement_descriptor_suffix: 'ORDER 1',
          transfer_group: 'group',
        },
      }),
    );
    clock.advanceSeconds(60);
    await submitCard(session, PAID_CARD);
    const intent = await paymentOf(stripe, session.id);
    expect(intent).toMatchObject({
      object: 'payment_intent',
      amount: 1250,
      amount_received: 1250,
      created: clock.seconds(),
      currency: 'eur',
      description: 'Order 1',
      last_payment_error: null,
      livemode: false,
      metadata: { where: 'intent' },
      next_action: null,
      receipt_email: 'ana@example.com',
      shipping: { name: 'Ana', address: { line1: '1 rue X', line2: null, city: 'Paris' } },
      statement_descriptor_suffix: 'ORDER 1',
      status: 'succeeded',
      transfer_group: 'group',
    });
    expect(intent.id).toMatch(/^pi_3[A-Za-z0-9]{23}$/);
    expect(intent.client_secret).toMatch(new RegExp(`^${intent.id}_secret_`));
    expect(intent.payment_method).toMatch(/^pm_1/);
  });

  test('leaves a captured charge, which gets its balance transaction last', async () => {
    const { stripe } = await start();
    const session = await stripe.checkout.sessions.create(sessionParameters());
    await submitCard(session, PAID_CARD, { exp: '09/31' });
    const intent = await paymentOf(stripe, session.id);
    const charge = await stripe.charges.retrieve(String(intent.latest_charge), { expand: ['payment_intent'] });
    expect(charge).toMatchObject({
      object: 'charge',
      amount: 1250,
      amount_captured: 1250,
      amount_refunded: 0,
      balance_transaction: expect.stringMatching(/^txn_3/),
      captured: true,
      failure_code: null,
      outcome: { type: 'authorized' },
      paid: true,
      payment_intent: { id: intent.id },
      payment_method_details: { card: { brand: 'visa', last4: '4242', exp_month: 9, exp_year: 2031 }, type: 'card' },
      refunded: false,
      status: 'succeeded',
    });
    expect(charge.id).toMatch(/^ch_3[A-Za-z0-9]{23}$/);
    const updated = (await stripe.events.list({ type: 'charge.updated' })).data[0];
    expect(updated?.data.previous_attributes).toEqual({ balance_transaction: null });
  });

  test("reports it in Stripe's order, each event with the object as it was then", async () => {
    const { stripe } = await start();
    const session = await stripe.checkout.sessions.create(sessionParameters());
    await submitCard(session, PAID_CARD);
    expect(await eventTypes(stripe)).toEqual([
      'payment_intent.created',
      'charge.succeeded',
      'payment_intent.succeeded',
      'checkout.session.completed',
      'charge.updated',
    ]);
    const { data } = await stripe.events.list();
    const objectOf = (type: string) => data.find((event) => event.type === type)?.data.object;
    expect(objectOf('payment_intent.created')).toMatchObject({
      status: 'requires_payment_method',
      latest_charge: null,
    });
    expect(objectOf('charge.succeeded')).toMatchObject({ paid: true, balance_transaction: null });
    expect(objectOf('payment_intent.succeeded')).toMatchObject({ status: 'succeeded', amount_received: 1250 });
    expect(objectOf('checkout.session.completed')).toMatchObject({
      id: session.id,
      status: 'complete',
      payment_status: 'paid',
    });
    expect(objectOf('charge.updated')).toMatchObject({ balance_transaction: expect.any(String) });
  });

  test('pays once, however often it is submitted', async () => {
    const { stripe } = await start();
    const session = await stripe.checkout.sessions.create(sessionParameters());
    const answers = await Promise.all(Array.from({ length: 5 }, () => submitCard(session, PAID_CARD)));
    answers.push(await submitCard(session, DECLINED_CARD), await submitCard(session, ''));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([303]));
    expect(new Set(answers.map(({ headers }) => headers.get('location')))).toEqual(
      new Set([`http://localhost:3000/success?session_id=${session.id}`]),
    );
    expect((await stripe.paymentIntents.list()).data).toHaveLength(1);
    expect((await eventTypes(stripe)).filter((type) => type === 'charge.succeeded')).toHaveLength(1);
  });
});

describe('a card that is declined', () => {
  test.each([
    ['4000000000000002', 'card_declined', 'generic_decline'],
    ['4000000000009995', 'card_declined', 'insufficient_funds'],
    ['4000000000009987', 'card_declined', 'lost_card'],
    ['4000000000009979', 'card_declined', 'stolen_card'],
    ['4000000000006975', 'card_declined', 'card_velocity_exceeded'],
    ['4000000000000069', 'expired_card', 'expired_card'],
    ['4000000000000127', 'incorrect_cvc', 'incorrect_cvc'],
    ['4000000000000119', 'processing_error', 'processing_error'],
  ])('%s fails with %s %s and leaves the session open', async (number, code, declineCode) => {
    const { stripe } = await start();
    const session = await stripe.checkout.sessions.create(sessionParameters());
    expect((await submitCard(session, number)).status).toBe(402);
    const open = await stripe.checkout.sessions.retrieve(session.id);
    expect(open).toMatchObject({ status: 'open', payment_status: 'unpaid', url: session.url });
    const intent = await paymentOf(stripe, session.id);
    expect(intent).toMatchObject({ status: 'requires_payment_method', amount_received: 0, payment_method: null });
    expect(intent.last_payment_error).toMatchObject({
      type: 'card_error',
      code,
      charge: intent.latest_charge,
      message: expect.stringMatching(/^.+\.$/),
      payment_method: { object: 'payment_method', card: { last4: number.slice(-4) } },
    });
    expect(intent.last_payment_error?.decline_code).toBe(declineCode);
    const charge = await stripe.charges.retrieve(String(intent.latest_charge));
    expect(charge).toMatchObject({
      status: 'failed',
      paid: false,
      captured: false,
      failure_code: code,
      balance_transaction: null,
    });
    expect(await eventTypes(stripe)).toEqual([
      'payment_intent.created',
      'charge.failed',
      'payment_intent.payment_failed',
    ]);
  });

  test('can be followed by one that pays, on the same PaymentIntent', async () => {
    const { stripe } = await start();
    const session = await stripe.checkout.sessions.create(sessionParameters());
    await submitCard(session, DECLINED_CARD);
    const declined = await paymentOf(stripe, session.id);
    await submitCard(session, DECLINED_CARD);
    expect((await submitCard(session, PAID_CARD)).status).toBe(303);
    const paid = await paymentOf(stripe, session.id);
    expect(paid).toMatchObject({ id: declined.id, status: 'succeeded', last_payment_error: null });
    expect(paid.latest_charge).not.toBe(declined.latest_charge);
    expect((await stripe.paymentIntents.list()).data).toHaveLength(1);
    const types = await eventTypes(stripe);
    expect(types.filter((type) => type === 'payment_intent.created')).toHaveLength(1);
    expect(types.filter((type) => type === 'payment_intent.payment_failed')).toHaveLength(2);
  });

  test('leaves a session that can still expire', async () => {
    const { stripe } = await start();
    const session = await stripe.checkout.sessions.create(sessionParameters());
    await submitCard(session, DECLINED_CARD);
    expect((await stripe.checkout.sessions.expire(session.id)).status).toBe('expired');
    expect((await submitCard(session, PAID_CARD)).status).toBe(410);
    expect(await paymentOf(stripe, session.id)).toMatchObject({
      status: 'canceled',
      cancellation_reason: 'expired',
    });
    expect((await eventTypes(stripe)).slice(-2)).toEqual(['checkout.session.expired', 'payment_intent.canceled']);
  });
});

describe('PaymentIntents', () => {
  test('are listed newest first, by creation time and with their charge', async () => {
    const clock = new TestClock();
    const { stripe } = await start({ clock });
    for (const unitAmount of [1000, 2000, 3000]) {
      const line_items = [lineItem('Coffee', unitAmount)];
      await submitCard(await stripe.checkout.sessions.create(sessionParameters({ line_items })), PAID_CARD);
      clock.advanceSeconds(10);
    }
    const { data } = await stripe.paymentIntents.list({ expand: ['data.latest_charge'] });
    expect(data).toMatchObject([3000, 2000, 1000].map((amount) => ({ amount, latest_charge: { amount } })));
    const created = { gte: clock.seconds() - 20 };
    expect((await stripe.paymentIntents.list({ created })).data.map(({ amount }) => amount)).toEqual([3000, 2000]);
    const next = await stripe.paymentIntents.list({ limit: 1, starting_after: String(data[0]?.id) });
    expect([next.data[0]?.amount, next.has_more]).toEqual([2000, true]);
  });

  test('and charges that do not exist are missing by name', async () => {
    const { stripe } = await start();
    expect(await stripeError(stripe.paymentIntents.retrieve('pi_none'))).toMatchObject({
      statusCode: 404,
      message: "No such payment_intent: 'pi_none'",
    });
    expect(await stripeError(stripe.charges.retrieve('ch_none'))).toMatchObject({
      statusCode: 404,
      message: "No such charge: 'ch_none'",
    });
  });
});

describe('events', () => {
  test('are found by type, by types and by time', async () => {
    const clock = new TestClock();
    const { stripe } = await start({ clock });
    const first = await stripe.checkout.sessions.create(sessionParameters());
    await stripe.checkout.sessions.expire(first.id);
    clock.advanceSeconds(10);
    const second = await stripe.checkout.sessions.create(sessionParameters());
    await submitCard(second, PAID_CARD);
    const types = async (parameters: Stripe.EventListParams) =>
      (await stripe.events.list(parameters)).data.map(({ type }) => type);
    expect(await types({ type: 'checkout.session.expired' })).toEqual(['checkout.session.expired']);
    expect(await types({ type: 'payment_intent.*' })).toEqual(['payment_intent.succeeded', 'payment_intent.created']);
    expect(await types({ types: ['charge.succeeded', 'checkout.session.expired'] })).toEqual([
      'charge.succeeded',
      'checkout.session.expired',
    ]);
    expect(await types({ created: { lt: clock.seconds() } })).toEqual(['checkout.session.expired']);
    const error = await stripeError(stripe.events.list({ type: 'charge.failed', types: ['charge.failed'] }));
    expect(error.statusCode).toBe(400);
  });

  test('can be listed for 30 days and retrieved for longer', async () => {
    const clock = new TestClock();
    const { stripe } = await start({ clock });
    await stripe.checkout.sessions.expire((await stripe.checkout.sessions.create(sessionParameters())).id);
    clock.advanceSeconds(30 * 24 * 60 * 60);
    const { data } = await stripe.events.list();
    expect(data).toHaveLength(1);
    clock.advanceSeconds(1);
    expect((await stripe.events.list()).data).toEqual([]);
    expect((await stripe.events.retrieve(String(data[0]?.id))).type).toBe('checkout.session.expired');
  });

  test('say what they are about, in which version, and which request caused them', async () => {
    const { stripe } = await start();
    const { id } = await stripe.checkout.sessions.create(sessionParameters());
    const expired = await stripe.checkout.sessions.expire(id, {}, { idempotencyKey: 'expire-1' });
    const listed = (await stripe.events.list()).data[0];
    const event = await stripe.events.retrieve(String(listed?.id));
    expect(event).toMatchObject({
      object: 'event',
      api_version: '2026-10-28.endive',
      data: { object: { id, object: 'checkout.session', status: 'expired' } },
      livemode: false,
      pending_webhooks: 0,
      request: { id: expired.lastResponse.requestId, idempotency_key: 'expire-1' },
      type: 'checkout.session.expired',
    });
    expect(event.id).toMatch(/^evt_1[A-Za-z0-9]{23}$/);
  });

  test('that do not exist are missing by name', async () => {
    const { stripe } = await start();
    expect(await stripeError(stripe.events.retrieve('evt_none'))).toMatchObject({
      statusCode: 404,
      message: "No such event: 'evt_none'",
    });
  });
});
