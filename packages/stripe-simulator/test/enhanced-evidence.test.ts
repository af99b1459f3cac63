/** Evidence by the networks' own rules: Visa's Compelling Evidence 3.0, and the fee of compliance disputes. */
import { describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { startPaid, stripeError } from './support.js';

type Compelling = NonNullable<
  Exclude<Stripe.DisputeUpdateParams.Evidence['enhanced_evidence'], '' | null | undefined>['visa_compelling_evidence_3']
>;

/** Three payments by one buyer, of which the last is disputed. */
async function startCompelling() {
  const context = await startPaid();
  const { simulator, stripe } = context;
  const pay = async () => {
    const parameters = { amount: 1000, currency: 'eur', payment_method: 'pm_card_visa', confirm: true };
    return String((await stripe.paymentIntents.create(parameters)).latest_charge);
  };
  const prior = [context.charge, await pay()];
  const { id } = simulator.bank.openDispute(await pay(), { takesCompellingEvidence: true });
  const stage = (evidence: Compelling) =>
    stripe.disputes.update(id, {
      evidence: { enhanced_evidence: { visa_compelling_evidence_3: evidence } },
      submit: false,
    });
  return { ...context, id, prior, stage };
}

const BUYER = { customer_purchase_ip: '203.0.113.7', customer_account_id: 'ana', product_description: 'A bicycle' };

const eligibilityOf = ({ evidence_details: details }: Stripe.Dispute) =>
  details.enhanced_eligibility.visa_compelling_evidence_3;

describe('Compelling evidence', () => {
  test("is taken of a payment with Stripe's card for it, and asks for all that is missing", async () => {
    const { stripe, charge } = await startPaid('pm_card_createCe3EligibleDispute');
    const [dispute] = (await stripe.disputes.list({ charge })).data;
    expect(dispute).toMatchObject({
      enhanced_eligibility_types: ['visa_compelling_evidence_3'],
      evidence: { enhanced_evidence: {} },
      evidence_details: {
        enhanced_eligibility: {
          visa_compelling_evidence_3: {
            status: 'requires_action',
            required_actions: [
              'missing_customer_identifiers',
              'missing_disputed_transaction_description',
              'missing_merchandise_or_services',
              'missing_prior_undisputed_transactions',
            ],
          },
        },
      },
    });
  });

  test('qualifies once two earlier payments are matched, and is submitted', async () => {
    const { stripe, id, prior, stage } = await startCompelling();
    const disputed_transaction = { ...BUYER, merchandise_or_services: 'services' };
    const one = await stage({
      disputed_transaction,
      prior_undisputed_transactions: [{ ...BUYER, charge: prior[0] ?? '' }],
    });
    expect(eligibilityOf(one)?.required_actions).toEqual(['missing_prior_undisputed_transactions']);
    const undescribed = prior.map((charge) => ({ ...BUYER, product_description: '', charge }));
    const two = await stage({ disputed_transaction, prior_undisputed_transactions: undescribed });
    expect(eligibilityOf(two)?.required_actions).toEqual(['missing_prior_undisputed_transaction_description']);
    const whole = await stage({
      disputed_transaction,
      prior_undisputed_transactions: prior.map((charge) => ({ ...BUYER, charge })),
    });
    expect(eligibilityOf(whole)).toEqual({ status: 'qualified', required_actions: [] });
    expect(whole).toMatchObject({
      status: 'needs_response',
      evidence: {
        enhanced_evidence: {
          visa_compelling_evidence_3: {
            disputed_transaction: { ...disputed_transaction, customer_device_id: null, shipping_address: null },
            prior_undisputed_transactions: prior.map((charge) => ({ ...BUYER, charge, customer_email_address: null })),
          },
        },
      },
    });
    const submitted = await stripe.disputes.update(id, { evidence: { service_date: '2 March 2026' } });
    expect([submitted.status, eligibilityOf(submitted)?.status]).toEqual(['under_review', 'qualified']);
  });

  test.each([
    ['of the device only', { customer_purchase_ip: '203.0.113.7' }, 'not_qualified'],
    ['of the account only', { customer_account_id: 'ana', customer_email_address: 'a@b.fr' }, 'not_qualified'],
    ['of device and e-mail', { customer_device_id: 'x'.repeat(15), customer_email_address: 'a@b.fr' }, 'qualified'],
    ['of device twice', { customer_device_fingerprint: 'x'.repeat(20), customer_purchase_ip: '1.1.1.1' }, 'qualified'],
  ])('with identifiers %s is weighed: %j is %s', async (_what, identifiers, status) => {
    const { prior, stage } = await startCompelling();
    const product_description = 'A bicycle';
    const staged = await stage({
      disputed_transaction: { ...identifiers, product_description, merchandise_or_services: 'merchandise' },
      prior_undisputed_transactions: prior.map((charge) => ({ ...identifiers, product_description, charge })),
    });
    expect(eligibilityOf(staged)?.status).toBe(status);
  });

  test('of another buyer does not qualify', async () => {
    const { prior, stage } = await startCompelling();
    const staged = await stage({
      disputed_transaction: { ...BUYER, merchandise_or_services: 'services' },
      prior_undisputed_transactions: prior.map((charge) => ({ ...BUYER, customer_account_id: 'bob', charge })),
    });
    expect(eligibilityOf(staged)?.status).toBe('not_qualified');
  });

  test('names charges that are there and were not disputed, and devices by enough characters', async () => {
    const { simulator, prior, stage } = await startCompelling();
    const param = 'evidence[enhanced_evidence][visa_compelling_evidence_3][prior_undisputed_transactions][0][charge]';
    const naming = (charge: string) => stripeError(stage({ prior_undisputed_transactions: [{ charge }] }));
    expect(await naming('ch_x')).toMatchObject({ code: 'resource_missing', param });
    simulator.bank.openDispute(prior[0] ?? '');
    expect(await naming(prior[0] ?? '')).toMatchObject({ statusCode: 400, param });
    for (const device of [{ customer_device_id: 'x'.repeat(14) }, { customer_device_fingerprint: 'x'.repeat(19) }]) {
      expect(await stripeError(stage({ disputed_transaction: device }))).toMatchObject({ message: /at least/ });
    }
  });

  test('is taken of no other dispute', async () => {
    const { simulator, stripe, charge } = await startPaid();
    const { id } = simulator.bank.openDispute(charge);
    const compelling = { visa_compelling_evidence_3: { disputed_transaction: BUYER } };
    for (const enhanced_evidence of [compelling, { visa_compliance: { fee_acknowledged: true } }]) {
      const [type] = Object.keys(enhanced_evidence);
      expect(await stripeError(stripe.disputes.update(id, { evidence: { enhanced_evidence } }))).toMatchObject({
        statusCode: 400,
        param: `evidence[enhanced_evidence][${type}]`,
      });
    }
  });
});

describe('A compliance dispute', () => {
  test.each([
    ['pm_card_createComplianceDispute', 'visa_compliance'],
    ['pm_card_createMastercardComplianceDispute', 'mastercard_compliance'],
  ] as const)('of %s is challenged once its fee is acknowledged', async (method, type) => {
    const { stripe, charge } = await startPaid(method);
    const [dispute] = (await stripe.disputes.list({ charge })).data;
    expect(dispute?.evidence_details.enhanced_eligibility).toEqual({
      [type]: { status: 'requires_fee_acknowledgement' },
    });
    const update = (evidence: Stripe.DisputeUpdateParams.Evidence, submit = true) =>
      stripe.disputes.update(dispute?.id ?? '', { evidence, submit });
    const text = { uncategorized_text: 'We kept the rules.' };
    expect(await stripeError(update(text))).toMatchObject({ statusCode: 400, message: /fee/ });
    expect((await update(text, false)).evidence_details.has_evidence).toBe(true);
    const refused = update({ enhanced_evidence: { [type]: { fee_acknowledged: false } } });
    expect((await stripeError(refused)).statusCode).toBe(400);
    expect(await update({ enhanced_evidence: { [type]: { fee_acknowledged: true } } })).toMatchObject({
      status: 'under_review',
      evidence: { ...text, enhanced_evidence: { [type]: { fee_acknowledged: true } } },
      evidence_details: { enhanced_eligibility: { [type]: { status: 'fee_acknowledged' } } },
    });
  });
});
