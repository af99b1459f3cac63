/** The banks and networks as a test in the simulator's own process plays them. */
import { expect, test } from '@jest/globals';
import { startPaid } from './support.js';

const DAY = 24 * 60 * 60;

test('Disputes are opened, escalated, decided and appealed', async () => {
  const { simulator, stripe, charge } = await startPaid();
  const { bank } = simulator;
  const { id } = bank.openDispute(charge, {
    kind: 'inquiry',
    reason: 'product_not_received',
    amount: 600,
    answerDays: 10,
  });
  const dispute = () => stripe.disputes.retrieve(id);
  expect(await dispute()).toMatchObject({
    amount: 600,
    reason: 'product_not_received',
    status: 'warning_needs_response',
  });
  bank.escalateInquiry(id);
  expect((await dispute()).status).toBe('needs_response');
  bank.decideDispute(id, 'lost');
  bank.openAppeal(id);
  expect((await dispute()).status).toBe('appeal_needs_response');
  bank.decideDispute(id, 'lost');
  bank.winAppeal(id);
  expect((await dispute()).status).toBe('won');
  expect(await stripe.disputes.retrieve(bank.openDispute(charge).id)).toMatchObject({
    amount: 1000,
    reason: 'fraudulent',
    status: 'needs_response',
  });
  expect(() => bank.openDispute(charge)).toThrow(/no captured amount left/);
  expect(() => bank.openDispute('ch_x')).toThrow("No such charge: 'ch_x'");
});

test('A refund of what an inquiry asks about leaves nothing to dispute', async () => {
  const { simulator, stripe, charge } = await startPaid();
  const { bank } = simulator;
  bank.openDispute(charge, { kind: 'inquiry' });
  await stripe.refunds.create({ charge, amount: 600 });
  expect(() => bank.openDispute(charge)).toThrow(/no captured amount left/);
});

test('Refunds succeed, fail, wait and get their reference', async () => {
  const { simulator, stripe, charge } = await startPaid();
  const { bank } = simulator;
  const { id } = await stripe.refunds.create({ charge });
  const refund = () => stripe.refunds.retrieve(id);
  bank.holdRefund(id, 'insufficient_funds');
  expect((await refund()).pending_reason).toBe('insufficient_funds');
  bank.requireRefundAction(id);
  expect((await refund()).status).toBe('requires_action');
  bank.succeedRefund(id);
  bank.showRefundReference(id, { status: 'unavailable' });
  expect((await refund()).destination_details?.card?.reference_status).toBe('unavailable');
  bank.failRefund(id, { reason: 'declined', afterDays: 14 });
  await simulator.clock.advance(14 * DAY);
  expect(await refund()).toMatchObject({ status: 'failed', failure_reason: 'declined' });
  expect(() => bank.failRefund(id)).toThrow(/status of `failed`/);
});

test('A payment is warned of', async () => {
  const { simulator, stripe, charge } = await startPaid();
  const { id } = simulator.bank.warnOfFraud(charge, 'made_with_lost_card');
  expect((await stripe.radar.earlyFraudWarnings.retrieve(id)).fraud_type).toBe('made_with_lost_card');
});
