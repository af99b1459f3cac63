/** The catalogue, open to everyone. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { addEquipment, addProduct } from '../../support/shop.js';
import { type GraphQLResult, startTestApp, type TestApp } from '../../support/test-app.js';

let shop: TestApp;

beforeAll(async () => {
  shop = await startTestApp();
});
afterAll(() => shop.close());

const LIST = `query ($first: Int, $after: String, $type: ItemType, $search: String) {
  catalogue(first: $first, after: $after, type: $type, search: $search) {
    nodes {
      __typename id name description
      ... on Product { price { amount currency formatted(locale: "en") } stock }
      ... on Equipment { pricePerDay { amount } unitCount }
    }
    pageInfo { hasNextPage endCursor }
  }
}`;
const ITEM = 'query ($type: ItemType!, $id: ID!) { catalogueItem(type: $type, id: $id) { __typename id name } }';

interface ListData {
  catalogue: { nodes: { __typename: string; name: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
}

test('Anonymous callers see prices, stock and units', async () => {
  const name = `Article ${randomUUID()}`;
  await addProduct(shop.orm, { name, priceMinor: 123456, onHand: 7 });
  await addProduct(shop.orm, { name, priceMinor: 900, onHand: null });
  await addEquipment(shop.orm, { name, pricePerDayMinor: 1500, units: 3 });
  await addProduct(shop.orm, { name, active: false });
  const { data, errors } = await shop.graphql<ListData>(LIST, { search: name.toUpperCase() });
  expect(errors).toBeUndefined();
  expect(data?.catalogue.nodes).toMatchObject([
    { __typename: 'Product', price: { amount: 123456, currency: 'EUR', formatted: '€1,234.56' }, stock: 7 },
    { __typename: 'Product', stock: null },
    { __typename: 'Equipment', pricePerDay: { amount: 1500 }, unitCount: 3 },
  ]);
});

test('Pages cross from products to equipment, and show each item once', async () => {
  const name = `Pages ${randomUUID()}`;
  for (const suffix of ['a', 'b', 'c']) await addProduct(shop.orm, { name: `${name} ${suffix}` });
  for (const suffix of ['d', 'e']) await addEquipment(shop.orm, { name: `${name} ${suffix}` });
  const seen: string[] = [];
  let after: string | null = null;
  do {
    const answer: GraphQLResult<ListData> = await shop.graphql<ListData>(LIST, { search: name, first: 2, after });
    const page: ListData['catalogue'] | undefined = answer.data?.catalogue;
    seen.push(...(page?.nodes.map((node) => node.name.slice(-1)) ?? []));
    after = page?.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  } while (after !== null);
  expect(seen.join('')).toBe('abcde');
});

test('A search takes % and _ for themselves, and a type narrows it', async () => {
  const name = `100 % coton_${randomUUID()}`;
  await addProduct(shop.orm, { name });
  await addEquipment(shop.orm, { name });
  const found = async (variables: object) =>
    (await shop.graphql<ListData>(LIST, variables)).data?.catalogue.nodes.map((node) => node.__typename);
  expect(await found({ search: name })).toEqual(['Product', 'Equipment']);
  expect(await found({ search: name, type: 'EQUIPMENT' })).toEqual(['Equipment']);
  expect(await found({ search: name.replace('%', '_') })).toEqual([]);
});

test('One item is found by type and id; an inactive or unknown one is null', async () => {
  const product = await addProduct(shop.orm, { name: 'Carte' });
  const inactive = await addProduct(shop.orm, { active: false });
  const item = async (type: string, id: unknown) => (await shop.graphql<object>(ITEM, { type, id })).data;
  expect(await item('PRODUCT', product)).toEqual({
    catalogueItem: { __typename: 'Product', id: String(product), name: 'Carte' },
  });
  for (const id of [inactive, 2_000_000_000, '99999999999', 'abc', '-1', '01']) {
    expect(await item('PRODUCT', id)).toEqual({ catalogueItem: null });
  }
});

test.each([
  ['first', { first: -1 }],
  ['after', { after: 'x' }],
  ['after', { after: Buffer.from('["PRODUCT","abc"]').toString('base64url') }],
  ['search', { search: 'x'.repeat(10_000) }],
  ['search', { search: '\u0000' }],
])('Bad input is rejected, naming %s', async (field, variables) => {
  const { errors } = await shop.graphql(LIST, variables);
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: { [field]: expect.any(String) } });
});

test('The payment configuration is open to everyone', async () => {
  const { data } = await shop.graphql('{ paymentConfig { publishableKey currency livemode } }');
  expect(data).toEqual({ paymentConfig: { publishableKey: 'pk_test_0123456789', currency: 'EUR', livemode: false } });
});
