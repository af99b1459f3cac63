/** Bad input is rejected with a code and the field's name, before Stripe is asked and with nothing stored. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { addDays } from '../../../src/platform/kernel/calendar-date.js';
import {
  checkout,
  checkoutInput,
  customerInfo,
  type ItemInput,
  orderBySession,
  sessionWritesAt,
  tryCheckout,
} from '../../support/checkout.js';
import { addEquipment, addProduct, stockOf } from '../../support/shop.js';
import { shopDay } from '../../support/shop-time.js';
import { newBuyer, type Person, startTestApp, type TestApp } from '../../support/test-app.js';

let shop: TestApp;
let buyer: Person;
let product: number;
let equipment: number;

beforeAll(async () => {
  shop = await startTestApp();
});
afterAll(() => shop.close());

beforeEach(async () => {
  buyer = await newBuyer();
  product = await addProduct(shop.orm, { priceMinor: 2490 });
  equipment = await addEquipment(shop.orm);
});

const day = (offset: number) => addDays(shopDay(), offset);
const productLine = (rest: object): ItemInput => ({ id: product, type: 'PRODUCT', quantity: 1, ...rest });
const rentalLine = (rest: object): ItemInput => ({ id: equipment, type: 'EQUIPMENT', quantity: 1, days: 1, ...rest });
const withItems = (...items: ItemInput[]) => checkoutInput(items);
const withCustomer = (change: object) =>
  checkoutInput([productLine({})], { customerInfo: { ...customerInfo, ...change } });
const withRest = (rest: object) => checkoutInput([productLine({})], rest);

async function expectNothingHappened(): Promise<void> {
  const orders = await shop.orm.em.fork().execute('select 1 from orders where buyer_id = ?', [buyer.id]);
  expect(orders).toEqual([]);
  expect(await stockOf(shop.orm, product)).toEqual({ onHand: 10, held: 0 });
}

type Rejected = [whatIsWrong: string, code: string, field: string, input: () => object];

const escaped = (text: string) => [...text].map((char) => `U+${char.codePointAt(0)?.toString(16)}`).join(' ');

const rejected: Rejected[] = [
  ['quantity 0', 'BAD_USER_INPUT', 'items[0].quantity', () => withItems(productLine({ quantity: 0 }))],
  ['quantity -1', 'BAD_USER_INPUT', 'items[0].quantity', () => withItems(productLine({ quantity: -1 }))],
  ['quantity 101', 'BAD_USER_INPUT', 'items[0].quantity', () => withItems(productLine({ quantity: 101 }))],
  ['quantity 1.5', 'BAD_USER_INPUT', 'items[0].quantity', () => withItems(productLine({ quantity: 1.5 }))],
  ['quantity 2³¹', 'BAD_USER_INPUT', 'items[0].quantity', () => withItems(productLine({ quantity: 2 ** 31 }))],
  ['quantity as text', 'BAD_USER_INPUT', 'items[0].quantity', () => withItems(productLine({ quantity: '2' }))],
  ['days 0', 'BAD_USER_INPUT', 'items[0].days', () => withItems(rentalLine({ days: 0 }))],
  ['days 366', 'BAD_USER_INPUT', 'items[0].days', () => withItems(rentalLine({ days: 366 }))],
  ['days 0 on a product', 'BAD_USER_INPUT', 'items[0].days', () => withItems(productLine({ days: 0 }))],
  ['no lines', 'BAD_USER_INPUT', 'items', () => withItems()],
  [
    '51 lines',
    'BAD_USER_INPUT',
    'items',
    () => withItems(...Array.from({ length: 51 }, (_, index) => rentalLine({ startDate: day(index) }))),
  ],
  ['the same product twice', 'BAD_USER_INPUT', 'items[1]', () => withItems(productLine({}), productLine({}))],
  [
    'the same rental twice, once with today spelled out',
    'BAD_USER_INPUT',
    'items[1]',
    () => withItems(rentalLine({}), rentalLine({ startDate: day(0) })),
  ],
  [
    'a start date on a product',
    'BAD_USER_INPUT',
    'items[0].startDate',
    () => withItems(productLine({ startDate: day(1) })),
  ],
  [
    'a rental from yesterday',
    'BAD_USER_INPUT',
    'items[0].startDate',
    () => withItems(rentalLine({ startDate: day(-1) })),
  ],
  [
    'a rental in 731 days',
    'BAD_USER_INPUT',
    'items[0].startDate',
    () => withItems(rentalLine({ startDate: day(731) })),
  ],
  ['30 February', 'BAD_USER_INPUT', 'items[0].startDate', () => withItems(rentalLine({ startDate: '2027-02-30' }))],
  ['an unknown type', 'BAD_USER_INPUT', 'items[0].type', () => withItems(productLine({ type: 'SERVICE' }))],
  ['an unknown product', 'NOT_FOUND', 'items[0].id', () => withItems(productLine({ id: 2_000_000_000 }))],
  ['an id that is no number', 'NOT_FOUND', 'items[0].id', () => withItems(productLine({ id: 'abc' }))],
  ['an id beyond the column', 'NOT_FOUND', 'items[0].id', () => withItems(productLine({ id: '99999999999' }))],
  ['a fraction as id', 'NOT_FOUND', 'items[0].id', () => withItems(productLine({ id: '1.5' }))],
  ['NUL in an id', 'BAD_USER_INPUT', 'items[0].id', () => withItems(productLine({ id: '1\u0000' }))],
  ['a blank first name', 'BAD_USER_INPUT', 'customerInfo.firstName', () => withCustomer({ firstName: '  ' })],
  ['a last name of 101', 'BAD_USER_INPUT', 'customerInfo.lastName', () => withCustomer({ lastName: 'x'.repeat(101) })],
  [
    'a last name of 10,000',
    'BAD_USER_INPUT',
    'customerInfo.lastName',
    () => withCustomer({ lastName: 'x'.repeat(10_000) }),
  ],
  [
    'a name of 100 hearts, each two code points',
    'BAD_USER_INPUT',
    'customerInfo.firstName',
    () => withCustomer({ firstName: '❤️'.repeat(100) }),
  ],
  ['a key of 255 hearts', 'BAD_USER_INPUT', 'idempotencyKey', () => withRest({ idempotencyKey: '❤️'.repeat(255) })],
  ['NUL in a name', 'BAD_USER_INPUT', 'customerInfo.firstName', () => withCustomer({ firstName: 'Jo\u0000hn' })],
  ['half a surrogate pair', 'BAD_USER_INPUT', 'customerInfo.city', () => withCustomer({ city: 'Pa\ud800ris' })],
  ['no e-mail address', 'BAD_USER_INPUT', 'customerInfo.email', () => withCustomer({ email: 'john' })],
  ['an unknown country', 'BAD_USER_INPUT', 'customerInfo.country', () => withCustomer({ country: 'Syldavie' })],
  ['a name of two countries', 'BAD_USER_INPUT', 'customerInfo.country', () => withCustomer({ country: 'Congo' })],
  ['no address at all', 'BAD_USER_INPUT', 'customerInfo.address', () => withCustomer({ address: null })],
  ...['\n', '\r', '\t', '\u001b', '\u007f', '\u0085', '\u2028'].map((control): Rejected => {
    const name = `U+${control.codePointAt(0)?.toString(16).padStart(4, '0')} in a name`;
    return [name, 'BAD_USER_INPUT', 'customerInfo.lastName', () => withCustomer({ lastName: `D${control}oe` })];
  }),
  ['ESC in an address', 'BAD_USER_INPUT', 'customerInfo.address', () => withCustomer({ address: '1\u001b[2J' })],
  ['CRLF in a key', 'BAD_USER_INPUT', 'idempotencyKey', () => withRest({ idempotencyKey: 'k\r\nSet-Cookie: a=b' })],
  ['ESC in a version', 'BAD_USER_INPUT', 'acceptedTermsVersion', () => withRest({ acceptedTermsVersion: '\u001b1' })],
  ...['\u200b', '\u200d\u200c', '\ufeff', '\u00ad', '\u2060\ufe0f', '\u3164', '\u2800', '\u202e', ' \u200b '].flatMap(
    (invisible): Rejected[] => [
      [
        `a name of ${escaped(invisible)}`,
        'BAD_USER_INPUT',
        'customerInfo.firstName',
        () => withCustomer({ firstName: invisible }),
      ],
      [
        `a phone of ${escaped(invisible)}`,
        'BAD_USER_INPUT',
        'customerInfo.phone',
        () => withCustomer({ phone: invisible }),
      ],
      [
        `a key of ${escaped(invisible)}`,
        'BAD_USER_INPUT',
        'idempotencyKey',
        () => withRest({ idempotencyKey: invisible }),
      ],
    ],
  ),
  ...['FR', 'Allemagne', 'US', 'Canada', 'Royaume-Uni', 'JP'].flatMap((country): Rejected[] => [
    [
      `no postal code in ${country}`,
      'BAD_USER_INPUT',
      'customerInfo.postalCode',
      () => withCustomer({ country, postalCode: null }),
    ],
    [
      `a blank postal code in ${country}`,
      'BAD_USER_INPUT',
      'customerInfo.postalCode',
      () => withCustomer({ country, postalCode: ' ' }),
    ],
  ]),
  ['a key of 256', 'BAD_USER_INPUT', 'idempotencyKey', () => withRest({ idempotencyKey: 'k'.repeat(256) })],
  [
    'a successUrl elsewhere',
    'RETURN_URL_NOT_ALLOWED',
    'successUrl',
    () => withRest({ successUrl: 'https://evil.example/' }),
  ],
  ['a cancelUrl elsewhere', 'RETURN_URL_NOT_ALLOWED', 'cancelUrl', () => withRest({ cancelUrl: '//evil.example' })],
];

describe('A checkout is rejected for', () => {
  test.each(rejected)('%s: %s on %s', async (_, code, field, input) => {
    const writesBefore = sessionWritesAt(shop);
    const { data, errors } = await tryCheckout(shop, buyer, input());
    expect(data?.createCheckoutSession).toBeUndefined();
    expect(errors?.[0]?.extensions.code).toBe(code);
    expect(Object.keys(errors?.[0]?.extensions.fields ?? {})).toContain(field);
    expect(sessionWritesAt(shop)).toBe(writesBefore);
    await expectNothingHappened();
  });

  test('an inactive product, naming which', async () => {
    const inactive = await addProduct(shop.orm, { active: false });
    const { errors } = await tryCheckout(shop, buyer, withItems(productLine({}), { id: inactive, type: 'PRODUCT' }));
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'NOT_FOUND', fields: { 'items[1].id': expect.any(String) } });
    await expectNothingHappened();
  });

  test('inactive equipment, naming which', async () => {
    const inactive = await addEquipment(shop.orm, { active: false });
    const { errors } = await tryCheckout(shop, buyer, withItems({ id: inactive, type: 'EQUIPMENT' }));
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'NOT_FOUND', fields: { 'items[0].id': expect.any(String) } });
  });

  test('a product priced in another currency than the shop’s', async () => {
    const foreign = await addProduct(shop.orm, { currency: 'USD' });
    const { errors } = await tryCheckout(shop, buyer, withItems({ id: foreign, type: 'PRODUCT' }));
    expect(errors?.[0]?.extensions.code).toBe('NOT_FOUND');
  });

  test.each([
    ['below Stripe’s minimum', 49, 1],
    ['above eight digits', 99_999_999, 2],
  ])('a total %s', async (_, priceMinor, quantity) => {
    const item = await addProduct(shop.orm, { priceMinor });
    const { errors } = await tryCheckout(shop, buyer, withItems({ id: item, type: 'PRODUCT', quantity }));
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: { items: expect.any(String) } });
  });

  test('anonymous callers', async () => {
    const { data, errors } = await shop.graphql(
      'mutation ($input: CreateCheckoutSessionInput!) { createCheckoutSession(input: $input) { sessionId } }',
      { input: withItems(productLine({})) },
    );
    expect(data).toBeNull();
    expect(errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
    await expectNothingHappened();
  });

  test('several faults at once, each named', async () => {
    const input = {
      ...withItems(productLine({ quantity: 0 })),
      customerInfo: { ...customerInfo, email: 'x', city: '' },
    };
    const { errors } = await tryCheckout(shop, buyer, input);
    expect(Object.keys(errors?.[0]?.extensions.fields ?? {}).sort()).toEqual([
      'customerInfo.city',
      'customerInfo.email',
      'items[0].quantity',
    ]);
  });
});

describe('A checkout takes', () => {
  test.each(['France', 'FR', 'fr', 'FRANCE', ' france '])('the country %j', async (country) => {
    const { errors } = await tryCheckout(shop, buyer, withCustomer({ country }));
    expect(errors).toBeUndefined();
  });

  test.each([
    ['Allemagne', 'DE'],
    ['Germany', 'DE'],
    ['etats-unis', 'US'],
    ['Côte d’Ivoire', 'CI'],
    ['La Réunion', 'RE'],
    ['Bosnia & Herzegovina', 'BA'],
    ['st. lucia', 'LC'],
  ])('the country %s as %s', async (country, code) => {
    const { errors } = await tryCheckout(shop, buyer, withCustomer({ country }));
    expect(errors).toBeUndefined();
    const [order] = await shop.orm.em
      .fork()
      .execute<{ country: string }[]>('select customer_country as country from orders where buyer_id = ?', [buyer.id]);
    expect(order?.country).toBe(code);
  });

  const stored = async () => {
    const columns = 'customer_first_name as "firstName", customer_postal_code as "postalCode", customer_phone as phone';
    const query = `select ${columns}, customer_address as address from orders where buyer_id = ?`;
    return (await shop.orm.em.fork().execute<Record<string, string | null>[]>(query, [buyer.id]))[0];
  };

  test.each([
    ['emoji that are joined', '👩🏽‍🚒 Zoé'],
    ['Arabic with a mark of direction', '\u200fمحمد\u200f'],
    ['Persian with a joiner', 'مهر\u200cداد'],
    ['Hebrew with points', 'שָׁלוֹם'],
    ['accents that combine', 'Zoe\u0301'],
    ['Devanagari', 'क्ष'],
    ['a soft hyphen', 'Maximilian\u00adus'],
  ])('a name with %s, as it was typed', async (_, firstName) => {
    expect((await tryCheckout(shop, buyer, withCustomer({ firstName }))).errors).toBeUndefined();
    expect((await stored())?.firstName).toBe(firstName);
  });

  test('an address of two lines', async () => {
    const address = '12 rue Haute\r\nBâtiment B';
    expect((await tryCheckout(shop, buyer, withCustomer({ address }))).errors).toBeUndefined();
    expect((await stored())?.address).toBe(address);
  });

  test.each([
    ['AE', null],
    ['Hong Kong', ''],
    ['Irlande', ' '],
    ['Qatar', undefined],
  ])('an address in %s with the postal code %j, and answers it as empty', async (country, postalCode) => {
    const session = await checkout(shop, buyer, [productLine({})], {
      customerInfo: { ...customerInfo, country, postalCode },
    });
    expect((await orderBySession(shop, buyer, session.sessionId))?.customer.postalCode).toBe('');
  });

  test('a postal code where none is needed', async () => {
    const input = withCustomer({ country: 'IE', postalCode: 'D02 AF30' });
    expect((await tryCheckout(shop, buyer, input)).errors).toBeUndefined();
    expect((await stored())?.postalCode).toBe('D02 AF30');
  });

  test('emoji in names, and a rental on the last day allowed', async () => {
    const input = checkoutInput([rentalLine({ startDate: day(730) })], {
      customerInfo: { ...customerInfo, firstName: 'Zoé 🚲', lastName: '🚲'.repeat(100), city: '❤️'.repeat(50) },
    });
    expect((await tryCheckout(shop, buyer, input)).errors).toBeUndefined();
  });
});
