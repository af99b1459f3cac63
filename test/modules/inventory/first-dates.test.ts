/** The first free date is the first day on which a checkout would have it, whatever the calendars look like. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ItemType } from '../../../src/modules/catalogue/item-type.js';
import { CalendarBudget } from '../../../src/modules/inventory/calendar-budget.js';
import { addDays, daysBetween } from '../../../src/platform/kernel/calendar-date.js';
import { addEquipment } from '../../support/shop.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';

const TODAY = '2027-03-01';
/** Before the first free date, each of which must not be free. */
const DAYS_TRIED = 15;
let shop: TestApp;

beforeAll(async () => {
  shop = await startTestApp();
  shop.clock.setTo(`${TODAY}T09:00:00Z`);
});
afterAll(async () => {
  await shop.services.openingDays.setWeekdays(shop.orm.em.fork(), []);
  await shop.close();
});

/** A unit's bookings as gaps and lengths; the first may be out past its day, or have come back today or before. */
const unit = fc.record({
  begins: fc.integer({ min: -6, max: 3 }),
  pieces: fc.array(fc.tuple(fc.nat({ max: 4 }), fc.integer({ min: 1, max: 60 })), { maxLength: 6 }),
  first: fc.constantFrom('to come', 'out', 'back'),
});

const history = fc.record({
  units: fc.array(unit, { minLength: 1, maxLength: 4 }),
  turnaroundDays: fc.nat({ max: 2 }),
  quantity: fc.integer({ min: 1, max: 4 }),
  taken: fc.nat({ max: 2 }),
  days: fc.integer({ min: 1, max: 6 }),
  weekdays: fc.subarray([1, 3, 6, 7]),
});

async function book(unitId: number, { begins, pieces, first }: typeof unit extends fc.Arbitrary<infer T> ? T : never) {
  let offset = begins;
  for (const [index, [gap, length]] of pieces.entries()) {
    const from = offset + (index === 0 ? 0 : gap);
    offset = from + length;
    const isOut = index === 0 && first === 'out' && from <= 0;
    const isBack = index === 0 && first === 'back' && from <= 0;
    await shop.orm.em.fork().execute(
      `insert into bookings (unit_id, order_line_id, period, return_date, picked_up_at, returned_at, returned_on)
       values (?, gen_random_uuid(), daterange(?, ?), ?, ?, ?, ?)`,
      [
        ...[unitId, addDays(TODAY, from), addDays(TODAY, offset), addDays(TODAY, offset - 1)],
        ...[isOut || isBack ? `${addDays(TODAY, from)}T08:00:00Z` : null],
        ...[isBack ? `${TODAY}T08:00:00Z` : null, isBack ? addDays(TODAY, Math.min(offset - 1, 0)) : null],
      ],
    );
  }
}

const unlimited = () => new CalendarBudget(async () => {});

test('For every equipment, quantity, length and basket', async () => {
  const { availability, openingDays } = shop.services;
  await fc.assert(
    fc.asyncProperty(history, async ({ units, turnaroundDays, quantity, taken, days, weekdays }) => {
      const em = shop.orm.em.fork();
      await openingDays.setWeekdays(em, weekdays);
      const equipment = await addEquipment(shop.orm, { units: units.length, turnaroundDays });
      const rows = await em.execute<{ id: number }[]>('select id from equipment_units where equipment_id = ?', [
        equipment,
      ]);
      for (const [index, { id }] of rows.entries()) await book(id, units[index] as (typeof units)[number]);
      const closures = await openingDays.closuresFrom(em, TODAY);
      const line = (start: number, wanted: number, length: number) => {
        let returns = start + length - 1;
        while (closures.weekdays.has(new Date(addDays(TODAY, returns)).getUTCDay() || 7)) returns += 1;
        const rental = { startDate: addDays(TODAY, start), returnDate: addDays(TODAY, returns) };
        return { type: ItemType.EQUIPMENT, itemId: equipment, quantity: wanted, days: length, rental, turnaroundDays };
      };
      const before = taken > 0 ? [line(7, taken, 2)] : [];
      const look = (lines: ReturnType<typeof line>[]) =>
        availability.checkLines(em, lines, { today: TODAY, closures, earliestEnd: TODAY }, unlimited());
      const isAvailable = async (start: number) =>
        (await look([...before, line(start, quantity, days)])).at(-1)?.isAvailable ?? false;
      const first = (await look([...before, line(0, quantity, days)])).at(-1)?.firstFreeDate ?? null;
      if (first === null) {
        expect(quantity).toBeGreaterThan(units.length);
        return;
      }
      const found = daysBetween(TODAY, first);
      expect(await isAvailable(found)).toBe(true);
      for (let start = Math.max(0, found - DAYS_TRIED); start < found; start += 1) {
        expect([start, await isAvailable(start)]).toEqual([start, false]);
      }
    }),
    { numRuns: 40 },
  );
});
