/** Secrets and personal data stay out of the log and of errors, wherever they come from. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Order } from '../../../src/modules/orders/order.entity.js';
import { describeError } from '../../../src/platform/database/describe-error.js';
import { executePrepared } from '../../../src/platform/database/prepared-statement.js';
import { inTransaction } from '../../../src/platform/database/transaction.js';
import { redact } from '../../../src/platform/kernel/redaction.js';
import { checkoutInput, customerInfo, type ItemInput, tryCheckout } from '../../support/checkout.js';
import { piiMarkersIn } from '../../support/pii-markers.js';
import { addProduct } from '../../support/shop.js';
import { newBuyer, startTestApp, stripeOf, type TestApp, testEnvironment } from '../../support/test-app.js';
import { hidden, shown } from './redaction-corpus.js';

let shop: TestApp;
beforeAll(async () => {
  shop = await startTestApp();
});
afterAll(() => shop.close());

describe('What looks like a secret, or like somebody’s address, is hidden:', () => {
  test.each(hidden)('%s', (_, text, secret) => {
    expect(text).toContain(secret);
    expect(redact(text)).toContain('[redacted]');
    expect(redact(text)).not.toContain(secret);
    if (text.startsWith('{')) JSON.parse(redact(text));
  });
});

test.each(shown)('%s is shown', (_, text) => {
  expect(redact(text)).toBe(text);
});

/** The lines that were logged meanwhile. */
async function logged(act: () => void | Promise<void>): Promise<string> {
  const from = shop.log.length;
  await act();
  return shop.log.slice(from).join('');
}

const { STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET } = testEnvironment;

test('A line hides them at any depth and in any text, and stays JSON', async () => {
  const { token } = await newBuyer();
  const line = await logged(() => {
    const request = { headers: { authorization: `Bearer ${token}`, 'stripe-signature': `t=1,v1=${'a'.repeat(64)}` } };
    const message = `${customerInfo.email} pays with ${STRIPE_SECRET_KEY}, checked by ${STRIPE_WEBHOOK_SECRET}`;
    shop.app.log.error({ request, basket: { customerInfo } }, message);
  });
  expect(JSON.parse(line)).toMatchObject({
    level: 50,
    basket: { customerInfo: { city: '[redacted]', country: 'France' } },
  });
  expect(line).toContain('pays with [redacted], checked by [redacted]');
  expect(piiMarkersIn(line)).toEqual([]);
});

describe('An error that quotes values is described without them:', () => {
  const { email, lastName, city } = customerInfo;
  const statement = (sql: string, values: unknown[]) => () => shop.orm.em.fork().execute(sql, values);
  const prepared = (text: string) => () =>
    inTransaction(shop.orm.em, (em) => executePrepared(em, { name: randomUUID(), text }, [`${city} ${email}`]));
  const unflushable = () => {
    const em = shop.orm.em.fork();
    em.persist(Object.assign(new Order(), { id: randomUUID(), buyerId: 'x', customer: { ...customerInfo } }));
    return em.flush();
  };
  const rejectedByStripe = async () => {
    const body = {
      error: { type: 'invalid_request_error', code: 'email_invalid', message: `Not valid: ${city} ${email}` },
    };
    shop.simulator.faults.failNext({ kind: 'status', status: 400, body, method: 'GET', path: '/v1/account' });
    await stripeOf(shop).accounts.retrieveCurrent();
  };
  const duplicate = `insert into stripe_accounts (id, account_id) values (1, ?), (1, ?)`;
  const cases: [string, () => unknown, RegExp][] = [
    [
      'a row that is there already',
      statement(duplicate, [lastName, lastName]),
      /^PostgreSQL error 23505 on stripe_accounts_pkey$/,
    ],
    [
      'a row that fails a check',
      statement('insert into stripe_accounts (id, account_id) values (2, ?)', [lastName]),
      /^PostgreSQL error 23514 on/,
    ],
    [
      'a row without a value',
      statement('insert into inbox_events (id, type) values (?, ?)', [email, city]),
      /^PostgreSQL error 23502/,
    ],
    ['text in the place of a number', statement('select ?::int', [lastName]), /^PostgreSQL error 22P02$/],
    ['the same, of the driver', prepared('select $1::text::int'), /^PostgreSQL error 22P02$/],
    ['what a trigger says', prepared(`select set_config($1::text, 'x', false)`), /^PostgreSQL error 42\w{3}$/],
    ['an entity that is not complete', unflushable, /^a value does not fit Order\.\w+$/],
    ['JSON that is none', () => JSON.parse(`${lastName} of ${city}`), /^a text could not be parsed$/],
    ['what Stripe rejects', rejectedByStripe, /^StripeInvalidRequestError email_invalid$/],
    [
      'a message of several lines',
      () => {
        throw new Error(`first\n${lastName}`);
      },
      /^first$/,
    ],
  ];

  test.each(cases)('%s', async (_, act, description) => {
    const error = await Promise.resolve()
      .then(act)
      .then(
        () => null,
        (thrown: unknown) => thrown,
      );
    expect(describeError(error)).toMatch(description);
    const line = await logged(() => shop.app.log.error({ err: error }, 'It failed'));
    expect(JSON.parse(line)).toMatchObject({ err: { message: expect.stringMatching(description) } });
    expect(piiMarkersIn(line)).toEqual([]);
  });
});

describe('An answer does not repeat a customer that fails validation:', () => {
  const { city: _city, ...withoutCity } = customerInfo;
  const cases: [string, object, string, RegExp][] = [
    [
      'a field is missing',
      { customerInfo: withoutCity },
      'customerInfo.city',
      /^Field "city" of required type "String!" was not provided\.$/,
    ],
    [
      'a field is unknown',
      { customerInfo: { ...customerInfo, age: 7 } },
      'customerInfo.age',
      /^Field "age" is not defined by type "CustomerInfoInput"/,
    ],
    [
      'a field is null',
      { customerInfo: { ...customerInfo, city: null } },
      'customerInfo.city',
      /^Expected non-nullable type "String!" not to be null\.$/,
    ],
    [
      'a field is an object',
      { customerInfo: { ...customerInfo, city: customerInfo } },
      'customerInfo.city',
      /^is not a value of String$/,
    ],
    [
      'all of it is a text',
      { customerInfo: `${customerInfo.lastName}; ${customerInfo.city}` },
      'customerInfo',
      /^Expected type "CustomerInfoInput" to be an object\.$/,
    ],
  ];

  test.each(cases)('%s', async (_, change, field, problem) => {
    const product = await addProduct(shop.orm);
    const items: ItemInput[] = [{ id: product, type: 'PRODUCT' }];
    const { errors } = await tryCheckout(shop, await newBuyer(), checkoutInput(items, change));
    expect(errors?.[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: { [field]: expect.stringMatching(problem) },
    });
    expect(piiMarkersIn(JSON.stringify(errors))).toEqual([]);
  });
});
