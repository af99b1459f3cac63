/** Sessions that save what the buyer pays with: whose it is then, of which type, and what it is good for later. */
import { describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import {
  chargeOf,
  eventTypes,
  PAID_CARD,
  pageUrl,
  paymentOf,
  sessionParameters,
  start,
  stripeError,
  submitCard,
} from './support.js';

type SessionParameters = Partial<Stripe.Checkout.SessionCreateParams>;

const SAVING: SessionParameters = {
  allowed_payment_method_types: ['card'],
  customer_creation: 'always',
  payment_intent_data: { setup_future_usage: 'off_session' },
};

function pressChallenge(session: Stripe.Checkout.Session, outcome: 'complete' | 'fail'): Promise<Response> {
  const body = new URLSearchParams({ outcome });
  return fetch(`${pageUrl(session)}/authenticate`, { method: 'POST', body, redirect: 'manual' });
}

function submitType(session: Stripe.Checkout.Session, type: string, fields = {}): Promise<Response> {
  const body = new URLSearchParams({ payment_method_type: type, name: 'Ana', ...fields });
  return fetch(pageUrl(session), { method: 'POST', body, redirect: 'manual' });
}

function hold(saved: { customer: string; payment_method: string }): Stripe.PaymentIntentCreateParams {
  return {
    ...{ amount: 20_000, currency: 'eur', allowed_payment_method_types: ['card'], ...saved },
    ...{ capture_method: 'manual', confirm: true, off_session: true },
  };
}

async function savedBy(stripe: Stripe, { id }: Stripe.Checkout.Session) {
  const { customer, payment_method: method } = await paymentOf(stripe, id);
  return { customer: String(customer), payment_method: String(method) };
}

describe('a session that saves a card', () => {
  test('has a customer afterwards, who owns the card', async () => {
    const { stripe } = await start();
    const session = await stripe.checkout.sessions.create(sessionParameters(SAVING));
    expect(session).toMatchObject({ customer: null, payment_method_types: ['card'], setup_intent: null });
    await submitCard(session, PAID_CARD, { email: 'ana@example.com', name: 'Ana' });
    const saved = await savedBy(stripe, session);
    expect(await stripe.checkout.sessions.retrieve(session.id)).toMatchObject({
      status: 'complete',
      payment_status: 'paid',
      customer: saved.customer,
      setup_intent: null,
    });
    expect(await stripe.customers.retrieve(saved.customer)).toMatchObject({ email: 'ana@example.com', name: 'Ana' });
    expect(await stripe.paymentMethods.retrieve(saved.payment_method)).toMatchObject({
      type: 'card',
      customer: saved.customer,
    });
    expect((await stripe.paymentIntents.create(hold(saved))).status).toBe('requires_capture');
  });

  test('saves it for the customer that it names', async () => {
    const { stripe } = await start();
    const { id: customer } = await stripe.customers.create({ email: 'ana@example.com' });
    const { customer_creation: _creation, ...saving } = SAVING;
    const session = await stripe.checkout.sessions.create(sessionParameters({ ...saving, customer }));
    await submitCard(session, PAID_CARD);
    expect((await savedBy(stripe, session)).customer).toBe(customer);
    expect((await stripe.customers.listPaymentMethods(customer)).data).toHaveLength(1);
    expect((await eventTypes(stripe)).filter((type) => type === 'customer.created')).toHaveLength(1);
  });

  test('asks 4000 0025 0000 3155 once: off-session it then pays, any number of times', async () => {
    const { stripe } = await start();
    const session = await stripe.checkout.sessions.create(sessionParameters(SAVING));
    await submitCard(session, '4000002500003155');
    await pressChallenge(session, 'complete');
    const saved = await savedBy(stripe, session);
    for (const _time of [1, 2]) {
      expect((await stripe.paymentIntents.create(hold(saved))).status).toBe('requires_capture');
    }
  });

  test('cannot make 4000 0027 6000 3184 pay off-session: it asks each time', async () => {
    const { stripe } = await start();
    const session = await stripe.checkout.sessions.create(sessionParameters(SAVING));
    await submitCard(session, '4000002760003184');
    await pressChallenge(session, 'complete');
    const error = await stripeError(stripe.paymentIntents.create(hold(await savedBy(stripe, session))));
    expect(error).toMatchObject({ statusCode: 402, code: 'authentication_required' });
  });

  test('saves none when the payment fails', async () => {
    const { stripe } = await start();
    const session = await stripe.checkout.sessions.create(sessionParameters(SAVING));
    await submitCard(session, '4000002500003155');
    await pressChallenge(session, 'fail');
    expect(await eventTypes(stripe)).not.toContain('payment_method.attached');
    expect((await stripe.checkout.sessions.retrieve(session.id)).status).toBe('open');
  });

  test('and only holds its amount completes unpaid, with the card saved', async () => {
    const { stripe } = await start();
    const payment_intent_data = { setup_future_usage: 'off_session', capture_method: 'manual' } as const;
    const session = await stripe.checkout.sessions.create(sessionParameters({ ...SAVING, payment_intent_data }));
    await submitCard(session, PAID_CARD);
    expect(await stripe.checkout.sessions.retrieve(session.id)).toMatchObject({
      status: 'complete',
      payment_status: 'unpaid',
    });
    expect((await paymentOf(stripe, session.id)).status).toBe('requires_capture');
    const saved = await savedBy(stripe, session);
    expect((await stripe.paymentMethods.retrieve(saved.payment_method)).customer).toBe(saved.customer);
  });
});

describe('of another type', () => {
  const { allowed_payment_method_types: _card, ...any } = SAVING;

  test('a debit is saved as what it is, and is no card', async () => {
    const { stripe } = await start();
    const session = await stripe.checkout.sessions.create(sessionParameters(any));
    await submitType(session, 'sepa_debit', { iban: 'AT611904300234573201' });
    const saved = await savedBy(stripe, session);
    expect(await stripe.paymentMethods.retrieve(saved.payment_method)).toMatchObject({
      type: 'sepa_debit',
      customer: saved.customer,
    });
    const error = await stripeError(stripe.paymentIntents.create(hold(saved)));
    expect(error).toMatchObject({ statusCode: 400, param: 'payment_method' });
  });

  test('Bancontact saves a SEPA debit, which is not what was paid with', async () => {
    const { stripe } = await start({ paymentMethodTypes: ['card', 'sepa_debit', 'bancontact'] });
    const session = await stripe.checkout.sessions.create(sessionParameters(any));
    expect(session.payment_method_types).toEqual(['card', 'sepa_debit', 'bancontact']);
    const submitted = await submitType(session, 'bancontact');
    expect(submitted.headers.get('location')).toBe(`/c/pay/${session.id}/authenticate`);
    await pressChallenge(session, 'complete');
    const intent = await paymentOf(stripe, session.id);
    expect(intent.status).toBe('succeeded');
    const saved = await savedBy(stripe, session);
    expect(await stripe.paymentMethods.retrieve(saved.payment_method)).toMatchObject({
      type: 'bancontact',
      customer: null,
    });
    const charge = await chargeOf(stripe, intent);
    const [debit] = (await stripe.customers.listPaymentMethods(saved.customer)).data;
    expect(debit).toMatchObject({ type: 'sepa_debit', sepa_debit: { generated_from: { charge: charge.id } } });
    expect(charge.payment_method_details).toMatchObject({
      type: 'bancontact',
      bancontact: { generated_sepa_debit: debit?.id, iban_last4: debit?.sepa_debit?.last4 },
    });
    expect((await stripeError(stripe.paymentIntents.create(hold(saved)))).statusCode).toBe(400);
    const later = await stripe.paymentIntents.create({
      ...{ amount: 1000, currency: 'eur', customer: saved.customer, payment_method: String(debit?.id) },
      ...{ confirm: true, off_session: true },
    });
    expect(later.status).toBe('processing');
  });

  test('Bancontact saves nothing that was not asked for, fails at the bank, and is not offered for a hold', async () => {
    const { stripe } = await start({ paymentMethodTypes: ['bancontact', 'card'] });
    const plain = await stripe.checkout.sessions.create(sessionParameters());
    await submitType(plain, 'bancontact');
    expect((await pressChallenge(plain, 'fail')).status).toBe(402);
    await submitType(plain, 'bancontact');
    await pressChallenge(plain, 'complete');
    const charge = await chargeOf(stripe, await paymentOf(stripe, plain.id));
    expect(charge.payment_method_details?.bancontact?.generated_sepa_debit).toBeNull();
    for (const payment_intent_data of [{ capture_method: 'manual' }, { setup_future_usage: 'on_session' }] as const) {
      const session = await stripe.checkout.sessions.create(sessionParameters({ payment_intent_data }));
      expect(session.payment_method_types).toEqual(['card']);
    }
  });
});
