/** An order whose money does not match it, so that staff have to decide. */
import { expect } from '@jest/globals';
import { checkout, orderBySession, submitCard } from './checkout.js';
import { eventually } from './eventually.js';
import { addProduct } from './shop.js';
import { newBuyer, type TestApp } from './test-app.js';

/** Paid at Stripe with the 10.00 that the order asked for; then the order says that it had asked for a cent less. */
export async function mismatchedOrder(shop: TestApp, card = '4242424242424242') {
  const buyer = await newBuyer();
  const product = await addProduct(shop.orm, { priceMinor: 1000, onHand: 1 });
  shop.simulator.webhooks.pause();
  const session = await checkout(shop, buyer, [{ id: product, type: 'PRODUCT' }]);
  await shop.orm.em.fork().execute('update orders set total_minor = 999 where id = ?', [session.order.id]);
  await submitCard(session.url, card);
  shop.simulator.webhooks.resume();
  await eventually(async () => {
    expect((await orderBySession(shop, buyer, session.sessionId))?.status).toBe('UNDER_REVIEW');
  });
  return { ...session, buyer, product, id: session.order.id };
}
