/** The life of a dispute, and what it does to the money. */
import { describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { sessionParameters, start, stripeError, submitCard } from './support.js';

const FRAUDULENT = '4000000000000259';
const NOT_RECEIVED = '4000000000002685';
const INQUIRY = '4000000000001976';
const DAY = 24 * 60 * 60;

async function disputed(card = FRAUDULENT) {
  const { simulator, stripe } = await start();
  simulator.clock.freeze();
  const session = await stripe.checkout.sessions.create(sessionParameters({ customer_email: 'ana@example.com' }));
  await submitCard(session, card);
  const [dispute] = (await stripe.disputes.list()).data;
  if (dispute === undefined) throw new Error('The payment was not disputed.');
  return { simulator, stripe, dispute };
}

async function disputeEvents(stripe: Stripe): Promise<string[]> {
  const { data } = await stripe.events.list({ type: 'charge.dispute.*', limit: 100 });
  return data.map(({ type }) => type.replace('charge.dispute.', '')).reverse();
}

describe('A test card', () => {
  test.each([
    [FRAUDULENT, 'fraudulent', '10.4'],
    [NOT_RECEIVED, 'product_not_received', '13.1'],
  ])('%s disputes its payment at once as %s, and the money is withdrawn', async (card, reason, code) => {
    const { stripe, dispute } = await disputed(card);
    expect(dispute).toMatchObject({
      object: 'dispute',
      amount: 1250,
      currency: 'eur',
      reason,
      status: 'needs_response',
      is_charge_refundable: false,
      network_reason_code: code,
      evidence: { customer_email_address: 'ana@example.com', uncategorized_text: null },
      evidence_details: {
        has_evidence: false,
        past_due: false,
        submission_count: 0,
        due_by: dispute.created + 7 * DAY,
      },
      balance_transactions: [{ amount: -1250, fee: 1500, net: -2750, type: 'adjustment' }],
    });
    expect(dispute.id).toMatch(/^du_1/);
    expect(await disputeEvents(stripe)).toEqual(['created', 'funds_withdrawn']);
    const charge = await stripe.charges.retrieve(String(dispute.charge));
    expect(charge).toMatchObject({ disputed: true, paid: true, refunded: false });
    const refusal = await stripeError(stripe.refunds.create({ charge: charge.id }));
    expect(refusal).toMatchObject({ statusCode: 400, code: 'charge_disputed' });
  });

  test('can start with an inquiry, which takes no money and leaves the refund to the shop', async () => {
    const { stripe, dispute } = await disputed(INQUIRY);
    expect(dispute).toMatchObject({
      status: 'warning_needs_response',
      is_charge_refundable: true,
      balance_transactions: [],
      payment_method_details: { card: { case_type: 'inquiry' } },
    });
    expect(await disputeEvents(stripe)).toEqual(['created']);
    expect((await stripe.refunds.create({ charge: String(dispute.charge) })).status).toBe('succeeded');
  });
});

describe('Evidence', () => {
  test.each([
    ['winning_evidence', 'won', ['created', 'funds_withdrawn', 'updated', 'closed', 'funds_reinstated']],
    ['losing_evidence', 'lost', ['created', 'funds_withdrawn', 'updated', 'closed']],
  ])('%s: the dispute is %s', async (text, status, events) => {
    const { simulator, stripe, dispute } = await disputed();
    const submitted = await stripe.disputes.update(dispute.id, { evidence: { uncategorized_text: text } });
    expect(submitted).toMatchObject({
      status: 'under_review',
      evidence: { uncategorized_text: text },
      evidence_details: { has_evidence: true, submission_count: 1, submission_method: 'manual' },
    });
    await simulator.clock.advance(10);
    const closed = await stripe.disputes.retrieve(dispute.id);
    expect(closed.status).toBe(status);
    expect(closed.balance_transactions.map(({ net }) => net)).toEqual(status === 'won' ? [-2750, 2750] : [-2750]);
    expect(await disputeEvents(stripe)).toEqual(events);
    expect(closed.is_charge_refundable).toBe(status === 'won');
  });

  test('that is staged waits, can be changed, and is submitted later', async () => {
    const { simulator, stripe, dispute } = await disputed();
    const staged = await stripe.disputes.update(dispute.id, {
      evidence: { product_description: 'Bike' },
      submit: false,
    });
    expect(staged).toMatchObject({
      status: 'needs_response',
      evidence_details: { has_evidence: true, submission_count: 0 },
    });
    await stripe.disputes.update(dispute.id, { evidence: { uncategorized_text: 'winning_evidence' } });
    await simulator.clock.advance(10);
    expect(await stripe.disputes.retrieve(dispute.id)).toMatchObject({
      status: 'won',
      evidence: { product_description: 'Bike' },
    });
  });

  test('that is staged goes to the bank by a submission of its own', async () => {
    const { simulator, stripe, dispute } = await disputed();
    await stripe.disputes.update(dispute.id, { evidence: { uncategorized_text: 'winning_evidence' }, submit: false });
    expect(await stripe.disputes.update(dispute.id, { submit: true })).toMatchObject({
      status: 'under_review',
      evidence_details: { submission_count: 1 },
    });
    await simulator.clock.advance(10);
    expect((await stripe.disputes.retrieve(dispute.id)).status).toBe('won');
  });

  test('of any other kind waits for the bank, beyond the day it was due', async () => {
    const { simulator, stripe, dispute } = await disputed();
    await stripe.disputes.update(dispute.id, { evidence: { uncategorized_text: 'We did deliver.' } });
    await simulator.clock.advance(30 * DAY);
    expect((await stripe.disputes.retrieve(dispute.id)).status).toBe('under_review');
    const more = stripe.disputes.update(dispute.id, { evidence: { product_description: 'x' } });
    expect((await stripeError(more)).statusCode).toBe(400);
  });

  test('that never comes loses the dispute on the day it was due', async () => {
    const { simulator, stripe, dispute } = await disputed();
    await simulator.clock.advance(7 * DAY - 1);
    expect((await stripe.disputes.retrieve(dispute.id)).status).toBe('needs_response');
    await simulator.clock.advance(1);
    expect(await stripe.disputes.retrieve(dispute.id)).toMatchObject({
      status: 'lost',
      evidence_details: { past_due: true },
    });
    expect(await disputeEvents(stripe)).toEqual(['created', 'funds_withdrawn', 'closed']);
  });
});

describe('Closing', () => {
  test.each([
    [FRAUDULENT, 'lost'],
    [INQUIRY, 'warning_closed'],
  ])('accepts the dispute of %s: %s', async (card, status) => {
    const { stripe, dispute } = await disputed(card);
    expect((await stripe.disputes.close(dispute.id)).status).toBe(status);
    expect((await stripeError(stripe.disputes.close(dispute.id))).statusCode).toBe(400);
    expect((await disputeEvents(stripe)).at(-1)).toBe('closed');
  });
});

test('Metadata is merged, with an event that tells what it was', async () => {
  const { stripe, dispute } = await disputed();
  await stripe.disputes.update(dispute.id, { metadata: { a: '1', b: '2' } });
  const updated = await stripe.disputes.update(dispute.id, { metadata: { a: '' } });
  expect(updated).toMatchObject({ metadata: { b: '2' }, status: 'needs_response' });
  const [told] = (await stripe.events.list({ type: 'charge.dispute.updated' })).data;
  expect(told?.data.previous_attributes).toEqual({ metadata: { a: '1', b: '2' } });
});

test('Disputes are listed by charge, payment intent and time, and unknown ones are a 404', async () => {
  const { stripe, dispute } = await disputed();
  expect((await stripe.disputes.list({ charge: String(dispute.charge) })).data).toHaveLength(1);
  expect((await stripe.disputes.list({ payment_intent: String(dispute.payment_intent) })).data).toHaveLength(1);
  expect((await stripe.disputes.list({ created: { gt: dispute.created } })).data).toEqual([]);
  expect(await stripe.disputes.retrieve(dispute.id, { expand: ['charge', 'payment_intent'] })).toMatchObject({
    charge: { object: 'charge' },
    payment_intent: { object: 'payment_intent' },
  });
  expect(await stripeError(stripe.disputes.retrieve('du_x'))).toMatchObject({ statusCode: 404 });
});
