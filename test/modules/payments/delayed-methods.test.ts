/** Delayed methods: completed but unpaid, then the money arrives, or does not. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { addDays } from '../../../src/platform/kernel/calendar-date.js';
import { checkout, FAILING_IBAN, moneyOf, orderBySession, PAYING_IBAN, submitIban } from '../../support/checkout.js';
import { eventually } from '../../support/eventually.js';
import { addEquipment, addProduct, stockOf } from '../../support/shop.js';
import { shopDay } from '../../support/shop-time.js';
import { deliver, eventOf } from '../../support/stripe-events.js';
import { newBuyer, newStaff, startTestApp, type TestApp, testEnvironment } from '../../support/test-app.js';

const DAY_MINUTES = 24 * 60;

let shop: TestApp;

beforeAll(async () => {
  shop = await startTestApp();
});
afterEach(() => {
  shop.simulator.webhooks.resume();
  shop.simulator.clock.reset();
  shop.clock.reset();
  shop.stripeClock.reset();
});
afterAll(() => shop.close());

async function openCheckout() {
  const buyer = await newBuyer();
  const product = await addProduct(shop.orm, { priceMinor: 1000, onHand: 2 });
  const session = await checkout(shop, buyer, [{ id: product, type: 'PRODUCT' }]);
  const status = async () => {
    const [row] = await shop.orm.em
      .fork()
      .execute<{ status: string }[]>('select status from orders where id = ?', [session.order.id]);
    return row?.status;
  };
  const seen = (expected: string) => eventually(async () => expect(await status()).toBe(expected));
  return { ...session, buyer, product, status, seen };
}

test('A debit is PROCESSING with the goods held, and PAID when the money arrives', async () => {
  const { url, product, seen, buyer, sessionId } = await openCheckout();
  await submitIban(url, PAYING_IBAN);
  await seen('PROCESSING');
  expect(await stockOf(shop.orm, product)).toEqual({ onHand: 2, held: 1 });
  await shop.simulator.clock.advance(10);
  await seen('PAID');
  expect(await stockOf(shop.orm, product)).toEqual({ onHand: 1, held: 0 });
  const order = await orderBySession(shop, buyer, sessionId);
  expect(order?.timeline.map(({ to }) => to)).toEqual(['PENDING', 'PROCESSING', 'PAID']);
});

test('A debit that fails is PAYMENT_FAILED, cannot be paid any more, and its goods are released', async () => {
  const { url, product, seen, buyer, sessionId } = await openCheckout();
  await submitIban(url, FAILING_IBAN);
  await seen('PROCESSING');
  await shop.simulator.clock.advance(10);
  await seen('PAYMENT_FAILED');
  expect(await stockOf(shop.orm, product)).toEqual({ onHand: 2, held: 0 });
  // The decline is an event of its own, which may be the later one.
  await eventually(async () => {
    const order = await orderBySession(shop, buyer, sessionId);
    expect(order).toMatchObject({ checkoutUrl: null, number: null, lastPaymentError: { code: expect.any(String) } });
  });
});

const permutations = <T>(items: T[]): T[][] =>
  items.length < 2
    ? [items]
    : items.flatMap((item, index) =>
        permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [item, ...rest]),
      );

const event = (name: string, { sessionId, order }: { sessionId: string; order: { id: string } }) => {
  const metadata = { application: 'comptoir', order_id: order.id };
  const intent = { id: `pi_${sessionId}`, object: 'payment_intent', metadata, last_payment_error: null };
  const session = {
    id: sessionId,
    object: 'checkout.session',
    url: null,
    status: name === 'expired' ? 'expired' : 'complete',
    payment_status: name === 'succeeded' ? 'paid' : 'unpaid',
    amount_total: 1000,
    currency: 'eur',
    payment_intent: intent.id,
    created: 1,
    metadata,
  };
  if (name === 'declined') return eventOf('payment_intent.payment_failed', intent);
  if (name === 'canceled') return eventOf('payment_intent.canceled', intent);
  const type = name === 'completed' || name === 'expired' ? name : `async_payment_${name}`;
  return eventOf(`checkout.session.${type}`, session);
};

describe('In whatever order the events of one debit arrive,', () => {
  test.each(permutations(['completed', 'succeeded', 'succeeded']))('%s, %s, %s end PAID', async (...names) => {
    const open = await openCheckout();
    for (const name of names) await deliver(shop, event(name, open));
    expect(await open.status()).toBe('PAID');
    expect(await stockOf(shop.orm, open.product)).toEqual({ onHand: 1, held: 0 });
  });

  test.each(permutations(['completed', 'declined', 'failed']))('%s, %s, %s end failed', async (...names) => {
    const open = await openCheckout();
    for (const name of names) await deliver(shop, event(name, open));
    expect(await open.status()).toBe('PAYMENT_FAILED');
    expect(await stockOf(shop.orm, open.product)).toEqual({ onHand: 2, held: 0 });
  });

  test.each(permutations(['completed', 'canceled']))('%s and %s end failed', async (...names) => {
    const open = await openCheckout();
    for (const name of names) await deliver(shop, event(name, open));
    expect(await open.status()).toBe('PAYMENT_FAILED');
    expect(await stockOf(shop.orm, open.product)).toEqual({ onHand: 2, held: 0 });
  });

  test.each(permutations(['completed', 'expired', 'succeeded']))(
    '%s, %s, %s of goods that have gone send the money back, and the order is over',
    async (...names) => {
      const open = await openCheckout();
      // Cancelled for another basket, as by replacesOrderId: its goods went to somebody else.
      const em = shop.orm.em.fork();
      await em.execute(`update order_lines set hold_state = 'RELEASED' where order_id = ?`, [open.order.id]);
      await em.execute('update product_stocks set held = 0, on_hand = 0 where product_id = ?', [open.product]);
      for (const name of names) await deliver(shop, event(name, open));
      expect(await open.status()).toBe('EXPIRED');
      const refunds = 'select amount_minor::int as amount, reason from refunds where order_id = ?';
      expect(await em.execute(refunds, [open.order.id])).toEqual([{ amount: 1000, reason: 'GOODS_UNAVAILABLE' }]);
    },
  );

  test('a success that comes after the failure wins', async () => {
    const open = await openCheckout();
    for (const name of ['completed', 'failed', 'succeeded']) await deliver(shop, event(name, open));
    expect(await open.status()).toBe('PAID');
    expect(await stockOf(shop.orm, open.product)).toEqual({ onHand: 1, held: 0 });
  });
});

describe('A debit of which no event tells', () => {
  test('is polled once a day, and applied', async () => {
    const { url, seen, status } = await openCheckout();
    await submitIban(url, FAILING_IBAN);
    await seen('PROCESSING');
    shop.simulator.webhooks.pause();
    await shop.simulator.clock.advance(10);
    await shop.runJob('recheck-delayed-payments');
    expect(await status()).toBe('PROCESSING');
    shop.clock.advanceMinutes(DAY_MINUTES + 1);
    await shop.runJob('recheck-delayed-payments');
    expect(await status()).toBe('PAYMENT_FAILED');
  });

  test('and that Stripe does not decide for three weeks goes to staff, with its goods held', async () => {
    const open = await openCheckout();
    shop.simulator.clock.freeze();
    await submitIban(open.url, PAYING_IBAN);
    await open.seen('PROCESSING');
    shop.clock.advanceMinutes(22 * DAY_MINUTES);
    await shop.runJob('recheck-delayed-payments');
    expect(await open.status()).toBe('UNDER_REVIEW');
    expect(await stockOf(shop.orm, open.product)).toEqual({ onHand: 2, held: 1 });
    const staff = await newStaff();
    const accept = 'mutation ($id: ID!) { acceptPayment(orderId: $id) { order { status } } }';
    const { errors } = await shop.graphql(accept, { id: open.order.id }, staff.token);
    expect(errors?.[0]?.extensions.code).toBe('NO_PAYMENT_TO_ACCEPT');
    // The money comes after all: nobody has to decide any more.
    shop.clock.reset();
    shop.simulator.clock.unfreeze();
    await shop.simulator.clock.advance(10);
    await open.seen('PAID');
  });
});

describe('A debit that is overdue and rejected', () => {
  const REJECT = 'mutation ($id: ID!) { rejectPayment(orderId: $id) { order { status } } }';

  async function rejected(open: Awaited<ReturnType<typeof openCheckout>>) {
    shop.clock.advanceMinutes(22 * DAY_MINUTES);
    await shop.runJob('recheck-delayed-payments');
    expect(await open.status()).toBe('UNDER_REVIEW');
    const { data } = await shop.graphql(REJECT, { id: open.order.id }, (await newStaff()).token);
    expect(data).toEqual({ rejectPayment: { order: { status: 'CANCELLED' } } });
    expect(await stockOf(shop.orm, open.product)).toEqual({ onHand: 2, held: 0 });
  }

  const refundsOf = async ({ order }: { order: { id: string } }) =>
    shop.orm.em
      .fork()
      .execute('select amount_minor::int as amount, reason from refunds where order_id = ?', [order.id]);

  test('sends its money back by itself when that comes after all, and takes no goods', async () => {
    const open = await openCheckout();
    shop.simulator.clock.freeze();
    await submitIban(open.url, PAYING_IBAN);
    await open.seen('PROCESSING');
    await rejected(open);
    shop.clock.reset();
    shop.simulator.clock.unfreeze();
    await shop.simulator.clock.advance(10);
    const staff = await newStaff();
    await eventually(async () => {
      await shop.simulator.clock.advance(10);
      for (const job of ['issue-refunds', 'sync-payments']) await shop.runJob(job);
      expect(await moneyOf(shop, staff, open.order.id)).toMatchObject({
        status: 'CANCELLED',
        refundStatus: 'FULL',
        refunds: [{ state: 'SUCCEEDED', amount: { amount: 1000 }, reason: 'PAYMENT_REJECTED' }],
      });
    });
    expect(await stockOf(shop.orm, open.product)).toEqual({ onHand: 2, held: 0 });
  });

  test.each(permutations(['completed', 'succeeded', 'failed', 'canceled']))(
    'ends CANCELLED, its payment refunded, when Stripe then reports %s, %s, %s, %s',
    async (...names) => {
      const open = await openCheckout();
      await deliver(shop, event('completed', open));
      await rejected(open);
      for (const name of names) await deliver(shop, event(name, open));
      await deliver(shop, event('succeeded', open));
      expect(await open.status()).toBe('CANCELLED');
      expect(await refundsOf(open)).toEqual([{ amount: 1000, reason: 'PAYMENT_REJECTED' }]);
      expect(await stockOf(shop.orm, open.product)).toEqual({ onHand: 2, held: 0 });
    },
  );

  test('whose money was faster than staff is paid, and cannot be rejected any more', async () => {
    const open = await openCheckout();
    await deliver(shop, event('completed', open));
    shop.clock.advanceMinutes(22 * DAY_MINUTES);
    await shop.runJob('recheck-delayed-payments');
    await deliver(shop, event('succeeded', open));
    const { errors } = await shop.graphql(REJECT, { id: open.order.id }, (await newStaff()).token);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'ORDER_NOT_UNDER_REVIEW', status: 'PAID' });
    expect(await refundsOf(open)).toEqual([]);
  });
});

describe('Equipment that leaves within two weeks', () => {
  const excludedFor = async (daysAhead: number) => {
    const equipment = await addEquipment(shop.orm);
    const startDate = addDays(shopDay(shop.clock.now()), daysAhead);
    const { sessionId } = await checkout(shop, await newBuyer(), [{ id: equipment, type: 'EQUIPMENT', startDate }]);
    const response = await fetch(`${shop.simulator.url}/v1/checkout/sessions/${sessionId}`, {
      headers: { authorization: `Bearer ${testEnvironment.STRIPE_SECRET_KEY}` },
    });
    const session = (await response.json()) as { excluded_payment_method_types?: string[] };
    return session.excluded_payment_method_types ?? [];
  };

  test('is paid by no method whose money arrives later', async () => {
    const delayed = ['acss_debit', 'au_becs_debit', 'bacs_debit', 'boleto', 'crypto', 'customer_balance', 'konbini'];
    delayed.push('multibanco', 'nz_bank_account', 'oxxo', 'pay_by_bank', 'payto', 'sepa_debit', 'sofort');
    expect(await excludedFor(13)).toEqual([...delayed, 'us_bank_account']);
  });

  test('and only that: what leaves later may be paid by any', async () => {
    expect(await excludedFor(14)).toEqual([]);
  });
});
