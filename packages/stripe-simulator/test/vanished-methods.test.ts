/** Customers and payment methods that are gone when they are to pay, and methods that were good for one payment. */
import { describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { eventTypes, PAID_CARD, paymentOf, sessionParameters, start, stripeError, submitCard } from './support.js';

const SPENT = {
  statusCode: 400,
  rawType: 'invalid_request_error',
  message: expect.stringContaining('It may not be used again'),
};
const NO_CUSTOMER = { statusCode: 400, code: 'resource_missing', param: 'customer' };

async function savedCard(stripe: Stripe) {
  const { id: customer } = await stripe.customers.create();
  const { id: payment_method } = await stripe.paymentMethods.attach('pm_card_visa', { customer });
  return { customer, payment_method };
}

function off(changes: Partial<Stripe.PaymentIntentCreateParams>): Stripe.PaymentIntentCreateParams {
  return { amount: 1000, currency: 'eur', confirm: true, off_session: true, ...changes };
}

describe('a customer who is deleted', () => {
  test('pays nothing any more, and neither does their card', async () => {
    const { stripe } = await start();
    const saved = await savedCard(stripe);
    await stripe.customers.del(saved.customer);
    expect(await stripeError(stripe.paymentIntents.create(off(saved)))).toMatchObject({
      ...NO_CUSTOMER,
      message: `No such customer: '${saved.customer}'`,
    });
    const alone = off({ payment_method: saved.payment_method });
    expect(await stripeError(stripe.paymentIntents.create(alone))).toMatchObject(SPENT);
    const session = sessionParameters({ customer: saved.customer });
    expect(await stripeError(stripe.checkout.sessions.create(session))).toMatchObject(NO_CUSTOMER);
    expect((await stripe.paymentIntents.list()).data).toEqual([]);
  });

  test('does not pay what they were to confirm', async () => {
    const { stripe } = await start();
    const saved = await savedCard(stripe);
    const waiting = await stripe.paymentIntents.create({ amount: 1000, currency: 'eur', ...saved });
    await stripe.customers.del(saved.customer);
    expect(await stripeError(stripe.paymentIntents.confirm(waiting.id))).toMatchObject(NO_CUSTOMER);
    expect((await stripe.paymentIntents.cancel(waiting.id)).status).toBe('canceled');
  });

  test('leaves what is held: it can still be captured, or released', async () => {
    const { stripe } = await start();
    const saved = await savedCard(stripe);
    const hold = off({ ...saved, capture_method: 'manual' });
    const [kept, dropped] = [await stripe.paymentIntents.create(hold), await stripe.paymentIntents.create(hold)];
    await stripe.customers.del(saved.customer);
    expect((await stripe.paymentIntents.capture(kept.id, { amount_to_capture: 400 })).amount_received).toBe(400);
    expect((await stripe.paymentIntents.cancel(dropped.id)).status).toBe('canceled');
  });
});

describe('a payment method', () => {
  test('that was detached is refused, also where a PaymentIntent has it already', async () => {
    const { stripe } = await start();
    const saved = await savedCard(stripe);
    const waiting = await stripe.paymentIntents.create({ amount: 1000, currency: 'eur', ...saved });
    await stripe.paymentMethods.detach(saved.payment_method);
    for (const call of [
      stripe.paymentIntents.create(off(saved)),
      stripe.paymentIntents.confirm(waiting.id, { off_session: true }),
      stripe.paymentIntents.update(waiting.id, { payment_method: saved.payment_method }),
    ]) {
      expect(await stripeError(call)).toMatchObject(SPENT);
    }
    expect(await eventTypes(stripe)).not.toContain('charge.failed');
  });

  test('that nobody saved is good for one payment, whether it came about or not', async () => {
    const { stripe } = await start();
    for (const token of ['tok_visa', 'tok_chargeDeclined']) {
      const { id } = await stripe.paymentMethods.create({ type: 'card', card: { token } });
      await stripe.paymentIntents.create(off({ payment_method: id })).catch(() => null);
      expect(await stripeError(stripe.paymentIntents.create(off({ payment_method: id })))).toMatchObject(SPENT);
      const { id: customer } = await stripe.customers.create();
      const attached = await stripeError(stripe.paymentMethods.attach(id, { customer }));
      expect(attached).toMatchObject({ statusCode: 400, message: expect.stringContaining('may not be used again') });
    }
  });

  test('of a buyer whose session saves none is good for that session only', async () => {
    const { stripe } = await start();
    const session = await stripe.checkout.sessions.create(sessionParameters({ customer_creation: 'always' }));
    await submitCard(session, PAID_CARD);
    const { customer, payment_method: method } = await paymentOf(stripe, session.id);
    const again = off({ customer: String(customer), payment_method: String(method) });
    expect(await stripeError(stripe.paymentIntents.create(again))).toMatchObject(SPENT);
  });

  test('that was to be saved can be attached after its payment', async () => {
    const { stripe } = await start();
    const { id } = await stripe.paymentMethods.create({ type: 'card', card: { token: 'tok_visa' } });
    await stripe.paymentIntents.create({
      ...off({ payment_method: id, setup_future_usage: 'off_session' }),
      off_session: false,
    });
    const { id: customer } = await stripe.customers.create();
    await stripe.paymentMethods.attach(id, { customer });
    const later = await stripe.paymentIntents.create(off({ customer, payment_method: id }));
    expect(later.status).toBe('succeeded');
  });
});
