/** How much one client may ask for, and hold. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { addDays } from '../../../src/platform/kernel/calendar-date.js';
import { addressKey } from '../../../src/platform/rate-limits/address-key.js';
import {
  ANONYMOUS_QUOTES_OF_ADDRESS,
  CALENDAR_DAYS_OF_ADDRESS,
  CALENDAR_DAYS_OF_VIEWER,
  CHECKOUTS_OF_ADDRESS,
  CHECKOUTS_OF_BUYER,
  MAX_OPEN_HOLDS,
  REQUESTS_OF_ADDRESS,
  REQUESTS_OF_BUYER,
  REQUESTS_OF_STAFF,
  UPLOADS_OF_STAFF,
} from '../../../src/platform/rate-limits/limits.js';
import { checkoutInput, tryCheckout } from '../../support/checkout.js';
import { describeWith } from '../../support/describe-with.js';
import { eventually } from '../../support/eventually.js';
import { freeAddress, type RedisServer, redisServer, sendFrom } from '../../support/rate-limits.js';
import { addEquipment, addProduct, stockOf } from '../../support/shop.js';
import {
  newBuyer,
  newStaff,
  type Person,
  startSecondProcess,
  startTestApp,
  type TestApp,
} from '../../support/test-app.js';

const CONFIG = '{ paymentConfig { currency } }';
const QUOTE = 'query ($items: [CheckoutItemInput!]!) { quote(items: $items) { isAvailable } }';
const CHECKOUT = `mutation ($input: CreateCheckoutSessionInput!) {
  a: createCheckoutSession(input: $input) { order { id } }
  b: createCheckoutSession(input: $input) { order { id } }
  c: createCheckoutSession(input: $input) { order { id } }
}`;

let shop: TestApp;
let address: string;

beforeAll(async () => {
  shop = await startTestApp({ RATE_LIMIT: 'on', TRUST_PROXY: '1' });
});
beforeEach(() => {
  address = freeAddress();
});
afterAll(() => shop.close());

/** What so many requests after each other are answered with: each code, and how often. */
async function answers(count: number, send: () => Promise<{ code: string }>): Promise<Record<string, number>> {
  const codes: Record<string, number> = {};
  for (let sent = 0; sent < count; sent += 1) {
    const { code } = await send();
    codes[code] = (codes[code] ?? 0) + 1;
  }
  return codes;
}

describe('Requests', () => {
  test('of one address are let through until its share is used up, then rejected as a whole', async () => {
    const send = () => sendFrom(shop, address, CONFIG);
    expect(await answers(REQUESTS_OF_ADDRESS.points + 5, send)).toEqual({
      OK: REQUESTS_OF_ADDRESS.points,
      RATE_LIMITED: 5,
    });
    const { status, headers, errors } = await send();
    expect(status).toBe(429);
    const wait = Number(errors?.[0]?.extensions.retryAfterSeconds);
    expect(wait).toBeGreaterThanOrEqual(1);
    expect(wait).toBeLessThanOrEqual(REQUESTS_OF_ADDRESS.windowSeconds);
    expect(headers['retry-after']).toBe(String(wait));
    expect(errors?.[0]?.extensions.requestId).toBe(headers['x-request-id']);
    expect((await sendFrom(shop, freeAddress(), CONFIG)).code).toBe('OK');
  });

  test('with bad tokens count as well', async () => {
    const send = () => sendFrom(shop, address, CONFIG, {}, 'guessed');
    const codes = await answers(REQUESTS_OF_ADDRESS.points + 1, send);
    expect(codes).toEqual({ UNAUTHENTICATED: REQUESTS_OF_ADDRESS.points, RATE_LIMITED: 1 });
  });

  test('with tokens count on every route that takes them', async () => {
    const headers = { 'x-forwarded-for': address, authorization: 'Bearer guessed' };
    const statuses = new Map<number, number>();
    for (let sent = 0; sent <= REQUESTS_OF_ADDRESS.points; sent += 1) {
      const { statusCode, headers: told } = await shop.app.inject({ url: '/anything', headers });
      statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1);
      if (statusCode === 429) expect(Number(told['retry-after'])).toBeGreaterThanOrEqual(1);
    }
    expect(Object.fromEntries(statuses)).toEqual({ 401: REQUESTS_OF_ADDRESS.points, 429: 1 });
    expect((await sendFrom(shop, address, CONFIG)).code).toBe('RATE_LIMITED');
  });

  test.each([
    ['a buyer', REQUESTS_OF_BUYER, newBuyer],
    ['staff', REQUESTS_OF_STAFF, newStaff],
  ])('of %s count from whatever address they come', async (_, limit, newPerson) => {
    const { token } = await newPerson();
    const send = () => sendFrom(shop, freeAddress(), CONFIG, {}, token);
    expect(await answers(limit.points + 1, send)).toEqual({ OK: limit.points, RATE_LIMITED: 1 });
  });

  test('to the webhook and the health routes are never counted', async () => {
    for (let sent = 0; sent <= REQUESTS_OF_ADDRESS.points; sent += 1) await sendFrom(shop, address, CONFIG);
    const headers = { 'x-forwarded-for': address };
    expect((await shop.app.inject({ url: '/healthz', headers })).statusCode).toBe(200);
    expect((await shop.app.inject({ method: 'POST', url: '/api/webhook/stripe', headers })).statusCode).toBe(400);
  });
});

test('Anonymous quotes have a limit of their own, a buyer’s only that of all their requests', async () => {
  const items = [{ id: String(await addProduct(shop.orm)), type: 'PRODUCT', quantity: 1 }];
  const { points } = ANONYMOUS_QUOTES_OF_ADDRESS;
  const anonymous = () => sendFrom(shop, address, QUOTE, { items });
  expect(await answers(points + 1, anonymous)).toEqual({ OK: points, RATE_LIMITED: 1 });
  const { token } = await newBuyer();
  expect(await answers(points + 1, () => sendFrom(shop, address, QUOTE, { items }, token))).toEqual({ OK: points + 1 });
});

test('Uploads have a limit of their own, from whatever address they come', async () => {
  const { token } = await newStaff();
  const send = async (authorization = `Bearer ${token}`) => {
    const headers = { 'x-forwarded-for': freeAddress(), authorization, 'content-type': 'application/pdf' };
    const url = '/api/disputes/du_unknown/evidence/receipt';
    const response = await shop.app.inject({ method: 'PUT', url, headers, payload: '%PDF-1.4' });
    return { code: response.json<{ error: { code: string } }>().error.code, response };
  };
  const { points, windowSeconds } = UPLOADS_OF_STAFF;
  expect(await answers(points, () => send())).toEqual({ NOT_FOUND: points });
  const { code, response } = await send();
  expect({ code, status: response.statusCode }).toEqual({ code: 'RATE_LIMITED', status: 429 });
  expect(Number(response.headers['retry-after'])).toBeGreaterThanOrEqual(1);
  expect(Number(response.headers['retry-after'])).toBeLessThanOrEqual(windowSeconds);
  expect((await send(`Bearer ${(await newStaff()).token}`)).code).toBe('NOT_FOUND');
});

test('Calendars have a limit of their own, by what is shown of them', async () => {
  const id = String(await addEquipment(shop.orm));
  const YEAR = `availability(from: "2027-09-01", to: "2028-08-31") { free }`;
  const calendars = `query ($id: ID!) { catalogueItem(type: EQUIPMENT, id: $id) { ... on Equipment {
    one: ${YEAR} two: ${YEAR} three: ${YEAR} ${YEAR} } } }`;
  // A calendar counts for thirty days more than it shows.
  const fair = Math.floor(CALENDAR_DAYS_OF_ADDRESS.points / (4 * (366 + 30)));
  const send = () => sendFrom(shop, address, calendars, { id });
  expect(await answers(fair, send)).toEqual({ OK: fair });
  const { code, errors } = await send();
  expect(code).toBe('RATE_LIMITED');
  expect(errors?.[0]?.extensions.retryAfterSeconds).toBeGreaterThanOrEqual(1);
  expect((await sendFrom(shop, freeAddress(), calendars, { id })).code).toBe('OK');
});

describe('Baskets of rentals', () => {
  const LINES = 50;
  // A line is looked for in a calendar, which counts for thirty days.
  const DAYS_OF_A_BASKET = LINES * 30;
  const fair = Math.floor(CALENDAR_DAYS_OF_VIEWER.points / DAYS_OF_A_BASKET);
  const basketOf = (equipment: number) =>
    Array.from({ length: LINES }, (_, index) => ({
      id: String(equipment),
      type: 'EQUIPMENT' as const,
      startDate: addDays('2027-09-01', index),
    }));

  test('look at calendars within the limit of their sender, signed in or not, from whatever address', async () => {
    const items = basketOf(await addEquipment(shop.orm, { turnaroundDays: 0 }));
    const buyer = await newBuyer();
    const asBuyer = () => sendFrom(shop, freeAddress(), QUOTE, { items }, buyer.token);
    expect(await answers(fair, asBuyer)).toEqual({ OK: fair });
    const { code, errors } = await asBuyer();
    expect(code).toBe('RATE_LIMITED');
    expect(errors?.[0]?.extensions.retryAfterSeconds).toBeGreaterThanOrEqual(1);
    // A checkout would look as well: it is rejected before it holds anything.
    const checkouts = await tryCheckout(shop, buyer, checkoutInput(items.slice(0, 1)));
    expect(checkouts.errors?.[0]?.extensions.code).toBe('RATE_LIMITED');
    const anonymous = () => sendFrom(shop, address, QUOTE, { items });
    expect(await answers(fair + 1, anonymous)).toEqual({ OK: fair, RATE_LIMITED: 1 });
  });

  test('of very many units are looked for in part, and rejected by the rest', async () => {
    const equipment = await addEquipment(shop.orm, { units: 2_000 });
    const items = basketOf(equipment);
    const { code, errors } = await sendFrom(shop, address, QUOTE, { items });
    expect(code).toBe('BAD_USER_INPUT');
    expect(errors?.[0]?.extensions.fields).toEqual({ items: expect.any(String) });
    expect((await sendFrom(shop, address, QUOTE, { items: items.slice(0, 5) })).code).toBe('OK');
  });
});

describe('Checkouts', () => {
  const FIELDS = 3;
  /** The same basket three times in one document, which gives the same order: what counts is how often it is asked. */
  const send = async (buyer: Person, from: string, product: number) =>
    sendFrom(shop, from, CHECKOUT, { input: checkoutInput([{ id: product, type: 'PRODUCT' }]) }, buyer.token);

  test('of a buyer are limited, one by one even where a document asks for several', async () => {
    const [buyer, product] = [await newBuyer(), await addProduct(shop.orm)];
    const fit = Math.floor(CHECKOUTS_OF_BUYER.points / FIELDS);
    const codes = await answers(fit + 1, () => send(buyer, freeAddress(), product));
    expect(codes).toEqual({ OK: fit, RATE_LIMITED: 1 });
  });

  test('of an address are limited, across buyers', async () => {
    const product = await addProduct(shop.orm, { onHand: 100 });
    const fit = Math.floor(CHECKOUTS_OF_ADDRESS.points / FIELDS);
    const codes = await answers(fit + 1, async () => send(await newBuyer(), address, product));
    expect(codes).toEqual({ OK: fit, RATE_LIMITED: 1 });
  });
});

describe('Open holds', () => {
  const order = (buyer: Person, product: number, rest: object = {}) =>
    tryCheckout(shop, buyer, checkoutInput([{ id: product, type: 'PRODUCT' }], rest));
  const codeOf = ({ errors }: Awaited<ReturnType<typeof order>>) => errors?.[0]?.extensions.code ?? 'OK';

  test('are capped, exactly, however many are asked for at once', async () => {
    const [buyer, product] = [await newBuyer(), await addProduct(shop.orm, { onHand: 100 })];
    const all = Array.from({ length: 2 * MAX_OPEN_HOLDS }, (_, index) =>
      order(buyer, product, { idempotencyKey: `basket ${index}` }),
    );
    const codes = (await Promise.all(all)).map(codeOf).sort();
    expect(codes).toEqual([...Array(MAX_OPEN_HOLDS).fill('OK'), ...Array(MAX_OPEN_HOLDS).fill('RATE_LIMITED')]);
    expect(await stockOf(shop.orm, product)).toEqual({ onHand: 100, held: MAX_OPEN_HOLDS });
  });

  test('let a buyer repeat a request, replace a basket, and go on once one has ended', async () => {
    const [buyer, product] = [await newBuyer(), await addProduct(shop.orm, { onHand: 100 })];
    const opened = [];
    for (let index = 0; index < MAX_OPEN_HOLDS; index += 1) {
      opened.push(await order(buyer, product, { idempotencyKey: `basket ${index}` }));
    }
    const [first, second] = opened.map(({ data }) => data?.createCheckoutSession.order.id);
    expect(codeOf(await order(buyer, product, { idempotencyKey: 'basket 0' }))).toBe('OK');
    expect(codeOf(await order(buyer, product, { idempotencyKey: 'other', replacesOrderId: first }))).toBe('OK');
    const rejected = await order(buyer, product, { idempotencyKey: 'one more' });
    expect(codeOf(rejected)).toBe('RATE_LIMITED');
    expect(rejected.errors?.[0]?.extensions.retryAfterSeconds).toBeGreaterThan(30 * 60);
    await shop.graphql('mutation ($id: ID!) { cancelOrder(orderId: $id) { status } }', { id: second }, buyer.token);
    expect(codeOf(await order(buyer, product, { idempotencyKey: 'one more' }))).toBe('OK');
  });
});

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:0db8:0000:0000:ffff:1:2:3', '2001:db8:0:0::/64'],
  ['2001:DB8:0:1::', '2001:db8:0:1::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['192.0.2.7:50123', '192.0.2.7'],
  ['[2001:db8::1]:50123', '2001:db8:0:0::/64'],
  ['[2001:db8::1]', '2001:db8:0:0::/64'],
  ['not an address', 'not an address'],
])('%s is counted as %s', (ip, key) => expect(addressKey(ip)).toBe(key));

describeWith('redis-server', 'With a Redis that processes share', (program) => {
  let redis: RedisServer;
  let hanging: RedisServer;
  beforeAll(async () => {
    redis = await redisServer(program);
    hanging = await redisServer(program);
  });
  afterAll(async () => {
    await redis?.stop();
    await hanging?.stop();
  });

  test('a server that hangs is one that is gone', async () => {
    const shop = await startTestApp({ RATE_LIMIT: 'on', TRUST_PROXY: '1', REDIS_URL: hanging.url });
    try {
      expect((await sendFrom(shop, address, CONFIG)).code).toBe('OK');
      hanging.hang();
      await eventually(async () => {
        expect((await sendFrom(shop, address, CONFIG)).code).toBe('OK');
        expect(shop.log.filter((line) => line.includes('Redis connection lost'))).toHaveLength(1);
      });
    } finally {
      await shop.close();
    }
  });

  test('they count together, and each alone, with one warning, while it is gone', async () => {
    const environment = { RATE_LIMIT: 'on', TRUST_PROXY: '1', REDIS_URL: redis.url };
    const first = await startTestApp(environment);
    const second = await startSecondProcess(first, environment);
    try {
      const { points } = REQUESTS_OF_ADDRESS;
      const half = Math.ceil(points / 2);
      expect(await answers(half, () => sendFrom(first, address, CONFIG))).toEqual({ OK: half });
      const rest = await answers(half + 1, () => sendFrom(second, address, CONFIG));
      expect(rest).toEqual({ OK: points - half, RATE_LIMITED: half + 1 - (points - half) });

      await redis.stop();
      expect((await sendFrom(first, address, CONFIG)).code).toBe('OK');
      expect(await answers(20, () => sendFrom(first, address, CONFIG))).toEqual({ OK: 20 });
      expect(first.log.filter((line) => line.includes('Redis connection lost'))).toHaveLength(1);
    } finally {
      await second.close();
      await first.close();
    }
  });
});
