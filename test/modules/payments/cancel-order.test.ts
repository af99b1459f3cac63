/** Cancelling an order: Stripe's session is expired first, the goods are free, and a payment that was faster wins. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { checkout, checkoutInput, orderBySession, submitCard, tryCheckout } from '../../support/checkout.js';
import { eventually } from '../../support/eventually.js';
import { activeBookings, addEquipment, addProduct, stockOf } from '../../support/shop.js';
import { deliver, eventOf } from '../../support/stripe-events.js';
import { newBuyer, newStaff, type Person, startTestApp, type TestApp } from '../../support/test-app.js';

let shop: TestApp;

beforeAll(async () => {
  shop = await startTestApp({}, { startsAt: '2026-12-01T09:00:00Z' });
});
afterEach(() => {
  shop.simulator.faults.clear();
  shop.simulator.webhooks.resume();
});
afterAll(() => shop.close());

const CANCEL = 'mutation ($orderId: ID!) { cancelOrder(orderId: $orderId) { id status checkoutUrl } }';
const PAID_CARD = '4242424242424242';

interface CancelData {
  cancelOrder: { id: string; status: string; checkoutUrl: string | null };
}

const cancel = (viewer: Person | null, orderId: string) => shop.graphql<CancelData>(CANCEL, { orderId }, viewer?.token);

async function openCheckout(rest: { onHand?: number } = {}) {
  const buyer = await newBuyer();
  const product = await addProduct(shop.orm, { onHand: 5, ...rest });
  const { sessionId, url, order } = await checkout(shop, buyer, [{ id: product, type: 'PRODUCT' }]);
  return { buyer, product, sessionId, url, orderId: order.id };
}

async function stripeStatus(sessionId: string): Promise<string> {
  const response = await fetch(`${shop.simulator.url}/v1/checkout/sessions/${sessionId}`, {
    headers: { authorization: 'Bearer sk_test_0123456789' },
  });
  return ((await response.json()) as { status: string }).status;
}

describe('cancelOrder', () => {
  test('ends the session at Stripe, frees the goods and says who did it', async () => {
    const { buyer, product, sessionId, orderId } = await openCheckout();
    const { data } = await cancel(buyer, orderId);
    expect(data?.cancelOrder).toEqual({ id: orderId, status: 'CANCELLED', checkoutUrl: null });
    expect(await stripeStatus(sessionId)).toBe('expired');
    expect(await stockOf(shop.orm, product)).toEqual({ onHand: 5, held: 0 });
    const order = await orderBySession(shop, buyer, sessionId);
    expect(order?.timeline.at(-1)).toMatchObject({ to: 'CANCELLED', cause: 'ORDER_CANCELED', actor: 'BUYER' });
  });

  test('stays cancelled, with one timeline row, when Stripe reports the expiry and the buyer cancels again', async () => {
    const { buyer, product, sessionId, orderId } = await openCheckout();
    await cancel(buyer, orderId);
    await shop.simulator.webhooks.idle();
    expect((await cancel(buyer, orderId)).data?.cancelOrder.status).toBe('CANCELLED');
    const order = await orderBySession(shop, buyer, sessionId);
    expect(order?.timeline.map(({ to }) => to)).toEqual(['PENDING', 'CANCELLED']);
    expect(await stockOf(shop.orm, product)).toEqual({ onHand: 5, held: 0 });
  });

  test('is rejected when the buyer has just paid, also while the webhook is still on its way', async () => {
    const { buyer, product, url, sessionId, orderId } = await openCheckout();
    shop.simulator.webhooks.pause();
    await submitCard(url, PAID_CARD);
    const { errors } = await cancel(buyer, orderId);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'ORDER_NOT_CANCELLABLE', orderId, status: 'PAID' });
    expect(await orderBySession(shop, buyer, sessionId)).toMatchObject({ status: 'PAID', number: expect.any(String) });
    expect(await stockOf(shop.orm, product)).toEqual({ onHand: 4, held: 0 });
    expect((await cancel(buyer, orderId)).errors?.[0]?.extensions).toMatchObject({ code: 'ORDER_NOT_CANCELLABLE' });
  });

  test('says who did it also where the event of the session is faster than the response', async () => {
    const { sessionId, orderId, buyer } = await openCheckout();
    shop.simulator.faults.failNext({ path: '/v1/checkout/sessions', kind: 'status', status: 401 });
    const staff = await newStaff();
    expect((await cancel(staff, orderId)).errors?.[0]?.extensions.code).toBe('PAYMENT_PROVIDER_UNAVAILABLE');
    const metadata = { application: 'comptoir', order_id: orderId };
    const session = {
      id: sessionId,
      object: 'checkout.session',
      status: 'expired',
      payment_status: 'unpaid',
      metadata,
    };
    expect(await deliver(shop, eventOf('checkout.session.expired', session))).toBe(200);
    const order = await orderBySession(shop, buyer, sessionId);
    expect(order?.timeline.at(-1)).toMatchObject({ to: 'CANCELLED', cause: 'ORDER_CANCELED', actor: 'STAFF' });
  });

  test('is for the owner and staff; to others the order does not exist', async () => {
    const { orderId, product } = await openCheckout();
    expect((await cancel(await newBuyer(), orderId)).errors?.[0]?.extensions).toMatchObject({
      code: 'NOT_FOUND',
      fields: { orderId: 'is not the id of an order of yours' },
    });
    expect((await cancel(await newBuyer(), 'x')).errors?.[0]?.extensions).toMatchObject({ code: 'NOT_FOUND' });
    expect((await cancel(null, orderId)).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
    expect(await stockOf(shop.orm, product)).toMatchObject({ held: 1 });
    expect((await cancel(await newStaff(), orderId)).data?.cancelOrder.status).toBe('CANCELLED');
  });

  test('keeps the goods while Stripe does not respond, and can be repeated', async () => {
    const { buyer, product, orderId } = await openCheckout();
    shop.simulator.faults.failNext({ path: '/v1/checkout/sessions', kind: 'status', status: 401 });
    const { errors } = await cancel(buyer, orderId);
    expect(errors?.[0]?.extensions.code).toBe('PAYMENT_PROVIDER_UNAVAILABLE');
    expect(await stockOf(shop.orm, product)).toMatchObject({ held: 1 });
    expect((await cancel(buyer, orderId)).data?.cancelOrder.status).toBe('CANCELLED');
  });

  test('finds the session of an order whose process died before it stored it', async () => {
    const { buyer, product, sessionId, orderId } = await openCheckout();
    const forget = 'update orders set checkout_session_id = null, checkout_url = null where id = ?';
    await shop.orm.em.fork().execute(forget, [orderId]);
    expect((await cancel(buyer, orderId)).data?.cancelOrder.status).toBe('CANCELLED');
    expect(await stripeStatus(sessionId)).toBe('expired');
    expect(await stockOf(shop.orm, product)).toEqual({ onHand: 5, held: 0 });
  });
});

describe('replacesOrderId', () => {
  test('lets the buyer have again what their own abandoned order held', async () => {
    const { buyer, product, sessionId, orderId } = await openCheckout({ onHand: 1 });
    const input = checkoutInput([{ id: product, type: 'PRODUCT' }], { idempotencyKey: 'second' });
    expect((await tryCheckout(shop, buyer, input)).errors?.[0]?.extensions.code).toBe('OUT_OF_STOCK');
    const { data, errors } = await tryCheckout(shop, buyer, { ...input, replacesOrderId: orderId });
    expect(errors).toBeUndefined();
    expect(data?.createCheckoutSession.order.status).toBe('PENDING');
    expect(await stockOf(shop.orm, product)).toEqual({ onHand: 1, held: 1 });
    expect(await stripeStatus(sessionId)).toBe('expired');
    expect(await orderBySession(shop, buyer, sessionId)).toMatchObject({ status: 'CANCELLED' });
  });

  test('frees a rental for the same days', async () => {
    const buyer = await newBuyer();
    const equipment = await addEquipment(shop.orm, { units: 1 });
    const items = [{ id: equipment, type: 'EQUIPMENT' as const, days: 3, startDate: '2027-03-01' }];
    const { order } = await checkout(shop, buyer, items);
    await checkout(shop, buyer, [{ ...items[0], days: 2 } as (typeof items)[0]], { replacesOrderId: order.id });
    expect(await activeBookings(shop.orm, equipment)).toHaveLength(1);
  });

  test('changes nothing when the new basket cannot be had', async () => {
    const { buyer, product, sessionId, orderId } = await openCheckout({ onHand: 1 });
    const input = checkoutInput([{ id: product, type: 'PRODUCT', quantity: 2 }], { replacesOrderId: orderId });
    expect((await tryCheckout(shop, buyer, input)).errors?.[0]?.extensions.code).toBe('OUT_OF_STOCK');
    expect(await stockOf(shop.orm, product)).toEqual({ onHand: 1, held: 1 });
    expect(await stripeStatus(sessionId)).toBe('open');
    expect(await orderBySession(shop, buyer, sessionId)).toMatchObject({ status: 'PENDING' });
  });

  test('gives the same order when the request is sent again', async () => {
    const { buyer, product, orderId } = await openCheckout();
    const input = checkoutInput([{ id: product, type: 'PRODUCT', quantity: 2 }], {
      replacesOrderId: orderId,
      idempotencyKey: 'replacement',
    });
    const [first, second] = [await tryCheckout(shop, buyer, input), await tryCheckout(shop, buyer, input)];
    expect(second.data?.createCheckoutSession.order.id).toBe(first.data?.createCheckoutSession.order.id);
    expect(await stockOf(shop.orm, product)).toEqual({ onHand: 5, held: 2 });
  });

  test.each([['of another buyer'], ['that does not exist']])('rejects an order %s', async (kind) => {
    const { orderId, product } = await openCheckout();
    const replacesOrderId = kind === 'of another buyer' ? orderId : '00000000-0000-4000-8000-000000000000';
    const input = checkoutInput([{ id: product, type: 'PRODUCT' }], { replacesOrderId });
    const { errors } = await tryCheckout(shop, await newBuyer(), input);
    expect(errors?.[0]?.extensions).toMatchObject({
      code: 'NOT_FOUND',
      fields: { replacesOrderId: expect.any(String) },
    });
    expect(await stockOf(shop.orm, product)).toEqual({ onHand: 5, held: 1 });
  });

  test('gives the new basket up when the old one was paid in the meantime, so that nobody pays twice', async () => {
    const { buyer, product, url, sessionId, orderId } = await openCheckout();
    shop.simulator.webhooks.pause();
    await submitCard(url, PAID_CARD);
    const input = checkoutInput([{ id: product, type: 'PRODUCT', quantity: 2 }], { replacesOrderId: orderId });
    expect((await tryCheckout(shop, buyer, input)).errors?.[0]?.extensions).toMatchObject({
      code: 'ORDER_NOT_CANCELLABLE',
      status: 'PAID',
      fields: { replacesOrderId: expect.any(String) },
    });
    expect(await orderBySession(shop, buyer, sessionId)).toMatchObject({ status: 'PAID' });
    expect(await stockOf(shop.orm, product)).toEqual({ onHand: 4, held: 0 });
  });

  test('ends the new session too when the old one, which could not be ended, was paid after all', async () => {
    const { buyer, product, url, sessionId, orderId } = await openCheckout();
    const idempotencyKey = 'replacement of what is paid';
    const items = [{ id: product, type: 'PRODUCT' as const, quantity: 2 }];
    const input = checkoutInput(items, { replacesOrderId: orderId, idempotencyKey });
    const path = `/v1/checkout/sessions/${sessionId}/expire`;
    shop.simulator.faults.failNext({ method: 'POST', path, kind: 'status', status: 401 });
    const opened = (await tryCheckout(shop, buyer, input)).data?.createCheckoutSession;
    expect(await stripeStatus(sessionId)).toBe('open');
    shop.simulator.webhooks.pause();
    await submitCard(url, PAID_CARD);

    expect((await tryCheckout(shop, buyer, input)).errors?.[0]?.extensions.code).toBe('ORDER_NOT_CANCELLABLE');
    expect(await orderBySession(shop, buyer, sessionId)).toMatchObject({ status: 'PAID' });
    expect(await stripeStatus(String(opened?.sessionId))).toBe('expired');
    expect(await stockOf(shop.orm, product)).toEqual({ onHand: 4, held: 0 });
    // The same key, the same order, whatever has become of it.
    const again = (await tryCheckout(shop, buyer, input)).data?.createCheckoutSession;
    expect(again?.order).toMatchObject({ id: opened?.order.id, status: 'CANCELLED' });
  });

  test('sends the money of the old basket back when the new one has taken its goods', async () => {
    const { buyer, product, url, sessionId, orderId } = await openCheckout({ onHand: 1 });
    shop.simulator.webhooks.pause();
    await submitCard(url, PAID_CARD);
    const input = checkoutInput([{ id: product, type: 'PRODUCT' }], {
      replacesOrderId: orderId,
      idempotencyKey: 'new',
    });
    expect((await tryCheckout(shop, buyer, input)).data?.createCheckoutSession.order.status).toBe('PENDING');
    await eventually(async () => {
      const old = await orderBySession(shop, buyer, sessionId);
      expect(old).toMatchObject({ status: 'CANCELLED', paidAt: null });
      expect(old?.timeline.at(-1)).toMatchObject({ cause: 'REFUND_STATUS_CHANGED' });
    });
    expect(await stockOf(shop.orm, product)).toEqual({ onHand: 1, held: 1 });
  });

  test('expires the old session at the next repetition, when Stripe did not respond at first', async () => {
    const { buyer, product, sessionId, orderId } = await openCheckout();
    shop.simulator.faults.failNext({ path: `/v1/checkout/sessions/${sessionId}/expire`, kind: 'status', status: 401 });
    const input = checkoutInput([{ id: product, type: 'PRODUCT', quantity: 2 }], {
      replacesOrderId: orderId,
      idempotencyKey: 'again',
    });
    expect((await tryCheckout(shop, buyer, input)).errors).toBeUndefined();
    expect(await stripeStatus(sessionId)).toBe('open');
    expect((await tryCheckout(shop, buyer, input)).errors).toBeUndefined();
    expect(await stripeStatus(sessionId)).toBe('expired');
    expect(await orderBySession(shop, buyer, sessionId)).toMatchObject({ status: 'CANCELLED' });
  });

  test('rejects an order that is paid', async () => {
    const { buyer, product, url, sessionId, orderId } = await openCheckout();
    await submitCard(url, PAID_CARD);
    await eventually(async () =>
      expect(await orderBySession(shop, buyer, sessionId)).toMatchObject({ status: 'PAID' }),
    );
    const input = checkoutInput([{ id: product, type: 'PRODUCT' }], { replacesOrderId: orderId, idempotencyKey: 'x' });
    expect((await tryCheckout(shop, buyer, input)).errors?.[0]?.extensions).toMatchObject({
      code: 'ORDER_NOT_CANCELLABLE',
      fields: { replacesOrderId: expect.any(String) },
    });
  });
});
