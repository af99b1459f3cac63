/** A clock that differs from Stripe's is noticed by its ordinary answers, logged once, and never blamed on Stripe. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { StripeClock } from '../../src/stripe/stripe-clock.js';
import { checkoutInput, tryCheckout } from '../support/checkout.js';
import { InstantClock } from '../support/instant-clock.js';
import { addProduct, stockOf } from '../support/shop.js';
import { newBuyer, startTestApp, type TestApp } from '../support/test-app.js';

let shop: TestApp;

beforeAll(async () => {
  shop = await startTestApp();
});
afterEach(async () => {
  shop.clock.reset();
  await askStripe();
});
afterAll(() => shop.close());

/** Any answer will do. */
async function askStripe() {
  const product = await addProduct(shop.orm, { onHand: 1 });
  const input = checkoutInput([{ id: product, type: 'PRODUCT' }], { idempotencyKey: randomUUID() });
  const buyer = await newBuyer();
  return { product, buyer, input, answer: await tryCheckout(shop, buyer, input) };
}

const readiness = async () => {
  const answer = await shop.app.inject('/readyz');
  return { code: answer.statusCode, ...answer.json<{ reason?: string; warning?: string }>() };
};
const told = (text: string, since: number) => shop.log.slice(since).filter((line) => line.includes(text));

test('Six minutes behind: the buyer gets PAYMENTS_SUSPENDED, the log says what is wrong, and nothing stays held', async () => {
  const since = shop.log.length;
  shop.clock.advanceMinutes(-6);
  const { answer, product, buyer, input } = await askStripe();
  expect(answer.errors?.[0]?.extensions.code).toBe('PAYMENTS_SUSPENDED');
  expect(await stockOf(shop.orm, product)).toEqual({ onHand: 1, held: 0 });
  expect(await readiness()).toMatchObject({
    code: 503,
    reason: expect.stringMatching(/^our clock is 3[56]\d s behind Stripe’s/),
  });
  await askStripe();
  expect(told('Put the clock right: our clock is', since).map((line) => JSON.parse(line).level)).toEqual([50]);

  shop.clock.reset();
  const { data } = await tryCheckout(shop, buyer, input);
  expect(data?.createCheckoutSession.order.status).toBe('PENDING');
  expect(await readiness()).toEqual({ code: 200, status: 'ready' });
  expect(told('agrees with Stripe’s again', since)).toHaveLength(1);
});

test.each([
  [-1, /our clock is [56]\d s behind Stripe’s/],
  [1, /our clock is [56]\d s ahead of Stripe’s/],
])('%s minute off: everything works, with a warning', async (minutes, text) => {
  const since = shop.log.length;
  shop.clock.advanceMinutes(minutes);
  const { answer } = await askStripe();
  expect(answer.data?.createCheckoutSession.order.status).toBe('PENDING');
  expect(await readiness()).toMatchObject({ code: 200, warning: expect.stringMatching(text) });
  await askStripe();
  expect(told('Put the clock right', since).map((line) => JSON.parse(line).level)).toEqual([40]);
});

test('Six minutes ahead: checkouts go on, and /readyz says that webhooks are rejected', async () => {
  shop.clock.advanceMinutes(6);
  expect((await askStripe()).answer.errors).toBeUndefined();
  expect(await readiness()).toMatchObject({ code: 503, reason: expect.stringMatching(/ahead of Stripe’s.*webhooks/) });
});

test('A process that was halted while Stripe answered takes nothing for certain', () => {
  const clock = new InstantClock(Date.parse('2027-03-01T10:00:00.700Z'));
  const lines: object[] = [];
  const note = (fields: object) => lines.push(fields);
  const stripeClock = new StripeClock(clock, { debug: note, info: note, warn: note, error: note });
  const askedAt = clock.now();
  clock.move(10 * 60_000);
  stripeClock.heard('Mon, 01 Mar 2027 10:00:00 GMT', askedAt);
  stripeClock.heard(undefined, askedAt);
  expect([stripeClock.problem(), stripeClock.warning(), lines]).toEqual([null, null, []]);
});
