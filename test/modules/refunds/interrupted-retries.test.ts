/** The second attempt of a refund whose money came back, at every point: as the first, and with a key of its own. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { onFailPoint } from '../../../src/platform/kernel/fail-point.js';
import { ClaimedOrder, happenings, interrupt, refundPoints } from '../../support/interrupted-refunds.js';
import { newStaff, type Person, startTestApp, type TestApp } from '../../support/test-app.js';

const REFUND_FAILS_CARD = '4000000000005126';

let shop: TestApp;
let staff: Person;

beforeAll(async () => {
  shop = await startTestApp();
  staff = await newStaff();
});
afterEach(() => {
  onFailPoint(null);
  shop.simulator.clock.reset();
  shop.clock.reset();
});
afterAll(() => shop.close());

async function failed(): Promise<ClaimedOrder> {
  const order = await ClaimedOrder.sell(shop, staff, REFUND_FAILS_CARD);
  // Later refunds stand as long as the clock does.
  shop.simulator.clock.freeze();
  await order.ask();
  await order.ends({ refunds: [{ state: 'SUCCEEDED' }] });
  await shop.simulator.clock.advance(3600);
  await order.ends({ refundStatus: 'FAILED', refunds: [{ state: 'FAILED' }] });
  return order;
}

describe.each(refundPoints.filter((point) => point !== 'refund: claim committed'))('At “%s”', (point) => {
  describe.each([
    ['goes on', false],
    ['dies', true],
  ] as const)('the process %s, and', (_, dies) => {
    test.each(happenings)('$what', async ({ happens, end }) => {
      const order = await failed();
      const retry = async () => expect(await order.retry()).toBe('REQUESTED');
      await interrupt(shop, { point, dies, happens: () => happens(order, point) }, retry);
      await end(order, point);
      expect((await order.claim())?.attempts[0]).toMatchObject({ number: 1, state: 'FAILED' });
    });
  });
});

describe('While a sync has read Stripe’s lists and not written them', () => {
  const point = 'payment sync: Stripe answered';

  test.each([
    ['goes on', false],
    ['dies', true],
  ] as const)('staff close a refund that has failed: it stays closed where the process %s', async (_, dies) => {
    const order = await failed();
    const happens = async () => expect(await order.close()).toBe('PAID_OTHERWISE');
    await interrupt(shop, { point, dies, happens }, () => order.inDashboard(500));
    await order.ends({ refundStatus: 'PARTIAL', amountRefunded: { amount: 500 }, amountRefundable: { amount: 1500 } });
    expect(await order.claim()).toMatchObject({ state: 'PAID_OTHERWISE' });
    expect(await order.retry()).toBe('REFUND_NOT_RETRYABLE');
  });

  test.each([
    ['goes on', false],
    ['dies', true],
  ] as const)('staff try a refund that has failed again: it is made where the process %s', async (_, dies) => {
    const order = await failed();
    const happens = async () => expect(await order.retry()).toBe('REQUESTED');
    await interrupt(shop, { point, dies, happens }, () => order.inDashboard(500));
    await order.ends({ refundStatus: 'PARTIAL', amountRefunded: { amount: 1500 } });
    expect(await order.claim()).toMatchObject({ state: 'SUCCEEDED' });
  });
});
