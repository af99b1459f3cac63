/** Staff manage what is on offer; every change leaves a row, and nobody overwrites what they have not seen. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { checkout, orderBySession } from '../../support/checkout.js';
import { addEquipment, addProduct, stockOf } from '../../support/shop.js';
import { newBuyer, newStaff, type Person, startTestApp, type TestApp } from '../../support/test-app.js';

let shop: TestApp;
let staff: Person;

beforeAll(async () => {
  shop = await startTestApp({}, { startsAt: '2026-12-01T09:00:00Z' });
  staff = await newStaff();
});
afterAll(() => shop.close());

async function run<Data>(document: string, variables: object, viewer: Person | null = staff): Promise<Data> {
  const { data, errors } = await shop.graphql<Data>(document, variables, viewer?.token);
  if (errors || !data) throw Object.assign(new Error(JSON.stringify(errors)), errors?.[0]?.extensions);
  return data;
}

async function rejection(document: string, variables: object, viewer: Person | null = staff) {
  const { errors } = await shop.graphql(document, variables, viewer?.token);
  return errors?.[0]?.extensions;
}

const CREATE_PRODUCT = `mutation ($input: CreateProductInput!) {
  createProduct(input: $input) { product { id name description price { amount } stock version active } }
}`;
const UPDATE_PRODUCT = `mutation ($input: UpdateProductInput!) {
  updateProduct(input: $input) { product { id name price { amount } version active } }
}`;
const ADJUST = 'mutation ($input: AdjustStockInput!) { adjustStock(input: $input) { product { stock } } }';
const SET_STOCK = 'mutation ($input: SetStockInput!) { setStock(input: $input) { product { stock } } }';
const CREATE_EQUIPMENT = `mutation ($input: CreateEquipmentInput!) {
  createEquipment(input: $input) { equipment {
    id version unitCount turnaroundDays pricePerDay { amount } pricePerWeek { amount } pricePerMonth { amount }
    deposit { amount } units { id label active }
  } }
}`;
const UPDATE_EQUIPMENT = `mutation ($input: UpdateEquipmentInput!) {
  updateEquipment(input: $input) { equipment { version pricePerDay { amount } pricePerWeek { amount } turnaroundDays } }
}`;
const ADD_UNITS =
  'mutation ($input: AddUnitsInput!) { addUnits(input: $input) { equipment { unitCount units { label } } } }';
const RETIRE =
  'mutation ($input: RetireUnitInput!) { retireUnit(input: $input) { equipment { unitCount units { active } } } }';
const CHANGES = `query ($type: ItemType!, $id: ID!, $first: Int, $after: String) {
  catalogueChanges(type: $type, id: $id, first: $first, after: $after) {
    nodes { actor action before after reason unitId } pageInfo { hasNextPage endCursor }
  }
}`;

interface Changes {
  catalogueChanges: {
    nodes: { actor: string; action: string; before: object; after: object; reason: string | null }[];
    pageInfo: { hasNextPage: boolean; endCursor: string };
  };
}

async function createProduct(rest: object = {}): Promise<{ id: string; version: number }> {
  const input = { name: 'Réchaud', price: 3990, stock: 4, ...rest };
  return (await run<{ createProduct: { product: { id: string; version: number } } }>(CREATE_PRODUCT, { input }))
    .createProduct.product;
}

describe('Products', () => {
  test('are created with their stock, and are on offer at once', async () => {
    const created = await createProduct({ description: 'À gaz.' });
    expect(created).toMatchObject({ name: 'Réchaud', price: { amount: 3990 }, stock: 4, version: 1, active: true });
    expect(await stockOf(shop.orm, Number(created.id))).toEqual({ onHand: 4, held: 0 });
    await checkout(shop, await newBuyer(), [{ id: created.id, type: 'PRODUCT' }]);
  });

  test('change without touching the orders that exist', async () => {
    const { id, version } = await createProduct();
    const buyer = await newBuyer();
    const { sessionId } = await checkout(shop, buyer, [{ id, type: 'PRODUCT' }]);
    const input = { id, version, price: 9990, name: 'Réchaud deux feux' };
    const { updateProduct } = await run<{ updateProduct: { product: object } }>(UPDATE_PRODUCT, { input });
    expect(updateProduct.product).toMatchObject({ price: { amount: 9990 }, version: version + 1, active: true });
    expect(await orderBySession(shop, buyer, sessionId)).toMatchObject({
      total: { amount: 3990 },
      lines: [{ name: 'Réchaud', unitPrice: { amount: 3990 } }],
    });
  });

  test('that somebody else has changed meanwhile are not overwritten', async () => {
    const { id, version } = await createProduct();
    await run(UPDATE_PRODUCT, { input: { id, version, price: 4000 } });
    expect(await rejection(UPDATE_PRODUCT, { input: { id, version, price: 5000 } })).toMatchObject({
      code: 'VERSION_CONFLICT',
      currentVersion: version + 1,
      fields: { version: expect.any(String) },
    });
    const racers = [6000, 7000].map((price) =>
      shop.graphql(UPDATE_PRODUCT, { input: { id, version: version + 1, price } }, staff.token),
    );
    const codes = (await Promise.all(racers)).map(({ errors }) => errors?.[0]?.extensions.code);
    expect(codes.sort()).toEqual(['VERSION_CONFLICT', undefined]);
  });

  test('that are taken off sale are seen by staff alone', async () => {
    const name = `Retiré ${randomUUID()}`;
    const { id, version } = await createProduct({ name });
    await run(UPDATE_PRODUCT, { input: { id, version, active: false } });
    const find = 'query ($id: ID!) { catalogueItem(type: PRODUCT, id: $id) { id active } }';
    expect(await run(find, { id }, null)).toEqual({ catalogueItem: null });
    expect(await run(find, { id })).toEqual({ catalogueItem: { id, active: false } });
    const list = 'query ($search: String) { catalogue(search: $search, includeInactive: true) { nodes { id } } }';
    expect(await run(list, { search: name })).toEqual({ catalogue: { nodes: [{ id }] } });
    expect((await rejection(list, { search: name }, await newBuyer()))?.code).toBe('FORBIDDEN');
  });
});

describe('Stock', () => {
  test('is adjusted with a reason, and never below what unpaid orders hold', async () => {
    const { id } = await createProduct();
    await checkout(shop, await newBuyer(), [{ id, type: 'PRODUCT', quantity: 3 }]);
    expect(await run(ADJUST, { input: { productId: id, change: -1, reason: 'Cassé' } })).toEqual({
      adjustStock: { product: { stock: 0 } },
    });
    expect(await rejection(ADJUST, { input: { productId: id, change: -1, reason: 'Cassé' } })).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: { change: 'would leave fewer than the 3 pieces that unpaid orders hold' },
    });
    expect((await rejection(SET_STOCK, { input: { productId: id, onHand: 2, reason: 'Compté' } }))?.fields).toEqual({
      onHand: 'would leave fewer than the 3 pieces that unpaid orders hold',
    });
    expect(await stockOf(shop.orm, Number(id))).toEqual({ onHand: 3, held: 3 });
  });

  test('is shown as it is after each change of one operation, and does not overflow', async () => {
    const { id } = await createProduct({ stock: 5 });
    const twice = `mutation ($input: AdjustStockInput!) { a: adjustStock(input: $input) { product { stock } } b: adjustStock(input: $input) { product { stock } } }`;
    const input = { productId: id, change: 1, reason: 'Livraison' };
    expect(await run(twice, { input })).toEqual({ a: { product: { stock: 6 } }, b: { product: { stock: 7 } } });
    expect(await rejection(ADJUST, { input: { ...input, change: 1_000_000_000 } })).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: { change: 'would make more than 1000000000 pieces' },
    });
  });

  test('can be made unlimited, and limited again', async () => {
    const { id } = await createProduct();
    expect(await run(SET_STOCK, { input: { productId: id, onHand: null, reason: 'Fichier' } })).toEqual({
      setStock: { product: { stock: null } },
    });
    const change = { productId: id, change: 1, reason: 'x' };
    expect((await rejection(ADJUST, { input: change }))?.fields).toHaveProperty('change');
    expect(await run(SET_STOCK, { input: { productId: id, onHand: 7, reason: 'Compté' } })).toEqual({
      setStock: { product: { stock: 7 } },
    });
  });
});

describe('Equipment', () => {
  const input = {
    name: 'Canoë',
    pricePerDay: 3000,
    pricePerWeek: 15_000,
    deposit: 50_000,
    turnaroundDays: 1,
    unitLabels: ['C-1', 'C-2'],
  };

  test('is created with its units, prices and deposit', async () => {
    const { createEquipment } = await run<{ createEquipment: { equipment: { id: string } } }>(CREATE_EQUIPMENT, {
      input,
    });
    expect(createEquipment.equipment).toMatchObject({
      unitCount: 2,
      turnaroundDays: 1,
      pricePerWeek: { amount: 15_000 },
      pricePerMonth: null,
      deposit: { amount: 50_000 },
      units: [
        { label: 'C-1', active: true },
        { label: 'C-2', active: true },
      ],
    });
  });

  test('loses a price by null, and keeps what is not named', async () => {
    const { createEquipment } = await run<{ createEquipment: { equipment: { id: string } } }>(CREATE_EQUIPMENT, {
      input,
    });
    const changes = { id: createEquipment.equipment.id, version: 1, pricePerWeek: null, turnaroundDays: 2 };
    expect(await run(UPDATE_EQUIPMENT, { input: changes })).toEqual({
      updateEquipment: {
        equipment: { version: 2, pricePerDay: { amount: 3000 }, pricePerWeek: null, turnaroundDays: 2 },
      },
    });
  });

  test('gets units, whose labels are its own, and loses those that nobody has rented', async () => {
    const { createEquipment } = await run<{ createEquipment: { equipment: { id: string; units: { id: string }[] } } }>(
      CREATE_EQUIPMENT,
      { input },
    );
    const { id: equipmentId, units } = createEquipment.equipment;
    expect(await run(ADD_UNITS, { input: { equipmentId, labels: ['C-3'] } })).toMatchObject({
      addUnits: { equipment: { unitCount: 3 } },
    });
    expect(
      (await rejection(ADD_UNITS, { input: { equipmentId, labels: ['C-9', 'C-1', 'C-9', ' '] } }))?.fields,
    ).toEqual({
      'labels[2]': expect.any(String),
      'labels[3]': expect.any(String),
    });
    expect((await rejection(ADD_UNITS, { input: { equipmentId, labels: ['C-9', 'C-1'] } }))?.fields).toEqual({
      'labels[1]': 'is the label of another unit',
    });
    await checkout(shop, await newBuyer(), [
      { id: equipmentId, type: 'EQUIPMENT', quantity: 3, days: 1, startDate: '2027-03-01' },
    ]);
    const retire = { unitId: units[0]?.id, reason: 'Percé' };
    expect(await rejection(RETIRE, { input: retire })).toMatchObject({ code: 'NOT_AVAILABLE' });
    await shop.orm.em.fork().execute('update bookings set active = false where unit_id = ?', [units[0]?.id]);
    expect(await run(RETIRE, { input: retire })).toMatchObject({ retireUnit: { equipment: { unitCount: 2 } } });
  });
});

describe('The audit', () => {
  test('has a row for each change: who, what it was, what it became and why', async () => {
    const { id, version } = await createProduct();
    await run(UPDATE_PRODUCT, { input: { id, version, price: 4500, name: 'Réchaud' } });
    await run(ADJUST, { input: { productId: id, change: 6, reason: 'Livraison' } });
    const { catalogueChanges } = await run<Changes>(CHANGES, { type: 'PRODUCT', id });
    const actor = `staff:${staff.id}`;
    expect(catalogueChanges.nodes).toMatchObject([
      { actor, action: 'STOCK_CHANGED', before: { onHand: 4 }, after: { onHand: 10 }, reason: 'Livraison' },
      { actor, action: 'UPDATED', before: { priceMinor: 3990 }, after: { priceMinor: 4500 }, reason: null },
      { actor, action: 'CREATED', before: null, after: { name: 'Réchaud', priceMinor: 3990, stock: 4 } },
    ]);
    expect(Object.keys(catalogueChanges.nodes[1]?.after ?? {})).toEqual(['priceMinor']);
    const first = await run<Changes>(CHANGES, { type: 'PRODUCT', id, first: 2 });
    const { endCursor: after } = first.catalogueChanges.pageInfo;
    const second = await run<Changes>(CHANGES, { type: 'PRODUCT', id, first: 2, after });
    expect(second.catalogueChanges.nodes.map(({ action }) => action)).toEqual(['CREATED']);
  });

  test('cannot be altered', async () => {
    await createProduct();
    const em = shop.orm.em.fork();
    await expect(em.execute(`update catalogue_changes set actor = 'x'`)).rejects.toThrow('append-only');
    await expect(em.execute('delete from catalogue_changes')).rejects.toThrow('append-only');
  });
});

test.each([
  ['name', CREATE_PRODUCT, { name: ' ', price: 1 }],
  ['price', CREATE_PRODUCT, { name: 'x', price: -1 }],
  ['price', CREATE_PRODUCT, { name: 'x', price: 100_000_000 }],
  ['stock', CREATE_PRODUCT, { name: 'x', price: 1, stock: -1 }],
  ['description', CREATE_PRODUCT, { name: 'x', price: 1, description: 'x'.repeat(2001) }],
  ['change', ADJUST, { productId: '1', change: 0, reason: 'x' }],
  ['reason', ADJUST, { productId: '1', change: 1, reason: '' }],
  ['turnaroundDays', CREATE_EQUIPMENT, { name: 'x', pricePerDay: 1, unitLabels: [], turnaroundDays: 31 }],
  ['unitLabels', CREATE_EQUIPMENT, { name: 'x', pricePerDay: 1, unitLabels: Array(201).fill('x') }],
])('Bad input is rejected, naming %s', async (field, document, input) => {
  const extensions = await rejection(document, { input });
  expect(extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: { [field]: expect.any(String) } });
});

test.each([
  ['updateProduct', UPDATE_PRODUCT, { id: '2000000000', version: 1, price: 1 }, 'id'],
  ['adjustStock', ADJUST, { productId: 'abc', change: 1, reason: 'x' }, 'productId'],
  ['retireUnit', RETIRE, { unitId: '2000000000', reason: 'x' }, 'unitId'],
])('%s of what does not exist is NOT_FOUND', async (_name, document, input, field) => {
  expect(await rejection(document, { input })).toMatchObject({
    code: 'NOT_FOUND',
    fields: { [field]: expect.any(String) },
  });
});

test('Buyers and anonymous callers manage nothing', async () => {
  const buyer = await newBuyer();
  const input = { name: 'x', price: 1 };
  expect((await rejection(CREATE_PRODUCT, { input }, buyer))?.code).toBe('FORBIDDEN');
  expect((await rejection(CREATE_PRODUCT, { input }, null))?.code).toBe('UNAUTHENTICATED');
  expect((await rejection(CHANGES, { type: 'PRODUCT', id: '1' }, buyer))?.code).toBe('FORBIDDEN');
  const equipment = await addEquipment(shop.orm);
  const units = 'query ($id: ID!) { catalogueItem(type: EQUIPMENT, id: $id) { ... on Equipment { units { label } } } }';
  expect((await rejection(units, { id: equipment }, buyer))?.code).toBe('FORBIDDEN');
});

test('Names are found whatever their case and accents', async () => {
  const mark = randomUUID().slice(0, 8);
  const id = await addProduct(shop.orm, { name: `Crème BRÛLÉE à l’œuf ${mark}` });
  const list = 'query ($search: String) { catalogue(search: $search) { nodes { id } } }';
  for (const search of [`creme brulee`, `CRÈME`, `oeuf ${mark}`, `l’Œuf`, `brûlee`]) {
    const found = await run<{ catalogue: { nodes: { id: string }[] } }>(list, { search });
    expect(found.catalogue.nodes.map((node) => node.id)).toContain(String(id));
  }
  expect(await run(list, { search: `brulée ${mark}` })).toEqual({ catalogue: { nodes: [] } });
});
