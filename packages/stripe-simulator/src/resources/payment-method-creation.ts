/** Makes a payment method of what a request says: a card by number or token, or an account by its IBAN. */
import type Stripe from 'stripe';
import { unixSeconds } from '../clock.js';
import { invalidParameter, missingObject, notImplemented, StripeApiError } from '../errors.js';
import type { StoredPaymentMethod } from '../objects.js';
import type { Parsed } from '../parameter-schema.js';
import type { Simulation } from '../simulation.js';
import { findTestCard, passesLuhnCheck } from '../test-cards.js';
import { findTestIban } from '../test-ibans.js';
import { isNameForLater, testCardNumberOf } from '../test-payment-methods.js';
import {
  buildCard,
  buildSepaDebit,
  type CardOnPaper,
  type NewPaymentMethod,
  NO_BILLING_DETAILS,
} from './payment-method-object.js';
import { cardWithNumber } from './payment-method-reference.js';
import { buildAddress } from './shared-parameters.js';

type Parameters = Parsed<Stripe.PaymentMethodCreateParams>;
type Card = NonNullable<Parameters['card']>;

export function createPaymentMethod(simulation: Simulation, parameters: Parameters): StoredPaymentMethod {
  const method = buildMethod(simulation, parameters, {
    allowRedisplay: parameters.allow_redisplay ?? 'unspecified',
    billingDetails: withBillingDetails(NO_BILLING_DETAILS, parameters.billing_details),
    metadata: parameters.metadata ?? {},
    created: unixSeconds(simulation.clock),
  });
  simulation.store.paymentMethods.put(method);
  return method;
}

/** What the update names replaces what was; an empty text unsets it. */
export function withBillingDetails(
  current: Stripe.PaymentMethod.BillingDetails,
  given: Parameters['billing_details'],
): Stripe.PaymentMethod.BillingDetails {
  const { address, email, name, phone, tax_id: taxId } = given ?? {};
  return {
    address: address === undefined ? current.address : buildAddress(address ?? {}),
    email: changed(current.email, email),
    name: changed(current.name, name),
    phone: changed(current.phone, phone),
    tax_id: changed(current.tax_id, taxId),
  };
}

function changed(current: string | null, given: string | undefined): string | null {
  if (given === undefined) return current;
  return given === '' ? null : given;
}

function buildMethod(simulation: Simulation, parameters: Parameters, common: NewPaymentMethod): StoredPaymentMethod {
  const { type = '', card, sepa_debit: account } = parameters;
  if (type === 'card') return buildCard(readCard(simulation, card), common);
  if (type !== 'sepa_debit') throw notImplemented('type', `payment methods of type ${type}`);
  if (account === undefined) throw missing('sepa_debit');
  const { name, email } = common.billingDetails;
  if (name === null) throw missing('billing_details[name]');
  if (email === null) throw missing('billing_details[email]');
  return buildSepaDebit(readIban(account.iban), common);
}

function readCard({ clock }: Simulation, card: Card | undefined): CardOnPaper {
  if (card === undefined) throw missing('card');
  if (card.token !== undefined) {
    if (isNameForLater(card.token)) throw notImplemented('card[token]', `the token ${card.token}`);
    const number = testCardNumberOf(card.token);
    if (number === null) throw missingObject('token', card.token, 'card[token]');
    return cardWithNumber(number, clock);
  }
  const { number: digits, exp_month: expMonth, exp_year: expYear } = card;
  if (digits === undefined) throw missing('card[number]');
  if (expMonth === undefined) throw missing('card[exp_month]');
  if (expYear === undefined) throw missing('card[exp_year]');
  const number = digits.replaceAll(/[\s-]/g, '');
  if (!/^\d{12,19}$/.test(number) || !passesLuhnCheck(number)) {
    throw cardError('Your card number is incorrect.', 'incorrect_number', 'number');
  }
  if (Date.UTC(expYear, expMonth) <= clock.now().getTime()) {
    throw cardError("Your card's expiration year is invalid.", 'invalid_expiry_year', 'exp_year');
  }
  if (findTestCard(number) === null) throw notImplemented('card[number]', `the card ${number}`);
  return { number, expMonth, expYear };
}

function readIban(given: string): string {
  const iban = given.replaceAll(/\s/g, '').toUpperCase();
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(iban)) {
    throw invalidParameter('The IBAN you provided is invalid.', 'sepa_debit[iban]', 'invalid_bank_account_iban');
  }
  if (findTestIban(iban) === null) throw notImplemented('sepa_debit[iban]', `the account ${iban}`);
  return iban;
}

function cardError(message: string, code: string, param: string): StripeApiError {
  return new StripeApiError(402, { type: 'card_error', code, message, param });
}

function missing(param: string): StripeApiError {
  return invalidParameter(`Missing required param: ${param}.`, param, 'parameter_missing');
}
