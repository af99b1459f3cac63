/** An optional text that a form left empty counts as absent, in every argument of the schema. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type GraphQLInputType, getNamedType, isInputObjectType, isObjectType } from 'graphql';
import { buildGraphQLSchema } from '../../../src/api/schema.js';
import { checkout, customerInfo, orderBySession } from '../../support/checkout.js';
import { addEquipment, addProduct } from '../../support/shop.js';
import { paidOrder, refundOrder } from '../../support/staff-refunds.js';
import { newBuyer, newStaff, type Person, startTestApp, type TestApp } from '../../support/test-app.js';

const EMPTY = ['', ' ', '\t \u00a0'];

let shop: TestApp;
let staff: Person;

beforeAll(async () => {
  shop = await startTestApp();
  staff = await newStaff();
});
afterAll(() => shop.close());

/** `Type.field(argument.part` of every text that may be absent. */
async function optionalTexts(): Promise<string[]> {
  const objects = Object.values((await buildGraphQLSchema()).getTypeMap()).filter(isObjectType);
  const fields = objects
    .filter(({ name }) => !name.startsWith('__'))
    .flatMap((type) =>
      Object.values(type.getFields()).map(({ name, args }) => ({ place: `${type.name}.${name}`, args })),
    );
  return fields.flatMap(({ place, args }) => args.flatMap(({ name, type }) => textsIn(`${place}(${name}`, type)));
}

function textsIn(place: string, type: GraphQLInputType): string[] {
  const inner = getNamedType(type);
  if (isInputObjectType(inner)) {
    return Object.values(inner.getFields()).flatMap((field) => textsIn(`${place}.${field.name}`, field.type));
  }
  return ['String', 'ID'].includes(String(type)) ? [place] : [];
}

test('The optional texts of the schema are those that are tried below', async () => {
  expect((await optionalTexts()).sort()).toEqual(
    [
      'Money.formatted(locale',
      'Mutation.captureDeposit(input.depositId',
      'Mutation.chargeFee(input.unitId',
      'Mutation.createCheckoutSession(input.acceptedTermsVersion',
      'Mutation.createCheckoutSession(input.customerInfo.phone',
      'Mutation.createCheckoutSession(input.customerInfo.postalCode',
      'Mutation.createCheckoutSession(input.idempotencyKey',
      'Mutation.createCheckoutSession(input.replacesOrderId',
      'Mutation.markFulfilled(input.carrier',
      'Mutation.markFulfilled(input.trackingNumber',
      'Mutation.markPickedUp(input.withoutDeposit',
      'Mutation.releaseDeposit(input.depositId',
      'Mutation.refundOrder(input.paymentId',
      'Mutation.refundOrder(input.withdrawalId',
      'Mutation.updateEquipment(input.description',
      'Mutation.updateEquipment(input.name',
      'Mutation.updateProduct(input.description',
      'Mutation.updateProduct(input.name',
      'Query.attention(after',
      'Query.catalogue(after',
      'Query.catalogue(search',
      'Query.catalogueChanges(after',
      'Query.customerExport(after',
      'Query.disputes(after',
      'Query.orders(after',
      'Query.orders(filter.customer',
      'Query.webhookEvents(after',
    ].sort(),
  );
});

describe.each(EMPTY)('%j', (empty) => {
  test('in a checkout makes the same request as nothing, and is stored as nothing', async () => {
    const buyer = await newBuyer();
    const items = [{ id: await addProduct(shop.orm), type: 'PRODUCT' as const }];
    const { phone: _, postalCode: __, ...info } = { ...customerInfo, country: 'AE' };
    const without = await checkout(shop, buyer, items, { customerInfo: info });
    const nulls = { customerInfo: { ...info, phone: null, postalCode: null } };
    const empties = {
      customerInfo: { ...info, phone: empty, postalCode: empty },
      ...{ idempotencyKey: empty, replacesOrderId: empty, acceptedTermsVersion: empty },
    };
    expect(await checkout(shop, buyer, items, nulls)).toEqual(without);
    expect(await checkout(shop, buyer, items, empties)).toEqual(without);
    const other = await newBuyer();
    const { sessionId, order } = await checkout(shop, other, items, empties);
    expect((await orderBySession(shop, other, sessionId))?.customer).toMatchObject({ phone: null, postalCode: '' });
    const [row] = await shop.orm.em
      .fork()
      .execute('select idempotency_key as key, accepted_terms_version as terms from orders where id = ?', [order.id]);
    expect(row).toEqual({ key: null, terms: null });
  });

  test.each([
    ['catalogue(search: $text, after: $text)', '{ nodes { name } pageInfo { hasPreviousPage } }'],
    ['orders(after: $text, filter: { customer: $text })', '{ nodes { id } pageInfo { hasPreviousPage } }'],
    ['attention(after: $text)', '{ nodes { kind } pageInfo { hasPreviousPage } }'],
    ['disputes(after: $text)', '{ nodes { id } pageInfo { hasPreviousPage } }'],
    ['webhookEvents(after: $text)', '{ nodes { id } pageInfo { hasPreviousPage } }'],
    ['catalogueChanges(type: PRODUCT, id: 1, after: $text)', '{ nodes { action } pageInfo { hasPreviousPage } }'],
    ['customerExport(buyerId: "nobody", after: $text)', '{ orderCount hasNextPage }'],
    ['catalogue', '{ nodes { ... on Product { price { formatted(locale: $text) } } } }'],
  ])('in %s is the same as nothing', async (field, selection) => {
    await addProduct(shop.orm);
    const query = `query ($text: String) { ${field} ${selection} }`;
    const [withNothing, withEmpty] = [
      await shop.graphql(query, {}, staff.token),
      await shop.graphql(query, { text: empty }, staff.token),
    ];
    expect(withEmpty.errors).toBeUndefined();
    expect(withEmpty).toEqual(withNothing);
  });

  test('in a filter for staff alone asks for nothing, so that a buyer may send it', async () => {
    const query = 'query ($customer: String) { orders(filter: { customer: $customer }) { nodes { id } } }';
    const { data, errors } = await shop.graphql(query, { customer: empty }, (await newBuyer()).token);
    expect(errors).toBeUndefined();
    expect(data).toEqual({ orders: { nodes: [] } });
  });

  test.each(['Product', 'Equipment'])('leaves the name of a %s, and takes its description away', async (type) => {
    const id = type === 'Product' ? await addProduct(shop.orm) : await addEquipment(shop.orm);
    const query = `mutation ($input: Update${type}Input!) { update${type}(input: $input) { item: ${type.toLowerCase()} { name description } } }`;
    const update = (input: object) => shop.graphql(query, { input: { id, ...input } }, staff.token);
    await update({ version: 1, name: 'Tente', description: 'Deux places' });
    expect((await update({ version: 2, name: empty })).data).toEqual({
      [`update${type}`]: { item: { name: 'Tente', description: 'Deux places' } },
    });
    expect((await update({ version: 2, description: empty })).data).toEqual({
      [`update${type}`]: { item: { name: 'Tente', description: empty } },
    });
  });
});

test('In what staff hand over, refund and charge, an empty text is nothing', async () => {
  const order = await paidOrder(shop, [{ id: await addProduct(shop.orm), type: 'PRODUCT' }]);
  const fulfill = `mutation ($input: MarkFulfilledInput!) { markFulfilled(input: $input) { fulfillment { carrier trackingNumber } } }`;
  for (const empty of EMPTY) {
    const input = { orderId: order.id, idempotencyKey: 'k', carrier: empty, trackingNumber: empty };
    const { data } = await shop.graphql(fulfill, { input }, staff.token);
    expect(data).toEqual({ markFulfilled: { fulfillment: { carrier: null, trackingNumber: null } } });
    const refund = { orderId: order.id, amount: 1, paymentId: empty, withdrawalId: empty, idempotencyKey: 'k' };
    expect(await refundOrder(shop, staff, refund)).toMatchObject({ refund: { amount: { amount: 1 } } });
    const fee = { orderId: order.id, kind: 'OTHER', amount: 100, unitId: empty, note: 'x', idempotencyKey: 'k' };
    const charge = 'mutation ($input: ChargeFeeInput!) { chargeFee(input: $input) { fee { unitId } } }';
    const charged = await shop.graphql(charge, { input: fee }, staff.token);
    expect(charged.data).toEqual({ chargeFee: { fee: { unitId: null } } });
  }
});

test('A required text that is empty is rejected', async () => {
  const query = 'mutation ($input: CreateProductInput!) { createProduct(input: $input) { product { id } } }';
  for (const name of EMPTY) {
    const { errors } = await shop.graphql(query, { input: { name, price: 100 } }, staff.token);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: { name: expect.any(String) } });
  }
});
