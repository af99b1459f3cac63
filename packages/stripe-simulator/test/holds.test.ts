/** Money held on a saved card while its owner is away: for how long, what is asked of the bank, and what it refuses. */
import { describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { chargeOf, eventTypes, paymentOf, sessionParameters, start, stripeError, submitCard } from './support.js';

const HOUR = 60 * 60;
const DAY = 24 * HOUR;

type CreateParameters = Stripe.PaymentIntentCreateParams;

/** A customer with a card of theirs. */
async function savedCard(stripe: Stripe, card = 'pm_card_visa') {
  const customer = await stripe.customers.create();
  const method = await stripe.paymentMethods.attach(card, { customer: customer.id });
  return { customer: customer.id, payment_method: method.id };
}

function holdParameters(changes: Partial<CreateParameters> = {}): CreateParameters {
  return {
    amount: 20_000,
    currency: 'eur',
    allowed_payment_method_types: ['card'],
    capture_method: 'manual',
    confirm: true,
    off_session: true,
    expand: ['latest_charge'],
    ...changes,
  };
}

function expandedCharge({ latest_charge: charge }: Stripe.PaymentIntent): Stripe.Charge {
  if (charge === null || typeof charge === 'string') throw new Error('The charge is not expanded.');
  return charge;
}

function cardOf(charge: Stripe.Charge): Stripe.Charge.PaymentMethodDetails.Card {
  const { card } = charge.payment_method_details ?? {};
  if (card === undefined) throw new Error('The charge is not by card.');
  return card;
}

describe('a hold', () => {
  test('on a saved card shows what an account without extras has, and its events', async () => {
    const { stripe } = await start();
    const saved = await savedCard(stripe);
    const intent = await stripe.paymentIntents.create(holdParameters(saved));
    expect(intent).toMatchObject({
      ...saved,
      allowed_payment_method_types: ['card'],
      payment_method_types: ['card'],
      status: 'requires_capture',
      amount_capturable: 20_000,
      amount_received: 0,
      canceled_at: null,
    });
    const charge = expandedCharge(intent);
    expect(charge).toMatchObject({ captured: false, paid: true, amount_captured: 0, customer: saved.customer });
    expect(cardOf(charge)).toMatchObject({
      amount_authorized: 20_000,
      extended_authorization: { status: 'disabled' },
      incremental_authorization: { status: 'unavailable' },
      multicapture: { status: 'unavailable' },
      overcapture: { status: 'unavailable', maximum_amount_capturable: 20_000 },
    });
    expect((await eventTypes(stripe)).slice(-3)).toEqual([
      'payment_intent.created',
      'charge.succeeded',
      'payment_intent.amount_capturable_updated',
    ]);
  });

  test.each([
    ['visa', 'pm_card_visa', 4 * DAY + 18 * HOUR],
    ['mastercard', 'pm_card_mastercard', 7 * DAY],
    ['amex', 'pm_card_amex', 7 * DAY],
    ['discover', 'pm_card_discover', 7 * DAY],
    ['visa, with Cartes Bancaires', 'pm_card_visa_cartesBancaires', 4 * DAY + 18 * HOUR],
  ])(
    'by %s ends in time: off-session as its network says, seven days with the buyer there',
    async (_brand, card, seconds) => {
      const { simulator, stripe } = await start();
      simulator.clock.freeze();
      const saved = await savedCard(stripe, card);
      const away = await stripe.paymentIntents.create(holdParameters(saved));
      const there = await stripe.paymentIntents.create(holdParameters({ ...saved, off_session: false }));
      const [charge, other] = [expandedCharge(away), expandedCharge(there)];
      expect(cardOf(charge).capture_before).toBe(charge.created + seconds);
      expect(cardOf(other).capture_before).toBe(other.created + 7 * DAY);
      await simulator.clock.advance(seconds - 1);
      expect((await stripe.paymentIntents.retrieve(away.id)).status).toBe('requires_capture');
      await simulator.clock.advance(1);
      const ended = await stripe.paymentIntents.retrieve(away.id);
      expect(ended).toMatchObject({ status: 'canceled', cancellation_reason: 'expired', amount_capturable: 0 });
      expect(await chargeOf(stripe, ended)).toMatchObject({ captured: false, refunded: false, amount_refunded: 0 });
      expect(await eventTypes(stripe)).toEqual(expect.arrayContaining(['charge.expired', 'payment_intent.canceled']));
      const late = await stripeError(stripe.paymentIntents.capture(away.id));
      expect(late).toMatchObject({
        statusCode: 400,
        rawType: 'invalid_request_error',
        code: 'payment_intent_unexpected_state',
        payment_intent: { id: away.id, status: 'canceled' },
      });
      expect(await stripeError(stripe.charges.capture(charge.id))).toMatchObject({
        statusCode: 400,
        code: 'charge_expired_for_capture',
      });
    },
  );

  test('made on the page of a session lasts seven days by Visa too: the buyer is there', async () => {
    const { stripe } = await start();
    const payment_intent_data = { capture_method: 'manual' } as const;
    const session = await stripe.checkout.sessions.create(sessionParameters({ payment_intent_data }));
    await submitCard(session, '4242424242424242');
    const charge = await chargeOf(stripe, await paymentOf(stripe, session.id));
    expect(cardOf(charge).capture_before).toBe(charge.created + 7 * DAY);
  });

  test('is not for a debit', async () => {
    const { stripe } = await start();
    const parameters = holdParameters({
      allowed_payment_method_types: ['sepa_debit'],
      confirm: false,
      off_session: false,
    });
    expect(await stripeError(stripe.paymentIntents.create(parameters))).toMatchObject({
      statusCode: 400,
      param: 'allowed_payment_method_types',
    });
  });
});

describe('off-session', () => {
  test('a card that always asks is a 402 with the PaymentIntent, which stays open until it is canceled', async () => {
    const { stripe } = await start();
    const saved = await savedCard(stripe, 'pm_card_authenticationRequired');
    const error = await stripeError(stripe.paymentIntents.create(holdParameters(saved)));
    expect(error).toMatchObject({
      statusCode: 402,
      rawType: 'card_error',
      code: 'authentication_required',
      decline_code: 'authentication_required',
      payment_intent: { status: 'requires_payment_method', amount_capturable: 0, customer: saved.customer },
      payment_method: { id: saved.payment_method, customer: saved.customer },
    });
    expect((await stripe.paymentIntents.cancel(String(error.payment_intent?.id))).status).toBe('canceled');
    // The card is still the customer's: it can be asked again.
    expect((await stripeError(stripe.paymentIntents.create(holdParameters(saved)))).statusCode).toBe(402);
  });

  test.each([
    ['pm_card_chargeCustomerFail', 'card_declined', 'generic_decline'],
    ['pm_card_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds'],
    ['pm_card_chargeDeclinedExpiredCard', 'expired_card', 'expired_card'],
  ])('%s can be saved, and is declined', async (card, code, declineCode) => {
    const { stripe } = await start();
    const saved = await savedCard(stripe, card);
    expect(await stripeError(stripe.paymentIntents.create(holdParameters(saved)))).toMatchObject({
      statusCode: 402,
      code,
      decline_code: declineCode,
      payment_intent: { status: 'requires_payment_method' },
    });
  });

  test('nobody is asked where the caller wants no action, and the error says so', async () => {
    const { stripe } = await start();
    const saved = await savedCard(stripe, 'pm_card_authenticationRequired');
    const { off_session: _absent, ...parameters } = holdParameters({ ...saved, error_on_requires_action: true });
    expect(await stripeError(stripe.paymentIntents.create(parameters))).toMatchObject({
      statusCode: 402,
      code: 'authentication_required',
      decline_code: 'authentication_not_handled',
    });
  });

  test('what a saved card is used for is told to the bank', async () => {
    const { stripe } = await start();
    const saved = await savedCard(stripe);
    const payment_method_options = { card: { stored_credential_usage: 'unscheduled' } } as const;
    const fee = await stripe.paymentIntents.create(
      holdParameters({ ...saved, capture_method: 'automatic_async', payment_method_options }),
    );
    expect(fee.payment_method_options?.card).toMatchObject({ stored_credential_usage: 'unscheduled' });
    expect(cardOf(expandedCharge(fee)).stored_credential_usage).toBe('unscheduled');
    const there = await stripe.paymentIntents.create(
      holdParameters({ ...saved, off_session: false, payment_method_options }),
    );
    expect(cardOf(expandedCharge(there)).stored_credential_usage).toBeUndefined();
    const waiting = await stripe.paymentIntents.create({ amount: 1000, currency: 'eur', ...saved });
    const paid = await stripe.paymentIntents.confirm(waiting.id, { off_session: true, payment_method_options });
    expect(cardOf(await chargeOf(stripe, paid)).stored_credential_usage).toBe('unscheduled');
  });

  test('what a saved card is used for is not said of a card that is being saved', async () => {
    const { stripe } = await start();
    const saved = await savedCard(stripe);
    const payment_method_options = { card: { stored_credential_usage: 'unscheduled' } } as const;
    const rejected = { statusCode: 400, param: 'payment_method_options[card][stored_credential_usage]' };
    const both = { payment_method_options, setup_future_usage: 'off_session' } as const;
    const created = stripe.paymentIntents.create(holdParameters({ ...saved, ...both }));
    expect(await stripeError(created)).toMatchObject(rejected);
    expect((await stripe.paymentIntents.list()).data).toEqual([]);
    const waiting = await stripe.paymentIntents.create({ amount: 1000, currency: 'eur', payment_method_options });
    const updated = stripe.paymentIntents.update(waiting.id, { setup_future_usage: 'off_session' });
    expect(await stripeError(updated)).toMatchObject(rejected);
  });
});

describe('what only accounts with the networks’ own fees have', () => {
  test.each([
    'request_extended_authorization',
    'request_incremental_authorization',
    'request_multicapture',
    'request_overcapture',
  ])('%s is rejected when a PaymentIntent is confirmed, which stays open', async (feature) => {
    const { stripe } = await start();
    const saved = await savedCard(stripe);
    const payment_method_options = { card: { [feature]: 'if_available' } };
    const error = await stripeError(stripe.paymentIntents.create(holdParameters({ ...saved, payment_method_options })));
    expect(error).toMatchObject({
      statusCode: 400,
      rawType: 'invalid_request_error',
      code: 'payment_intent_invalid_parameter',
      message: expect.stringContaining('not eligible for the requested card features'),
      payment_intent: { status: 'requires_payment_method' },
    });
    expect((await stripe.paymentIntents.list()).data).toMatchObject([{ status: 'requires_payment_method' }]);
    const waiting = await stripe.paymentIntents.create({ amount: 1000, currency: 'eur', payment_method_options });
    expect(waiting.payment_method_options?.card).toMatchObject({ [feature]: 'if_available' });
  });

  test('is rejected when a session is created', async () => {
    const { stripe } = await start();
    const payment_method_options = { card: { request_extended_authorization: 'if_available' } } as const;
    const error = await stripeError(stripe.checkout.sessions.create(sessionParameters({ payment_method_options })));
    expect(error).toMatchObject({ statusCode: 400, rawType: 'invalid_request_error' });
    expect((await stripe.checkout.sessions.list()).data).toEqual([]);
  });
});
