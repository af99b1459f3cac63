/**
 * A rental after its payment: out, back, late, in danger, moved; and the days on which the shop keeps a unit or is
 * closed.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { checkout, checkoutInput, orderBySession, submitCard, tryCheckout } from '../../support/checkout.js';
import { eventually } from '../../support/eventually.js';
import { activeBookings, addEquipment } from '../../support/shop.js';
import { newBuyer, newStaff, type Person, startTestApp, type TestApp } from '../../support/test-app.js';

let shop: TestApp;
let staff: Person;

beforeAll(async () => {
  shop = await startTestApp({}, { startsAt: '2026-12-01T09:00:00Z' });
  staff = await newStaff();
});
afterEach(async () => {
  today = null;
  shop.clock.reset();
  await shop.orm.em.fork().execute('delete from closed_weekdays; delete from closed_dates;');
});
afterAll(() => shop.close());

async function run<Data>(document: string, variables: object = {}, viewer = staff): Promise<Data> {
  const { data, errors } = await shop.graphql<Data>(document, variables, viewer.token);
  if (errors || !data) throw Object.assign(new Error(JSON.stringify(errors)), errors?.[0]?.extensions);
  return data;
}

async function rejection(document: string, variables: object, viewer = staff) {
  return (await shop.graphql(document, variables, viewer.token)).errors?.[0]?.extensions;
}

const UNITS = `units { unitId label startDate returnDate pickedUpAt returnedAt isOverdue orderId }`;
const PICK_UP = `mutation ($id: ID!, $units: [ID!]) { markPickedUp(input: { orderLineId: $id, unitIds: $units }) { line { ${UNITS} } } }`;
const RETURN = `mutation ($id: ID!, $units: [ID!]) { markReturned(input: { orderLineId: $id, unitIds: $units }) { line { ${UNITS} } } }`;
const SWAP = `mutation ($input: ReassignUnitInput!) { reassignUnit(input: $input) { line { ${UNITS} } } }`;
const AT_RISK = `{ bookingsAtRisk { rental { orderId unitId startDate } block { from reason } overdue { orderId returnDate } } }`;
const BLOCK = 'mutation ($input: BlockUnitInput!) { blockUnit(input: $input) { block { id from to } } }';
const RELEASE = 'mutation ($id: ID!) { unblockUnit(blockId: $id) { block { id } } }';

interface Unit {
  unitId: string;
  pickedUpAt: string | null;
  returnedAt: string | null;
  isOverdue: boolean;
  startDate: string;
  returnDate: string;
}

let today: string | null = null;

function setToday(date: string): void {
  today = date;
  shop.clock.setTo(`${date}T09:00:00Z`);
}

/** A rental that is paid; the id of its line, and its order. */
async function rent(
  equipment: number,
  { startDate, days = 1, quantity = 1 }: { startDate: string; days?: number; quantity?: number },
): Promise<{ line: string; order: string; units: Unit[] }> {
  // Stripe signs with the time it is, so the payment has to happen then.
  shop.clock.reset();
  const buyer = await newBuyer();
  const { sessionId, url, order } = await checkout(shop, buyer, [
    { id: equipment, type: 'EQUIPMENT', days, quantity, startDate },
  ]);
  await submitCard(url, '4242424242424242');
  await eventually(async () => expect(await orderBySession(shop, buyer, sessionId)).toMatchObject({ status: 'PAID' }));
  if (today !== null) setToday(today);
  const query = `query ($id: ID!) { order(id: $id) { lines { id ${UNITS} } } }`;
  const { order: read } = await run<{ order: { lines: { id: string; units: Unit[] }[] } }>(query, { id: order.id });
  const [line] = read.lines;
  if (!line) throw new Error('The order has no line.');
  return { line: line.id, order: order.id, units: line.units };
}

/** Whether a new buyer could have it: only the API's clock is moved, so Stripe's session could not be opened. */
async function offer(equipment: number, startDate: string, days = 1) {
  const items = [{ id: equipment, type: 'EQUIPMENT', days, startDate }];
  const query = `query ($items: [CheckoutItemInput!]!) { quote(items: $items) { lines { isAvailable firstFreeDate } } }`;
  return (await run<{ quote: { lines: [{ isAvailable: boolean; firstFreeDate: string | null }] } }>(query, { items }))
    .quote.lines[0];
}

/** The same by a checkout, which takes it; on the day that it is. */
const take = async (equipment: number, startDate: string, days = 1) =>
  tryCheckout(shop, await newBuyer(), checkoutInput([{ id: equipment, type: 'EQUIPMENT', days, startDate }]));

describe('Picking up and returning', () => {
  test('are noted for all units of a line, or for some', async () => {
    setToday('2027-03-01');
    const { line, units } = await rent(await addEquipment(shop.orm, { units: 2 }), {
      startDate: '2027-03-01',
      days: 2,
      quantity: 2,
    });
    const [first, second] = units.map(({ unitId }) => unitId);
    const out = await run<{ markPickedUp: { line: { units: Unit[] } } }>(PICK_UP, { id: line });
    expect(out.markPickedUp.line.units).toMatchObject([
      { pickedUpAt: expect.any(String) },
      { pickedUpAt: expect.any(String) },
    ]);
    const partly = await run<{ markReturned: { line: { units: Unit[] } } }>(RETURN, { id: line, units: [second] });
    expect(partly.markReturned.line.units).toMatchObject([
      { unitId: first, returnedAt: null },
      { unitId: second, returnedAt: expect.any(String) },
    ]);
    const fully = await run<{ markReturned: { line: { units: Unit[] } } }>(RETURN, { id: line });
    expect(fully.markReturned.line.units.every(({ returnedAt }) => returnedAt !== null)).toBe(true);
    // Again changes nothing.
    expect((await run<{ markReturned: { line: { units: Unit[] } } }>(RETURN, { id: line })).markReturned).toEqual(
      fully.markReturned,
    );
  });

  test('are rejected before the first day, before the payment, and for units of others', async () => {
    setToday('2027-03-01');
    const equipment = await addEquipment(shop.orm, { units: 2 });
    const { line } = await rent(equipment, { startDate: '2027-03-02' });
    expect((await rejection(PICK_UP, { id: line }))?.fields).toEqual({ orderLineId: 'starts on 2027-03-02 only' });
    expect((await rejection(RETURN, { id: line }))?.fields).toEqual({
      orderLineId: expect.stringContaining('not out'),
    });
    expect((await rejection(PICK_UP, { id: line, units: ['1'] }))?.fields).toHaveProperty('unitIds');
    expect((await rejection(PICK_UP, { id: randomUUID() }))?.code).toBe('NOT_FOUND');
    expect((await rejection(PICK_UP, { id: line }, await newBuyer()))?.code).toBe('FORBIDDEN');
    const buyer = await newBuyer();
    shop.clock.reset();
    const { order } = await checkout(shop, buyer, [{ id: equipment, type: 'EQUIPMENT', startDate: '2027-03-01' }]);
    setToday('2027-03-01');
    const { order: unpaid } = await run<{ order: { lines: { id: string; units: Unit[] }[] } }>(
      `query ($id: ID!) { order(id: $id) { lines { id ${UNITS} } } }`,
      { id: order.id },
    );
    expect(unpaid.lines[0]?.units).toEqual([]);
    expect((await rejection(PICK_UP, { id: unpaid.lines[0]?.id }))?.fields).toHaveProperty('orderLineId');
  });

  test('free a unit earlier when it comes back early, after its turnaround', async () => {
    setToday('2027-03-01');
    const equipment = await addEquipment(shop.orm, { units: 1, turnaroundDays: 1 });
    const { line } = await rent(equipment, { startDate: '2027-03-01', days: 10 });
    await run(PICK_UP, { id: line });
    setToday('2027-03-03');
    await run(RETURN, { id: line });
    expect(await activeBookings(shop.orm, equipment)).toMatchObject([{ period: '[2027-03-01,2027-03-05)' }]);
    expect(await offer(equipment, '2027-03-04')).toEqual({ isAvailable: false, firstFreeDate: '2027-03-05' });
    expect(await offer(equipment, '2027-03-05')).toMatchObject({ isAvailable: true });
  });
});

describe('An overdue unit', () => {
  test('stays unavailable until it is back and turned around, and endangers the next rental', async () => {
    setToday('2027-03-01');
    const equipment = await addEquipment(shop.orm, { units: 1, turnaroundDays: 1 });
    const late = await rent(equipment, { startDate: '2027-03-01', days: 2 });
    const next = await rent(equipment, { startDate: '2027-03-06', days: 1 });
    await run(PICK_UP, { id: late.line });
    setToday('2027-03-02');
    expect(await run(AT_RISK)).toEqual({ bookingsAtRisk: [] });
    setToday('2027-03-05');
    const { bookingsAtRisk } = await run<{ bookingsAtRisk: object[] }>(AT_RISK);
    expect(bookingsAtRisk).toEqual([
      {
        rental: { orderId: next.order, unitId: next.units[0]?.unitId, startDate: '2027-03-06' },
        block: null,
        overdue: { orderId: late.order, returnDate: '2027-03-02' },
      },
    ]);
    // Its own booking is over and nobody else has these days, and still nobody is promised the unit.
    setToday('2027-03-04');
    expect(await offer(equipment, '2027-03-04')).toEqual({ isAvailable: false, firstFreeDate: '2027-03-08' });
    // Kept back for a walk-in from the day on which it could be ready at the earliest, which comes nearer each day.
    await run(BLOCK, {
      input: { unitId: next.units[0]?.unitId, from: '2027-03-08', to: '2027-03-08', reason: 'Comptoir' },
    });
    setToday('2027-03-07');
    expect((await run<{ bookingsAtRisk: object[] }>(AT_RISK)).bookingsAtRisk).toMatchObject([
      { rental: null, block: { from: '2027-03-08', reason: 'Comptoir' } },
    ]);
    setToday('2027-03-06');
    expect((await rejection(PICK_UP, { id: next.line }))?.code).toBe('NOT_AVAILABLE');
    await run(RETURN, { id: late.line });
    expect(await run(AT_RISK)).toEqual({ bookingsAtRisk: [] });
    expect(
      (await run<{ markPickedUp: { line: { units: Unit[] } } }>(PICK_UP, { id: next.line })).markPickedUp.line.units,
    ).toMatchObject([{ pickedUpAt: expect.any(String) }]);
  });

  test('is turned around when it is back, as far as nobody has it next', async () => {
    setToday('2027-03-01');
    const equipment = await addEquipment(shop.orm, { units: 1, turnaroundDays: 2 });
    const { line } = await rent(equipment, { startDate: '2027-03-01' });
    await run(PICK_UP, { id: line });
    setToday('2027-03-10');
    await run(RETURN, { id: line });
    expect(await offer(equipment, '2027-03-11')).toEqual({ isAvailable: false, firstFreeDate: '2027-03-13' });
  });
});

test('A unit is with one renter at a time, however close they come to each other', async () => {
  for (let round = 0; round < 5; round += 1) {
    setToday('2027-03-01');
    const equipment = await addEquipment(shop.orm, { units: 1, turnaroundDays: 0 });
    const late = await rent(equipment, { startDate: '2027-03-01' });
    const next = await rent(equipment, { startDate: '2027-03-02' });
    await run(PICK_UP, { id: late.line });
    setToday('2027-03-02');
    const [taken, back] = await Promise.all([
      shop.graphql(PICK_UP, { id: next.line }, staff.token),
      shop.graphql(RETURN, { id: late.line }, staff.token),
    ]);
    expect(back.errors).toBeUndefined();
    expect([undefined, 'NOT_AVAILABLE']).toContain(taken.errors?.[0]?.extensions.code);
  }
});

test('A rental is handed out up to its last day, and no later', async () => {
  setToday('2027-03-01');
  const equipment = await addEquipment(shop.orm, { units: 2 });
  const [first, second] = [
    await rent(equipment, { startDate: '2027-03-01', days: 3 }),
    await rent(equipment, { startDate: '2027-03-01', days: 3 }),
  ];
  setToday('2027-03-03');
  expect(await rejection(PICK_UP, { id: first.line })).toBeUndefined();
  for (const day of ['2027-03-04', '2027-03-23']) {
    setToday(day);
    expect(await rejection(PICK_UP, { id: second.line })).toMatchObject({
      code: 'RENTAL_OVER',
      endDate: '2027-03-03',
      fields: { orderLineId: expect.any(String) },
    });
  }
  // What left in time comes back whenever it does.
  expect(await rejection(RETURN, { id: first.line })).toBeUndefined();
});

test('A late unit is turned around although somebody who never came has its next days', async () => {
  setToday('2027-03-01');
  const equipment = await addEquipment(shop.orm, { units: 1, turnaroundDays: 2 });
  const late = await rent(equipment, { startDate: '2027-03-01' });
  await rent(equipment, { startDate: '2027-03-06' });
  await run(PICK_UP, { id: late.line });
  setToday('2027-03-20');
  await run(RETURN, { id: late.line });
  expect(await offer(equipment, '2027-03-20')).toEqual({ isAvailable: false, firstFreeDate: '2027-03-23' });
});

describe('Staff and a buyer at once', () => {
  const ADD = 'mutation ($input: AddUnitsInput!) { addUnits(input: $input) { equipment { units { id } } } }';
  const RETIRE = 'mutation ($input: RetireUnitInput!) { retireUnit(input: $input) { equipment { unitCount } } }';

  async function oneUnit(): Promise<{ equipment: number; unitId: string }> {
    const equipment = await addEquipment(shop.orm, { units: 0, turnaroundDays: 0 });
    const { addUnits } = await run<{ addUnits: { equipment: { units: { id: string }[] } } }>(ADD, {
      input: { equipmentId: equipment, labels: ['U-1'] },
    });
    return { equipment, unitId: addUnits.equipment.units[0]?.id ?? '' };
  }

  test.each([
    ['block', (unitId: string) => [BLOCK, { input: { unitId, from: '2027-06-01', to: '2027-06-02', reason: 'x' } }]],
    ['retire', (unitId: string) => [RETIRE, { input: { unitId, reason: 'x' } }]],
  ] as const)('who %s and who rents the only unit: one of them has it', async (_what, mutation) => {
    for (let round = 0; round < 8; round += 1) {
      const { equipment, unitId } = await oneUnit();
      const [document, variables] = mutation(unitId);
      const [taken, kept] = await Promise.all([
        take(equipment, '2027-06-02'),
        shop.graphql(String(document), variables as object, staff.token),
      ]);
      const codes = [taken.errors?.[0]?.extensions.code, kept.errors?.[0]?.extensions.code];
      expect(codes.sort()).toEqual(['NOT_AVAILABLE', undefined]);
    }
  });

  test('who retires a unit that is to leave and who rents the only other: one of them has that', async () => {
    for (let round = 0; round < 8; round += 1) {
      const { equipment, unitId } = await oneUnit();
      const { order } = await rent(equipment, { startDate: '2027-06-01' });
      await run(ADD, { input: { equipmentId: equipment, labels: ['U-2'] } });
      const [taken, retired] = await Promise.all([
        take(equipment, '2027-06-01'),
        shop.graphql(RETIRE, { input: { unitId, reason: 'x' } }, staff.token),
      ]);
      const rejections = [taken, retired].flatMap(({ errors }) => errors?.[0]?.extensions ?? []);
      expect(rejections).toMatchObject([{ code: 'NOT_AVAILABLE' }]);
      if (retired.errors) expect(rejections[0]?.orderIds).toEqual([order]);
      const units = (await activeBookings(shop.orm, equipment)).map(({ unit }) => String(unit));
      expect(units.includes(unitId)).toBe(Boolean(retired.errors));
    }
  });

  test('who swaps to a unit and who rents it: one of them has it', async () => {
    for (let round = 0; round < 8; round += 1) {
      const { equipment, unitId } = await oneUnit();
      const { line } = await rent(equipment, { startDate: '2027-06-01' });
      const { addUnits } = await run<{ addUnits: { equipment: { units: { id: string }[] } } }>(ADD, {
        input: { equipmentId: equipment, labels: ['U-2'] },
      });
      // The only free unit is the new one: the buyer takes it, or the rental moves there and leaves them the old one.
      const input = { orderLineId: line, fromUnitId: unitId, toUnitId: addUnits.equipment.units[1]?.id };
      const [taken, swapped] = await Promise.all([
        take(equipment, '2027-06-01'),
        shop.graphql(SWAP, { input }, staff.token),
      ]);
      expect(taken.errors).toBeUndefined();
      expect([undefined, 'NOT_AVAILABLE']).toContain(swapped.errors?.[0]?.extensions.code);
      const units = (await activeBookings(shop.orm, equipment)).map(({ unit }) => unit);
      expect(new Set(units).size).toBe(2);
    }
  });
});

describe('A unit that does not come back', () => {
  const RETIRE = `mutation ($input: RetireUnitInput!) { retireUnit(input: $input) { equipment { unitCount units { id active } } } }`;
  const unitOf = async (order: string) => {
    const query = `query ($id: ID!) { order(id: $id) { lines { ${UNITS} } } }`;
    const { order: read } = await run<{ order: { lines: { units: Unit[] }[] } }>(query, { id: order });
    return read.lines[0]?.units[0]?.unitId;
  };

  /** One that is out past its day, and is to leave again. */
  async function lost(units: number) {
    setToday('2027-03-01');
    const equipment = await addEquipment(shop.orm, { units, turnaroundDays: 0 });
    const late = await rent(equipment, { startDate: '2027-03-01' });
    const next = await rent(equipment, { startDate: '2027-03-06', days: 2 });
    const unitId = late.units[0]?.unitId;
    expect(next.units[0]?.unitId).toBe(unitId);
    await run(PICK_UP, { id: late.line });
    setToday('2027-03-05');
    return { equipment, late, next, input: { unitId, reason: 'Perdu' } };
  }

  test('is retired, and the next customer gets another', async () => {
    const { equipment, late, next, input } = await lost(2);
    expect(await run(RETIRE, { input })).toMatchObject({ retireUnit: { equipment: { unitCount: 1 } } });
    const other = await unitOf(next.order);
    expect(other).not.toBe(input.unitId);
    expect(await run(AT_RISK)).toEqual({ bookingsAtRisk: [] });
    expect(await offer(equipment, '2027-03-06')).toEqual({ isAvailable: false, firstFreeDate: '2027-03-08' });
    // Where it was is not forgotten, and it may turn up.
    expect(await unitOf(late.order)).toBe(input.unitId);
    expect(await rejection(RETURN, { id: late.line })).toBeUndefined();
    setToday('2027-03-06');
    expect(await rejection(PICK_UP, { id: next.line })).toBeUndefined();
    const audit = `query ($id: ID!) { catalogueChanges(type: EQUIPMENT, id: $id, first: 1) { nodes { action after } } }`;
    const { catalogueChanges } = await run<{ catalogueChanges: { nodes: object[] } }>(audit, { id: equipment });
    expect(JSON.stringify(catalogueChanges.nodes[0])).toContain(next.order);
  });

  test('is not retired where no other is free: the orders in the way are named, and nothing has changed', async () => {
    const { equipment, next, input } = await lost(1);
    expect(await rejection(RETIRE, { input })).toMatchObject({
      code: 'NOT_AVAILABLE',
      orderIds: [next.order],
      fields: { unitId: expect.any(String) },
    });
    expect(await unitOf(next.order)).toBe(input.unitId);
    await run(`mutation ($input: AddUnitsInput!) { addUnits(input: $input) { equipment { unitCount } } }`, {
      input: { equipmentId: equipment, labels: ['New'] },
    });
    expect(await run(RETIRE, { input })).toMatchObject({ retireUnit: { equipment: { unitCount: 1 } } });
    expect(await unitOf(next.order)).not.toBe(input.unitId);
  });
});

test('Who handed a unit out, and who took it back, is on the timeline', async () => {
  setToday('2027-03-01');
  const { line, order, units } = await rent(await addEquipment(shop.orm, { units: 1 }), { startDate: '2027-03-01' });
  await run(PICK_UP, { id: line });
  await run(RETURN, { id: line });
  const { order: read } = await run<{
    order: { timeline: { cause: string; note: string; actor: string; actorId: string }[] };
  }>('query ($id: ID!) { order(id: $id) { timeline { cause note actor actorId } } }', { id: order });
  const who = { note: `unit ${units[0]?.unitId}`, actor: 'STAFF', actorId: staff.id };
  expect(read.timeline.slice(-2)).toEqual([
    { cause: 'UNIT_PICKED_UP', ...who },
    { cause: 'UNIT_RETURNED', ...who },
  ]);
});

describe('Another unit', () => {
  test('takes over a rental when it is free on these days', async () => {
    setToday('2027-03-01');
    const equipment = await addEquipment(shop.orm, { units: 2, turnaroundDays: 0 });
    const { line, units } = await rent(equipment, { startDate: '2027-03-05', days: 3 });
    const other = await rent(equipment, { startDate: '2027-03-06', days: 1 });
    const [from, to] = [units[0]?.unitId, other.units[0]?.unitId];
    const input = { orderLineId: line, fromUnitId: from, toUnitId: to };
    expect(await rejection(SWAP, { input })).toMatchObject({
      code: 'NOT_AVAILABLE',
      fields: { toUnitId: expect.any(String) },
    });
    const [third] = (
      await run<{ addUnits: { equipment: { units: { id: string }[] } } }>(
        'mutation ($input: AddUnitsInput!) { addUnits(input: $input) { equipment { units { id } } } }',
        { input: { equipmentId: equipment, labels: ['U-3'] } },
      )
    ).addUnits.equipment.units.slice(-1);
    const { reassignUnit } = await run<{ reassignUnit: { line: { units: Unit[] } } }>(SWAP, {
      input: { ...input, toUnitId: third?.id },
    });
    expect(reassignUnit.line.units).toMatchObject([{ unitId: third?.id, startDate: '2027-03-05' }]);
    const elsewhere = await rent(await addEquipment(shop.orm), { startDate: '2027-03-05' });
    const foreign = { orderLineId: line, fromUnitId: third?.id, toUnitId: elsewhere.units[0]?.unitId };
    expect(await rejection(SWAP, { input: foreign })).toMatchObject({ code: 'NOT_FOUND' });
  });
});

test('What leaves and what comes back is listed by day', async () => {
  setToday('2027-11-01');
  const equipment = await addEquipment(shop.orm, { units: 3 });
  const long = await rent(equipment, { startDate: '2027-11-01', days: 5 });
  const short = await rent(equipment, { startDate: '2027-11-03', days: 1 });
  const query = `query ($from: LocalDate!, $to: LocalDate!) {
    rentals(from: $from, to: $to) { leaving { orderId startDate } returning { orderId returnDate } } }`;
  expect(await run(query, { from: '2027-11-02', to: '2027-11-05' })).toEqual({
    rentals: {
      leaving: [{ orderId: short.order, startDate: '2027-11-03' }],
      returning: [
        { orderId: short.order, returnDate: '2027-11-03' },
        { orderId: long.order, returnDate: '2027-11-05' },
      ],
    },
  });
  expect((await rejection(query, { from: '2027-11-01', to: '2028-11-01' }))?.fields).toHaveProperty('to');
});

describe('A blocked unit', () => {
  test('is rented to nobody on these days, until it is released', async () => {
    const equipment = await addEquipment(shop.orm, { units: 1, turnaroundDays: 1 });
    const [unit] = await shop.orm.em
      .fork()
      .execute<{ id: number }[]>('select id from equipment_units where equipment_id = ?', [equipment]);
    const input = { unitId: unit?.id, from: '2027-04-05', to: '2027-04-06', reason: 'Révision' };
    const { blockUnit } = await run<{ blockUnit: { block: { id: string } } }>(BLOCK, { input });
    // The turnaround after a rental has to end before the block, too.
    expect((await take(equipment, '2027-04-04')).errors?.[0]?.extensions.firstFreeDate).toBe('2027-04-07');
    expect((await rejection(BLOCK, { input }))?.fields).toEqual({
      from: 'the unit is booked from 2027-04-05 to 2027-04-06',
    });
    const blocks = `query ($id: ID!) { catalogueItem(type: EQUIPMENT, id: $id) { ... on Equipment { units { blocks { id from to reason } } } } }`;
    expect(await run(blocks, { id: equipment })).toEqual({
      catalogueItem: { units: [{ blocks: [{ ...blockUnit.block, reason: 'Révision' }] }] },
    });
    await run(RELEASE, { id: blockUnit.block.id });
    expect(await run(blocks, { id: equipment })).toEqual({ catalogueItem: { units: [{ blocks: [] }] } });
    expect((await take(equipment, '2027-04-04')).errors).toBeUndefined();
    expect((await rejection(BLOCK, { input }))?.code).toBe('NOT_AVAILABLE');
    expect((await rejection(RELEASE, { id: '999999' }))?.code).toBe('NOT_FOUND');
  });
});

test('An overdue unit cannot be blocked before it could be back, nor a retired one at all', async () => {
  setToday('2027-03-01');
  const equipment = await addEquipment(shop.orm, { units: 1, turnaroundDays: 1 });
  const { line, units } = await rent(equipment, { startDate: '2027-03-01' });
  await run(PICK_UP, { id: line });
  setToday('2027-03-20');
  const input = { unitId: units[0]?.unitId, from: '2027-03-21', to: '2027-03-21', reason: 'Comptoir' };
  expect(await rejection(BLOCK, { input })).toMatchObject({
    code: 'NOT_AVAILABLE',
    fields: { from: expect.any(String) },
  });
  const later = { ...input, from: '2027-03-22', to: '2027-03-22' };
  await run(BLOCK, { input: later });
  await shop.orm.em.fork().execute('update equipment_units set active = false where id = ?', [units[0]?.unitId]);
  expect((await rejection(BLOCK, { input: { ...later, from: '2027-04-01', to: '2027-04-01' } }))?.code).toBe(
    'NOT_FOUND',
  );
});

describe('When the shop is closed', () => {
  const SET_WEEKDAYS =
    'mutation ($days: [Int!]!) { setClosedWeekdays(input: { weekdays: $days }) { closedDays { weekdays } } }';
  const CLOSE =
    'mutation ($input: CloseDateInput!) { closeDate(input: $input) { closedDays { dates { date reason } } } }';
  const OPEN = 'mutation ($date: LocalDate!) { openDate(input: { date: $date }) { closedDays { dates { date } } } }';
  const QUOTE = `query ($items: [CheckoutItemInput!]!) {
    quote(items: $items) { lines { startDate endDate returnDate isAvailable firstFreeDate amount { amount } } } }`;

  test('no rental starts, and one that ends then comes back on the next open day, at no extra charge', async () => {
    setToday('2027-03-01');
    const equipment = await addEquipment(shop.orm, { units: 1, turnaroundDays: 0, pricePerDayMinor: 1000 });
    // 2027-03-07 is a Sunday.
    await run(SET_WEEKDAYS, { days: [7] });
    await run(CLOSE, { input: { date: '2027-03-08', reason: 'Inventaire' } });
    const quote = async (startDate: string, days: number) => {
      const items = [{ id: equipment, type: 'EQUIPMENT', days, startDate }];
      return (await run<{ quote: { lines: object[] } }>(QUOTE, { items })).quote.lines[0];
    };
    expect(await quote('2027-03-05', 3)).toMatchObject({
      endDate: '2027-03-07',
      returnDate: '2027-03-09',
      isAvailable: true,
      amount: { amount: 3000 },
    });
    expect(await quote('2027-03-07', 1)).toMatchObject({ isAvailable: false, firstFreeDate: '2027-03-09' });
    shop.clock.reset();
    expect((await take(equipment, '2027-03-08')).errors?.[0]?.extensions).toMatchObject({
      code: 'NOT_AVAILABLE',
      firstFreeDate: '2027-03-09',
    });
    expect((await take(equipment, '2027-03-05', 3)).errors).toBeUndefined();
    expect(await activeBookings(shop.orm, equipment)).toMatchObject([{ period: '[2027-03-05,2027-03-10)' }]);
    await run(OPEN, { date: '2027-03-08' });
    expect(await run('{ closedDays { weekdays dates { date } } }')).toEqual({
      closedDays: { weekdays: [7], dates: [] },
    });
  });

  test('a rental without a start date begins on the first open day', async () => {
    setToday('2027-03-07');
    const equipment = await addEquipment(shop.orm, { units: 1 });
    await run(SET_WEEKDAYS, { days: [7] });
    const items = [{ id: equipment, type: 'EQUIPMENT', days: 1 }];
    const { quote } = await run<{ quote: { lines: object[] } }>(QUOTE, { items });
    expect(quote.lines).toMatchObject([{ startDate: '2027-03-08', isAvailable: true }]);
  });

  test('two who change the weekdays at once do not close it for good', async () => {
    await Promise.all([run(SET_WEEKDAYS, { days: [1, 2, 3, 4] }), run(SET_WEEKDAYS, { days: [5, 6, 7] })]);
    const { closedDays } = await run<{ closedDays: { weekdays: number[] } }>('{ closedDays { weekdays } }');
    expect([
      [1, 2, 3, 4],
      [5, 6, 7],
    ]).toContainEqual(closedDays.weekdays);
    const twice = `mutation { a: setClosedWeekdays(input: { weekdays: [7] }) { closedDays { weekdays } } b: setClosedWeekdays(input: { weekdays: [6, 7] }) { closedDays { weekdays } } }`;
    expect(await run(twice)).toEqual({
      a: { closedDays: { weekdays: [7] } },
      b: { closedDays: { weekdays: [6, 7] } },
    });
  });

  test('it cannot be closed on all seven weekdays, nor by buyers', async () => {
    expect((await rejection(SET_WEEKDAYS, { days: [1, 2, 3, 4, 5, 6, 7] }))?.fields).toHaveProperty('weekdays');
    expect((await rejection(SET_WEEKDAYS, { days: [8] }))?.fields).toHaveProperty('weekdays');
    expect((await rejection(SET_WEEKDAYS, { days: [7] }, await newBuyer()))?.code).toBe('FORBIDDEN');
  });
});

test.each([
  ['from', BLOCK, { input: { unitId: '1', from: '0000-01-01', to: '0000-01-02', reason: 'x' } }],
  ['to', BLOCK, { input: { unitId: '1', from: '2999-12-31', to: '9999-12-31', reason: 'x' } }],
  ['to', BLOCK, { input: { unitId: '1', from: '2027-01-02', to: '2027-01-01', reason: 'x' } }],
  ['reason', BLOCK, { input: { unitId: '1', from: '2027-01-01', to: '2027-01-02', reason: '' } }],
  [
    'date',
    'mutation ($date: LocalDate!) { openDate(input: { date: $date }) { closedDays { weekdays } } }',
    { date: '0000-01-01' },
  ],
  ['from', '{ rentals(from: "0000-01-01", to: "0000-01-02") { leaving { label } } }', {}],
])('Bad input is rejected, naming %s', async (field, document, variables) => {
  expect(await rejection(document, variables)).toMatchObject({
    code: 'BAD_USER_INPUT',
    fields: { [field]: expect.any(String) },
  });
});
