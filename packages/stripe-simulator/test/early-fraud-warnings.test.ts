/** Early fraud warnings: how they come about, and when there is nothing left to do about them. */
import { describe, expect, test } from '@jest/globals';
import { eventTypes, latestEventObject, postControl, startPaid, stripeError } from './support.js';

describe('An early fraud warning', () => {
  test("comes with Stripe's card for it", async () => {
    const { simulator, stripe, charge } = await startPaid('pm_card_createIssuerFraudRecord');
    const [warning, ...others] = (await stripe.radar.earlyFraudWarnings.list()).data;
    expect(others).toEqual([]);
    const { payment_intent: paymentIntent } = await stripe.charges.retrieve(charge);
    expect(warning).toEqual({
      id: expect.stringMatching(/^issfr_1[A-Za-z0-9]{23}$/),
      object: 'radar.early_fraud_warning',
      actionable: true,
      charge,
      created: Math.floor(simulator.clock.now().getTime() / 1000),
      fraud_type: 'misc',
      livemode: false,
      payment_intent: paymentIntent,
    });
    expect((await eventTypes(stripe)).at(-1)).toBe('radar.early_fraud_warning.created');
    expect(await latestEventObject(stripe, 'radar.early_fraud_warning.created')).toEqual(warning);
    expect((await stripe.charges.retrieve(charge)).disputed).toBe(false);
  });

  test('is made by the control API, retrieved, expanded and listed', async () => {
    const { simulator, stripe, charge } = await startPaid();
    const input = { fraudType: 'made_with_stolen_card' };
    const { body } = await postControl(simulator, `/charges/${charge}/early_fraud_warning`, input);
    expect(body).toMatchObject({ fraud_type: 'made_with_stolen_card', actionable: true });
    const { earlyFraudWarnings } = stripe.radar;
    expect(await earlyFraudWarnings.retrieve(body.id, { expand: ['charge', 'payment_intent'] })).toMatchObject({
      id: body.id,
      charge: { object: 'charge' },
      payment_intent: { object: 'payment_intent' },
    });
    for (const filter of [
      { charge },
      { payment_intent: String(body.payment_intent) },
      { created: { gte: body.created } },
    ]) {
      expect((await earlyFraudWarnings.list(filter)).data).toEqual([body]);
    }
    for (const filter of [{ charge: 'ch_x' }, { payment_intent: 'pi_x' }, { created: { gt: body.created } }]) {
      expect((await earlyFraudWarnings.list(filter)).data).toEqual([]);
    }
    expect(await stripeError(earlyFraudWarnings.retrieve('issfr_x'))).toMatchObject({ statusCode: 404 });
    expect((await postControl(simulator, '/charges/ch_x/early_fraud_warning')).status).toBe(404);
  });

  test('is not actionable once its charge is refunded whole, and is again when the refund fails', async () => {
    const { simulator, stripe, charge } = await startPaid('pm_card_createIssuerFraudRecord');
    const actionable = async () => (await stripe.radar.earlyFraudWarnings.list()).data[0]?.actionable;
    await stripe.refunds.create({ charge, amount: 400 });
    expect(await actionable()).toBe(true);
    const refund = await stripe.refunds.create({ charge });
    expect(await actionable()).toBe(false);
    const [told] = (await stripe.events.list({ type: 'radar.early_fraud_warning.updated' })).data;
    expect(told?.data).toMatchObject({ object: { actionable: false }, previous_attributes: { actionable: true } });
    await postControl(simulator, `/refunds/${refund.id}/fail`);
    expect(await actionable()).toBe(true);
  });

  test('is not actionable once its charge is disputed', async () => {
    const { simulator, stripe, charge } = await startPaid('pm_card_createIssuerFraudRecord');
    await postControl(simulator, `/charges/${charge}/dispute`, { kind: 'card' });
    expect((await stripe.radar.earlyFraudWarnings.list()).data).toMatchObject([{ actionable: false }]);
    const types = await eventTypes(stripe);
    expect(types.filter((type) => type.startsWith('radar.'))).toEqual([
      'radar.early_fraud_warning.created',
      'radar.early_fraud_warning.updated',
    ]);
  });

  test('is for payments by card that were made', async () => {
    const { simulator, stripe } = await startPaid();
    await stripeError(
      stripe.paymentIntents.create({
        amount: 1000,
        currency: 'eur',
        payment_method: 'pm_card_chargeDeclined',
        confirm: true,
      }),
    );
    const [declined] = (await stripe.charges.list({ limit: 1 })).data;
    expect((await postControl(simulator, `/charges/${declined?.id}/early_fraud_warning`)).status).toBe(409);
  });

  test('survives a snapshot', async () => {
    const { simulator, stripe } = await startPaid('pm_card_createIssuerFraudRecord');
    const before = await stripe.radar.earlyFraudWarnings.list();
    const other = await startPaid();
    other.simulator.restore(JSON.parse(JSON.stringify(simulator.snapshot())));
    expect((await other.stripe.radar.earlyFraudWarnings.list()).data).toEqual(before.data);
  });
});
