/** The search for free units, against a search by brute force. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { latestStart, stayFrom } from '../../../src/modules/inventory/opening-days.js';
import {
  type FreeSpan,
  firstStart,
  freeByDay,
  freeUnits,
  type UnitCalendar,
} from '../../../src/modules/inventory/unit-search.js';
import { addDays, daysBetween } from '../../../src/platform/kernel/calendar-date.js';

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

/** When the units are free from the first day up to the end of the longest stay, as the database would tell it. */
function spansOf(units: readonly UnitCalendar[], days: number): FreeSpan[] {
  return units.flatMap(({ busy }) => {
    const edges = [{ until: day(0) }, ...busy].map(({ until }, index) => ({
      from: until,
      until: busy[index]?.from ?? day(days),
      units: 1,
    }));
    return edges.filter(({ from, until }) => from < until);
  });
}

const lengths = fc.integer({ min: 1, max: 8 });

test('counts the free units of each day', () => {
  fc.assert(
    fc.property(calendars, fc.nat({ max: 20 }), lengths, (units, from, length) => {
      const counted = freeByDay(spansOf(units, 60), { from: day(from), until: day(from + length) });
      const expected = Array.from(
        { length },
        (_, index) => units.filter((unit) => isFree(unit, from + index, 1)).length,
      );
      expect(counted).toEqual(expected);
    }),
  );
});

test('finds the first day on which enough units are free for the whole stay, around days on which the shop is closed', () => {
  fc.assert(
    fc.property(
      fc.record({
        units: calendars,
        quantity: fc.integer({ min: 1, max: 5 }),
        days: lengths,
        turnaroundDays: fc.nat({ max: 2 }),
        earliest: fc.nat({ max: 20 }),
        weekdays: fc.subarray([1, 2, 3, 4, 5, 6, 7], { maxLength: 6 }),
        dates: fc.array(fc.nat({ max: HORIZON_DAYS }), { maxLength: 8 }),
      }),
      ({ units, quantity, days, turnaroundDays, earliest, weekdays, dates }) => {
        const closures = { weekdays: new Set(weekdays), dates: new Set(dates.map(day)) };
        const length = { days, turnaroundDays };
        const found = firstStart(
          spansOf(units, 200),
          { quantity, earliest: day(earliest), latest: day(HORIZON_DAYS) },
          {
            canStart: (start) => stayFrom(closures, start, length) !== null,
            latestStart: (until) => latestStart(closures, until, length),
          },
        );
        const offsets = Array.from({ length: HORIZON_DAYS - earliest + 1 }, (_, index) => earliest + index);
        const expected = offsets.find((offset) => {
          const stay = stayFrom(closures, day(offset), length);
          if (stay === null) return false;
          const taken = daysBetween(stay.start, stay.until);
          return units.filter((unit) => isFree(unit, offset, taken)).length >= quantity;
        });
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
