/** Stripe's states in the shop's words, those that Stripe may add included. */
import { describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { toCheckoutSnapshot, toDisputeSnapshot, toRefundSnapshot } from '../../src/stripe/stripe-snapshots.js';

const unpaid = {
  id: 'cs_test_1',
  status: 'complete',
  payment_status: 'unpaid',
  payment_intent: { id: 'pi_1', status: 'requires_payment_method' },
  created: 1_790_000_000,
} as Stripe.Checkout.Session;

describe('The payment of a checkout', () => {
  test.each<[boolean, string, object]>([
    [true, 'was rejected by the bank', {}],
    [true, 'was canceled', { payment_intent: { id: 'pi_1', status: 'canceled' } }],
    [false, 'is under way', { payment_intent: { id: 'pi_1', status: 'processing' } }],
    [false, 'is not told', { payment_intent: 'pi_1' }],
    [false, 'does not exist', { payment_intent: null }],
    [false, 'may be tried again', { status: 'open' }],
    [false, 'has arrived', { payment_status: 'paid' }],
    [false, 'is not needed', { payment_status: 'no_payment_required' }],
  ])('has failed: %s, when it %s', (paymentFailed, _case, changes) => {
    const session: Stripe.Checkout.Session = { ...unpaid, ...changes };
    expect(toCheckoutSnapshot(session).paymentFailed).toBe(paymentFailed);
  });

  test('has failed when the event says so, which carries its id alone', () => {
    const session: Stripe.Checkout.Session = { ...unpaid, payment_intent: 'pi_1' };
    expect(toCheckoutSnapshot(session, { paymentFailed: true })).toMatchObject({
      paymentFailed: true,
      paymentIntentId: 'pi_1',
      createdAt: new Date('2026-09-21T14:13:20Z'),
    });
  });
});

test.each([
  ['pending', 'pending'],
  ['requires_action', 'pending'],
  ['succeeded', 'succeeded'],
  ['failed', 'failed'],
  ['canceled', 'canceled'],
  ['added_by_stripe', 'pending'],
  [null, 'pending'],
])('A refund that is %s is %s', (status, expected) => {
  const refund = { id: 're_1', amount: 100, currency: 'eur', status, created: 0 } as Stripe.Refund;
  expect(toRefundSnapshot(refund)).toMatchObject({ status: expected, currency: 'EUR' });
});

test.each([
  ['warning_needs_response', 'inquiry'],
  ['warning_under_review', 'inquiry'],
  ['warning_closed', 'inquiry_closed'],
  ['prevented', 'inquiry_closed'],
  ['needs_response', 'open'],
  ['under_review', 'open'],
  ['appeal_under_review', 'open'],
  ['added_by_stripe', 'open'],
  ['won', 'won'],
  ['lost', 'lost'],
])('A dispute that is %s is %s', (status, expected) => {
  expect(toDisputeSnapshot(disputeOf(status))).toMatchObject({ status: expected, currency: 'EUR', takenMinor: 0 });
});

test.each([
  [[], 'inquiry_closed'],
  [[-100], 'lost'],
  [[-100, 100], 'inquiry_closed'],
])('A dispute that was prevented with the movements %j is %s', (moved, expected) => {
  expect(toDisputeSnapshot(disputeOf('prevented', moved)).status).toBe(expected);
});

test.each([
  ['is an inquiry', [], 0],
  ['is open', [-100], 100],
  ['was won', [-100, 100], 0],
  ['was lost, but for a part that came back', [-100, 30], 70],
  ['was taken from a balance in another currency, and gave a part back', [-120, 36], 70],
])('Of a dispute of 100 that %s, the movements %j leave %d with the bank', (_case, moved, takenMinor) => {
  expect(toDisputeSnapshot(disputeOf('lost', moved)).takenMinor).toBe(takenMinor);
});

test('The evidence of a dispute is what has a text, or a file', () => {
  expect(toDisputeSnapshot(disputeOf('lost')).evidence).toEqual({ receipt: 'file_1', customer_name: 'Jeanne' });
});

function disputeOf(status: string, moved: readonly number[] = []): Stripe.Dispute {
  const transactions = moved.map((amount) => ({ amount }));
  const money = { amount: 100, currency: 'eur', balance_transactions: transactions };
  const details = { evidence_details: { due_by: 0, has_evidence: false, submission_count: 0 } };
  const evidence = { receipt: 'file_1', customer_name: 'Jeanne', service_date: null, enhanced_evidence: {} };
  return {
    id: 'du_1',
    reason: 'general',
    status,
    created: 0,
    evidence,
    ...details,
    ...money,
  } as unknown as Stripe.Dispute;
}
