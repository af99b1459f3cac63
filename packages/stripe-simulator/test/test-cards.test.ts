/** Every test card and test account of Stripe's testing page: what it is, and what becomes of a payment with it. */
import { describe, expect, test } from '@jest/globals';
import Stripe from 'stripe';
import { findTestCard, passesLuhnCheck, type TestCard, testCardNumbers } from '../src/test-cards.js';
import { findTestIban, testIbans } from '../src/test-ibans.js';
import { chargeOf, pageUrl, paymentOf, sessionParameters, start, submitCard } from './support.js';

const BRAND_OF_PREFIX: [RegExp, TestCard['brand']][] = [
  [/^4/, 'visa'],
  [/^(5[1-5]|2[2-7])/, 'mastercard'],
  [/^3[47]/, 'amex'],
  [/^(30|36)/, 'diners'],
  [/^35/, 'jcb'],
  [/^62/, 'unionpay'],
  [/^6[05]/, 'discover'],
  [/^506221/, 'unknown'],
];
/** ISO 3166's numbers, which stand in the digits after Stripe's 400000. */
const COUNTRY_NUMBERS: Record<string, string> = { '040': 'AT', '056': 'BE', '250': 'FR', '276': 'DE', '380': 'IT' };

const cards = testCardNumbers().map((number): [string, TestCard] => [number, findTestCard(number) as TestCard]);

async function pay(number: string): Promise<{ stripe: Stripe; response: Response; sessionId: string }> {
  const { stripe } = await start();
  const session = await stripe.checkout.sessions.create(sessionParameters());
  return { stripe, response: await submitCard(session, number), sessionId: session.id };
}

test('There are all of Stripe’s, and every number could be a card’s', () => {
  expect(cards.length).toBeGreaterThan(125);
  expect(cards.filter(([number]) => !passesLuhnCheck(number))).toEqual([]);
  for (const [number, { brand, country }] of cards) {
    expect([number, BRAND_OF_PREFIX.find(([prefix]) => prefix.test(number))?.[1]]).toEqual([number, brand]);
    const expected = /^400000(\d{3})0000/.exec(number)?.[1];
    if (expected && COUNTRY_NUMBERS[expected]) expect([number, country]).toEqual([number, COUNTRY_NUMBERS[expected]]);
  }
});

test.each(cards.map(([number]) => number))('%s does at the payment page what it is for', async (number) => {
  const card = findTestCard(number) as TestCard;
  const { stripe, response, sessionId } = await pay(number);
  const session = await stripe.checkout.sessions.retrieve(sessionId);
  const asksFirst = card.authentication !== 'never' && !card.isFrictionless;
  if (asksFirst) {
    expect(session).toMatchObject({ status: 'open' });
    expect((await paymentOf(stripe, sessionId)).status).toBe('requires_action');
    return;
  }
  const intent = await paymentOf(stripe, sessionId);
  const charge = await chargeOf(stripe, intent);
  expect(charge.payment_method_details?.card).toMatchObject({
    brand: card.brand,
    country: card.country,
    funding: card.funding,
    last4: number.slice(-4),
    network: card.brand,
  });
  expect(charge.outcome?.risk_level).toBe(card.risk);
  if (card.outcome.kind === 'declined') {
    const { code, declineCode, isBlocked } = card.outcome.decline;
    expect(response.status).toBe(402);
    expect(session).toMatchObject({ status: 'open' });
    expect(intent.last_payment_error).toMatchObject({ code, ...(declineCode && { decline_code: declineCode }) });
    expect(charge.outcome?.type).toBe(isBlocked ? 'blocked' : 'issuer_declined');
  } else {
    expect(response.status).toBe(303);
    expect(session).toMatchObject({ status: 'complete', payment_status: 'paid' });
  }
});

test.each([
  ['5555555555554444', { brand: 'mastercard', country: 'US', funding: 'credit', display_brand: 'mastercard' }],
  ['378282246310005', { brand: 'amex', display_brand: 'american_express', networks: { available: ['amex'] } }],
  ['4000056655665556', { brand: 'visa', funding: 'debit' }],
  ['5105105105105100', { brand: 'mastercard', funding: 'prepaid' }],
  ['6205500000000000004', { brand: 'unionpay', country: 'CN', last4: '0004' }],
  ['4000002500001001', { brand: 'visa', country: 'FR', networks: { available: ['cartes_bancaires', 'visa'] } }],
])('The payment method of %s says what the card is', async (number, expected) => {
  const { stripe } = await start();
  const card = { number, exp_month: 12, exp_year: 2040 };
  expect((await stripe.paymentMethods.create({ type: 'card', card })).card).toMatchObject(expected);
});

test.each([
  ['4242424242424242', { risk_level: 'normal', type: 'authorized' }],
  ['4000000000009235', { risk_level: 'elevated', type: 'authorized' }],
  ['4100000000000019', { risk_level: 'highest', type: 'blocked' }],
  ['4000000000004954', { risk_level: 'highest', type: 'blocked' }],
])('A payment with %s is judged by its risk', async (number, outcome) => {
  const { stripe, sessionId } = await pay(number);
  expect((await chargeOf(stripe, await paymentOf(stripe, sessionId))).outcome).toMatchObject(outcome);
});

test('A card whose bank asks its owner alone pays while they are away', async () => {
  const { stripe } = await start();
  const customer = await stripe.customers.create();
  const card = { number: '4000003800000446', exp_month: 12, exp_year: 2040 };
  const { id } = await stripe.paymentMethods.create({ type: 'card', card });
  await stripe.paymentMethods.attach(id, { customer: customer.id });
  const payment = { amount: 2000, currency: 'eur', customer: customer.id, payment_method: id, confirm: true };
  expect((await stripe.paymentIntents.create({ ...payment, off_session: true })).status).toBe('succeeded');
  const present = { ...payment, return_url: 'https://shop.example' };
  expect((await stripe.paymentIntents.create(present)).status).toBe('requires_action');
});

test('A card that can be saved and not charged is attached, and then declined', async () => {
  const { stripe } = await start();
  const customer = await stripe.customers.create();
  const method = await stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer: customer.id });
  const payment = stripe.paymentIntents.create({
    amount: 2000,
    currency: 'eur',
    customer: customer.id,
    payment_method: method.id,
    off_session: true,
    confirm: true,
  });
  await expect(payment).rejects.toBeInstanceOf(Stripe.errors.StripeCardError);
});

test.each([
  ['4000000000000101', { cvc_check: 'fail', address_postal_code_check: 'pass' }],
  ['4000000000000036', { cvc_check: 'pass', address_postal_code_check: 'fail' }],
  ['4000000000000044', { address_line1_check: 'unavailable', address_postal_code_check: 'unavailable' }],
])('%s pays although a check fails, and the charge says which', async (number, checks) => {
  const { stripe } = await start();
  const billing_details = { address: { line1: '1 rue', postal_code: '75001', country: 'FR' } };
  const card = { number, exp_month: 12, exp_year: 2040 };
  const method = await stripe.paymentMethods.create({ type: 'card', card, billing_details });
  const intent = await stripe.paymentIntents.create({
    amount: 2000,
    currency: 'eur',
    payment_method: method.id,
    confirm: true,
    return_url: 'https://shop.example',
  });
  expect((await chargeOf(stripe, intent)).payment_method_details?.card?.checks).toMatchObject(checks);
});

test.each([
  ['4000000000000077', 'available'],
  ['4242424242424242', 'pending'],
])('The money of %s is %s', async (number, status) => {
  const { stripe, sessionId } = await pay(number);
  const { balance_transaction: id } = await chargeOf(stripe, await paymentOf(stripe, sessionId));
  expect(await stripe.balanceTransactions.retrieve(String(id))).toMatchObject({ status });
});

describe('A SEPA debit', () => {
  const accounts = testIbans();

  test('from every account of Stripe’s table does what it is for', async () => {
    expect(new Set(accounts.map((iban) => iban.slice(0, 2)))).toEqual(
      new Set('AT BE CH DE ES FI FR GB IE IT LT LU NL NO PT SE'.split(' ')),
    );
    const { simulator, stripe } = await start();
    simulator.clock.freeze();
    const sessions = new Map<string, string>();
    for (const iban of accounts) {
      const session = await stripe.checkout.sessions.create(sessionParameters());
      const body = new URLSearchParams({ payment_method_type: 'sepa_debit', iban });
      const answer = await fetch(pageUrl(session), { method: 'POST', body, redirect: 'manual' });
      expect([iban, answer.status]).toEqual([iban, 303]);
      sessions.set(iban, session.id);
    }
    const outcomes = async () => {
      const shown: Record<string, string> = {};
      for (const [iban, id] of sessions) shown[iban] = (await paymentOf(stripe, id)).status;
      return shown;
    };
    const expected = (isOver: (iban: string) => boolean) =>
      Object.fromEntries(
        accounts.map((iban) => {
          const end = findTestIban(iban)?.failureCode ? 'requires_payment_method' : 'succeeded';
          return [iban, isOver(iban) ? end : 'processing'];
        }),
      );
    await simulator.clock.advance(5);
    expect(await outcomes()).toEqual(expected((iban) => !findTestIban(iban)?.isDelayed));
    await simulator.clock.advance(180);
    expect(await outcomes()).toEqual(expected(() => true));
    for (const [iban, id] of sessions) {
      const charge = await chargeOf(stripe, await paymentOf(stripe, id));
      const { failureCode = null, isDisputed = false } = findTestIban(iban) ?? {};
      expect([iban, charge.failure_code, charge.disputed]).toEqual([iban, failureCode, isDisputed]);
      expect(charge.payment_method_details?.sepa_debit).toMatchObject({
        country: iban.slice(0, 2),
        last4: iban.slice(-4),
      });
    }
  });
});
