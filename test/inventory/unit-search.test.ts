/** The search for free units, against a search by brute force. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { firstFreeDate, freeUnits, type UnitCalendar } from '../../src/inventory/unit-search.js';
import { addDays } from '../../src/shared/calendar-date.js';

const START = '2027-01-01';
const HORIZON_DAYS = 40;
const day = (offset: number) => addDays(START, offset);

/** A calendar as the days on which each of its periods begins and how long it is, laid one after the other. */
const calendar = fc
  .array(fc.tuple(fc.nat({ max: 5 }), fc.integer({ min: 1, max: 6 })), { maxLength: 4 })
  .map((pieces) => {
    let offset = 0;
    return pieces.map(([gap, length]) => {
      const from = offset + gap;
      offset = from + length;
      return { from: day(from), until: day(offset) };
    });
  });
const calendars = fc
  .array(calendar, { minLength: 1, maxLength: 5 })
  .map((all): UnitCalendar[] => all.map((busy, index) => ({ unitId: index + 1, busy })));

const isFree = ({ busy }: UnitCalendar, from: number, length: number) =>
  Array.from({ length }, (_, index) => day(from + index)).every(
    (date) => !busy.some((period) => period.from <= date && date < period.until),
  );

test('finds exactly the units that are free on every day of the stay', () => {
  fc.assert(
    fc.property(calendars, fc.nat({ max: 30 }), fc.integer({ min: 1, max: 8 }), (units, from, length) => {
      const found = freeUnits(units, { from: day(from), until: day(from + length) });
      const expected = units.filter((unit) => isFree(unit, from, length)).map(({ unitId }) => unitId);
      expect([...found].sort()).toEqual(expected);
    }),
  );
});

test('finds the first day on which enough units are free for the whole stay', () => {
  fc.assert(
    fc.property(
      calendars,
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 8 }),
      fc.nat({ max: 20 }),
      (units, quantity, lengthDays, earliest) => {
        const found = firstFreeDate(
          units,
          { quantity, earliest: day(earliest), latest: day(HORIZON_DAYS) },
          (from) => ({ from, until: addDays(from, lengthDays) }),
        );
        const offsets = Array.from({ length: HORIZON_DAYS - earliest + 1 }, (_, index) => earliest + index);
        const expected = offsets.find(
          (offset) => units.filter((unit) => isFree(unit, offset, lengthDays)).length >= quantity,
        );
        expect(found).toBe(expected === undefined ? null : day(expected));
      },
    ),
  );
});

test('prefers the unit with the tightest gap, and keeps the idle one for long stays', () => {
  const units = [
    { unitId: 1, busy: [] },
    { unitId: 2, busy: [{ from: day(0), until: day(5) }] },
    {
      unitId: 3,
      busy: [
        { from: day(0), until: day(4) },
        { from: day(9), until: day(12) },
      ],
    },
  ];
  expect(freeUnits(units, { from: day(5), until: day(8) })).toEqual([3, 2, 1]);
});
