/** Nothing is sold or rented that isn't there, however many buyers come at once. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { inTransaction } from '../../../src/platform/database/transaction.js';
import { checkout, checkoutInput, tryCheckout } from '../../support/checkout.js';
import { eventually } from '../../support/eventually.js';
import { activeBookings, addEquipment, addProduct, stockOf, warmUp } from '../../support/shop.js';
import { newBuyer, startTestApp, type TestApp } from '../../support/test-app.js';

let shop: TestApp;

beforeAll(async () => {
  shop = await startTestApp({}, { startsAt: '2026-12-01T09:00:00Z' });
  await warmUp(shop.orm);
});
afterAll(() => shop.close());

test('A hundred buyers race for three pieces: three win, the others get OUT_OF_STOCK with what is left', async () => {
  const product = await addProduct(shop.orm, { onHand: 3 });
  const buyers = await Promise.all(Array.from({ length: 100 }, newBuyer));
  const answers = await Promise.all(
    buyers.map((buyer) => tryCheckout(shop, buyer, checkoutInput([{ id: product, type: 'PRODUCT' }]))),
  );
  expect(answers.filter(({ data }) => data?.createCheckoutSession)).toHaveLength(3);
  const errors = answers.flatMap((answer) => answer.errors ?? []);
  expect(new Set(errors.map(({ extensions }) => extensions.code))).toEqual(new Set(['OUT_OF_STOCK']));
  expect(errors[0]?.extensions).toMatchObject({ item: { type: 'PRODUCT', id: String(product) }, available: 0 });
  expect(await stockOf(shop.orm, product)).toEqual({ onHand: 3, held: 3 });
});

test('A hundred buyers race for three units on overlapping days: no unit is booked twice, the others get a date', async () => {
  const equipment = await addEquipment(shop.orm, { units: 3, turnaroundDays: 1 });
  const buyers = await Promise.all(Array.from({ length: 100 }, newBuyer));
  const answers = await Promise.all(
    buyers.map((buyer, index) =>
      tryCheckout(
        shop,
        buyer,
        checkoutInput([{ id: equipment, type: 'EQUIPMENT', days: 3, startDate: `2027-06-0${1 + (index % 2)}` }]),
      ),
    ),
  );
  expect(answers.filter(({ data }) => data?.createCheckoutSession)).toHaveLength(3);
  const errors = answers.flatMap((answer) => answer.errors ?? []);
  expect(errors).toHaveLength(97);
  for (const { extensions } of errors) {
    expect(extensions).toMatchObject({
      code: 'NOT_AVAILABLE',
      item: { type: 'EQUIPMENT', id: String(equipment) },
      firstFreeDate: expect.stringMatching(/^2027-06-0[56]$/),
    });
  }
  const bookings = await activeBookings(shop.orm, equipment);
  expect(new Set(bookings.map(({ unit }) => unit)).size).toBe(3);
});

test('A basket is held whole or not at all', async () => {
  const buyer = await newBuyer();
  const plenty = await addProduct(shop.orm, { onHand: 10 });
  const scarce = await addProduct(shop.orm, { onHand: 1 });
  const { errors } = await tryCheckout(
    shop,
    buyer,
    checkoutInput([
      { id: plenty, type: 'PRODUCT', quantity: 2 },
      { id: scarce, type: 'PRODUCT', quantity: 2 },
    ]),
  );
  expect(errors?.[0]?.extensions).toMatchObject({
    code: 'OUT_OF_STOCK',
    available: 1,
    fields: { 'items[1].quantity': 'only 1 left' },
  });
  expect(await stockOf(shop.orm, plenty)).toEqual({ onHand: 10, held: 0 });
});

test('A checkout that waits for a stock gets what is released meanwhile', async () => {
  const product = await addProduct(shop.orm, { onHand: 1 });
  await checkout(shop, await newBuyer(), [{ id: product, type: 'PRODUCT' }]);
  const waiting = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%product_stocks%'
    and datname = current_database()`;
  let second: ReturnType<typeof tryCheckout> | undefined;
  await inTransaction(shop.orm.em, async (em) => {
    await em.execute('update product_stocks set held = held - 1 where product_id = ?', [product]);
    second = tryCheckout(shop, await newBuyer(), checkoutInput([{ id: product, type: 'PRODUCT' }]));
    await eventually(async () => expect(await shop.orm.em.fork().execute(waiting)).toHaveLength(1));
  });
  expect((await second)?.errors).toBeUndefined();
  expect(await stockOf(shop.orm, product)).toEqual({ onHand: 1, held: 1 });
});

test('Unlimited stock is never out', async () => {
  const product = await addProduct(shop.orm, { onHand: null });
  await checkout(shop, await newBuyer(), [{ id: product, type: 'PRODUCT', quantity: 100 }]);
  expect(await stockOf(shop.orm, product)).toEqual({ onHand: null, held: 100 });
});

test('A unit can leave again on the day after its turnaround, and not before', async () => {
  const equipment = await addEquipment(shop.orm, { units: 1, turnaroundDays: 2 });
  const rent = async (startDate: string) =>
    tryCheckout(shop, await newBuyer(), checkoutInput([{ id: equipment, type: 'EQUIPMENT', days: 2, startDate }]));
  expect((await rent('2027-07-01')).errors).toBeUndefined();
  expect((await rent('2027-07-04')).errors?.[0]?.extensions.firstFreeDate).toBe('2027-07-05');
  expect((await rent('2027-07-05')).errors).toBeUndefined();
});

test('A unit that is retired is not rented any more', async () => {
  const equipment = await addEquipment(shop.orm, { units: 1 });
  await shop.orm.em.fork().execute('update equipment_units set active = false where equipment_id = ?', [equipment]);
  const input = checkoutInput([{ id: equipment, type: 'EQUIPMENT', days: 1 }]);
  const { errors } = await tryCheckout(shop, await newBuyer(), input);
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'NOT_AVAILABLE', available: 0, firstFreeDate: null });
});

test('No date is offered that could not be ordered', async () => {
  const equipment = await addEquipment(shop.orm, { units: 1 });
  await shop.orm.em.fork().execute(
    `insert into bookings (unit_id, order_line_id, period, return_date)
     select id, gen_random_uuid(), daterange(current_date - 2, current_date + 735), current_date + 734 from equipment_units where equipment_id = ?`,
    [equipment],
  );
  const input = checkoutInput([{ id: equipment, type: 'EQUIPMENT', days: 1 }]);
  const { errors } = await tryCheckout(shop, await newBuyer(), input);
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'NOT_AVAILABLE', firstFreeDate: null });
});

test('The database itself rejects a second booking of a unit, and stock below what is held', async () => {
  const em = shop.orm.em.fork();
  const equipment = await addEquipment(shop.orm, { units: 1 });
  const product = await addProduct(shop.orm, { onHand: 1 });
  const book = `insert into bookings (unit_id, order_line_id, period, return_date)
    select id, gen_random_uuid(), daterange('2027-08-01', '2027-08-05'), '2027-08-04' from equipment_units where equipment_id = ?`;
  await em.execute(book, [equipment]);
  await expect(em.execute(book, [equipment])).rejects.toThrow('bookings_no_overlap');
  await expect(em.execute('update product_stocks set held = 2 where product_id = ?', [product])).rejects.toThrow(
    'product_stocks_never_oversold',
  );
});
