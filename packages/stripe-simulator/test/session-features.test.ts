/** What a session can ask for beyond a payment: a customer, a phone, an address, and a second chance. */
import { describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import {
  chargeOf,
  DECLINED_CARD,
  eventTypes,
  PAID_CARD,
  paymentOf,
  sessionParameters,
  start,
  stripeError,
  submitCard,
} from './support.js';

describe('the customer of a session', () => {
  test('lends it their e-mail address and gets its payment', async () => {
    const { stripe } = await start();
    const customer = await stripe.customers.create({ email: 'ana@example.com', name: 'Ana' });
    const session = await stripe.checkout.sessions.create(sessionParameters({ customer: customer.id }));
    expect(session).toMatchObject({
      customer: customer.id,
      customer_creation: null,
      customer_email: null,
      customer_details: { email: 'ana@example.com' },
    });
    await submitCard(session, PAID_CARD, { email: 'other@example.com' });
    const paid = await stripe.checkout.sessions.retrieve(session.id, { expand: ['customer'] });
    expect(paid).toMatchObject({ customer: { name: 'Ana' }, customer_details: { email: 'ana@example.com' } });
    const intent = await paymentOf(stripe, session.id);
    expect(intent.customer).toBe(customer.id);
    expect((await chargeOf(stripe, intent)).customer).toBe(customer.id);
    expect((await stripe.customers.listPaymentMethods(customer.id)).data).toEqual([]);
  });

  test('is created when the session always wants one, once for all attempts', async () => {
    const { stripe } = await start();
    const session = await stripe.checkout.sessions.create(sessionParameters({ customer_creation: 'always' }));
    expect(session.customer).toBeNull();
    await submitCard(session, DECLINED_CARD);
    await submitCard(session, PAID_CARD, { email: 'ana@example.com', name: 'Ana' });
    const { data } = await stripe.customers.list();
    expect(data).toMatchObject([{ object: 'customer' }]);
    expect((await stripe.checkout.sessions.retrieve(session.id)).customer).toBe(data[0]?.id);
    expect((await paymentOf(stripe, session.id)).customer).toBe(data[0]?.id);
    expect((await eventTypes(stripe)).filter((type) => type === 'customer.created')).toHaveLength(1);
  });

  test('is not created otherwise', async () => {
    const { stripe } = await start();
    const session = await stripe.checkout.sessions.create(sessionParameters());
    await submitCard(session, PAID_CARD);
    expect((await stripe.customers.list()).data).toEqual([]);
    expect((await stripe.checkout.sessions.retrieve(session.id)).customer).toBeNull();
  });

  test.each<[string, Partial<Stripe.Checkout.SessionCreateParams>]>([
    ['customer_email', { customer_email: 'ana@example.com' }],
    ['customer_creation', { customer_creation: 'always' }],
  ])('is not named together with %s', async (param, changes) => {
    const { stripe } = await start();
    const { id } = await stripe.customers.create();
    const error = await stripeError(stripe.checkout.sessions.create(sessionParameters({ customer: id, ...changes })));
    expect(error).toMatchObject({ statusCode: 400, param });
  });

  test('and their e-mail address find the session', async () => {
    const { stripe } = await start();
    const customer = await stripe.customers.create({ email: 'ana@example.com' });
    const own = await stripe.checkout.sessions.create(sessionParameters({ customer: customer.id }));
    const other = await stripe.checkout.sessions.create(sessionParameters({ customer_email: 'bob@example.com' }));
    await stripe.checkout.sessions.create(sessionParameters());
    const ids = async (filter: Stripe.Checkout.SessionListParams) =>
      (await stripe.checkout.sessions.list(filter)).data.map(({ id }) => id);
    expect(await ids({ customer: customer.id })).toEqual([own.id]);
    expect(await ids({ customer_details: { email: 'bob@example.com' } })).toEqual([other.id]);
  });
});

test('collects a phone number and a shipping address, for session and payment', async () => {
  const { stripe } = await start();
  const session = await stripe.checkout.sessions.create(
    sessionParameters({
      phone_number_collection: { enabled: true },
      shipping_address_collection: { allowed_countries: ['FR', 'BE'] },
    }),
  );
  expect(session).toMatchObject({
    phone_number_collection: { enabled: true },
    shipping_address_collection: { allowed_countries: ['FR', 'BE'] },
  });
  const address = { line1: '1 rue X', postal_code: '1000', city: 'Bruxelles', country: 'BE' };
  const fields = Object.fromEntries(Object.entries(address).map(([name, value]) => [`shipping_${name}`, value]));
  await submitCard(session, DECLINED_CARD);
  await submitCard(session, PAID_CARD, { phone: '+3221234567', shipping_name: 'Bob', ...fields });
  expect(await stripe.checkout.sessions.retrieve(session.id)).toMatchObject({
    collected_information: { shipping_details: { name: 'Bob', address } },
    customer_details: { phone: '+3221234567' },
  });
  const intent = await paymentOf(stripe, session.id);
  expect(intent.shipping).toMatchObject({ name: 'Bob', address });
  expect((await chargeOf(stripe, intent)).shipping).toMatchObject({ name: 'Bob', address });
});

test('refuses to ship where Stripe does not', async () => {
  const { stripe } = await start();
  const shipping_address_collection = { allowed_countries: ['KP'] };
  const error = await stripeError(stripe.checkout.sessions.create(sessionParameters({ shipping_address_collection })));
  expect(error).toMatchObject({ statusCode: 400, param: 'shipping_address_collection[allowed_countries][0]' });
});

describe('a session that lets itself be recovered', () => {
  const parameters = sessionParameters({
    after_expiration: { recovery: { enabled: true, allow_promotion_codes: true } },
    client_reference_id: 'order-1',
    customer_email: 'ana@example.com',
    metadata: { order: '1' },
  });

  async function expired(stripe: Stripe, changes: Partial<Stripe.Checkout.SessionCreateParams> = {}) {
    const { id } = await stripe.checkout.sessions.create({ ...parameters, ...changes });
    return stripe.checkout.sessions.expire(id);
  }

  const recoveryOf = (session: Stripe.Checkout.Session) => String(session.after_expiration?.recovery?.url);

  test('has an address for it once it expired, good for 30 days', async () => {
    const { simulator, stripe } = await start();
    simulator.clock.freeze();
    const session = await stripe.checkout.sessions.create(parameters);
    const recovery = { allow_promotion_codes: true, enabled: true, expires_at: null, url: null };
    expect(session.after_expiration).toEqual({ recovery });
    const { after_expiration: after } = await stripe.checkout.sessions.expire(session.id);
    const days30 = Math.floor(simulator.clock.now().getTime() / 1000) + 30 * 24 * 60 * 60;
    expect(after?.recovery).toMatchObject({
      expires_at: days30,
      url: expect.stringContaining(`${simulator.url}/c/recover/`),
    });
  });

  test('leads to a copy that can be paid', async () => {
    const { simulator, stripe } = await start();
    const session = await expired(stripe);
    const visit = await fetch(recoveryOf(session), { redirect: 'manual' });
    expect(visit.status).toBe(303);
    const [copy] = (await stripe.checkout.sessions.list({ status: 'open' })).data;
    expect(visit.headers.get('location')).toBe(`/c/pay/${copy?.id}`);
    expect(copy).toMatchObject({
      after_expiration: { recovery: { enabled: true, url: null, expires_at: null } },
      allow_promotion_codes: true,
      amount_total: 1250,
      client_reference_id: 'order-1',
      customer_email: 'ana@example.com',
      metadata: { order: '1' },
      payment_intent: null,
      recovered_from: session.id,
      url: `${simulator.url}/c/pay/${copy?.id}`,
    });
    expect((await submitCard({ url: copy?.url ?? null }, PAID_CARD)).status).toBe(303);
    expect((await stripe.checkout.sessions.listLineItems(String(copy?.id))).data).toMatchObject([
      { description: 'Coffee' },
    ]);
  });

  test('does so no more after 30 days', async () => {
    const { simulator, stripe } = await start();
    simulator.clock.freeze();
    const session = await expired(stripe);
    await simulator.clock.advance(30 * 24 * 60 * 60 + 1);
    expect((await fetch(recoveryOf(session), { redirect: 'manual' })).status).toBe(410);
  });

  test.each([
    ['switched off', { recovery: { enabled: false } }],
    ['not asked for', {}],
  ])('does not do so when that is %s', async (_what, after_expiration) => {
    const { simulator, stripe } = await start();
    const session = await expired(stripe, { after_expiration });
    expect(session.after_expiration?.recovery?.url ?? null).toBeNull();
    expect((await fetch(`${simulator.url}/c/recover/${session.id}`, { redirect: 'manual' })).status).toBe(410);
  });

  test('is unknown by another name', async () => {
    const { simulator } = await start();
    expect((await fetch(`${simulator.url}/c/recover/cs_none`)).status).toBe(404);
  });
});

describe('updating a session', () => {
  test('merges the metadata, also after the payment', async () => {
    const { stripe } = await start();
    const session = await stripe.checkout.sessions.create(sessionParameters({ metadata: { a: '1', b: '2' } }));
    await submitCard(session, PAID_CARD);
    const { metadata } = await stripe.checkout.sessions.update(session.id, { metadata: { b: '', c: '3' } });
    expect(metadata).toEqual({ a: '1', c: '3' });
    expect((await stripe.checkout.sessions.update(session.id, { metadata: '' })).metadata).toEqual({});
  });

  test('changes what the PaymentIntent will be', async () => {
    const { stripe } = await start();
    const session = await stripe.checkout.sessions.create(
      sessionParameters({
        payment_intent_data: { description: 'One', metadata: { a: '1' }, statement_descriptor: 'SHOP' },
      }),
    );
    await stripe.checkout.sessions.update(session.id, {
      payment_intent_data: { description: 'Two', metadata: { b: '2' }, statement_descriptor: '' },
    });
    await submitCard(session, PAID_CARD);
    expect(await paymentOf(stripe, session.id)).toMatchObject({
      description: 'Two',
      metadata: { a: '1', b: '2' },
      statement_descriptor: null,
    });
    const late = stripe.checkout.sessions.update(session.id, { payment_intent_data: { description: 'Three' } });
    expect((await stripeError(late)).statusCode).toBe(400);
  });

  test('that does not exist is rejected', async () => {
    const { stripe } = await start();
    expect((await stripeError(stripe.checkout.sessions.update('cs_none', {}))).statusCode).toBe(404);
  });
});
