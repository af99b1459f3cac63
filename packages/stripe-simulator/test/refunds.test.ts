/** Money going back: what may be refunded, what the charge says of it, and what becomes of a refund later. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type Stripe from 'stripe';
import { sessionParameters, start, startReceiver, stripeError, submitCard } from './support.js';

const PENDING_REFUND_CARD = '4000000000007726';
const FAILING_REFUND_CARD = '4000000000005126';
const SETTLED_SECONDS = 10;

async function paid(card = '4242424242424242', options: Parameters<typeof start>[0] = {}) {
  const context = await start(options);
  context.simulator.clock.freeze();
  const session = await context.stripe.checkout.sessions.create(sessionParameters());
  await submitCard(session, card);
  const { payment_intent: id } = await context.stripe.checkout.sessions.retrieve(session.id);
  const paymentIntent = await context.stripe.paymentIntents.retrieve(String(id), { expand: ['latest_charge'] });
  const charge = paymentIntent.latest_charge;
  if (charge === null || typeof charge === 'string') throw new Error('The payment has no charge.');
  return { ...context, paymentIntent, charge };
}

async function typesSince(stripe: Stripe, before: number): Promise<string[]> {
  const { data } = await stripe.events.list({ limit: 100 });
  return data
    .map(({ type }) => type)
    .reverse()
    .slice(before);
}

const eventCount = async (stripe: Stripe) => (await stripe.events.list({ limit: 100 })).data.length;

describe('A refund', () => {
  test('gives everything back, by payment intent or by charge, and shows on the charge', async () => {
    const { stripe, paymentIntent, charge } = await paid();
    const before = await eventCount(stripe);
    const refund = await stripe.refunds.create({
      payment_intent: paymentIntent.id,
      reason: 'requested_by_customer',
      metadata: { order: '1' },
    });
    expect(refund).toMatchObject({
      object: 'refund',
      amount: 1250,
      currency: 'eur',
      charge: charge.id,
      payment_intent: paymentIntent.id,
      status: 'succeeded',
      reason: 'requested_by_customer',
      metadata: { order: '1' },
      balance_transaction: expect.stringMatching(/^txn_/),
      destination_details: { type: 'card' },
      receipt_number: null,
    });
    expect(refund.id).toMatch(/^re_3/);
    expect(await stripe.charges.retrieve(charge.id)).toMatchObject({ amount_refunded: 1250, refunded: true });
    expect(await typesSince(stripe, before)).toEqual(['charge.refunded', 'refund.created']);
    const [told] = (await stripe.events.list({ type: 'charge.refunded' })).data;
    expect(told?.data).toMatchObject({
      object: { object: 'charge', amount_refunded: 1250 },
      previous_attributes: { amount_refunded: 0, refunded: false },
    });
  });

  test('of parts adds up, until nothing is left', async () => {
    const { stripe, charge } = await paid();
    await stripe.refunds.create({ charge: charge.id, amount: 250 });
    expect(await stripe.charges.retrieve(charge.id)).toMatchObject({ amount_refunded: 250, refunded: false });
    const tooMuch = await stripeError(stripe.refunds.create({ charge: charge.id, amount: 1001 }));
    expect(tooMuch).toMatchObject({ statusCode: 400, param: 'amount', code: undefined });
    expect(tooMuch.message).toBe('Refund amount (€10.01) is greater than unrefunded amount on charge (€10.00)');
    await stripe.refunds.create({ charge: charge.id });
    expect(await stripe.charges.retrieve(charge.id, { expand: ['refunds'] })).toMatchObject({
      amount_refunded: 1250,
      refunded: true,
      refunds: { data: [{ amount: 1000 }, { amount: 250 }] },
    });
    const again = await stripeError(stripe.refunds.create({ charge: charge.id }));
    expect(again).toMatchObject({ statusCode: 400, code: 'charge_already_refunded' });
  });

  test('is made once for an idempotency key', async () => {
    const { stripe, charge } = await paid();
    const create = () => stripe.refunds.create({ charge: charge.id, amount: 100 }, { idempotencyKey: 'refund-1' });
    const [first, second] = [await create(), await create()];
    expect(second.id).toBe(first.id);
    expect((await stripe.refunds.list({ charge: charge.id })).data).toHaveLength(1);
  });

  test('is retrieved, listed by charge, payment intent and time, and its metadata merged', async () => {
    const { simulator, stripe, charge, paymentIntent } = await paid();
    const first = await stripe.refunds.create({ charge: charge.id, amount: 100, metadata: { a: '1', b: '2' } });
    await simulator.clock.advance(60);
    const second = await stripe.refunds.create({ charge: charge.id, amount: 200 });
    expect((await stripe.refunds.list({ payment_intent: paymentIntent.id })).data.map(({ id }) => id)).toEqual([
      second.id,
      first.id,
    ]);
    expect((await stripe.refunds.list({ created: { lt: second.created } })).data).toHaveLength(1);
    expect((await stripe.refunds.list({ charge: 'ch_other' })).data).toEqual([]);
    const updated = await stripe.refunds.update(first.id, { metadata: { a: '', c: '3' } });
    expect(updated.metadata).toEqual({ b: '2', c: '3' });
    expect(await stripe.refunds.retrieve(first.id, { expand: ['charge', 'balance_transaction'] })).toMatchObject({
      charge: { id: charge.id },
      balance_transaction: { amount: -100, type: 'refund', source: first.id },
    });
  });

  test.each([
    ['neither charge nor payment intent', {}, 'charge', undefined],
    ['an unknown charge', { charge: 'ch_x' }, 'charge', 'resource_missing'],
    ['an unknown payment intent', { payment_intent: 'pi_x' }, 'payment_intent', 'resource_missing'],
    ['an amount of nothing', { charge: 'ch_x', amount: 0 }, 'amount', 'parameter_invalid_integer'],
  ])('of %s is rejected', async (_case, parameters, param, code) => {
    const { stripe } = await start();
    expect(await stripeError(stripe.refunds.create(parameters))).toMatchObject({ statusCode: 400, param, code });
  });

  test('of a payment that was declined is rejected', async () => {
    const { stripe } = await start();
    const session = await stripe.checkout.sessions.create(sessionParameters());
    await submitCard(session, '4000000000000002');
    const [charge] = (await stripe.charges.list()).data;
    expect(await stripeError(stripe.refunds.create({ charge: String(charge?.id) }))).toMatchObject({ statusCode: 400 });
  });

  test('has to be of the currency’s grain, as a capture has', async () => {
    const { stripe } = await start();
    const dinars = { amount: 10_000, currency: 'kwd', payment_method: 'pm_card_visa', confirm: true } as const;
    const paid = await stripe.paymentIntents.create(dinars);
    const refund = stripe.refunds.create({ payment_intent: paid.id, amount: 5 });
    expect(await stripeError(refund)).toMatchObject({ statusCode: 400, param: 'amount' });
    const held = await stripe.paymentIntents.create({ ...dinars, capture_method: 'manual' });
    const capture = stripe.paymentIntents.capture(held.id, { amount_to_capture: 15 });
    expect(await stripeError(capture)).toMatchObject({ statusCode: 400, param: 'amount_to_capture' });
    const charge = stripe.charges.capture(String(held.latest_charge), { amount: 15 });
    expect(await stripeError(charge)).toMatchObject({ statusCode: 400, param: 'amount' });
  });

  test('that does not exist is a 404', async () => {
    const { stripe } = await start();
    expect(await stripeError(stripe.refunds.retrieve('re_x'))).toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
    });
  });
});

describe('By the card,', () => {
  test('a refund is pending first, counts at once, and succeeds later', async () => {
    const { simulator, stripe, charge } = await paid(PENDING_REFUND_CARD);
    const refund = await stripe.refunds.create({ charge: charge.id });
    expect(refund).toMatchObject({ status: 'pending', pending_reason: 'processing' });
    expect(await stripe.charges.retrieve(charge.id)).toMatchObject({ amount_refunded: 1250, refunded: true });
    const before = await eventCount(stripe);
    await simulator.clock.advance(SETTLED_SECONDS);
    const settled = await stripe.refunds.retrieve(refund.id);
    expect(settled.status).toBe('succeeded');
    expect(settled).not.toHaveProperty('pending_reason');
    expect(await typesSince(stripe, before)).toEqual(['charge.refund.updated', 'refund.updated']);
    const [told] = (await stripe.events.list({ type: 'refund.updated' })).data;
    expect(told?.data.previous_attributes).toMatchObject({ status: 'pending' });
  });

  test('a refund succeeds first and fails later, and its money counts as not refunded again', async () => {
    const receiver = await startReceiver();
    const { simulator, stripe, charge } = await paid(FAILING_REFUND_CARD, { webhookEndpoints: [receiver] });
    const refund = await stripe.refunds.create({ charge: charge.id, amount: 1000 });
    expect(refund.status).toBe('succeeded');
    const before = await eventCount(stripe);
    await simulator.clock.advance(SETTLED_SECONDS);
    expect(await stripe.refunds.retrieve(refund.id, { expand: ['failure_balance_transaction'] })).toMatchObject({
      status: 'failed',
      failure_reason: 'expired_or_canceled_card',
      failure_balance_transaction: { amount: 1000, type: 'refund_failure' },
    });
    expect(await stripe.charges.retrieve(charge.id)).toMatchObject({ amount_refunded: 0, refunded: false });
    expect(await typesSince(stripe, before)).toEqual([
      'charge.refund.updated',
      'refund.updated',
      'charge.updated',
      'refund.failed',
    ]);
    expect(receiver.types()).toContain('refund.failed');
    // The money that did not arrive can be sent again.
    expect((await stripe.refunds.create({ charge: charge.id })).amount).toBe(1250);
  });

  test('a refund of a SEPA debit is pending first', async () => {
    const { simulator, stripe } = await start();
    simulator.clock.freeze();
    const session = await stripe.checkout.sessions.create(sessionParameters());
    await submitCard(session, '', { payment_method_type: 'sepa_debit', iban: 'AT611904300234573201' });
    await simulator.clock.advance(60);
    const [charge] = (await stripe.charges.list()).data;
    expect((await stripe.refunds.create({ charge: String(charge?.id) })).status).toBe('pending');
  });
});

describe('Canceling', () => {
  test.each([['succeeded'], ['pending']])('a refund that is %s is rejected', async (status) => {
    const { stripe, charge } = await paid(status === 'pending' ? PENDING_REFUND_CARD : undefined);
    const refund = await stripe.refunds.create({ charge: charge.id });
    expect(await stripeError(stripe.refunds.cancel(refund.id))).toMatchObject({ statusCode: 400 });
  });
});

test('Whatever is refunded, fails and is refunded again: the charge counts what is on its way, and never more than it took', async () => {
  const { simulator, stripe } = await start();
  simulator.clock.freeze();
  const steps = fc.array(fc.oneof(fc.integer({ min: 1, max: 900 }), fc.constant('settle' as const)), { maxLength: 8 });
  const cards = fc.constantFrom('4242424242424242', PENDING_REFUND_CARD, FAILING_REFUND_CARD);
  await fc.assert(
    fc.asyncProperty(cards, steps, async (card, history) => {
      const session = await stripe.checkout.sessions.create(sessionParameters());
      await submitCard(session, card);
      const [charge] = (await stripe.charges.list({ limit: 1 })).data;
      const id = String(charge?.id);
      for (const step of history) {
        if (step === 'settle') await simulator.clock.advance(SETTLED_SECONDS);
        else await stripe.refunds.create({ charge: id, amount: step }).catch(() => {});
        const { data: refunds } = await stripe.refunds.list({ charge: id, limit: 100 });
        const counting = refunds.filter(({ status }) => status !== 'failed');
        const sum = counting.reduce((total, { amount }) => total + amount, 0);
        const now = await stripe.charges.retrieve(id);
        expect(now.amount_refunded).toBe(sum);
        expect(sum).toBeLessThanOrEqual(now.amount_captured);
        expect(now.refunded).toBe(sum === now.amount);
      }
    }),
    { numRuns: 25 },
  );
});

test('a refund of a charge and a PaymentIntent that do not belong together is rejected', async () => {
  const { stripe, paymentIntent, charge } = await paid();
  const other = await stripe.paymentIntents.create({
    amount: 2000,
    currency: 'eur',
    payment_method: 'pm_card_visa',
    confirm: true,
  });
  const error = await stripeError(stripe.refunds.create({ charge: charge.id, payment_intent: other.id }));
  expect(error).toMatchObject({ statusCode: 400, param: 'charge' });
  expect((await stripe.refunds.list()).data).toEqual([]);
  const both = await stripe.refunds.create({ charge: charge.id, payment_intent: paymentIntent.id });
  expect(both.charge).toBe(charge.id);
});
