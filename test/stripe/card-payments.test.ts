/** The gateway pays by saved cards, and holds, captures and releases sums. */
import { randomUUID } from 'node:crypto';
import { type StripeSimulator, startStripeSimulator } from '@comptoir/stripe-simulator';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { CardPaymentDetails, SavedCard } from '../../src/stripe/card-payments.js';
import { PaymentProviderError } from '../../src/stripe/payment-gateway.js';
import type { StripeGateway } from '../../src/stripe/stripe-gateway.js';
import { byCard, gatewayTo, INSTALLATION_ID, openCheckout, pay, soon } from './gateway-to.js';

// Asks for the buyer once, and then never again; at every payment; never.
const ASKS_ONCE = '4000002500003155';
const ASKS_ALWAYS = '4000002760003184';
const PLAIN = '4242424242424242';

let simulator: StripeSimulator;
let gateway: StripeGateway;

beforeAll(async () => {
  simulator = await startStripeSimulator();
  gateway = gatewayTo(simulator);
});
afterEach(() => {
  simulator.faults.clear();
  simulator.clock.reset();
});
afterAll(() => simulator.close());

async function savedCard(number = PLAIN): Promise<SavedCard> {
  const paymentIntentId = await pay(gateway, await openCheckout(gateway, { card: 'save' }), byCard(number));
  const card = await gateway.cards.savedCard(paymentIntentId, soon());
  if (card === null) throw new Error('No card was saved.');
  return card;
}

const detailsOf = (card: SavedCard, changes: Partial<CardPaymentDetails> = {}): CardPaymentDetails => ({
  ...{ orderId: randomUUID(), installationId: INSTALLATION_ID, purpose: 'deposit', rowId: randomUUID() },
  ...{ amountMinor: 20_000, currency: 'EUR', card, hold: true },
  ...changes,
});

const send = (details: CardPaymentDetails) =>
  gateway.cards.pay(gateway.cards.buildRequest(details), `key-${details.rowId}`, soon());

/** In which the payment was asked for, with some time around. */
const lately = () => ({ from: new Date(Date.now() - 60_000), to: new Date(Date.now() + 60_000) });

describe('A card is saved', () => {
  test('by a checkout that asks for it, and by no other', async () => {
    const card = await savedCard();
    expect(card).toMatchObject({ customerId: expect.any(String), paymentMethodId: expect.any(String) });
    const other = await pay(gateway, await openCheckout(gateway), byCard());
    expect(await gateway.cards.savedCard(other, soon())).toBeNull();
    expect(await gateway.cards.savedCard('pi_of_another_account', soon())).toBeNull();
  });
});

describe('A sum is held without the buyer', () => {
  test('once for a key, under the marks of its row, until the day that Stripe says', async () => {
    const details = detailsOf(await savedCard());
    const held = await send(details);
    expect(held).toMatchObject({ status: 'held', amountMinor: 20_000, receivedMinor: 0, refusal: null });
    expect(held).toMatchObject({ purpose: 'deposit', rowId: details.rowId, orderId: details.orderId });
    expect(held.captureBefore?.getTime()).toBeGreaterThan(Date.now() + 4 * 86_400_000);
    expect(await send(details)).toEqual(held);
    expect(await gateway.cards.retrieve(held.paymentIntentId, soon())).toEqual(held);
    expect(
      await gateway.cards.find({ customerId: details.card.customerId, rowId: details.rowId }, lately(), soon()),
    ).toEqual(held);
  });

  test('with a card that asked for the buyer when it was saved', async () => {
    expect(await send(detailsOf(await savedCard(ASKS_ONCE)))).toMatchObject({ status: 'held' });
  });

  test('not where the bank asks for the buyer: the payment is canceled, and nobody can pay it', async () => {
    const details = detailsOf(await savedCard(ASKS_ALWAYS));
    const refused = await send(details);
    expect(refused).toMatchObject({ status: 'canceled', refusal: 'authentication_required', expired: false });
    expect(await send(details)).toEqual(refused);
    const found = { customerId: details.card.customerId, rowId: details.rowId };
    expect(await gateway.cards.find(found, lately(), soon())).toMatchObject({ status: 'canceled' });
    expect(await gateway.cards.find({ ...found, rowId: randomUUID() }, lately(), soon())).toBeNull();
  });

  test('not where the customer or the card are gone', async () => {
    const [one, other] = [await savedCard(), await savedCard()];
    simulator.dashboard.deleteCustomer(one.customerId);
    simulator.dashboard.detachPaymentMethod(other.paymentMethodId);
    for (const card of [one, other]) {
      const failure = await send(detailsOf(card)).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(PaymentProviderError);
      expect(['rejected', 'missing']).toContain((failure as PaymentProviderError).kind);
    }
  });
});

describe('A sum that is held', () => {
  const held = async () => (await send(detailsOf(await savedCard()))).paymentIntentId;

  test('is captured in part, once, and the rest is released', async () => {
    const id = await held();
    const captured = await gateway.cards.capture(id, 5_000, soon());
    expect(captured).toMatchObject({ status: 'succeeded', receivedMinor: 5_000, amountMinor: 20_000 });
    expect(await gateway.cards.capture(id, 5_000, soon())).toEqual(captured);
    // What is over is told as it is.
    expect(await gateway.cards.capture(id, 7_000, soon())).toMatchObject({ receivedMinor: 5_000 });
    expect(await gateway.cards.cancel(id, soon())).toMatchObject({ status: 'succeeded' });
  });

  test('is released, and captured no more', async () => {
    const id = await held();
    expect(await gateway.cards.cancel(id, soon())).toMatchObject({ status: 'canceled', expired: false });
    expect(await gateway.cards.cancel(id, soon())).toMatchObject({ status: 'canceled' });
    expect(await gateway.cards.capture(id, 5_000, soon())).toMatchObject({ status: 'canceled' });
  });

  test('ends by itself when its time is over', async () => {
    const id = await held();
    const intent = (await gateway.retrieveObject('payment_intent', id, soon())) as { latest_charge: string };
    simulator.bank.expireHold(intent.latest_charge);
    expect(await gateway.cards.retrieve(id, soon())).toMatchObject({ status: 'canceled', expired: true });
  });

  test.each(['capture_charge_authorization_expired', 'charge_expired_for_capture'] as const)(
    'is over when Stripe learns of its end by the capture: %s',
    async (refusal) => {
      const id = await held();
      const intent = (await gateway.retrieveObject('payment_intent', id, soon())) as { latest_charge: string };
      simulator.bank.loseHold(intent.latest_charge, refusal);
      const lost = { status: 'canceled', expired: true, receivedMinor: 0 };
      expect(await gateway.cards.capture(id, 5_000, soon())).toMatchObject(lost);
    },
  );

  test('is held by a checkout too', async () => {
    const paid = await pay(gateway, await openCheckout(gateway, { card: 'hold' }), byCard());
    expect(await gateway.cards.retrieve(paid, soon())).toMatchObject({ status: 'held', amountMinor: 2490 });
    expect(await gateway.cards.cancel(paid, soon())).toMatchObject({ status: 'canceled' });
  });
});

test('A fee is paid without the buyer', async () => {
  const details = detailsOf(await savedCard(), { purpose: 'fee', hold: false, amountMinor: 1_500 });
  expect(await send(details)).toMatchObject({ status: 'succeeded', receivedMinor: 1_500, purpose: 'fee' });
});
