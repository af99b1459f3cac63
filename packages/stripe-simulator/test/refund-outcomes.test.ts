/** What becomes of a refund after it was made, by the clock and by the hand that plays the network. */
import { describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { eventTypes, latestEventObject, postControl, startPaid, stripeError } from './support.js';

const DAY = 24 * 60 * 60;

async function startRefunded(paymentMethod?: string) {
  const context = await startPaid(paymentMethod);
  const { simulator, stripe, charge } = context;
  const refund = await stripe.refunds.create({ charge });
  const act = (what: string, input: Record<string, unknown> = {}) =>
    postControl(simulator, `/refunds/${refund.id}/${what}`, input);
  return { ...context, refund, act, current: () => stripe.refunds.retrieve(refund.id) };
}

async function previousAttributes(stripe: Stripe, type: string) {
  return (await stripe.events.list({ type, limit: 1 })).data[0]?.data.previous_attributes;
}

describe('The reference of a refund', () => {
  test('is pending first, and available three days later', async () => {
    const { simulator, stripe, refund, current } = await startRefunded();
    const pending = { reference_status: 'pending', reference_type: 'acquirer_reference_number', type: 'refund' };
    expect(refund.destination_details?.card).toEqual(pending);
    await simulator.clock.advance(3 * DAY - 1);
    expect((await current()).destination_details?.card).toEqual(pending);
    await simulator.clock.advance(1);
    const { card } = (await current()).destination_details ?? {};
    expect(card).toEqual({ ...pending, reference: expect.stringMatching(/^7\d{22}$/), reference_status: 'available' });
    for (const type of ['charge.refund.updated', 'refund.updated']) {
      expect(await latestEventObject(stripe, type)).toMatchObject({ id: refund.id, destination_details: { card } });
      expect(await previousAttributes(stripe, type)).toEqual({ destination_details: { card: pending, type: 'card' } });
    }
  });

  test('comes after a pending refund has succeeded', async () => {
    const { simulator, refund, current } = await startRefunded('pm_card_pendingRefund');
    expect(refund).toMatchObject({ status: 'pending', destination_details: { card: { type: 'pending' } } });
    await simulator.clock.advance(10);
    expect((await current()).destination_details?.card).toMatchObject({ type: 'refund', reference_status: 'pending' });
    await simulator.clock.advance(3 * DAY);
    expect((await current()).destination_details?.card?.reference_status).toBe('available');
  });

  test.each([
    [{ status: 'unavailable' }, { reference_status: 'unavailable', type: 'refund' }],
    [
      { type: 'reversal' },
      { reference_status: 'available', reference_type: 'system_trace_audit_number', type: 'reversal' },
    ],
  ])('is what the network says: %j', async (input, shown) => {
    const { simulator, act, current } = await startRefunded();
    expect((await act('reference', input)).status).toBe(200);
    await simulator.clock.advance(30 * DAY);
    const { card } = (await current()).destination_details ?? {};
    expect(card).toMatchObject(shown);
    expect(card?.reference === undefined).toBe(shown.reference_status === 'unavailable');
  });
});

describe('A refund', () => {
  test('that succeeded fails weeks later, for the reason that was given', async () => {
    const { simulator, stripe, charge, act, current } = await startRefunded();
    expect((await act('fail', { reason: 'lost_or_stolen_card', afterDays: 20 })).body).toMatchObject({
      status: 'succeeded',
    });
    await simulator.clock.advance(20 * DAY - 1);
    expect(await current()).toMatchObject({
      status: 'succeeded',
      destination_details: { card: { reference_status: 'available' } },
    });
    expect((await stripe.charges.retrieve(charge)).refunded).toBe(true);
    await simulator.clock.advance(1);
    expect(await current()).toMatchObject({
      status: 'failed',
      failure_reason: 'lost_or_stolen_card',
      failure_balance_transaction: expect.stringMatching(/^txn_/),
    });
    expect(await stripe.charges.retrieve(charge)).toMatchObject({ amount_refunded: 0, refunded: false });
    expect((await eventTypes(stripe)).slice(-4)).toEqual([
      'charge.refund.updated',
      'refund.updated',
      'charge.updated',
      'refund.failed',
    ]);
    expect(await latestEventObject(stripe, 'refund.failed')).toMatchObject({ failure_reason: 'lost_or_stolen_card' });
    expect((await act('fail')).status).toBe(409);
  });

  test('fails later after a restart too', async () => {
    const { simulator, act, current } = await startRefunded();
    await act('fail', { reason: 'declined', afterDays: 5 });
    simulator.restore(JSON.parse(JSON.stringify(simulator.snapshot())));
    await simulator.clock.advance(5 * DAY);
    expect((await current()).failure_reason).toBe('declined');
  });

  test('waits for a balance that covers it, and then succeeds or fails', async () => {
    const { simulator, act, current } = await startRefunded('pm_card_pendingRefund');
    await act('hold', { reason: 'insufficient_funds' });
    await simulator.clock.advance(30 * DAY);
    expect(await current()).toMatchObject({
      status: 'pending',
      pending_reason: 'insufficient_funds',
      destination_details: { card: { type: 'pending' } },
    });
    expect((await act('succeed')).body).toMatchObject({ status: 'succeeded' });
    expect(await current()).not.toHaveProperty('pending_reason');
    expect((await act('succeed')).status).toBe(409);
    await act('hold', { reason: 'charge_pending' });
    expect((await act('fail', { reason: 'insufficient_funds' })).body).toMatchObject({
      status: 'failed',
      failure_reason: 'insufficient_funds',
    });
    for (const what of ['hold', 'require_action', 'fail', 'succeed']) {
      expect((await act(what, what === 'hold' ? { reason: 'processing' } : {})).status).toBe(409);
    }
  });

  test('asks the buyer where the money should go, for 45 days', async () => {
    const { simulator, act, current, refund } = await startRefunded();
    expect((await act('require_action')).body).toMatchObject({
      status: 'requires_action',
      next_action: {
        type: 'display_details',
        display_details: {
          email_sent: { email_sent_at: refund.created, email_sent_to: 'buyer@example.com' },
          expires_at: refund.created + 45 * DAY,
        },
      },
    });
    await simulator.clock.advance(45 * DAY - 1);
    expect((await current()).status).toBe('requires_action');
    await simulator.clock.advance(1);
    expect(await current()).toMatchObject({ status: 'failed', failure_reason: 'unknown' });
    expect(await current()).not.toHaveProperty('next_action');
  });

  test('that waits for the buyer succeeds when they say it, or is expired by the test helper', async () => {
    const { stripe, act, refund, current } = await startRefunded();
    expect((await stripeError(stripe.testHelpers.refunds.expire(refund.id))).statusCode).toBe(400);
    await act('require_action');
    expect((await act('succeed')).body).toMatchObject({ status: 'succeeded' });
    await act('require_action');
    expect((await stripe.testHelpers.refunds.expire(refund.id)).status).toBe('failed');
    expect((await current()).failure_reason).toBe('unknown');
  });

  test('of which the metadata changes raises both events', async () => {
    const { stripe, refund } = await startRefunded();
    await stripe.refunds.update(refund.id, { metadata: { ticket: '7' } });
    expect((await eventTypes(stripe)).slice(-2)).toEqual(['charge.refund.updated', 'refund.updated']);
  });
});
