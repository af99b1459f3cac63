/** The number of an order has the year that it is where the shop is, when the payment is counted. */
import { expect, test } from '@jest/globals';
import { checkout, orderBySession, submitCard } from '../../support/checkout.js';
import { addProduct } from '../../support/shop.js';
import { deliver, eventOf } from '../../support/stripe-events.js';
import { newBuyer, newStaff, startTestApp, stripeOf, type TestApp } from '../../support/test-app.js';

/** An order whose payment was not reported, and its session. */
async function payWithoutWebhook(shop: TestApp) {
  const buyer = await newBuyer();
  const { sessionId, url, order } = await checkout(shop, buyer, [{ id: await addProduct(shop.orm), type: 'PRODUCT' }]);
  await submitCard(url, '4242424242424242');
  const session = await stripeOf(shop).checkout.sessions.retrieve(sessionId);
  return { buyer, sessionId, orderId: order.id, session };
}

test.each([
  ['Europe/Paris', '2031-12-31T22:59:30Z', '2031'],
  ['Europe/Paris', '2031-12-31T23:30:00Z', '2032'],
  ['America/New_York', '2032-01-01T04:30:00Z', '2031'],
  ['Pacific/Auckland', '2031-12-31T11:00:00Z', '2032'],
])('in %s at %s that is %s', async (timeZone, instant, year) => {
  const shop = await startTestApp({ SHOP_TIMEZONE: timeZone });
  try {
    shop.simulator.webhooks.pause();
    const { buyer, sessionId, session } = await payWithoutWebhook(shop);
    const odd = await payWithoutWebhook(shop);
    await deliver(shop, eventOf('checkout.session.completed', { ...odd.session, amount_total: 1 }));
    shop.clock.setTo(instant);
    await deliver(shop, eventOf('checkout.session.completed', session));
    expect((await orderBySession(shop, buyer, sessionId))?.number).toMatch(new RegExp(`^${year}-\\d{6}$`));
    // Money that staff accept counts on the day on which they do.
    const accept = 'mutation ($id: ID!) { acceptPayment(orderId: $id) { order { number } } }';
    const { data } = await shop.graphql<{ acceptPayment: { order: { number: string } } }>(
      accept,
      { id: odd.orderId },
      (await newStaff()).token,
    );
    expect(data?.acceptPayment.order.number).toMatch(new RegExp(`^${year}-\\d{6}$`));
  } finally {
    await shop.close();
  }
});
