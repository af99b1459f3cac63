/** A claim of staff's, what can happen at a point on its way, and what holds whatever has happened. */
import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import pLimit from 'p-limit';
import { type FailPoint, onFailPoint } from '../../src/platform/kernel/fail-point.js';
import { eventually } from './eventually.js';
import { addProduct, stockOf } from './shop.js';
import {
  closeDispute,
  disputePart,
  madeAtStripe,
  orderView,
  type PaidOrder,
  paidOrder,
  type RefundView,
  refundOrder,
  shows,
} from './staff-refunds.js';
import { type Person, stripeOf, type TestApp } from './test-app.js';

const PAID_MINOR = 3000;
/** One of three pieces. */
const CLAIMED_MINOR = 1000;
const DISPUTED_MINOR = 1500;
const RETRY = 'mutation ($id: ID!) { retryRefund(refundId: $id) { refund { state } } }';
const CLOSE = 'mutation ($input: CloseRefundInput!) { closeRefund(input: $input) { refund { state } } }';

/** The points that a claim reaches one after the other. */
export const refundPoints: FailPoint[] = [
  'refund: claim committed',
  'refund: claimed',
  'refund: lists read',
  'refund: attempt stored',
  'refund: Stripe answered',
  'payment sync: Stripe answered',
];

/** Where Stripe has not been asked yet. */
const isBeforeStripe = (point: FailPoint) =>
  refundPoints.indexOf(point) < refundPoints.indexOf('refund: Stripe answered');

/** An order of three pieces, one of which staff refund. */
export class ClaimedOrder {
  private constructor(
    readonly shop: TestApp,
    readonly staff: Person,
    private readonly order: PaidOrder,
    private readonly stock: { product: number; onHand: number },
  ) {}

  private readonly idempotencyKey = randomUUID();

  static async sell(shop: TestApp, staff: Person, card?: string): Promise<ClaimedOrder> {
    const product = await addProduct(shop.orm, { priceMinor: CLAIMED_MINOR, onHand: 10 });
    const order = await paidOrder(shop, [{ id: product, type: 'PRODUCT', quantity: 3 }], card);
    return new ClaimedOrder(shop, staff, order, { product, onHand: 7 });
  }

  /** The same request each time: one piece, which is on offer again. */
  ask() {
    const lines = [{ lineId: this.order.lines[0], quantity: 1, goods: 'RETURN_TO_STOCK' }];
    return this.askFor({ lines, idempotencyKey: this.idempotencyKey });
  }

  askFor(input: object) {
    return refundOrder(this.shop, this.staff, { orderId: this.order.id, ...input });
  }

  inDashboard(amount?: number) {
    const part = amount === undefined ? {} : { amount };
    return stripeOf(this.shop).refunds.create({ payment_intent: this.order.paymentIntent, ...part });
  }

  dispute(): Promise<string> {
    return disputePart(this.shop, this.order, DISPUTED_MINOR);
  }

  made() {
    return madeAtStripe(this.shop, this.order);
  }

  view() {
    return orderView(this.shop, this.staff, this.order.id);
  }

  /** By its lines: what somebody else claims has none. */
  async claim(): Promise<RefundView | undefined> {
    return (await this.view()).refunds.find(({ lines }) => lines.length > 0);
  }

  /** @returns the state of the claim then, or the code of the error */
  async retry(): Promise<string> {
    const id = (await this.claim())?.id;
    return this.change<{ retryRefund: Changed }>(RETRY, { id }, ({ retryRefund }) => retryRefund);
  }

  /** @returns as for `retry` */
  async close(): Promise<string> {
    const input = { refundId: (await this.claim())?.id, note: 'by bank transfer' };
    return this.change<{ closeRefund: Changed }>(CLOSE, { input }, ({ closeRefund }) => closeRefund);
  }

  private async change<Data>(mutation: string, variables: object, changed: (data: Data) => Changed): Promise<string> {
    const { data, errors } = await this.shop.graphql<Data>(mutation, variables, this.staff.token);
    return data ? changed(data).refund.state : String(errors?.[0]?.extensions.code);
  }

  /** Another process runs the job at this very moment; `runJob` would wait for the run that has reached a point. */
  async issueElsewhere(): Promise<void> {
    const job = this.shop.services.jobs.find(({ name }) => name === 'issue-refunds');
    await job?.runOnce(this.shop.orm.em.fork(), { signal: new AbortController().signal, itemLimit: pLimit(8) });
  }

  /** With what everybody may rely on, whatever has happened. */
  async ends(expected: object): Promise<void> {
    await shows(this.shop, this.staff, this.order.id, expected);
    await this.agreesWithStripe();
    await this.hasMovedGoodsOnce();
  }

  private async agreesWithStripe(): Promise<void> {
    const { data: disputes } = await stripeOf(this.shop).disputes.list({ payment_intent: this.order.paymentIntent });
    const moved = disputes.flatMap(({ balance_transactions: transactions }) => transactions);
    const taken = moved.reduce((sum, { amount }) => sum - amount, 0);
    const standing = (await this.made()).filter(({ status }) => status === 'succeeded');
    const refunded = standing.reduce((sum, { amount }) => sum + amount, 0);
    const { refunds, amountRefunded, amountRefundable } = await this.view();
    const owed = refunds.filter(({ state }) => ['REQUESTED', 'BLOCKED', 'FAILED', 'PAID_OTHERWISE'].includes(state));
    const open = owed.reduce((sum, { amount }) => sum + amount.amount, 0);
    expect(refunded + taken).toBeLessThanOrEqual(PAID_MINOR);
    expect(amountRefunded.amount).toBe(refunded);
    expect(amountRefundable.amount).toBe(Math.max(0, PAID_MINOR - refunded - taken - open));
    const claim = await this.claim();
    const forClaim = standing.filter(({ metadata }) => metadata?.refund_id === claim?.id);
    expect(forClaim.map(({ amount }) => amount)).toEqual(claim?.state === 'SUCCEEDED' ? [CLAIMED_MINOR] : []);
  }

  /** They go back with the claim, whatever becomes of its money. */
  private async hasMovedGoodsOnce(): Promise<void> {
    const { lines, timeline } = await this.view();
    expect(lines).toMatchObject([{ returnedQuantity: 1, amountRefunded: { amount: CLAIMED_MINOR } }]);
    expect(timeline.filter(({ cause }) => cause === 'GOODS_RETURNED')).toHaveLength(1);
    const { product, onHand } = this.stock;
    expect(await stockOf(this.shop.orm, product)).toEqual({ onHand: onHand + 1, held: 0 });
  }
}

interface Changed {
  refund: { state: string };
}

interface Interruption {
  point: FailPoint;
  /** Whether the process dies there, after what happens. */
  dies: boolean;
  happens(): Promise<unknown>;
}

/** Starts something, and runs the jobs until a run reaches the point for the first time. */
export async function interrupt(
  shop: TestApp,
  { point, dies, happens }: Interruption,
  start: () => Promise<unknown>,
): Promise<void> {
  const over = Promise.withResolvers<void>();
  let isReached = false;
  onFailPoint(async (name) => {
    if (isReached || name !== point) return;
    isReached = true;
    await happens().then(() => over.resolve(), over.reject);
    if (dies) throw new Error('the process died');
  });
  await start();
  // A webhook may be on its way still.
  await eventually(async () => {
    for (const job of ['issue-refunds', 'retry-events', 'sync-payments']) {
      // A run that dies fails, as its process would.
      if (!isReached) await shop.runJob(job).catch(() => {});
    }
    expect(isReached).toBe(true);
  });
  await over.promise;
  // No run is under way when the clock moves: its calls would be too late.
  for (const job of ['issue-refunds', 'sync-payments']) await shop.runJob(job);
  // What the process had taken up is due again.
  shop.clock.advanceMinutes(2);
}

/** Something that happens at a point, and how the order ends then. */
interface Happening {
  what: string;
  happens(order: ClaimedOrder, point: FailPoint): Promise<unknown>;
  end(order: ClaimedOrder, point: FailPoint): Promise<unknown>;
}

const MADE = { amountRefunded: { amount: CLAIMED_MINOR }, refunds: [{ state: 'SUCCEEDED' }] };

export const happenings: Happening[] = [
  {
    what: 'nothing else happens',
    happens: async () => {},
    end: (order) => order.ends(MADE),
  },
  {
    what: 'a part is refunded in the dashboard',
    happens: (order) => order.inDashboard(500),
    end: (order) => order.ends({ amountRefunded: { amount: 1500 }, amountRefundable: { amount: 1500 } }),
  },
  {
    what: 'all that is left is refunded in the dashboard',
    happens: (order) => order.inDashboard(),
    end: async (order, point) => {
      await order.ends({ refundStatus: 'FULL', amountRefunded: { amount: PAID_MINOR } });
      const state = isBeforeStripe(point) ? 'SETTLED_ELSEWHERE' : 'SUCCEEDED';
      expect(await order.claim()).toMatchObject({ state });
    },
  },
  {
    what: 'less is left after a refund in the dashboard than was claimed',
    happens: (order, point) => order.inDashboard(isBeforeStripe(point) ? 2500 : 2000),
    end: async (order, point) => {
      const fails = isBeforeStripe(point);
      await order.ends({ refundStatus: fails ? 'FAILED' : 'FULL', amountRefunded: { amount: fails ? 2500 : 3000 } });
      const failed = { state: 'FAILED', failureReason: 'exceeds_what_is_left' };
      expect(await order.claim()).toMatchObject(fails ? failed : { state: 'SUCCEEDED' });
    },
  },
  disputeThatIs('won', PAID_MINOR - CLAIMED_MINOR),
  disputeThatIs('lost', PAID_MINOR - CLAIMED_MINOR - DISPUTED_MINOR),
  {
    what: 'somebody else claims all that is left, and no more',
    happens: async (order) => {
      const left = { amount: PAID_MINOR - CLAIMED_MINOR };
      const { error } = await order.askFor({ amount: left.amount + 1 });
      expect(error).toMatchObject({ code: 'REFUND_EXCEEDS_PAYMENT', left });
      expect((await order.askFor(left)).error).toBeUndefined();
    },
    end: (order) => order.ends({ refundStatus: 'FULL', refunds: [{ state: 'SUCCEEDED' }, { state: 'SUCCEEDED' }] }),
  },
  {
    what: 'the same request comes again',
    happens: async (order) => {
      const { refund, error } = await order.ask();
      expect({ error, id: refund?.id }).toEqual({ error: undefined, id: (await order.claim())?.id });
    },
    end: (order) => order.ends(MADE),
  },
  {
    what: 'staff try it again, and another process makes it',
    happens: async (order, point) => {
      // Before it was tried there is nothing to try again, nor once it is made.
      const isUnderWay = ['refund: claimed', 'refund: lists read', 'refund: attempt stored'].includes(point);
      const expected = isUnderWay ? ['REQUESTED'] : ['REQUESTED', 'REFUND_NOT_RETRYABLE'];
      expect(expected).toContain(await order.retry());
      await order.issueElsewhere();
    },
    end: (order) => order.ends(MADE),
  },
  {
    what: 'staff want to close it, which is for refunds that have failed',
    happens: async (order) => expect(await order.close()).toBe('REFUND_NOT_RETRYABLE'),
    end: (order) => order.ends(MADE),
  },
];

function disputeThatIs(outcome: 'won' | 'lost', leftMinor: number): Happening {
  const disputes = new WeakMap<ClaimedOrder, string>();
  return {
    what: `the buyer disputes a part, which is ${outcome} later`,
    happens: async (order) => disputes.set(order, await order.dispute()),
    end: async (order, point) => {
      await order.ends({
        disputeStatus: 'OPEN',
        refunds: [{ state: isBeforeStripe(point) ? 'BLOCKED' : 'SUCCEEDED' }],
      });
      await closeDispute(order.shop, disputes.get(order) ?? '', outcome);
      await order.ends({ disputeStatus: outcome.toUpperCase(), ...MADE, amountRefundable: { amount: leftMinor } });
    },
  };
}
