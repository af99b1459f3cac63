/** What the calendar of an equipment shows, and from when it can be had. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { checkout } from '../../support/checkout.js';
import { addEquipment } from '../../support/shop.js';
import { newBuyer, startTestApp, type TestApp } from '../../support/test-app.js';

let shop: TestApp;

beforeAll(async () => {
  shop = await startTestApp({}, { startsAt: '2026-12-01T09:00:00Z' });
});
afterEach(() => {
  shop.clock.reset();
  shop.stripeClock.reset();
});
afterAll(() => shop.close());

interface AvailabilityData {
  catalogueItem: { availability: { date: string; free: number }[]; nextAvailableDate: string | null };
}

async function ask(equipment: number, fields: string) {
  return shop.graphql<AvailabilityData>(
    `query ($id: ID!) { catalogueItem(type: EQUIPMENT, id: $id) { ... on Equipment { ${fields} } } }`,
    { id: equipment },
  );
}

async function freeFrom(equipment: number, from: string, to: string): Promise<number[]> {
  const { data, errors } = await ask(equipment, `availability(from: "${from}", to: "${to}") { date free }`);
  if (!data) throw new Error(JSON.stringify(errors));
  return data.catalogueItem.availability.map(({ free }) => free);
}

async function nextDate(equipment: number, wanted: string): Promise<string | null | undefined> {
  return (await ask(equipment, `nextAvailableDate(${wanted})`)).data?.catalogueItem.nextAvailableDate;
}

test('Every day shows the units that nobody has, turnaround included', async () => {
  const equipment = await addEquipment(shop.orm, { units: 3, turnaroundDays: 1 });
  const rent = async (quantity: number, days: number, startDate: string) =>
    checkout(shop, await newBuyer(), [{ id: equipment, type: 'EQUIPMENT', quantity, days, startDate }]);
  await rent(2, 2, '2027-09-02');
  await rent(1, 1, '2027-09-06');
  expect(await freeFrom(equipment, '2027-09-01', '2027-09-08')).toEqual([3, 1, 1, 1, 3, 2, 2, 3]);
});

describe('One request', () => {
  const PAGE = `query ($equipments: Int!, $from: LocalDate!, $to: LocalDate!) {
    catalogue(type: EQUIPMENT, first: $equipments) { edges { node { ... on Equipment {
      one: FIELD two: FIELD three: FIELD FIELD
    } } } }
  }`;
  const calendars = PAGE.replaceAll('FIELD', 'availability(from: $from, to: $to) { date free isOpen }');
  const dates = PAGE.replaceAll('FIELD', 'nextAvailableDate(from: $from)').replace(', $to: LocalDate!', '');
  const page = async (query: string, equipments: number, to: string) => {
    const { data, errors } = await shop.graphql(query, { equipments, from: '2027-09-01', to });
    if (!errors) return { data };
    return { data, code: errors[0]?.extensions.code, fields: Object.keys(errors[0]?.extensions.fields ?? {}) };
  };

  beforeAll(async () => {
    for (let count = 0; count < 30; count += 1) await addEquipment(shop.orm);
  });

  test('shows a month of a page of calendars', async () => {
    expect(await page(calendars, 20, '2027-09-14')).toEqual({ data: expect.anything() });
  });

  test('shows no more days than a limit, however the size of the page is written', async () => {
    const rejected = { data: null, code: 'BAD_USER_INPUT', fields: ['availability'] };
    expect(await page(calendars, 30, '2028-08-31')).toEqual(rejected);
  });

  test('searches for a hundred dates, and no more', async () => {
    expect(await page(dates, 25, '2027-09-01')).toEqual({ data: expect.anything() });
    expect(await page(dates, 26, '2027-09-01')).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: ['nextAvailableDate'],
    });
  });
});

test('The next date has one unit for the whole stay, not a different one each day', async () => {
  const equipment = await addEquipment(shop.orm, { units: 2, turnaroundDays: 0 });
  const rent = async (days: number, startDate: string) =>
    checkout(shop, await newBuyer(), [{ id: equipment, type: 'EQUIPMENT', days, startDate }]);
  await rent(2, '2027-09-01');
  await rent(2, '2027-09-02');
  // On each of these days a unit is free, but none is for both the first and the second.
  expect(await nextDate(equipment, 'from: "2027-09-01", days: 3')).toBe('2027-09-03');
  expect(await nextDate(equipment, 'from: "2027-09-01", days: 1')).toBe('2027-09-01');
  expect(await nextDate(equipment, 'from: "2027-09-01", quantity: 2')).toBe('2027-09-04');
  expect(await nextDate(equipment, 'from: "2027-09-01", quantity: 3')).toBeNull();
});

test('A date is found however far ahead it is, up to the last that can be ordered', async () => {
  const equipment = await addEquipment(shop.orm, { units: 1, turnaroundDays: 0 });
  for (const startDate of ['2027-01-01', '2028-01-01']) {
    await checkout(shop, await newBuyer(), [{ id: equipment, type: 'EQUIPMENT', days: 365, startDate }]);
  }
  shop.clock.setTo('2027-01-10T10:00:00Z');
  // 2028 is a leap year: 365 days from its first are one short of it.
  expect(await nextDate(equipment, 'days: 1')).toBe('2028-12-31');
  expect(await nextDate(equipment, 'days: 2')).toBe('2028-12-31');
});

test.each([
  ['from', 'availability(from: "2020-01-01", to: "2020-01-02") { free }'],
  ['to', 'availability(from: "2027-01-02", to: "2027-01-01") { free }'],
  ['to', 'availability(from: "2027-01-01", to: "2028-01-02") { free }'],
  ['quantity', 'nextAvailableDate(quantity: 101)'],
  ['days', 'nextAvailableDate(days: 0)'],
])('Bad input is rejected, naming %s', async (field, fields) => {
  const { errors } = await ask(await addEquipment(shop.orm), fields);
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: { [field]: expect.any(String) } });
});
