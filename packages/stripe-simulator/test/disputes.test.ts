/** The life of a dispute, and what it does to the money. */
import { describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { postControl, sessionParameters, start, startPaid, stripeError, submitCard } from './support.js';

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
  test('accepts the dispute: it is lost, for good', async () => {
    const { stripe, dispute } = await disputed();
    expect((await stripe.disputes.close(dispute.id)).status).toBe('lost');
    expect((await stripeError(stripe.disputes.close(dispute.id))).statusCode).toBe(400);
    expect((await disputeEvents(stripe)).at(-1)).toBe('closed');
  });

  test('does not end an inquiry', async () => {
    const { stripe, dispute } = await disputed(INQUIRY);
    expect((await stripeError(stripe.disputes.close(dispute.id))).statusCode).toBe(400);
    expect((await stripe.disputes.retrieve(dispute.id)).status).toBe('warning_needs_response');
  });
});

describe('An inquiry', () => {
  test('that is answered is closed after 120 days, if the bank is content', async () => {
    const { simulator, stripe, dispute } = await disputed(INQUIRY);
    const answered = await stripe.disputes.update(dispute.id, { evidence: { product_description: 'A bicycle' } });
    expect(answered.status).toBe('warning_under_review');
    await simulator.clock.advance(120 * DAY - 1);
    expect((await stripe.disputes.retrieve(dispute.id)).status).toBe('warning_under_review');
    await simulator.clock.advance(1);
    expect(await stripe.disputes.retrieve(dispute.id)).toMatchObject({
      status: 'warning_closed',
      evidence_details: { past_due: false, submission_count: 1 },
    });
    expect(await disputeEvents(stripe)).toEqual(['closed']);
  });

  test('that is not answered stays open, past due', async () => {
    const { simulator, stripe, dispute } = await disputed(INQUIRY);
    await simulator.clock.advance(7 * DAY);
    expect(await stripe.disputes.retrieve(dispute.id)).toMatchObject({
      status: 'warning_needs_response',
      evidence_details: { past_due: true },
    });
    const late = stripe.disputes.update(dispute.id, { evidence: { product_description: 'A bicycle' } });
    expect(await stripeError(late)).toMatchObject({ statusCode: 400, message: /deadline/ });
    await simulator.clock.advance(113 * DAY);
    expect((await stripe.disputes.retrieve(dispute.id)).status).toBe('warning_closed');
  });

  test('ends when all of the charge is refunded, and not by a part', async () => {
    const { stripe, dispute } = await disputed(INQUIRY);
    const charge = String(dispute.charge);
    await stripe.refunds.create({ charge, amount: 250 });
    expect((await stripe.disputes.retrieve(dispute.id)).status).toBe('warning_needs_response');
    await stripe.refunds.create({ charge });
    expect(await stripe.disputes.retrieve(dispute.id)).toMatchObject({
      status: 'warning_closed',
      is_charge_refundable: false,
      balance_transactions: [],
    });
  });

  test('becomes a chargeback that takes the money and wants a second answer', async () => {
    const { simulator, stripe, dispute } = await disputed(INQUIRY);
    await stripe.disputes.update(dispute.id, { evidence: { product_description: 'A bicycle' } });
    await simulator.clock.advance(30 * DAY);
    await stripe.refunds.create({ charge: String(dispute.charge), amount: 250 });
    expect((await postControl(simulator, `/disputes/${dispute.id}/escalate`)).status).toBe(200);
    const escalated = await stripe.disputes.retrieve(dispute.id);
    expect(escalated).toMatchObject({
      amount: 1000,
      status: 'needs_response',
      is_charge_refundable: false,
      payment_method_details: { card: { case_type: 'chargeback' } },
      evidence: { product_description: 'A bicycle' },
      evidence_details: { due_by: dispute.created + 37 * DAY, submission_count: 1 },
      balance_transactions: [{ amount: -1000, fee: 1500 }],
    });
    expect(await disputeEvents(stripe)).toEqual(['created', 'updated', 'updated', 'funds_withdrawn']);
    const refund = stripe.refunds.create({ charge: String(dispute.charge) });
    expect(await stripeError(refund)).toMatchObject({ code: 'charge_disputed' });
    const second = await stripe.disputes.update(dispute.id, { evidence: { uncategorized_text: 'winning_evidence' } });
    expect(second).toMatchObject({ status: 'under_review', evidence_details: { submission_count: 2 } });
    await simulator.clock.advance(10);
    expect((await stripe.disputes.retrieve(dispute.id)).status).toBe('won');
    expect((await postControl(simulator, `/disputes/${dispute.id}/escalate`)).status).toBe(409);
  });

  test("is escalated by Stripe's test evidence too", async () => {
    const { simulator, stripe, dispute } = await disputed(INQUIRY);
    await stripe.disputes.update(dispute.id, { evidence: { uncategorized_text: 'escalate_inquiry_evidence' } });
    await simulator.clock.advance(10);
    expect((await stripe.disputes.retrieve(dispute.id)).status).toBe('needs_response');
  });
});

describe('A dispute that nobody can answer', () => {
  test('is lost when it is opened, with Cartes Bancaires', async () => {
    const { simulator, stripe, charge } = await startPaid();
    const { body } = await postControl(simulator, `/charges/${charge}/dispute`, { kind: 'cartes_bancaires' });
    expect(body).toMatchObject({
      status: 'lost',
      reason: 'fraudulent',
      is_charge_refundable: false,
      evidence_details: { due_by: 0, has_evidence: false, submission_method: 'not_submitted' },
      payment_method_details: { card: { brand: 'cartes_bancaires', network: 'cartes_bancaires' } },
      balance_transactions: [{ amount: -1000, fee: 1500 }],
    });
    expect(await disputeEvents(stripe)).toEqual(['created', 'funds_withdrawn', 'closed']);
    const answer = stripe.disputes.update(body.id, { evidence: { customer_name: 'Ana' } });
    expect(await stripeError(answer)).toMatchObject({ statusCode: 400, message: /cannot be challenged/ });
    expect((await postControl(simulator, `/disputes/${body.id}/win_appeal`)).status).toBe(409);
  });

  test.each([
    ['prevented', 'resolution', [{ amount: -1000, fee: 0 }], ['created', 'funds_withdrawn', 'closed']],
    ['blocked', 'block', [], ['created', 'closed']],
  ])('is over when it is opened, as one that was %s', async (kind, caseType, taken, events) => {
    const { simulator, stripe, charge } = await startPaid();
    const { body } = await postControl(simulator, `/charges/${charge}/dispute`, { kind });
    expect(body).toMatchObject({
      status: 'prevented',
      is_charge_refundable: taken.length === 0,
      payment_method_details: { card: { case_type: caseType } },
      balance_transactions: taken,
    });
    expect(await disputeEvents(stripe)).toEqual(events);
    expect((await stripeError(stripe.disputes.close(body.id))).statusCode).toBe(400);
  });
});

describe('Several disputes of one charge', () => {
  test('share its amount, and each is decided on its own', async () => {
    const { simulator, stripe, charge } = await startPaid();
    const dispute = `/charges/${charge}/dispute`;
    const first = (await postControl(simulator, dispute, { reason: 'duplicate', amount: 400, answerDays: 21 })).body;
    expect(first).toMatchObject({
      reason: 'duplicate',
      network_reason_code: '12.6.1',
      evidence_details: { due_by: first.created + 21 * DAY },
    });
    const second = (await postControl(simulator, dispute, { reason: 'product_unacceptable' })).body;
    expect(second).toMatchObject({ amount: 600, reason: 'product_unacceptable' });
    expect((await postControl(simulator, dispute)).status).toBe(409);
    expect((await stripe.disputes.list({ charge })).data).toHaveLength(2);

    await stripe.disputes.close(first.id);
    expect(await stripeError(stripe.refunds.create({ charge }))).toMatchObject({ code: 'charge_disputed' });
    await postControl(simulator, `/disputes/${second.id}/close`, { outcome: 'won' });
    expect(await stripe.disputes.retrieve(first.id)).toMatchObject({ status: 'lost', is_charge_refundable: true });
    const tooMuch = stripe.refunds.create({ charge, amount: 601 });
    expect(await stripeError(tooMuch)).toMatchObject({ statusCode: 400, param: 'amount' });
    expect((await stripe.refunds.create({ charge })).amount).toBe(600);
    expect(await stripeError(stripe.refunds.create({ charge }))).toMatchObject({ code: 'charge_disputed' });
  });

  test("are opened by Stripe's card for them", async () => {
    const { stripe, charge } = await startPaid('pm_card_createMultipleDisputes');
    const { data } = await stripe.disputes.list({ charge });
    expect(data.map(({ amount, status }) => [amount, status])).toEqual([
      [500, 'needs_response'],
      [500, 'needs_response'],
    ]);
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
