/** The gateway lists refunds, disputes, events and checkouts, to the end of every list. */

import { type StripeSimulator, startStripeSimulator } from '@comptoir/stripe-simulator';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { CallContext } from '../../src/stripe/call-context.js';
import { parseStripeEvent } from '../../src/stripe/stripe-event.js';
import type { StripeGateway } from '../../src/stripe/stripe-gateway.js';
import { Throttle } from '../../src/stripe/throttle.js';
import { InstantClock } from '../support/instant-clock.js';
import {
  byCard,
  byDebit,
  DEBIT_SECONDS,
  FAILING_IBAN,
  gatewayTo,
  INSTALLATION_ID,
  type OpenedCheckout,
  openCheckout,
  pay,
  soon,
} from './gateway-to.js';

const REFUND_PENDING_CARD = '4000000000007726';
const REFUND_FAILS_CARD = '4000000000005126';
const REFUND_ID = '0b0a3d0e-6b1c-4b7e-9a53-0c6f9f2d7a11';

let simulator: StripeSimulator;
let gateway: StripeGateway;

beforeEach(async () => {
  simulator = await startStripeSimulator();
  gateway = gatewayTo(simulator);
});
afterEach(() => simulator.close());

async function collect<Item>(pages: AsyncIterable<Item[]>): Promise<Item[][]> {
  const collected: Item[][] = [];
  for await (const page of pages) collected.push(page);
  return collected;
}

/** The present second, by Stripe's clock. */
const now = () => ({ from: simulator.clock.now(), to: simulator.clock.now() });
const always = () => ({ from: new Date(0), to: new Date(Date.now() + 3_600_000) });

async function payment(card?: string): Promise<{ checkout: OpenedCheckout; paymentIntentId: string }> {
  const checkout = await openCheckout(gateway);
  return { checkout, paymentIntentId: await pay(gateway, checkout, byCard(card)) };
}

/** Somebody refunds in the provider's dashboard, which sets no metadata. */
async function refundInDashboard(paymentIntentId: string, amount: number): Promise<void> {
  const answer = await fetch(`${simulator.url}/v1/refunds`, {
    method: 'POST',
    headers: { Authorization: 'Bearer sk_test_dashboard' },
    body: new URLSearchParams({ payment_intent: paymentIntentId, amount: String(amount) }),
  });
  expect(answer.status).toBe(200);
}

const detailsOf = (orderId: string, paymentIntentId: string, amountMinor: number | null) => ({
  ...{ refundId: REFUND_ID, attempt: 1, orderId, installationId: INSTALLATION_ID, paymentIntentId, amountMinor },
  ...{ reason: 'GOODWILL', providerReason: null },
});

describe('Refunds of a payment', () => {
  test('are ours and everybody else’s, distinguished, and none of other payments', async () => {
    const { checkout, paymentIntentId } = await payment();
    const other = await payment();
    await refundInDashboard(other.paymentIntentId, 1);
    const details = detailsOf(checkout.orderId, paymentIntentId, 1000);
    const { stripeRefundId } = await gateway.refund(details, soon());
    await refundInDashboard(paymentIntentId, 90);
    const shared = {
      ...{ currency: 'EUR', status: 'succeeded', createdAt: expect.any(Date) },
      ...{ failureReason: null, reference: null },
    };
    expect(await gateway.refundsOf(paymentIntentId, soon())).toEqual([
      {
        ...shared,
        stripeRefundId: expect.stringMatching(/^re_/),
        refundId: null,
        attempt: null,
        installationId: null,
        amountMinor: 90,
      },
      {
        ...shared,
        stripeRefundId,
        refundId: REFUND_ID,
        attempt: 1,
        installationId: INSTALLATION_ID,
        amountMinor: 1000,
      },
    ]);
  });

  test('are found below a hundred others', async () => {
    const { checkout, paymentIntentId } = await payment();
    const details = detailsOf(checkout.orderId, paymentIntentId, 1000);
    const { stripeRefundId } = await gateway.refund(details, soon());
    for (let count = 0; count < 105; count += 1) await refundInDashboard(paymentIntentId, 1);
    const refunds = await gateway.refundsOf(paymentIntentId, soon());
    expect(refunds).toHaveLength(106);
    expect(refunds.at(-1)).toMatchObject({ stripeRefundId, refundId: REFUND_ID });
  });

  test.each([
    [REFUND_PENDING_CARD, 'pending', 'succeeded'],
    [REFUND_FAILS_CARD, 'succeeded', 'failed'],
  ])('to the card %s are %s and later %s', async (card, first, later) => {
    const { paymentIntentId } = await payment(card);
    simulator.clock.freeze();
    await refundInDashboard(paymentIntentId, 100);
    expect(await gateway.refundsOf(paymentIntentId, soon())).toMatchObject([{ status: first }]);
    await simulator.clock.advance(3_600);
    expect(await gateway.refundsOf(paymentIntentId, soon())).toMatchObject([{ status: later }]);
  });

  test('without an amount are of all that is left, once for a key, and say how much that was', async () => {
    const { checkout, paymentIntentId } = await payment();
    await refundInDashboard(paymentIntentId, 1000);
    const details = detailsOf(checkout.orderId, paymentIntentId, null);
    const refund = await gateway.refund(details, soon());
    expect(refund).toMatchObject({ amountMinor: 1490, refundId: REFUND_ID, status: 'succeeded' });
    expect(await gateway.refund(details, soon())).toEqual(refund);
    await expect(gateway.refund({ ...details, attempt: 2 }, soon())).rejects.toMatchObject({ kind: 'rejected' });
  });

  test('are none at first', async () => {
    expect(await gateway.refundsOf((await payment()).paymentIntentId, soon())).toEqual([]);
  });
});

describe('Disputes of a payment', () => {
  test.each([
    ['4000000000000259', 'fraudulent', 'open', 2490],
    ['4000000000002685', 'product_not_received', 'open', 2490],
    ['4000000000001976', expect.any(String), 'inquiry', 0],
  ])('by the card %s are for reason %s, %s, and have taken %d', async (card, reason, status, takenMinor) => {
    const { paymentIntentId } = await payment(card);
    expect(await gateway.disputesOf(paymentIntentId, soon())).toEqual([
      {
        stripeDisputeId: expect.stringMatching(/^du_/),
        amountMinor: 2490,
        currency: 'EUR',
        reason,
        status,
        takenMinor,
        createdAt: expect.any(Date),
        providerStatus: status === 'inquiry' ? 'warning_needs_response' : 'needs_response',
        ...{ dueBy: expect.any(Date), hasEvidence: false, submissionCount: 0, evidence: expect.any(Object) },
      },
    ]);
  });

  test('are those of no other payment', async () => {
    await payment('4000000000000259');
    expect(await gateway.disputesOf((await payment()).paymentIntentId, soon())).toEqual([]);
  });
});

describe('Events of a span', () => {
  const COMPLETED = 'checkout.session.completed';

  test('are those of the asked types, with the JSON that a webhook carries', async () => {
    const { checkout } = await payment();
    const events = (await collect(gateway.listEvents([COMPLETED, 'charge.refunded'], always()))).flat();
    expect(events).toHaveLength(1);
    const [listed] = events;
    const event = parseStripeEvent(listed?.body ?? Buffer.of());
    expect(event).toMatchObject({ id: listed?.id, type: COMPLETED, data: { object: { id: checkout.sessionId } } });
    expect(listed?.createdAt).toEqual(new Date(Number(event?.created) * 1000));
    const received = await fetch(`${simulator.url}/v1/events/${listed?.id}`, {
      headers: { Authorization: 'Bearer sk_test_x' },
    });
    expect(event).toEqual(await received.json());
  });

  test('are in the span with both of its seconds, and no other', async () => {
    simulator.clock.freeze();
    await payment();
    const second = now();
    await simulator.clock.advance(1);
    const after = now();
    const count = async (span: { from: Date; to: Date }) =>
      (await collect(gateway.listEvents([COMPLETED], span))).flat().length;
    expect(await count(second)).toBe(1);
    expect(await count(after)).toBe(0);
    expect(await count({ from: second.from, to: after.to })).toBe(1);
    expect(await count({ from: new Date(0), to: new Date(second.from.getTime() - 1_000) })).toBe(0);
  });

  test('come page after page, each of them once', async () => {
    const { paymentIntentId } = await payment();
    for (let count = 0; count < 205; count += 1) await refundInDashboard(paymentIntentId, 1);
    const pages = await collect(gateway.listEvents(['charge.refunded'], always()));
    expect(pages.map(({ length }) => length)).toEqual([100, 100, 5]);
    expect(new Set(pages.flat().map(({ id }) => id)).size).toBe(205);
  });

  test('have types, at most twenty', async () => {
    const types = Array.from({ length: 21 }, (_, index) => `type.${index}`);
    simulator.forgetRequests();
    await expect(collect(gateway.listEvents(types, always()))).rejects.toThrow('20 types');
    await expect(collect(gateway.listEvents([], always()))).rejects.toThrow('20 types');
    expect(simulator.requests()).toEqual([]);
    expect(await collect(gateway.listEvents(types.slice(1), always()))).toEqual([]);
  });
});

describe('Checkouts of a span', () => {
  test('tell whether their payment has failed', async () => {
    simulator.clock.freeze();
    const open = await openCheckout(gateway);
    const failed = await openCheckout(gateway);
    await pay(gateway, failed, byDebit(FAILING_IBAN));
    const span = now();
    await simulator.clock.advance(DEBIT_SECONDS);
    await openCheckout(gateway);
    expect(await collect(gateway.listCheckouts(span))).toEqual([
      [
        expect.objectContaining({ sessionId: failed.sessionId, status: 'complete', paymentFailed: true }),
        expect.objectContaining({ sessionId: open.sessionId, status: 'open', paymentFailed: false }),
      ],
    ]);
  });

  test('are another application’s as well, and of no order then', async () => {
    const body = new URLSearchParams({
      mode: 'payment',
      success_url: 'https://other.example',
      'line_items[0][quantity]': '1',
      'line_items[0][price_data][currency]': 'eur',
      'line_items[0][price_data][unit_amount]': '500',
      'line_items[0][price_data][product_data][name]': 'Tea',
    });
    const headers = { Authorization: 'Bearer sk_test_other' };
    const answer = await fetch(`${simulator.url}/v1/checkout/sessions`, { method: 'POST', headers, body });
    expect(answer.status).toBe(200);
    expect(await collect(gateway.listCheckouts(always()))).toMatchObject([[{ orderId: null }]]);
  });

  test('come page after page, no faster than the gateway may ask', async () => {
    for (let count = 0; count < 205; count += 1) await openCheckout(gateway);
    const clock = new InstantClock();
    const startedAt = clock.now().getTime();
    const background = gatewayTo(simulator, { clock, throttle: new Throttle(4, clock) });
    const pages = await collect(background.listCheckouts(always()));
    expect(pages.map(({ length }) => length)).toEqual([100, 100, 5]);
    expect(clock.now().getTime() - startedAt).toBe(500);
    await background.accountId(CallContext.forJob(5_000, clock));
    expect(clock.now().getTime() - startedAt).toBe(750);
  });
});
