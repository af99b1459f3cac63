/** Payments by the API: off-session ones, their declines, and what a PaymentIntent lets be done in which state. */
import { describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import {
  chargeOf,
  DECLINED_CARD,
  eventTypes,
  PAID_CARD,
  paymentOf,
  rawPost,
  sessionParameters,
  start,
  stripeError,
  submitCard,
  TestClock,
} from './support.js';

type CreateParameters = Stripe.PaymentIntentCreateParams;

function intentParameters(changes: Partial<CreateParameters> = {}): CreateParameters {
  return { amount: 2000, currency: 'EUR', ...changes };
}

function confirmed(payment_method: string, changes: Partial<CreateParameters> = {}): CreateParameters {
  return intentParameters({ payment_method, confirm: true, off_session: true, ...changes });
}

describe('creating a PaymentIntent', () => {
  test('shows all that was asked for, and waits for a payment method', async () => {
    const { stripe } = await start();
    const customer = await stripe.customers.create({ email: 'ana@example.com' });
    const intent = await stripe.paymentIntents.create(
      intentParameters({
        customer: customer.id,
        automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
        capture_method: 'manual',
        description: 'Deposit',
        metadata: { order: '1' },
        receipt_email: 'ana@example.com',
        setup_future_usage: 'off_session',
        shipping: { name: 'Ana', address: { line1: '1 rue X', country: 'FR' }, tracking_number: 'T1' },
        statement_descriptor_suffix: 'DEPOSIT',
        transfer_group: 'group',
      }),
    );
    expect(intent).toMatchObject({
      amount: 2000,
      automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
      capture_method: 'manual',
      currency: 'eur',
      customer: customer.id,
      description: 'Deposit',
      metadata: { order: '1' },
      payment_method: null,
      payment_method_types: ['card'],
      receipt_email: 'ana@example.com',
      setup_future_usage: 'off_session',
      shipping: { name: 'Ana', address: { line1: '1 rue X', line2: null }, carrier: null, tracking_number: 'T1' },
      statement_descriptor_suffix: 'DEPOSIT',
      status: 'requires_payment_method',
      transfer_group: 'group',
    });
    expect(await eventTypes(stripe)).toEqual(['customer.created', 'payment_intent.created']);
  });

  test('with a payment method waits for its confirmation, which pays', async () => {
    const { stripe } = await start();
    const intent = await stripe.paymentIntents.create(intentParameters({ payment_method: 'pm_card_visa' }));
    expect(intent).toMatchObject({ status: 'requires_confirmation', payment_method: expect.stringMatching(/^pm_1/) });
    const paid = await stripe.paymentIntents.confirm(intent.id, { receipt_email: 'ana@example.com' });
    expect(paid).toMatchObject({ status: 'succeeded', amount_received: 2000, receipt_email: 'ana@example.com' });
    expect(await chargeOf(stripe, paid)).toMatchObject({ captured: true, balance_transaction: expect.any(String) });
    expect(await eventTypes(stripe)).toEqual([
      'payment_intent.created',
      'charge.succeeded',
      'payment_intent.succeeded',
      'charge.updated',
    ]);
  });

  test.each<[string, Partial<CreateParameters>, object]>([
    ['an amount below the minimum', { amount: 49 }, { code: 'amount_too_small', param: 'amount' }],
    ['an amount of nine digits', { amount: 100_000_000 }, { code: 'amount_too_large', param: 'amount' }],
    ['nothing', { amount: 0 }, { code: 'parameter_invalid_integer', param: 'amount' }],
    ['an unknown currency', { currency: 'xxx' }, { param: 'currency' }],
    ['an unknown customer', { customer: 'cus_none' }, { code: 'resource_missing', param: 'customer' }],
    ['an unknown method', { payment_method: 'pm_none' }, { code: 'resource_missing', param: 'payment_method' }],
    [
      'an unknown test method',
      { payment_method: 'pm_card_none' },
      { message: "No such PaymentMethod: 'pm_card_none'" },
    ],
    ['a confirmation without a method', { confirm: true }, { code: 'payment_intent_unexpected_state' }],
    ['no method at all', { excluded_payment_method_types: ['card', 'sepa_debit'] }, {}],
  ])('rejects %s', async (_what, changes, expected) => {
    const { stripe } = await start();
    const error = await stripeError(stripe.paymentIntents.create(intentParameters(changes)));
    expect(error).toMatchObject({ statusCode: 400, ...expected });
    expect((await stripe.paymentIntents.list()).data).toEqual([]);
  });

  test('rejects payment_method_types, as Stripe does by now', async () => {
    const { simulator } = await start();
    const answer = await rawPost(
      simulator,
      '/v1/payment_intents',
      'amount=2000&currency=eur&payment_method_types[]=card',
    );
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { code: 'payment_method_types_no_longer_supported' } });
  });

  test('rejects a method of another type than it offers', async () => {
    const { stripe } = await start();
    const parameters = confirmed('pm_card_visa', { excluded_payment_method_types: ['card'] });
    const error = await stripeError(stripe.paymentIntents.create(parameters));
    expect(error).toMatchObject({ statusCode: 400, param: 'payment_method' });
  });
});

describe('a decline', () => {
  test.each([
    ['pm_card_visa_chargeDeclined', 'card_declined', 'generic_decline'],
    ['pm_card_visa_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds'],
    ['pm_card_visa_chargeDeclinedLostCard', 'card_declined', 'lost_card'],
    ['pm_card_visa_chargeDeclinedStolenCard', 'card_declined', 'stolen_card'],
    ['pm_card_visa_chargeDeclinedVelocityLimitExceeded', 'card_declined', 'card_velocity_exceeded'],
    ['pm_card_chargeDeclinedExpiredCard', 'expired_card', 'expired_card'],
    ['pm_card_chargeDeclinedIncorrectCvc', 'incorrect_cvc', 'incorrect_cvc'],
    ['pm_card_chargeDeclinedProcessingError', 'processing_error', 'processing_error'],
    ['pm_card_authenticationRequired', 'authentication_required', 'authentication_required'],
    ['pm_card_authenticationRequiredOnSetup', 'authentication_required', 'authentication_required'],
    ['pm_card_threeDSecure2Required', 'authentication_required', 'authentication_required'],
  ])('of %s off-session is a 402 with %s and all that is known of it', async (method, code, declineCode) => {
    const { stripe } = await start();
    const error = await stripeError(stripe.paymentIntents.create(confirmed(method)));
    expect(error).toMatchObject({ statusCode: 402, type: 'StripeCardError', rawType: 'card_error', code });
    expect(error.decline_code).toBe(declineCode);
    const intent = error.payment_intent;
    expect(intent).toMatchObject({ status: 'requires_payment_method', last_payment_error: { code } });
    expect(error.charge).toBe(intent?.latest_charge);
    expect(error.payment_method).toMatchObject({ object: 'payment_method', type: 'card' });
    expect(await stripe.paymentIntents.retrieve(String(intent?.id))).toMatchObject({ payment_method: null });
    expect(await stripe.charges.retrieve(String(error.charge))).toMatchObject({ status: 'failed', failure_code: code });
    expect(await eventTypes(stripe)).toEqual([
      'payment_intent.created',
      'charge.failed',
      'payment_intent.payment_failed',
    ]);
  });

  test('can be followed by a method that pays', async () => {
    const { stripe } = await start();
    const error = await stripeError(stripe.paymentIntents.create(confirmed('pm_card_visa_chargeDeclined')));
    const id = String(error.payment_intent?.id);
    expect((await stripeError(stripe.paymentIntents.confirm(id))).code).toBe('payment_intent_unexpected_state');
    const paid = await stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' });
    expect(paid).toMatchObject({ id, status: 'succeeded', last_payment_error: null });
  });

  test('is kept under its idempotency key and replayed', async () => {
    const { stripe } = await start();
    const decline = () =>
      stripeError(stripe.paymentIntents.create(confirmed('pm_card_visa_chargeDeclined'), { idempotencyKey: 'pay-1' }));
    const [first, second] = [await decline(), await decline()];
    expect(second).toMatchObject({ statusCode: 402, charge: first.charge });
    expect(second.headers?.['idempotent-replayed']).toBe('true');
    expect((await stripe.paymentIntents.list()).data).toHaveLength(1);
  });
});

describe('a card that its bank wants authenticated', () => {
  test('requires action when the buyer may be there', async () => {
    const { stripe } = await start();
    const intent = await stripe.paymentIntents.create(
      intentParameters({ payment_method: 'pm_card_authenticationRequired', confirm: true }),
    );
    expect(intent).toMatchObject({ status: 'requires_action', next_action: { type: 'use_stripe_sdk' } });
    expect((await stripe.paymentIntents.cancel(intent.id)).next_action).toBeNull();
  });

  test('fails when the caller wants no action', async () => {
    const { stripe } = await start();
    const intent = await stripe.paymentIntents.create(
      intentParameters({ payment_method: 'pm_card_authenticationRequired' }),
    );
    const error = await stripeError(stripe.paymentIntents.confirm(intent.id, { error_on_requires_action: true }));
    expect(error).toMatchObject({ statusCode: 402, code: 'authentication_required' });
  });

  test('pays off-session once a payment has set it up', async () => {
    const { stripe } = await start();
    const session = await stripe.checkout.sessions.create(
      sessionParameters({ payment_intent_data: { setup_future_usage: 'off_session' } }),
    );
    await submitCard(session, '4000002500003155');
    const body = new URLSearchParams({ outcome: 'complete' });
    await fetch(`${session.url}/authenticate`, { method: 'POST', body, redirect: 'manual' });
    const first = await paymentOf(stripe, session.id);
    expect(first).toMatchObject({ status: 'succeeded', setup_future_usage: 'off_session' });
    const customer = String(first.customer);
    const method = String(first.payment_method);
    const { data } = await stripe.customers.listPaymentMethods(customer);
    expect(data).toMatchObject([{ id: method, customer }]);
    const later = await stripe.paymentIntents.create(confirmed(method, { customer }));
    expect(later).toMatchObject({ status: 'succeeded', customer, payment_method: method });
    const types = await eventTypes(stripe);
    expect(types[0]).toBe('customer.created');
    expect(types.filter((type) => type === 'payment_method.attached')).toHaveLength(1);
  });

  test("pays for the customer that it belongs to, and for nobody else's", async () => {
    const { stripe } = await start();
    const [owner, other] = [await stripe.customers.create(), await stripe.customers.create()];
    const { id } = await stripe.paymentMethods.attach('pm_card_visa', { customer: owner.id });
    const error = await stripeError(stripe.paymentIntents.create(confirmed(id, { customer: other.id })));
    expect(error).toMatchObject({ statusCode: 400, param: 'payment_method' });
    const intent = await stripe.paymentIntents.create(intentParameters());
    expect((await stripeError(stripe.paymentIntents.confirm(intent.id, { payment_method: id }))).statusCode).toBe(400);
  });
});

describe('canceling', () => {
  test('ends a payment that has not begun', async () => {
    const { stripe } = await start();
    const { id } = await stripe.paymentIntents.create(intentParameters());
    expect(await stripe.paymentIntents.cancel(id)).toMatchObject({ status: 'canceled', cancellation_reason: null });
    expect(await eventTypes(stripe)).toEqual(['payment_intent.created', 'payment_intent.canceled']);
    const error = await stripeError(stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' }));
    expect(error).toMatchObject({ statusCode: 400, code: 'payment_intent_unexpected_state', payment_intent: { id } });
  });

  test('is too late after the payment', async () => {
    const { stripe } = await start();
    const { id } = await stripe.paymentIntents.create(confirmed('pm_card_visa'));
    const error = await stripeError(stripe.paymentIntents.cancel(id));
    expect(error).toMatchObject({ code: 'payment_intent_unexpected_state', payment_intent: { status: 'succeeded' } });
  });

  test("or confirming is not for the PaymentIntent of an open session, which is the session's", async () => {
    const { stripe } = await start();
    const session = await stripe.checkout.sessions.create(sessionParameters());
    await submitCard(session, DECLINED_CARD);
    const { id } = await paymentOf(stripe, session.id);
    for (const call of [
      stripe.paymentIntents.cancel(id),
      stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' }),
      stripe.paymentIntents.update(id, { amount: 100 }),
    ]) {
      expect(await stripeError(call)).toMatchObject({
        statusCode: 400,
        message: expect.stringContaining('Expire the Checkout Session instead'),
      });
    }
    await stripe.checkout.sessions.expire(session.id);
    expect((await stripe.paymentIntents.retrieve(id)).status).toBe('canceled');
    const late = stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' });
    expect(await stripeError(late)).toMatchObject({ code: 'payment_intent_unexpected_state' });
  });
});

describe('updating', () => {
  test('changes what is named and merges the metadata', async () => {
    const { stripe } = await start();
    const customer = await stripe.customers.create();
    const { id } = await stripe.paymentIntents.create(
      intentParameters({ metadata: { a: '1', b: '2' }, receipt_email: 'ana@example.com', description: 'One' }),
    );
    const updated = await stripe.paymentIntents.update(id, {
      amount: 3000,
      currency: 'usd',
      customer: customer.id,
      metadata: { b: '', c: '3' },
      receipt_email: '',
      payment_method: 'pm_card_visa',
    });
    expect(updated).toMatchObject({
      amount: 3000,
      currency: 'usd',
      customer: customer.id,
      description: 'One',
      metadata: { a: '1', c: '3' },
      receipt_email: null,
      status: 'requires_confirmation',
    });
    expect(updated.metadata).not.toHaveProperty('b');
    expect((await stripe.paymentIntents.confirm(id)).amount_received).toBe(3000);
  });

  test('checks amount and customer', async () => {
    const { stripe } = await start();
    const { id } = await stripe.paymentIntents.create(intentParameters());
    expect((await stripeError(stripe.paymentIntents.update(id, { amount: 1 }))).code).toBe('amount_too_small');
    expect((await stripeError(stripe.paymentIntents.update(id, { customer: 'cus_none' }))).param).toBe('customer');
  });

  test('after the payment concerns its words only', async () => {
    const { stripe } = await start();
    const { id } = await stripe.paymentIntents.create(confirmed('pm_card_visa'));
    const error = await stripeError(stripe.paymentIntents.update(id, { amount: 3000 }));
    expect(error).toMatchObject({ statusCode: 400, code: 'payment_intent_unexpected_state' });
    expect(await stripe.paymentIntents.update(id, { description: 'Later' })).toMatchObject({ description: 'Later' });
  });
});

test('are listed by customer, and expand to what they name', async () => {
  const { stripe } = await start();
  const customer = await stripe.customers.create({ name: 'Ana' });
  await stripe.paymentIntents.create(intentParameters());
  const { id } = await stripe.paymentIntents.create(confirmed('pm_card_visa', { customer: customer.id }));
  const { data } = await stripe.paymentIntents.list({
    customer: customer.id,
    expand: ['data.customer', 'data.latest_charge.payment_intent', 'data.payment_method'],
  });
  expect(data).toMatchObject([
    {
      id,
      customer: { name: 'Ana' },
      latest_charge: { payment_intent: { id } },
      payment_method: { card: { last4: '4242' } },
    },
  ]);
});

describe('charges', () => {
  test('are listed by customer, payment, group and time', async () => {
    const clock = new TestClock();
    const { stripe } = await start({ clock });
    const customer = await stripe.customers.create();
    const pay = (changes: Partial<CreateParameters>) =>
      stripe.paymentIntents.create(confirmed('pm_card_visa', changes));
    const first = await pay({ customer: customer.id });
    clock.advanceSeconds(10);
    const second = await pay({ transfer_group: 'group' });
    const charges = async (filter: Stripe.ChargeListParams) =>
      (await stripe.charges.list(filter)).data.map(({ payment_intent: intent }) => intent);
    expect(await charges({})).toEqual([second.id, first.id]);
    expect(await charges({ customer: customer.id })).toEqual([first.id]);
    expect(await charges({ payment_intent: second.id })).toEqual([second.id]);
    expect(await charges({ transfer_group: 'group' })).toEqual([second.id]);
    expect(await charges({ created: { lt: clock.seconds() } })).toEqual([first.id]);
  });

  test('are updated, with an event that tells what was', async () => {
    const { stripe } = await start();
    const customer = await stripe.customers.create();
    const { latest_charge: id } = await stripe.paymentIntents.create(
      confirmed('pm_card_visa', { metadata: { a: '1' } }),
    );
    const charge = await stripe.charges.update(String(id), {
      customer: customer.id,
      description: 'New',
      fraud_details: { user_report: 'safe' },
      metadata: { b: '2' },
      receipt_email: 'ana@example.com',
      shipping: { name: 'Ana', address: { line1: '1 rue X' } },
      transfer_group: 'group',
    });
    expect(charge).toMatchObject({
      customer: customer.id,
      description: 'New',
      fraud_details: { user_report: 'safe' },
      metadata: { a: '1', b: '2' },
      receipt_email: 'ana@example.com',
      shipping: { name: 'Ana', address: { line1: '1 rue X' } },
      transfer_group: 'group',
    });
    const event = (await stripe.events.list({ type: 'charge.updated' })).data[0];
    expect(event?.data.previous_attributes).toMatchObject({ customer: null, description: null, metadata: { a: '1' } });
    const other = await stripe.customers.create();
    const error = await stripeError(stripe.charges.update(charge.id, { customer: other.id }));
    expect(error).toMatchObject({ statusCode: 400, param: 'customer' });
  });

  test('that failed, or of which the payment is forgotten, cannot be captured', async () => {
    const { stripe } = await start({ maxObjects: 2 });
    const declined = await stripeError(stripe.paymentIntents.create(confirmed('pm_card_visa_chargeDeclined')));
    expect(await stripeError(stripe.charges.capture(String(declined.charge)))).toMatchObject({
      statusCode: 400,
      message: expect.stringContaining('failed'),
    });
    for (const amount of [1000, 2000]) await stripe.paymentIntents.create(intentParameters({ amount }));
    expect((await stripeError(stripe.charges.capture(String(declined.charge)))).statusCode).toBe(400);
  });
});

test('PaymentIntents that do not exist can be nothing', async () => {
  const { stripe } = await start();
  for (const call of [
    stripe.paymentIntents.confirm('pi_none'),
    stripe.paymentIntents.update('pi_none', {}),
    stripe.charges.update('ch_none', {}),
  ]) {
    expect(await stripeError(call)).toMatchObject({ statusCode: 404, code: 'resource_missing' });
  }
});

test('a card paid by number on the page is a payment method like any other', async () => {
  const { stripe } = await start();
  const session = await stripe.checkout.sessions.create(sessionParameters({ customer_email: 'ana@example.com' }));
  await submitCard(session, PAID_CARD);
  const { payment_method: id } = await paymentOf(stripe, session.id);
  expect(await stripe.paymentMethods.retrieve(String(id))).toMatchObject({
    billing_details: { email: 'ana@example.com' },
    card: { last4: '4242' },
    customer: null,
  });
});

test.each<[string, CreateParameters]>([
  ['off_session', intentParameters({ off_session: true })],
  ['off_session', intentParameters({ off_session: true, confirm: false })],
])('%s asks for a confirmation at once', async (param, parameters) => {
  const { stripe } = await start();
  const error = await stripeError(stripe.paymentIntents.create(parameters));
  expect(error).toMatchObject({ statusCode: 400, param });
  expect((await stripe.paymentIntents.list()).data).toEqual([]);
  expect(await stripe.paymentIntents.create(intentParameters({ off_session: false }))).toMatchObject({ amount: 2000 });
});

test('automatic payment methods are either enabled or not', async () => {
  const { simulator } = await start();
  const body = 'amount=2000&currency=eur&automatic_payment_methods[allow_redirects]=never';
  const answer = await rawPost(simulator, '/v1/payment_intents', body);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({
    error: { code: 'parameter_missing', param: 'automatic_payment_methods[enabled]' },
  });
});
