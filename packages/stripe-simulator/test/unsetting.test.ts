/** The empty value of an update takes away what was there. */
import { expect, test } from '@jest/globals';
import { latestEventObject, start } from './support.js';

const SHIPPING = { name: 'Ana', address: { line1: '1 rue X' } };

test('the address and shipping of a customer', async () => {
  const { stripe } = await start();
  const { id } = await stripe.customers.create({ address: { city: 'Paris' }, shipping: SHIPPING });
  expect(await stripe.customers.update(id, { name: 'Ana' })).toMatchObject({ shipping: SHIPPING });
  expect(await stripe.customers.update(id, { address: '' })).toMatchObject({ address: null, shipping: SHIPPING });
  expect(await stripe.customers.update(id, { shipping: '' })).toMatchObject({ address: null, shipping: null });
  expect(await latestEventObject(stripe, 'customer.updated')).toMatchObject({ id, shipping: null });
  expect(await stripe.customers.create({ address: '', shipping: '' })).toMatchObject({ address: null, shipping: null });
});

test('the shipping of a PaymentIntent', async () => {
  const { stripe } = await start();
  const { id } = await stripe.paymentIntents.create({ amount: 2000, currency: 'eur', shipping: SHIPPING });
  expect((await stripe.paymentIntents.update(id, { description: 'x' })).shipping).toMatchObject(SHIPPING);
  expect((await stripe.paymentIntents.update(id, { shipping: '' })).shipping).toBeNull();
});

test('the address that bills a payment method', async () => {
  const { stripe } = await start();
  const customer = await stripe.customers.create();
  const { id } = await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id });
  await stripe.paymentMethods.update(id, { billing_details: { address: { city: 'Paris' }, name: 'Ana' } });
  const { billing_details: details } = await stripe.paymentMethods.update(id, { billing_details: { address: '' } });
  expect(details).toMatchObject({ address: { city: null, country: null }, name: 'Ana' });
});
