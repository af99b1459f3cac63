/** Stripe's ready-made payment methods that the simulator does not have: said plainly, not denied. */
import { expect, test } from '@jest/globals';
import { start, stripeError } from './support.js';

const CARDS = ['createEfw', 'threeDSecureNotSupported'];

test.each([...CARDS.map((name) => `pm_card_${name}`), 'pm_usBankAccount', 'pm_usBankAccount_success'])(
  '%s is refused as not implemented',
  async (payment_method) => {
    const { stripe } = await start();
    const payment = stripe.paymentIntents.create({ amount: 2000, currency: 'usd', confirm: true, payment_method });
    const expected = { statusCode: 400, code: 'simulator_not_implemented', param: 'payment_method' };
    expect(await stripeError(payment)).toMatchObject(expected);
  },
);

test.each(CARDS.map((name) => `tok_${name}`))('%s is rejected as not implemented', async (token) => {
  const { stripe } = await start();
  const error = await stripeError(stripe.paymentMethods.create({ type: 'card', card: { token } }));
  expect(error).toMatchObject({ statusCode: 400, code: 'simulator_not_implemented', param: 'card[token]' });
});

test.each([
  ['pm_card_mastercard', '4444'],
  ['pm_card_fr', '0003'],
  ['pm_card_us', '4242'],
  ['pm_card_visa_cartesBancaires', '1001'],
])('%s is its card', async (name, last4) => {
  const { stripe } = await start();
  expect((await stripe.paymentMethods.retrieve(name)).card).toMatchObject({ last4 });
});

test('names that Stripe has not given are missing', async () => {
  const { stripe } = await start();
  const error = await stripeError(stripe.paymentMethods.retrieve('pm_card_shells'));
  expect(error).toMatchObject({ statusCode: 404, code: 'resource_missing' });
});
