/** What evidence a dispute takes, and how often. */
import { describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { postControl, startPaid, stripeError } from './support.js';

const DAY = 24 * 60 * 60;
const LONG_TEXT = 'x'.repeat(20_000);

async function startDisputed(dispute: Record<string, unknown> = { reason: 'product_not_received' }) {
  const context = await startPaid();
  const { body } = await postControl(context.simulator, `/charges/${context.charge}/dispute`, dispute);
  const id = String(body.id);
  const update = (parameters: Stripe.DisputeUpdateParams) => context.stripe.disputes.update(id, parameters);
  return { ...context, id, update };
}

describe('Evidence', () => {
  test('may hold every text field, and is shown as it was given', async () => {
    const { update } = await startDisputed();
    const evidence = {
      access_activity_log: '2026-03-01 login',
      billing_address: '1 rue de la Paix, Paris',
      cancellation_policy_disclosure: 'On the order page',
      cancellation_rebuttal: 'Nobody canceled',
      customer_email_address: 'ana@example.com',
      customer_name: 'Ana',
      customer_purchase_ip: '203.0.113.7',
      duplicate_charge_explanation: 'Two orders',
      duplicate_charge_id: 'ch_other',
      product_description: 'A bicycle',
      refund_policy_disclosure: 'On the order page',
      refund_refusal_explanation: 'Delivered',
      service_date: '2 March 2026',
      shipping_address: '1 rue de la Paix, Paris',
      shipping_carrier: 'La Poste',
      shipping_date: '1 March 2026',
      shipping_tracking_number: '6A1',
      uncategorized_text: 'Signed by Ana 🚲',
    };
    const submitted = await update({ evidence, intended_submission_method: 'manual' });
    expect(submitted).toMatchObject({ evidence, status: 'under_review', intended_submission_method: 'manual' });
  });

  test('of one text is up to 20,000 characters, and of all 150,000', async () => {
    const { update } = await startDisputed();
    const one = await stripeError(update({ evidence: { uncategorized_text: `${LONG_TEXT}x` } }));
    expect(one).toMatchObject({ statusCode: 400, param: 'evidence[uncategorized_text]' });
    const seven = {
      access_activity_log: LONG_TEXT,
      billing_address: LONG_TEXT,
      cancellation_rebuttal: LONG_TEXT,
      product_description: LONG_TEXT,
      refund_policy_disclosure: LONG_TEXT,
      refund_refusal_explanation: LONG_TEXT,
      // Characters, not UTF-16 units.
      shipping_address: '🚲'.repeat(20_000),
    };
    await update({ evidence: seven, submit: false });
    const all = await stripeError(update({ evidence: { uncategorized_text: 'x'.repeat(10_001) }, submit: false }));
    expect(all).toMatchObject({ statusCode: 400, param: 'evidence', message: /150000/ });
    await update({ evidence: { uncategorized_text: 'x'.repeat(9_000) }, submit: false });
  });

  test('is submitted unless it is staged, and once only', async () => {
    const { update } = await startDisputed();
    await update({ evidence: { shipping_carrier: 'DHL', service_date: 'today' }, submit: false });
    const changed = await update({ evidence: { shipping_carrier: 'La Poste', service_date: '' }, submit: false });
    expect(changed).toMatchObject({
      status: 'needs_response',
      evidence: { shipping_carrier: 'La Poste', service_date: null },
      evidence_details: { has_evidence: true, submission_count: 0, submission_method: 'not_submitted' },
    });
    // What else is changed sends nothing to the bank.
    expect((await update({ metadata: { ticket: '7' } })).status).toBe('needs_response');
    const submitted = await update({ evidence: { product_description: 'A bicycle' } });
    expect(submitted).toMatchObject({
      status: 'under_review',
      evidence: { shipping_carrier: 'La Poste', product_description: 'A bicycle' },
      evidence_details: { has_evidence: true, submission_count: 1, submission_method: 'manual' },
    });
    for (const submit of [true, false]) {
      const again = await stripeError(update({ evidence: { product_description: 'A bike' }, submit }));
      expect(again).toMatchObject({ statusCode: 400, type: 'StripeInvalidRequestError' });
    }
    expect((await stripeError(update({ submit: true }))).statusCode).toBe(400);
    expect((await update({ metadata: { ticket: '8' } })).evidence.product_description).toBe('A bicycle');
  });

  test('in time that the bank is slow to weigh is not past due', async () => {
    const { simulator, stripe, id, update } = await startDisputed();
    await update({ evidence: { uncategorized_text: 'We did deliver.' } });
    await simulator.clock.advance(60 * DAY);
    await postControl(simulator, `/disputes/${id}/close`, { outcome: 'won' });
    expect(await stripe.disputes.retrieve(id)).toMatchObject({ status: 'won', evidence_details: { past_due: false } });
  });
});

describe('An appeal', () => {
  async function startAppeal() {
    const context = await startDisputed();
    await context.stripe.disputes.close(context.id);
    const { body } = await postControl(context.simulator, `/disputes/${context.id}/appeal`);
    return { ...context, appealed: body };
  }

  test('lets a lost dispute be answered once more, and won', async () => {
    const { simulator, stripe, id, update, appealed } = await startAppeal();
    expect(appealed).toMatchObject({ status: 'appeal_needs_response', is_charge_refundable: false });
    const appeal = { card: { reason_for_filing: 'winning_evidence', supporting_files: [] } };
    expect(await update({ evidence: { appeal } })).toMatchObject({
      status: 'appeal_under_review',
      evidence: { appeal: { card: { reason_for_filing: 'winning_evidence' } } },
    });
    expect((await stripeError(update({ evidence: { appeal } }))).statusCode).toBe(400);
    await simulator.clock.advance(10);
    expect(await stripe.disputes.retrieve(id)).toMatchObject({
      status: 'won',
      balance_transactions: [{ amount: -1000 }, { amount: 1000 }],
    });
  });

  test('that nobody answers leaves the dispute lost', async () => {
    const { simulator, stripe, id } = await startAppeal();
    await simulator.clock.advance(7 * DAY);
    expect(await stripe.disputes.retrieve(id)).toMatchObject({
      status: 'lost',
      balance_transactions: [{ amount: -1000 }],
    });
  });

  test('is answered only where there is one', async () => {
    const { simulator, id, update } = await startDisputed();
    const early = update({ evidence: { appeal: { card: { reason_for_filing: 'Delivered' } } } });
    expect(await stripeError(early)).toMatchObject({ statusCode: 400, param: 'evidence[appeal]' });
    expect((await postControl(simulator, `/disputes/${id}/appeal`)).status).toBe(409);
  });
});
