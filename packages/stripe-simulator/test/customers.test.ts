/** Customers and their payment methods. */
import { describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import {
  eventTypes,
  latestEventObject,
  PAID_CARD,
  sessionParameters,
  start,
  stripeError,
  submitCard,
  TestClock,
} from './support.js';

describe('a customer', () => {
  test('is created with every field, null where there is nothing', async () => {
    const { stripe } = await start();
    const customer = await stripe.customers.create({
      address: { city: 'Paris' },
      description: 'Regular',
      email: 'ana@example.com',
      metadata: { shop: '1' },
      name: 'Ana',
      next_invoice_sequence: 5,
      phone: '+33612345678',
      preferred_locales: ['fr'],
      shipping: { name: 'Ana', address: { line1: '1 rue X' } },
      tax_exempt: 'exempt',
    });
    expect(customer).toMatchObject({
      id: expect.stringMatching(/^cus_[A-Za-z0-9]{14}$/),
      object: 'customer',
      address: { city: 'Paris', line1: null },
      balance: 0,
      default_source: null,
      description: 'Regular',
      email: 'ana@example.com',
      invoice_prefix: expect.stringMatching(/^[A-Z0-9]{8}$/),
      invoice_settings: { default_payment_method: null },
      metadata: { shop: '1' },
      name: 'Ana',
      next_invoice_sequence: 5,
      phone: '+33612345678',
      preferred_locales: ['fr'],
      shipping: { name: 'Ana', address: { line1: '1 rue X', city: null } },
      tax_exempt: 'exempt',
    });
    expect(await stripe.customers.retrieve(customer.id)).toEqual(expect.objectContaining({ id: customer.id }));
    expect(await latestEventObject(stripe, 'customer.created')).toMatchObject({ id: customer.id });
  });

  test('is updated, with an event only when something changed', async () => {
    const { stripe } = await start();
    const { id } = await stripe.customers.create({ email: 'ana@example.com', name: 'Ana', metadata: { a: '1' } });
    await stripe.customers.update(id, { name: 'Ana' });
    expect(await eventTypes(stripe)).toEqual(['customer.created']);
    const updated = await stripe.customers.update(id, { email: '', name: 'Anne', metadata: { b: '2' } });
    expect(updated).toMatchObject({ email: null, name: 'Anne', metadata: { a: '1', b: '2' } });
    const event = (await stripe.events.list({ type: 'customer.updated' })).data[0];
    expect(event?.data.previous_attributes).toEqual({ email: 'ana@example.com', name: 'Ana', metadata: { a: '1' } });
  });

  test('is found by e-mail and time', async () => {
    const clock = new TestClock();
    const { stripe } = await start({ clock });
    const ana = await stripe.customers.create({ email: 'ana@example.com' });
    clock.advanceSeconds(10);
    const bob = await stripe.customers.create({ email: 'bob@example.com' });
    const ids = async (filter: Stripe.CustomerListParams) =>
      (await stripe.customers.list(filter)).data.map(({ id }) => id);
    expect(await ids({})).toEqual([bob.id, ana.id]);
    expect(await ids({ email: 'ana@example.com' })).toEqual([ana.id]);
    expect(await ids({ created: { gte: clock.seconds() } })).toEqual([bob.id]);
  });

  test('that is deleted is known as such, and can be used no more', async () => {
    const { stripe } = await start();
    const { id } = await stripe.customers.create({ email: 'ana@example.com' });
    const method = await stripe.paymentMethods.attach('pm_card_visa', { customer: id });
    expect(await stripe.customers.del(id)).toMatchObject({ id, object: 'customer', deleted: true });
    expect(await stripe.customers.retrieve(id)).toMatchObject({ id, deleted: true });
    expect((await stripe.customers.list()).data).toEqual([]);
    expect((await stripe.paymentMethods.retrieve(method.id)).customer).toBeNull();
    expect(await latestEventObject(stripe, 'customer.deleted')).toMatchObject({ id, email: 'ana@example.com' });
    for (const call of [
      stripe.customers.update(id, {}),
      stripe.customers.del(id),
      stripe.customers.listPaymentMethods(id),
      stripe.checkout.sessions.create(sessionParameters({ customer: id })),
      stripe.paymentIntents.create({ amount: 1000, currency: 'eur', customer: id }),
    ]) {
      expect(await stripeError(call)).toMatchObject({ code: 'resource_missing' });
    }
  });

  test('may be deleted while their session is open, which they can still pay', async () => {
    const { stripe } = await start();
    const { id } = await stripe.customers.create({ email: 'ana@example.com' });
    const payment_intent_data = { setup_future_usage: 'off_session' as const };
    const session = await stripe.checkout.sessions.create(sessionParameters({ customer: id, payment_intent_data }));
    await stripe.customers.del(id);
    expect((await submitCard(session, PAID_CARD)).status).toBe(303);
    const paid = await stripe.checkout.sessions.retrieve(session.id, { expand: ['customer'] });
    expect(paid).toMatchObject({ status: 'complete', customer: { id, deleted: true } });
    expect(await eventTypes(stripe)).not.toContain('payment_method.attached');
  });

  test('is created with a payment method of its own', async () => {
    const { stripe } = await start();
    const { id } = await stripe.customers.create({ payment_method: 'pm_card_visa' });
    expect((await stripe.customers.listPaymentMethods(id)).data).toMatchObject([{ customer: id, type: 'card' }]);
    expect(await eventTypes(stripe)).toEqual(['customer.created', 'payment_method.attached']);
  });

  test('that does not exist is missing by name', async () => {
    const { stripe } = await start();
    expect(await stripeError(stripe.customers.retrieve('cus_none'))).toMatchObject({
      statusCode: 404,
      message: "No such customer: 'cus_none'",
    });
    expect((await stripeError(stripe.customers.create({ email: 'nobody' }))).code).toBe('email_invalid');
  });
});

describe('a payment method', () => {
  const card = { number: '4000 0000 0000 0002', exp_month: 9, exp_year: 2090, cvc: '123' };

  test('is a card by its number', async () => {
    const { stripe } = await start();
    const method = await stripe.paymentMethods.create({
      type: 'card',
      card,
      allow_redisplay: 'always',
      billing_details: { email: 'ana@example.com', name: 'Ana', address: { city: 'Paris' } },
      metadata: { a: '1' },
    });
    expect(method).toMatchObject({
      id: expect.stringMatching(/^pm_1[A-Za-z0-9]{23}$/),
      object: 'payment_method',
      allow_redisplay: 'always',
      billing_details: { email: 'ana@example.com', name: 'Ana', phone: null, address: { city: 'Paris', line1: null } },
      card: { brand: 'visa', last4: '0002', exp_month: 9, exp_year: 2090, funding: 'credit' },
      customer: null,
      metadata: { a: '1' },
      type: 'card',
    });
    expect(method).not.toHaveProperty('sepa_debit');
    expect(JSON.stringify(method)).not.toContain('4000000000000002');
  });

  test('is a card by its token, with the behaviour of that card', async () => {
    const { stripe } = await start();
    const method = await stripe.paymentMethods.create({ type: 'card', card: { token: 'tok_chargeDeclined' } });
    const error = await stripeError(
      stripe.paymentIntents.create({ amount: 1000, currency: 'eur', payment_method: method.id, confirm: true }),
    );
    expect(error).toMatchObject({ code: 'card_declined', decline_code: 'generic_decline' });
  });

  test('is an account by its IBAN', async () => {
    const { stripe } = await start();
    const method = await stripe.paymentMethods.create({
      type: 'sepa_debit',
      sepa_debit: { iban: 'at61 1904 3002 3457 3201' },
      billing_details: { name: 'Ana', email: 'ana@example.com' },
    });
    expect(method).toMatchObject({
      type: 'sepa_debit',
      sepa_debit: { bank_code: '19043', country: 'AT', last4: '3201' },
    });
    expect(method).not.toHaveProperty('card');
  });

  const person = { name: 'Ana', email: 'ana@example.com' };
  test.each<[string, Stripe.PaymentMethodCreateParams, object]>([
    ['no type', { card }, { statusCode: 400, param: 'type' }],
    ['another type', { type: 'paypal' }, { param: 'type', message: expect.stringContaining('does not implement') }],
    ['no card', { type: 'card' }, { param: 'card', code: 'parameter_missing' }],
    ['no number', { type: 'card', card: { exp_month: 1, exp_year: 2090 } }, { param: 'card[number]' }],
    ['no month', { type: 'card', card: { number: '4242424242424242', exp_year: 2090 } }, { param: 'card[exp_month]' }],
    ['no year', { type: 'card', card: { number: '4242424242424242', exp_month: 1 } }, { param: 'card[exp_year]' }],
    [
      'a wrong number',
      { type: 'card', card: { ...card, number: '4242424242424241' } },
      { statusCode: 402, code: 'incorrect_number' },
    ],
    [
      'an unknown number',
      { type: 'card', card: { ...card, number: '4111111111111111' } },
      { param: 'card[number]', message: expect.stringContaining('does not implement') },
    ],
    [
      'a past year',
      { type: 'card', card: { ...card, exp_year: 2020 } },
      { statusCode: 402, code: 'invalid_expiry_year' },
    ],
    [
      'an unknown token',
      { type: 'card', card: { token: 'tok_none' } },
      { code: 'resource_missing', param: 'card[token]' },
    ],
    ['no account', { type: 'sepa_debit', billing_details: person }, { param: 'sepa_debit' }],
    [
      'no name',
      { type: 'sepa_debit', sepa_debit: { iban: 'AT611904300234573201' } },
      { param: 'billing_details[name]' },
    ],
    [
      'no e-mail',
      { type: 'sepa_debit', sepa_debit: { iban: 'AT611904300234573201' }, billing_details: { name: 'Ana' } },
      { param: 'billing_details[email]' },
    ],
    [
      'no IBAN',
      { type: 'sepa_debit', sepa_debit: { iban: '123' }, billing_details: person },
      { code: 'invalid_bank_account_iban' },
    ],
    [
      'an unknown IBAN',
      { type: 'sepa_debit', sepa_debit: { iban: 'DE75512108001245126199' }, billing_details: person },
      { param: 'sepa_debit[iban]' },
    ],
  ])('is rejected with %s', async (_what, parameters, expected) => {
    const { stripe } = await start();
    expect(await stripeError(stripe.paymentMethods.create(parameters))).toMatchObject(expected);
  });

  test('is attached to one customer, and detached', async () => {
    const { stripe } = await start();
    const [ana, bob] = [await stripe.customers.create(), await stripe.customers.create()];
    const { id } = await stripe.paymentMethods.create({ type: 'card', card: { token: 'tok_visa' } });
    expect(await stripe.paymentMethods.attach(id, { customer: ana.id })).toMatchObject({ id, customer: ana.id });
    await stripe.paymentMethods.attach(id, { customer: ana.id });
    const taken = await stripeError(stripe.paymentMethods.attach(id, { customer: bob.id }));
    expect(taken).toMatchObject({ statusCode: 400, code: 'payment_method_unexpected_state' });
    const expanded = await stripe.paymentMethods.retrieve(id, { expand: ['customer'] });
    expect(expanded.customer).toMatchObject({ id: ana.id, object: 'customer' });
    expect((await stripe.paymentMethods.detach(id)).customer).toBeNull();
    for (const again of [stripe.paymentMethods.detach(id), stripe.paymentMethods.attach(id, { customer: ana.id })]) {
      const error = await stripeError(again);
      expect(error).toMatchObject({ statusCode: 400, rawType: 'invalid_request_error' });
      expect([error.code, error.param]).toEqual([undefined, undefined]);
    }
    expect((await eventTypes(stripe)).slice(2)).toEqual(['payment_method.attached', 'payment_method.detached']);
  });

  test('is updated once it is attached', async () => {
    const { stripe } = await start();
    const customer = await stripe.customers.create();
    const { id } = await stripe.paymentMethods.create({
      type: 'card',
      card: { token: 'tok_visa' },
      billing_details: { name: 'Ana', phone: '1' },
    });
    expect((await stripeError(stripe.paymentMethods.update(id, {}))).statusCode).toBe(400);
    await stripe.paymentMethods.attach(id, { customer: customer.id });
    const updated = await stripe.paymentMethods.update(id, {
      allow_redisplay: 'limited',
      billing_details: { name: 'Anne', phone: '' },
      card: { exp_month: 2, exp_year: 2088 },
      metadata: { a: '1' },
    });
    expect(updated).toMatchObject({
      allow_redisplay: 'limited',
      billing_details: { name: 'Anne', phone: null },
      card: { exp_month: 2, exp_year: 2088, last4: '4242' },
      metadata: { a: '1' },
    });
    expect(await eventTypes(stripe)).toContain('payment_method.updated');
  });

  test('that is no card has none to update', async () => {
    const { stripe } = await start();
    const customer = await stripe.customers.create();
    const { id } = await stripe.paymentMethods.create({
      type: 'sepa_debit',
      sepa_debit: { iban: 'AT611904300234573201' },
      billing_details: person,
    });
    await stripe.paymentMethods.attach(id, { customer: customer.id });
    await stripe.paymentMethods.update(id, {});
    expect(await eventTypes(stripe)).not.toContain('payment_method.updated');
    const error = await stripeError(stripe.paymentMethods.update(id, { card: { exp_month: 2 } }));
    expect(error).toMatchObject({ statusCode: 400, param: 'card' });
    const named = await stripe.paymentMethods.update(id, { billing_details: { name: 'Anne' } });
    expect(named.billing_details.name).toBe('Anne');
  });

  test('is listed by customer, type and display', async () => {
    const { stripe } = await start();
    const customer = await stripe.customers.create();
    const attached = await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id });
    await stripe.paymentMethods.create({ type: 'card', card: { token: 'tok_visa' }, allow_redisplay: 'always' });
    const count = async (filter: Stripe.PaymentMethodListParams) =>
      (await stripe.paymentMethods.list(filter)).data.length;
    expect(await count({})).toBe(2);
    expect((await stripe.paymentMethods.list({ customer: customer.id })).data).toMatchObject([{ id: attached.id }]);
    expect(await count({ type: 'sepa_debit' })).toBe(0);
    expect(await count({ allow_redisplay: 'always' })).toBe(1);
    expect((await stripeError(stripe.paymentMethods.list({ customer: 'cus_none' }))).param).toBe('customer');
    expect((await stripe.customers.listPaymentMethods(customer.id, { type: 'card' })).data).toHaveLength(1);
  });

  test('that does not exist is missing by name', async () => {
    const { stripe } = await start();
    expect(await stripeError(stripe.paymentMethods.retrieve('pm_none'))).toMatchObject({
      statusCode: 404,
      message: "No such PaymentMethod: 'pm_none'",
    });
  });
});
