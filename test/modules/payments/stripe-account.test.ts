/** A database belongs to one Stripe account and mode: with another key nothing is taken, done or lost. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type StripeSimulator, startStripeSimulator } from '@comptoir/stripe-simulator';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { checkout, checkoutInput, moneyOf, orderBySession, submitCard, tryCheckout } from '../../support/checkout.js';
import { eventually } from '../../support/eventually.js';
import { addProduct, stockOf } from '../../support/shop.js';
import { deliver, eventId, eventOf, inboxRows } from '../../support/stripe-events.js';
import {
  newBuyer,
  newStaff,
  type Person,
  startSecondProcess,
  startTestApp,
  type TestApp,
  testEnvironment,
} from '../../support/test-app.js';
import { testDatabaseUrl } from '../../support/test-database.js';

const PAID_CARD = '4242424242424242';
const OTHER_ACCOUNT = 'STRIPE_SECRET_KEY belongs to another Stripe account than the database';
const OTHER_MODE = 'STRIPE_SECRET_KEY is a test key, and the database belongs to live mode';

let shop: TestApp;
let foreign: StripeSimulator;
let staff: Person;
let own: { account_id: string | null; livemode: boolean | null };
const opened: TestApp[] = [];

const execute = (sql: string, values: unknown[] = []) => shop.orm.em.fork().execute(sql, values);
const storedAccount = async () => (await execute('select account_id, livemode from stripe_accounts'))[0];

beforeAll(async () => {
  shop = await startTestApp();
  foreign = await startStripeSimulator();
  staff = await newStaff();
  own = (await storedAccount()) as typeof own;
});
beforeEach(() => foreign.forgetRequests());
afterEach(async () => {
  for (const app of opened.splice(0)) await app.close();
  shop.simulator.faults.clear();
  shop.simulator.webhooks.resume();
  shop.clock.reset();
  await execute('update stripe_accounts set account_id = ?, livemode = ?', [own.account_id, own.livemode]);
});
afterAll(async () => {
  await foreign.close();
  await shop.close();
});

/** Another process on the shop's database, as it is after a start with other keys. */
async function startOther(environment: Record<string, string> = {}): Promise<TestApp> {
  const other = await startSecondProcess(shop, environment);
  opened.push(other);
  return other;
}

async function startRejected(kind: string): Promise<TestApp> {
  if (kind === OTHER_ACCOUNT) {
    const other = await startOther({ STRIPE_API_URL: foreign.url });
    return { ...other, simulator: foreign };
  }
  await execute('update stripe_accounts set livemode = true');
  shop.simulator.forgetRequests();
  return startOther();
}

const readiness = async ({ app }: TestApp) => {
  const answer = await app.inject('/readyz');
  return { code: answer.statusCode, ...answer.json<{ reason?: string; warning?: string }>() };
};

const asked = ({ simulator }: TestApp) =>
  simulator
    .requests()
    .filter(({ path }) => path !== '/v1/account')
    .map(({ method, path }) => `${method} ${path}`);

async function openOrder() {
  const buyer = await newBuyer();
  const product = await addProduct(shop.orm, { priceMinor: 1000, onHand: 1 });
  const session = await checkout(shop, buyer, [{ id: product, type: 'PRODUCT' }]);
  const status = async () => (await moneyOf(shop, staff, session.order.id)).status;
  return { ...session, id: session.order.id, buyer, product, status };
}

describe.each([OTHER_ACCOUNT, OTHER_MODE])('A process for which %s', (kind) => {
  test('is not ready, says why, and tells it once as an error', async () => {
    const other = await startRejected(kind);
    await eventually(async () => expect(await readiness(other)).toMatchObject({ code: 503, reason: kind }));
    await tryCheckout(other, await newBuyer(), checkoutInput([]));
    const told = other.log.filter((line) => line.includes(kind));
    expect(told).toHaveLength(1);
    expect(JSON.parse(told[0] ?? '')).toMatchObject({ level: 50, key: { livemode: false } });
  });

  test('rejects checkouts: nothing is stored or held, Stripe is not called, and the code says that repeating does not help', async () => {
    const buyer = await newBuyer();
    const product = await addProduct(shop.orm, { onHand: 1 });
    const other = await startRejected(kind);
    const { errors } = await tryCheckout(other, buyer, checkoutInput([{ id: product, type: 'PRODUCT' }]));
    expect(errors?.[0]?.extensions.code).toBe('PAYMENTS_SUSPENDED');
    expect(await execute('select 1 from orders where buyer_id = ?', [buyer.id])).toEqual([]);
    expect(await stockOf(shop.orm, product)).toEqual({ onHand: 1, held: 0 });
    expect(asked(other)).toEqual([]);
  });

  test('does not call Stripe for a cancellation, the return page or staff; the catalogue works', async () => {
    const order = await openOrder();
    const reviewed = await openOrder();
    await execute(`update orders set status = 'UNDER_REVIEW', review_reason = 'x' where id = ?`, [reviewed.id]);
    const other = await startRejected(kind);
    const code = async (query: string, id: string, { token }: Person) =>
      (await other.graphql(query, { id }, token)).errors?.[0]?.extensions.code;
    const CANCEL = 'mutation ($id: ID!) { cancelOrder(orderId: $id) { id } }';
    expect(await code(CANCEL, order.id, order.buyer)).toBe('PAYMENTS_SUSPENDED');
    const REJECT = 'mutation ($id: ID!) { rejectPayment(orderId: $id) { order { id } } }';
    expect(await code(REJECT, reviewed.id, staff)).toBe('PAYMENTS_SUSPENDED');
    expect(await orderBySession(other, order.buyer, order.sessionId)).toMatchObject({ status: 'PENDING' });
    expect((await other.graphql('{ catalogue { nodes { id } } }')).errors).toBeUndefined();
    expect(asked(other)).toEqual([]);
    // Where the key is right, the buyer's wish is carried out.
    expect((await shop.graphql(CANCEL, { id: order.id }, order.buyer.token)).errors).toBeUndefined();
    expect(await order.status()).toBe('CANCELLED');
  });

  test('still applies the events of its database, which would be ignored for good', async () => {
    shop.simulator.webhooks.pause();
    const order = await openOrder();
    await submitCard(order.url, PAID_CARD);
    const headers = { authorization: `Bearer ${testEnvironment.STRIPE_SECRET_KEY}` };
    const session = await fetch(`${shop.simulator.url}/v1/checkout/sessions/${order.sessionId}`, { headers });
    const other = await startRejected(kind);
    const id = eventId();
    const livemode = kind === OTHER_MODE;
    await deliver(other, eventOf('checkout.session.completed', (await session.json()) as object, { id, livemode }));
    expect(await inboxRows(shop, id)).toMatchObject([{ state: 'PROCESSED' }]);
    expect(await order.status()).toBe('PAID');
    const wrong = eventId();
    await deliver(other, eventOf('checkout.session.expired', { id: 'cs_x' }, { id: wrong, livemode: !livemode }));
    expect(await inboxRows(shop, wrong)).toMatchObject([{ state: 'IGNORED' }]);
  });

  test.each([
    ['reconcile', '--since', '1h'],
    ['webhooks', 'replay', 'evt_1'],
  ])('%s ends without doing anything', async (script, ...parameters) => {
    if (kind === OTHER_MODE) await execute('update stripe_accounts set livemode = true');
    const STRIPE_API_URL = kind === OTHER_MODE ? shop.simulator.url : foreign.url;
    const env = {
      ...process.env,
      ...testEnvironment,
      NODE_OPTIONS: '',
      DATABASE_URL: await testDatabaseUrl(),
      STRIPE_API_URL,
    };
    const child = spawn(process.execPath, ['--import', 'tsx', `cli/${script}.ts`, ...parameters], { env });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
    const [code] = await once(child, 'close');
    expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining('Nothing was done.') });
    expect(output).toContain(kind);
  });
});

describe('A key that may not read its account', () => {
  const FORBIDDEN = { method: 'GET', path: '/v1/account', kind: 'status' as const, status: 403 };

  test('is logged once, as an error; its mode is kept, and everything works', async () => {
    await execute('update stripe_accounts set account_id = null, livemode = null');
    shop.simulator.faults.failNext(FORBIDDEN);
    const other = await startOther();
    await eventually(() => expect(other.log.join('')).toContain('The key may not read its Stripe account'));
    expect(await storedAccount()).toEqual({ account_id: null, livemode: false });
    const { data } = await tryCheckout(
      other,
      await newBuyer(),
      checkoutInput([{ id: await addProduct(shop.orm), type: 'PRODUCT' }]),
    );
    expect(data?.createCheckoutSession.order.status).toBe('PENDING');
    await eventually(async () => expect(await readiness(other)).toEqual({ code: 200, status: 'ready' }));
    const told = other.log.filter((line) => line.includes('The key may not read its Stripe account'));
    expect(told.map((line) => JSON.parse(line).level)).toEqual([50]);
    expect(
      shop.simulator.requests().filter(({ status, path }) => path === '/v1/account' && status === 403),
    ).toHaveLength(1);
    // A key that may, later, says which account it is.
    await startOther();
    await eventually(async () => expect(await storedAccount()).toEqual(own));
  });

  test('of the other mode is rejected all the same', async () => {
    await execute('update stripe_accounts set livemode = true');
    shop.simulator.faults.failNext(FORBIDDEN);
    const other = await startOther();
    await eventually(async () => expect(await readiness(other)).toMatchObject({ code: 503, reason: OTHER_MODE }));
  });
});

test('While the account of the key is not known, the process is ready with a warning, stores no checkout, and recovers', async () => {
  const silent = Array.from({ length: 50 }, () => ({ path: '/v1/account', kind: 'status' as const, status: 401 }));
  shop.simulator.faults.failNext(...silent);
  const other = await startOther();
  const buyer = await newBuyer();
  const input = checkoutInput([{ id: await addProduct(shop.orm), type: 'PRODUCT' }]);
  expect((await tryCheckout(other, buyer, input)).errors?.[0]?.extensions.code).toBe('PAYMENT_PROVIDER_UNAVAILABLE');
  expect(await execute('select 1 from orders where buyer_id = ?', [buyer.id])).toEqual([]);
  await eventually(async () =>
    expect(await readiness(other)).toMatchObject({
      code: 200,
      warning: expect.stringContaining('the Stripe account of the key'),
    }),
  );
  shop.simulator.faults.clear();
  await eventually(async () => expect(await readiness(other)).toEqual({ code: 200, status: 'ready' }));
  expect((await tryCheckout(other, buyer, input)).data?.createCheckoutSession.order.status).toBe('PENDING');
});

test('An empty database takes account and mode from the key', async () => {
  expect(own).toEqual({ account_id: expect.stringMatching(/^acct_/), livemode: false });
});

describe('Where every process has another key', () => {
  beforeAll(() => shop.app.close());

  test.each([OTHER_ACCOUNT, OTHER_MODE])('no job does anything: %s', async (kind) => {
    const DONE = `select 1 from pgboss.job where name = 'retry-events' and state = 'completed'`;
    const other = await startRejected(kind);
    await eventually(async () => expect((await readiness(other)).reason).toBe(kind));
    const before = (await execute(DONE)).length;
    const id = eventId();
    const foreignVersion = { id, api_version: '2019-01-01', livemode: kind === OTHER_MODE };
    await deliver(
      other,
      eventOf('checkout.session.expired', { object: 'checkout.session', id: 'cs_1' }, foreignVersion),
    );
    await eventually(async () => expect((await execute(DONE)).length).toBeGreaterThan(before));
    expect(await inboxRows(shop, id)).toMatchObject([{ state: 'RECEIVED', attempts: 1 }]);
    expect(asked(other)).toEqual([]);
  });
});
