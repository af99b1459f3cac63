/** The status is a pure function of the facts, whatever the order in which they became known. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { connect } from '../../../src/connect.js';
import { Order } from '../../../src/modules/orders/order.entity.js';
import { OrderEventCause } from '../../../src/modules/orders/order-event-cause.js';
import { type OrderFacts, OrderStatus, statusOf } from '../../../src/modules/orders/order-status.js';
import { ReviewReason } from '../../../src/modules/orders/review-reason.js';

// Entities need the ORM's metadata; no connection is ever opened.
const { em } = await connect('postgresql://127.0.0.1:1/none');
const AT = new Date('2026-11-22T12:00:00Z');
const single: OrderFacts[] = [
  { declinedAt: AT },
  { completedUnpaidAt: AT },
  { asyncFailedAt: AT },
  { paidAt: AT },
  { expiredAt: AT },
  { cancelRequestedAt: AT },
  { reviewReason: ReviewReason.OTHER },
  { reviewResolvedAt: AT },
  { paymentReturnedAt: AT },
  { paymentCanceledAt: AT },
];

describe('statusOf', () => {
  const cases: [OrderStatus, OrderFacts][] = [
    [OrderStatus.PENDING, {}],
    [OrderStatus.PENDING, { cancelRequestedAt: AT }],
    [OrderStatus.PAYMENT_FAILED, { declinedAt: AT }],
    [OrderStatus.EXPIRED, { declinedAt: AT, expiredAt: AT }],
    [OrderStatus.CANCELLED, { declinedAt: AT, expiredAt: AT, cancelRequestedAt: AT }],
    [OrderStatus.PROCESSING, { declinedAt: AT, completedUnpaidAt: AT }],
    [OrderStatus.PAYMENT_FAILED, { completedUnpaidAt: AT, asyncFailedAt: AT }],
    [OrderStatus.PAID, { declinedAt: AT, completedUnpaidAt: AT, asyncFailedAt: AT, expiredAt: AT, paidAt: AT }],
    [OrderStatus.UNDER_REVIEW, { paidAt: AT, expiredAt: AT, reviewReason: ReviewReason.OTHER }],
    [OrderStatus.PAID, { paidAt: AT, reviewReason: ReviewReason.OTHER, reviewResolvedAt: AT }],
    [OrderStatus.CANCELLED, { completedUnpaidAt: AT, reviewReason: ReviewReason.OTHER, reviewResolvedAt: AT }],
    [OrderStatus.EXPIRED, { completedUnpaidAt: AT, expiredAt: AT, paymentReturnedAt: AT }],
    [OrderStatus.CANCELLED, { completedUnpaidAt: AT, cancelRequestedAt: AT, paymentReturnedAt: AT }],
    [OrderStatus.PENDING, { paymentCanceledAt: AT }],
    [OrderStatus.PAYMENT_FAILED, { completedUnpaidAt: AT, paymentCanceledAt: AT }],
  ];
  test.each(cases)('%s for %j', (status, facts) => {
    expect(statusOf(facts)).toBe(status);
  });
});

test('An order that learns facts in any order, and any of them twice, ends with the same status', () => {
  const facts = fc.array(fc.constantFrom(...single), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(facts, fc.infiniteStream(fc.nat()), (learned, random) => {
      const shuffled = [...learned].sort(() => (random.next().value % 3) - 1);
      expect(learn([...shuffled, ...learned]).status).toBe(learn(learned).status);
    }),
  );
});

test('Every change of the status, and nothing else, writes one timeline row', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...single), { maxLength: 10 }), (learned) => {
      const order = learn(learned);
      const rows = order.events.getItems(false).map(({ from, to }) => [from, to]);
      expect(rows.every(([from, to]) => from !== to)).toBe(true);
      expect(rows.at(-1)?.[1] ?? OrderStatus.PENDING).toBe(order.status);
    }),
  );
});

function learn(facts: OrderFacts[]): Order {
  const order = em.fork().create(Order, { status: OrderStatus.PENDING }, { partial: true });
  for (const fact of facts) order.recordFacts(fact, { at: AT, cause: OrderEventCause.OTHER, actor: 'system' });
  return order;
}
