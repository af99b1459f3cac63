/** Whatever buyers and staff do, in whatever order: nothing is promised twice, and nothing is lost. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addDays } from '../../../src/platform/kernel/calendar-date.js';
import { checkoutInput, type ItemInput, submitCard, tryCheckout } from '../../support/checkout.js';
import { addEquipment, addProduct, stockOf } from '../../support/shop.js';
import { shopDay } from '../../support/shop-time.js';
import { newBuyer, newStaff, type Person, startTestApp, type TestApp } from '../../support/test-app.js';

let shop: TestApp;
let staff: Person;

beforeAll(async () => {
  shop = await startTestApp();
  staff = await newStaff();
});
afterAll(() => shop.close());

const ON_HAND = 6;
const UNITS = 3;

type Step =
  | { do: 'order'; pieces: number; units: number; days: number; start: number }
  | { do: 'replace'; which: number; pieces: number }
  | { do: 'pay' | 'payWithoutWebhook' | 'expire' | 'cancel' | 'pickUp' | 'return'; which: number };

const which = fc.nat({ max: 20 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('order' as const),
      pieces: fc.nat({ max: 3 }),
      units: fc.nat({ max: 2 }),
      days: fc.integer({ min: 1, max: 3 }),
      start: fc.nat({ max: 4 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('pay' as const), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('payWithoutWebhook' as const), which }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('replace' as const), which, pieces: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('expire' as const), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pickUp' as const), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('return' as const), which }) },
);

interface OpenOrder {
  id: string;
  buyer: Person;
  sessionId: string;
  url: string;
  total: number;
}

interface Goods {
  product: number;
  equipment: number;
}

const dayAfterToday = (days: number) => addDays(shopDay(), days);

async function order(
  goods: Goods,
  { pieces, units, days, start }: Extract<Step, { do: 'order' }>,
  replaced?: OpenOrder,
) {
  const items: ItemInput[] = [];
  if (pieces > 0) items.push({ id: goods.product, type: 'PRODUCT', quantity: pieces });
  const startDate = dayAfterToday(start);
  if (units > 0) items.push({ id: goods.equipment, type: 'EQUIPMENT', quantity: units, days, startDate });
  if (items.length === 0) return null;
  const buyer = replaced?.buyer ?? (await newBuyer());
  const rest = { idempotencyKey: randomUUID(), ...(replaced ? { replacesOrderId: replaced.id } : {}) };
  const { data, errors } = await tryCheckout(shop, buyer, checkoutInput(items, rest));
  const session = data?.createCheckoutSession;
  if (!session?.url) {
    const rejections = ['OUT_OF_STOCK', 'NOT_AVAILABLE', ...(replaced ? ['ORDER_NOT_CANCELLABLE'] : [])];
    expect(rejections).toContain(errors?.[0]?.extensions.code);
    return null;
  }
  const { id, total } = session.order;
  return { id, buyer, sessionId: session.sessionId, url: session.url, total: total.amount };
}

async function act(
  step: Exclude<Step, { do: 'order' | 'replace' }>,
  { id, buyer, sessionId, url }: OpenOrder,
): Promise<void> {
  switch (step.do) {
    case 'pay':
      await submitCard(url, '4242424242424242');
      break;
    case 'payWithoutWebhook':
      // Stripe's event of it arrives with the next step.
      shop.simulator.webhooks.pause();
      await submitCard(url, '4242424242424242');
      return;
    case 'expire':
      await fetch(`${shop.simulator.url}/_simulator/checkout/sessions/${sessionId}/expire`, { method: 'POST' });
      break;
    case 'cancel':
      await shop.graphql('mutation ($id: ID!) { cancelOrder(orderId: $id) { id } }', { id }, buyer.token);
      break;
    default:
      await moveRentals(step.do === 'pickUp' ? 'markPickedUp' : 'markReturned', id);
  }
  await shop.simulator.webhooks.idle();
}

/** The rentals of the order, as staff do it; whatever is rejected changes nothing. */
async function moveRentals(mutation: 'markPickedUp' | 'markReturned', orderId: string): Promise<void> {
  const lines = 'query ($id: ID!) { order(id: $id) { lines { id type } } }';
  const { data } = await shop.graphql<{ order: { lines: { id: string; type: string }[] } }>(
    lines,
    { id: orderId },
    staff.token,
  );
  for (const { id, type } of data?.order.lines ?? []) {
    if (type !== 'EQUIPMENT') continue;
    await shop.graphql(
      `mutation ($id: ID!) { ${mutation}(input: { orderLineId: $id }) { line { id } } }`,
      { id },
      staff.token,
    );
  }
}

/** I3, I9 and I13 of what must always hold, read straight from the tables. */
async function checkInvariants({ product, equipment }: Goods, orders: readonly OpenOrder[]): Promise<void> {
  const em = shop.orm.em.fork();
  const ids = orders.map(({ id }) => id);
  if (ids.length === 0) return;
  const [sums] = await em.execute<{ held: number; sold: number }[]>(
    `select coalesce(sum(quantity) filter (where hold_state = 'HELD'), 0)::int as held,
       coalesce(sum(quantity) filter (where hold_state = 'CONFIRMED'), 0)::int as sold
     from order_lines where type = 'PRODUCT' and item_id = ? and order_id in (?)`,
    [product, ids],
  );
  expect(await stockOf(shop.orm, product)).toEqual({ onHand: ON_HAND - (sums?.sold ?? 0), held: sums?.held });
  const overbooked = await em.execute(
    `select day from generate_series(current_date - 1, current_date + 20, '1 day') day
     join bookings b on b.active and b.period @> day::date join equipment_units u on u.id = b.unit_id
     where u.equipment_id = ? group by day having count(*) > ?`,
    [equipment, UNITS],
  );
  expect(overbooked).toEqual([]);
  const stray = await em.execute(
    `select l.id from order_lines l join orders o on o.id = l.order_id
     where l.order_id in (?) and (
       (l.hold_state = 'HELD' and o.status not in ('PENDING', 'PAYMENT_FAILED', 'PROCESSING', 'UNDER_REVIEW'))
       or (l.hold_state = 'CONFIRMED' and o.status <> 'PAID')
       or (l.hold_state = 'RELEASED' and o.status not in ('EXPIRED', 'CANCELLED'))
       or (l.type = 'EQUIPMENT' and (l.hold_state = 'RELEASED') = exists (
         select 1 from bookings b where b.order_line_id = l.id and b.active)))`,
    [ids],
  );
  expect(stray).toEqual([]);
  const wrong = await em.execute(
    `select o.id from orders o join order_lines l on l.order_id = o.id where o.id in (?)
     group by o.id having o.total_minor <> sum(l.amount_minor) or bool_or(l.amount_minor <> l.quantity * l.rate_minor)`,
    [ids],
  );
  expect(wrong).toEqual([]);
}

test('Every history of orders, payments, expiries, cancellations and returns keeps what was promised', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 16 }), async (history) => {
      const goods = {
        product: await addProduct(shop.orm, { onHand: ON_HAND }),
        equipment: await addEquipment(shop.orm, { units: UNITS, turnaroundDays: 1 }),
      };
      const orders: OpenOrder[] = [];
      for (const next of history) {
        const chosen = 'which' in next ? orders[next.which % Math.max(orders.length, 1)] : undefined;
        if (next.do === 'order') {
          const placed = await order(goods, next);
          if (placed) orders.push(placed);
        } else if (next.do === 'replace') {
          const basket = { do: 'order' as const, pieces: next.pieces, units: 1, days: 1, start: 2 };
          const placed = chosen ? await order(goods, basket, chosen) : null;
          if (placed) orders.push(placed);
        } else if (chosen) {
          await act(next, chosen);
        }
        if (next.do === 'payWithoutWebhook') continue;
        shop.simulator.webhooks.resume();
        await shop.simulator.webhooks.idle();
        await checkInvariants(goods, orders);
      }
      shop.simulator.webhooks.resume();
      await shop.simulator.webhooks.idle();
      await checkInvariants(goods, orders);
    }),
    { numRuns: 30 },
  );
});
