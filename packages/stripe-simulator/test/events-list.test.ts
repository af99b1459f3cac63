/** How many types a list of events can be asked for at once. */
import { expect, test } from '@jest/globals';
import { start, stripeError } from './support.js';

test('takes 20 types, and not 21', async () => {
  const { stripe } = await start();
  const types = (count: number) => Array.from({ length: count }, () => 'charge.updated');
  expect((await stripe.events.list({ types: types(20) })).data).toEqual([]);
  expect(await stripeError(stripe.events.list({ types: types(21) }))).toMatchObject({
    statusCode: 400,
    param: 'types',
  });
});
