/** What charges, refunds and disputes move on the balance. */
import { expect, test } from '@jest/globals';
import { sessionParameters, start, stripeError, submitCard } from './support.js';

test('A charge is on the balance less its fee, and available after a week', async () => {
  const { simulator, stripe } = await start();
  simulator.clock.freeze();
  await submitCard(await stripe.checkout.sessions.create(sessionParameters()), '4242424242424242');
  const [charge] = (await stripe.charges.list({ expand: ['data.balance_transaction'] })).data;
  const transaction = charge?.balance_transaction;
  expect(transaction).toMatchObject({
    object: 'balance_transaction',
    amount: 1250,
    // 1.5 % of 12.50, and 0.25.
    fee: 44,
    net: 1206,
    fee_details: [{ amount: 44, type: 'stripe_fee' }],
    currency: 'eur',
    exchange_rate: null,
    source: charge?.id,
    status: 'pending',
    type: 'charge',
    reporting_category: 'charge',
  });
  if (typeof transaction !== 'object' || transaction === null) throw new Error('Not expanded.');
  expect(transaction.available_on - transaction.created).toBe(7 * 24 * 60 * 60);
  await simulator.clock.advance(7 * 24 * 60 * 60);
  expect((await stripe.balanceTransactions.retrieve(transaction.id)).status).toBe('available');
});

test('All movements are listed, by type, source and currency, and add up', async () => {
  const { simulator, stripe } = await start();
  simulator.clock.freeze();
  await submitCard(await stripe.checkout.sessions.create(sessionParameters()), '4242424242424242');
  const [charge] = (await stripe.charges.list()).data;
  const refund = await stripe.refunds.create({ charge: String(charge?.id), amount: 500 });
  const { data } = await stripe.balanceTransactions.list();
  expect(data.map(({ type, net }) => [type, net])).toEqual([
    ['refund', -500],
    ['charge', 1206],
  ]);
  expect((await stripe.balanceTransactions.list({ type: 'refund' })).data).toMatchObject([{ source: refund.id }]);
  expect((await stripe.balanceTransactions.list({ source: charge?.id ?? '' })).data).toHaveLength(1);
  expect((await stripe.balanceTransactions.list({ currency: 'usd' })).data).toEqual([]);
  const [expanded] = (await stripe.balanceTransactions.list({ type: 'refund', expand: ['data.source'] })).data;
  expect(expanded?.source).toMatchObject({ object: 'refund', id: refund.id });
  expect(await stripeError(stripe.balanceTransactions.retrieve('txn_x'))).toMatchObject({ statusCode: 404 });
});
