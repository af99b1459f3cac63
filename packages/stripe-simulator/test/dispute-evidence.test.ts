/** What evidence a dispute takes, and how often. */
import { describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { PDF, PNG, pdfOf, postControl, startPaid, stripeError } from './support.js';

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

describe('Files as evidence', () => {
  const MEGABYTE = 1024 * 1024;

  async function uploadedTo(stripe: Stripe, data: Buffer): Promise<string> {
    const file = { data, name: 'file.pdf', type: 'application/octet-stream' };
    return (await stripe.files.create({ purpose: 'dispute_evidence', file })).id;
  }

  const ofSize = (size: number) => Buffer.concat([PDF, Buffer.alloc(size - PDF.length)]);

  test('are named by their ids in every field for them, and expand', async () => {
    const { stripe, id, update } = await startDisputed();
    const file = await uploadedTo(stripe, PDF);
    const evidence = {
      cancellation_policy: file,
      customer_communication: file,
      customer_signature: file,
      duplicate_charge_documentation: file,
      receipt: file,
      refund_policy: file,
      service_documentation: file,
      shipping_documentation: file,
      uncategorized_file: file,
    };
    expect((await update({ evidence })).evidence).toMatchObject(evidence);
    const expanded = await stripe.disputes.retrieve(id, { expand: ['evidence.receipt', 'evidence.refund_policy'] });
    expect(expanded.evidence).toMatchObject({
      receipt: { id: file, object: 'file', url: expect.stringContaining(file) },
      refund_policy: { object: 'file' },
      uncategorized_file: file,
    });
  });

  test.each(['receipt', 'uncategorized_file'] as const)('have to be there: %s', async (field) => {
    const { stripe, id, update } = await startDisputed();
    for (const unknown of ['file_none', 'A text']) {
      expect(await stripeError(update({ evidence: { [field]: unknown }, submit: false }))).toMatchObject({
        statusCode: 400,
        code: 'resource_missing',
        param: `evidence[${field}]`,
        message: `No such file: '${unknown}'`,
      });
    }
    expect((await stripe.disputes.retrieve(id)).evidence_details.has_evidence).toBe(false);
  });

  test('are up to 4.5 MB together, with those that are staged', async () => {
    const { stripe, update } = await startDisputed();
    const [large, small] = [
      await uploadedTo(stripe, ofSize(4 * MEGABYTE)),
      await uploadedTo(stripe, ofSize(MEGABYTE / 2)),
    ];
    await update({ evidence: { receipt: large, shipping_documentation: small }, submit: false });
    const tiny = await uploadedTo(stripe, PDF);
    const tooMuch = await stripeError(update({ evidence: { customer_signature: tiny } }));
    expect(tooMuch).toMatchObject({ statusCode: 400, param: 'evidence', message: /total size/ });
    const replaced = await update({ evidence: { shipping_documentation: '', customer_signature: tiny } });
    expect(replaced).toMatchObject({ status: 'under_review', evidence: { shipping_documentation: null } });
  });

  test('have up to 19 pages together, with Mastercard', async () => {
    const context = await startPaid('pm_card_mastercard');
    const { body } = await postControl(context.simulator, `/charges/${context.charge}/dispute`);
    const [pages, page] = [await uploadedTo(context.stripe, pdfOf(18)), await uploadedTo(context.stripe, PNG)];
    const update = (evidence: Stripe.DisputeUpdateParams.Evidence) =>
      context.stripe.disputes.update(body.id, { evidence, submit: false });
    await update({ receipt: pages, customer_signature: page });
    expect(await stripeError(update({ refund_policy: page }))).toMatchObject({
      statusCode: 400,
      code: 'dispute_evidence_page_limit_exceeded',
    });
    const { stripe, update: updateVisa } = await startDisputed();
    const many = await uploadedTo(stripe, pdfOf(40));
    expect((await updateVisa({ evidence: { receipt: many } })).status).toBe('under_review');
  });

  test('support an appeal', async () => {
    const { simulator, stripe, id, update } = await startDisputed();
    await stripe.disputes.close(id);
    await postControl(simulator, `/disputes/${id}/appeal`);
    const appealWith = (file: string) => update({ evidence: { appeal: { card: { supporting_files: [file] } } } });
    const param = 'evidence[appeal][card][supporting_files][0]';
    expect(await stripeError(appealWith('file_none'))).toMatchObject({ code: 'resource_missing', param });
    expect((await appealWith(await uploadedTo(stripe, PDF))).status).toBe('appeal_under_review');
  });
});
