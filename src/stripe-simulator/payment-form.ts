/** Reads the payment form of the checkout page. */
import type Stripe from 'stripe';
import { type CardField, type EnteredFields, type FormProblem, readCardForm } from './card-form.js';
import type { Buyer } from './objects.js';
import { findTestIban, type TestCard, type TestIban } from './test-cards.js';

export type { EnteredFields } from './card-form.js';
export type FormProblems = Partial<Record<CardField, FormProblem>>;

interface Card {
  number: string;
  cvc: string;
  expMonth: number;
  expYear: number;
  behaviour: TestCard;
}

interface BankAccount {
  iban: string;
  country: string;
  behaviour: TestIban;
}

export type Instrument = { type: 'card'; card: Card } | { type: 'sepa_debit'; account: BankAccount };

export const NOTHING_ENTERED: EnteredFields = { email: '', name: '', exp: '' };

type PaymentFormResult =
  | { buyer: Buyer; instrument: Instrument; entered: EnteredFields }
  | { problems: FormProblems; entered: EnteredFields };

export function readPaymentForm(form: URLSearchParams, session: Stripe.Checkout.Session, now: Date): PaymentFormResult {
  const iban = form.get('iban');
  if (iban !== null) form.set('card_number', '4242424242424242');
  const result = readCardForm(form, session.customer_details?.email ?? null, now);
  if ('problems' in result) return result;
  const { card } = result;
  const entered = { email: card.email, name: card.name, exp: form.get('exp') ?? '' };
  const phone = session.phone_number_collection?.enabled === true ? (form.get('phone') ?? '+33612345678') : null;
  const collection = session.shipping_address_collection;
  const shipping =
    collection === null
      ? null
      : {
          name: form.get('shipping_name') ?? card.name,
          phone,
          address: {
            line1: form.get('shipping_line1') ?? '1 rue de Test',
            line2: form.get('shipping_line2'),
            postal_code: form.get('shipping_postal_code') ?? '75001',
            city: form.get('shipping_city') ?? 'Paris',
            state: form.get('shipping_state'),
            country: form.get('shipping_country') ?? collection.allowed_countries[0] ?? 'FR',
          },
        };
  const buyer = { email: card.email, name: card.name, phone, shipping };
  if (iban === null) return { buyer, instrument: { type: 'card', card }, entered };
  const behaviour = findTestIban(iban);
  if (behaviour === null) return { problems: { card_number: 'number_invalid' }, entered };
  return {
    buyer,
    instrument: { type: 'sepa_debit', account: { iban, country: iban.slice(0, 2), behaviour } },
    entered,
  };
}
