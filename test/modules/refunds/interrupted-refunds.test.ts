/**
 * A refund by staff at every point between its claim and its sync: the process dies there, or something else happens at
 * that moment. It is made once, with its amount; its goods move once; and what can still be claimed agrees with Stripe.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { onFailPoint } from '../../../src/platform/kernel/fail-point.js';
import { ClaimedOrder, happenings, interrupt, refundPoints } from '../../support/interrupted-refunds.js';
import { newStaff, type Person, startTestApp, type TestApp } from '../../support/test-app.js';

let shop: TestApp;
let staff: Person;

beforeAll(async () => {
  shop = await startTestApp();
  staff = await newStaff();
});
afterEach(() => {
  onFailPoint(null);
  shop.simulator.faults.clear();
  shop.clock.reset();
});
afterAll(() => shop.close());

describe.each(refundPoints)('At “%s”', (point) => {
  describe.each([
    ['goes on', false],
    ['dies', true],
  ] as const)('the process %s, and', (_, dies) => {
    test.each(happenings)('$what', async ({ happens, end }) => {
      const order = await ClaimedOrder.sell(shop, staff);
      await interrupt(shop, { point, dies, happens: () => happens(order, point) }, () => order.ask());
      // Staff who got no answer send the request again.
      expect((await order.ask()).error).toBeUndefined();
      await end(order, point);
    });
  });
});

describe('Where Stripe’s answer to the refund does not arrive', () => {
  test.each([
    ['the connection breaks before Stripe reads it', { kind: 'reset-before-work' }],
    ['the connection breaks when Stripe has made it', { kind: 'reset-after-work' }],
    ['Stripe has a fault', { kind: 'status', status: 500 }],
    ['Stripe is overloaded', { kind: 'status', status: 503 }],
  ] as const)('it is made once all the same: %s', async (_, fault) => {
    const order = await ClaimedOrder.sell(shop, staff);
    // As often as the SDK tries by itself, and once more.
    for (let times = 0; times < 4; times += 1) {
      shop.simulator.faults.failNext({ method: 'POST', path: '/v1/refunds', ...fault });
    }
    await order.ask();
    await shop.runJob('issue-refunds');
    shop.simulator.faults.clear();
    shop.clock.advanceMinutes(2);
    await order.ends({ amountRefunded: { amount: 1000 }, refunds: [{ state: 'SUCCEEDED' }] });
    expect(await order.made()).toHaveLength(1);
  });
});
