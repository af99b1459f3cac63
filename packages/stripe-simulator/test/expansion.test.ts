/** `expand[]`: which paths lead somewhere, and what an integration that asks for all of them gets. */
import { expect, test } from '@jest/globals';
import { PAID_CARD, paymentOf, sessionParameters, start, stripeError, submitCard } from './support.js';

test('what the simulator never has stays null', async () => {
  const { stripe } = await start();
  const expand = ['setup_intent', 'subscription', 'invoice', 'payment_link', 'customer', 'discounts'];
  const session = await stripe.checkout.sessions.create(sessionParameters({ expand }));
  const empty = { setup_intent: null, subscription: null, invoice: null, payment_link: null, discounts: [] };
  expect(session).toMatchObject(empty);
  await submitCard(session, PAID_CARD);
  const intent = await stripe.paymentIntents.retrieve((await paymentOf(stripe, session.id)).id, {
    expand: [
      'review',
      'application',
      'latest_charge.review',
      'latest_charge.transfer',
      'latest_charge.application_fee',
    ],
  });
  expect(intent).toMatchObject({ review: null, latest_charge: { object: 'charge', review: null } });
});

test('the breakdown of the totals is without discounts and taxes', async () => {
  const { stripe } = await start();
  const parameters = sessionParameters({ expand: ['total_details.breakdown'] });
  const { total_details: details } = await stripe.checkout.sessions.create(parameters);
  expect(details).toMatchObject({ amount_discount: 0, breakdown: { discounts: [], taxes: [] } });
});

test('each line shows the product that it sells', async () => {
  const { stripe } = await start();
  const product = { name: 'Coffee', description: 'Dark', images: ['https://x.fr/1.png'], metadata: { sku: '7' } };
  const price = { currency: 'eur', unit_amount: 1250 };
  const line_items = [
    { quantity: 1, price_data: { ...price, product_data: product } },
    { quantity: 2, price_data: { ...price, product_data: { name: 'Tea', unit_label: 'cup' } } },
  ];
  const expand = ['line_items.data.price.product'];
  const session = await stripe.checkout.sessions.create(sessionParameters({ line_items, expand }));
  const [coffee, tea] = session.line_items?.data.map(({ price }) => price?.product) ?? [];
  expect(coffee).toMatchObject({ ...product, object: 'product', active: false, unit_label: null });
  expect(tea).toMatchObject({ name: 'Tea', description: null, images: [], metadata: {}, unit_label: 'cup' });
  const lines = await stripe.checkout.sessions.listLineItems(session.id, { expand: ['data.price.product'] });
  expect(lines.data.map((line) => line.price?.product)).toEqual([coffee, tea]);
  const plain = await stripe.checkout.sessions.listLineItems(session.id);
  expect(plain.data[0]?.price?.product).toMatch(/^prod_/);
});

test.each(['subscription.latest_invoice', 'customer.subscriptions', 'customer.tax_ids'])(
  '%s is refused as not implemented',
  async (path) => {
    const { stripe } = await start();
    const error = await stripeError(stripe.checkout.sessions.create(sessionParameters({ expand: [path] })));
    expect(error).toMatchObject({ statusCode: 400, code: 'simulator_not_implemented', param: 'expand' });
  },
);

test.each(['total_details', 'line_items.data.price', 'constructor', 'metadata', 'line_items.data'])(
  '%s cannot be expanded',
  async (path) => {
    const { stripe } = await start();
    const error = await stripeError(stripe.checkout.sessions.create(sessionParameters({ expand: [path] })));
    expect(error).toMatchObject({ statusCode: 400, code: 'property_cannot_be_expanded' });
  },
);

test('a path of five levels is too deep, though each of them expands', async () => {
  const { stripe } = await start();
  const expand = ['payment_intent.latest_charge.payment_intent.latest_charge.customer'];
  const error = await stripeError(stripe.checkout.sessions.create(sessionParameters({ expand })));
  expect(error).toMatchObject({ statusCode: 400, param: 'expand', message: /more than 4 levels/ });
  const four = { expand: [expand[0]?.replace('.customer', '') ?? ''] };
  expect((await stripe.checkout.sessions.create(sessionParameters(four))).payment_intent).toBeNull();
});
