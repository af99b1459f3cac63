/** Cards whose bank asks for the buyer: the challenge, and what becomes of the payment meanwhile. */
import { describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import {
  chargeOf,
  DECLINED_CARD,
  eventTypes,
  PAID_CARD,
  pageUrl,
  paymentOf,
  sessionParameters,
  start,
  submitCard,
} from './support.js';

const CARD = '4000002760003184';

function answerChallenge(session: { url: string | null }, outcome: string): Promise<Response> {
  const body = new URLSearchParams({ outcome });
  return fetch(`${pageUrl(session)}/authenticate`, { method: 'POST', body, redirect: 'manual' });
}

function visitChallenge(session: { url: string | null }): Promise<Response> {
  return fetch(`${pageUrl(session)}/authenticate`, { redirect: 'manual' });
}

function successOf(session: Stripe.Checkout.Session): string {
  return `http://localhost:3000/success?session_id=${session.id}`;
}

describe('a card that its bank wants authenticated', () => {
  test('sends the buyer to the challenge, with the session still open', async () => {
    const { stripe } = await start();
    const session = await stripe.checkout.sessions.create(sessionParameters());
    const submitted = await submitCard(session, CARD);
    expect([submitted.status, submitted.headers.get('location')]).toEqual([303, `/c/pay/${session.id}/authenticate`]);
    expect(await stripe.checkout.sessions.retrieve(session.id)).toMatchObject({
      status: 'open',
      payment_status: 'unpaid',
    });
    const intent = await paymentOf(stripe, session.id);
    expect(intent).toMatchObject({
      status: 'requires_action',
      next_action: { type: 'use_stripe_sdk' },
      latest_charge: null,
      payment_method: expect.stringMatching(/^pm_1/),
    });
    expect(await eventTypes(stripe)).toEqual(['payment_intent.created', 'payment_intent.requires_action']);
    const page = await visitChallenge(session);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('value="complete"');
  });

  test('pays once the challenge is completed', async () => {
    const { stripe } = await start();
    const session = await stripe.checkout.sessions.create(sessionParameters());
    await submitCard(session, CARD);
    const answer = await answerChallenge(session, 'complete');
    expect([answer.status, answer.headers.get('location')]).toEqual([303, successOf(session)]);
    expect(await stripe.checkout.sessions.retrieve(session.id)).toMatchObject({
      status: 'complete',
      payment_status: 'paid',
      customer_details: { email: 'buyer@example.com' },
    });
    const intent = await paymentOf(stripe, session.id);
    expect(intent).toMatchObject({ status: 'succeeded', next_action: null });
    const charge = await chargeOf(stripe, intent);
    expect(charge.payment_method_details?.card?.three_d_secure).toMatchObject({ result: 'authenticated' });
    expect(await eventTypes(stripe)).toEqual([
      'payment_intent.created',
      'payment_intent.requires_action',
      'charge.succeeded',
      'payment_intent.succeeded',
      'checkout.session.completed',
      'charge.updated',
    ]);
  });

  test('is declined when the challenge fails, without a charge, and can be followed by another', async () => {
    const { stripe } = await start();
    const session = await stripe.checkout.sessions.create(sessionParameters());
    await submitCard(session, CARD);
    expect((await answerChallenge(session, 'fail')).status).toBe(402);
    const failed = await paymentOf(stripe, session.id);
    expect(failed).toMatchObject({
      status: 'requires_payment_method',
      latest_charge: null,
      next_action: null,
      payment_method: null,
      last_payment_error: {
        code: 'payment_intent_authentication_failure',
        type: 'invalid_request_error',
        payment_method: { card: { last4: '3184' } },
      },
    });
    expect(await eventTypes(stripe)).toEqual([
      'payment_intent.created',
      'payment_intent.requires_action',
      'payment_intent.payment_failed',
    ]);
    await submitCard(session, PAID_CARD);
    expect(await paymentOf(stripe, session.id)).toMatchObject({ id: failed.id, status: 'succeeded' });
  });

  test.each([
    ['4000008400001629', 'generic_decline'],
    ['4000008260003178', 'insufficient_funds'],
  ])('%s is declined after the challenge with %s', async (number, declineCode) => {
    const { stripe } = await start();
    const session = await stripe.checkout.sessions.create(sessionParameters());
    await submitCard(session, number);
    expect((await answerChallenge(session, 'complete')).status).toBe(402);
    const intent = await paymentOf(stripe, session.id);
    expect(intent).toMatchObject({
      status: 'requires_payment_method',
      last_payment_error: { code: 'card_declined', decline_code: declineCode, charge: intent.latest_charge },
    });
    expect(await stripe.checkout.sessions.retrieve(session.id)).toMatchObject({ status: 'open' });
  });

  test.each(['4000002500003155', '4000000000003220'])('%s is one too', async (number) => {
    const { stripe } = await start();
    const session = await stripe.checkout.sessions.create(sessionParameters());
    await submitCard(session, number);
    expect((await paymentOf(stripe, session.id)).status).toBe('requires_action');
    await answerChallenge(session, 'complete');
    expect((await paymentOf(stripe, session.id)).status).toBe('succeeded');
  });
});

describe('meanwhile', () => {
  test('a second tab may pay with another card, and the challenge then leads to the shop', async () => {
    const { stripe } = await start();
    const session = await stripe.checkout.sessions.create(sessionParameters());
    await submitCard(session, CARD);
    await submitCard(session, PAID_CARD);
    const answer = await answerChallenge(session, 'complete');
    expect([answer.status, answer.headers.get('location')]).toEqual([303, successOf(session)]);
    expect((await visitChallenge(session)).headers.get('location')).toBe(successOf(session));
    expect((await eventTypes(stripe)).filter((type) => type === 'charge.succeeded')).toHaveLength(1);
    expect((await stripe.paymentIntents.list()).data).toHaveLength(1);
  });

  test('a second tab may be declined, and the challenge then leads back to the form', async () => {
    const { stripe } = await start();
    const session = await stripe.checkout.sessions.create(sessionParameters());
    await submitCard(session, CARD);
    await submitCard(session, DECLINED_CARD);
    const answer = await answerChallenge(session, 'complete');
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `/c/pay/${session.id}`]);
    expect((await visitChallenge(session)).headers.get('location')).toBe(`/c/pay/${session.id}`);
    expect(await paymentOf(stripe, session.id)).toMatchObject({ status: 'requires_payment_method' });
  });

  test('however often the challenge is answered, it pays once', async () => {
    const { stripe } = await start();
    const session = await stripe.checkout.sessions.create(sessionParameters());
    await submitCard(session, CARD);
    const answers = await Promise.all(Array.from({ length: 4 }, () => answerChallenge(session, 'complete')));
    expect(new Set(answers.map(({ headers }) => headers.get('location')))).toEqual(new Set([successOf(session)]));
    expect((await eventTypes(stripe)).filter((type) => type === 'charge.succeeded')).toHaveLength(1);
  });

  test('the session may be expired, and pays no more', async () => {
    const { stripe } = await start();
    const session = await stripe.checkout.sessions.create(sessionParameters());
    await submitCard(session, CARD);
    await stripe.checkout.sessions.expire(session.id);
    expect((await answerChallenge(session, 'complete')).status).toBe(410);
    expect((await paymentOf(stripe, session.id)).latest_charge).toBeNull();
  });

  test('the session may run out, and pays no more', async () => {
    const { simulator, stripe } = await start();
    simulator.clock.freeze();
    const session = await stripe.checkout.sessions.create(sessionParameters());
    await submitCard(session, CARD);
    await simulator.clock.advance(24 * 60 * 60);
    expect((await answerChallenge(session, 'complete')).status).toBe(410);
    expect((await eventTypes(stripe)).slice(-2)).toEqual(['checkout.session.expired', 'payment_intent.canceled']);
  });

  test('the card may be forgotten, and the challenge leads back to the form', async () => {
    const { stripe } = await start({ maxObjects: 1 });
    const session = await stripe.checkout.sessions.create(sessionParameters());
    await submitCard(session, CARD);
    await stripe.paymentMethods.create({ type: 'card', card: { token: 'tok_visa' } });
    expect((await answerChallenge(session, 'complete')).headers.get('location')).toBe(`/c/pay/${session.id}`);
  });
});

test('an answer that is none shows the challenge again, and other addresses below a session are unknown', async () => {
  const { stripe } = await start();
  const session = await stripe.checkout.sessions.create(sessionParameters());
  await submitCard(session, CARD);
  expect((await answerChallenge(session, 'maybe')).status).toBe(200);
  expect((await fetch(`${pageUrl(session)}/elsewhere`)).status).toBe(404);
  expect((await paymentOf(stripe, session.id)).status).toBe('requires_action');
});
