/** Stripe's test cards: which number does what. */

export interface Decline {
  /** The error's code; `card_declined` unless the card itself is at fault, or the buyer did not prove who he is. */
  code:
    | 'authentication_required'
    | 'card_declined'
    | 'expired_card'
    | 'incorrect_cvc'
    | 'payment_intent_authentication_failure'
    | 'processing_error';
  /** Only what the issuer declines has one. */
  declineCode: string | null;
  message: string;
}

type CardOutcome = { kind: 'paid' } | { kind: 'declined'; decline: Decline };

/** How the dispute begins that a card brings upon its payment. */
export type DisputeKind = 'fraudulent' | 'product_not_received' | 'inquiry';

export interface TestCard {
  /** What the bank says to a charge, after the authentication if there is one. */
  outcome: CardOutcome;
  /** Whether the bank wants the buyer himself: for each payment, or until the card was set up for later ones. */
  authentication: 'never' | 'always' | 'until_set_up';
  /** The payment is disputed at once. */
  dispute: DisputeKind | null;
  /** What becomes of refunds to the card; null is a refund that succeeds. */
  refund: 'pending_then_succeeds' | 'succeeds_then_fails' | null;
}

const PAID: CardOutcome = { kind: 'paid' };
const GENERIC_DECLINE = declined('card_declined', 'generic_decline', 'Your card was declined.');
const INSUFFICIENT_FUNDS = declined('card_declined', 'insufficient_funds', 'Your card has insufficient funds.');
const VELOCITY_EXCEEDED = declined(
  'card_declined',
  'card_velocity_exceeded',
  'Your card was declined for making repeated attempts too frequently or exceeding its amount limit.',
);
const PROCESSING_ERROR = declined(
  'processing_error',
  null,
  'An error occurred while processing your card. Try again in a little bit.',
);

/** https://docs.stripe.com/testing */
const TEST_CARDS = new Map<string, TestCard>([
  ['4242424242424242', card(PAID)],
  ['4000000000000002', card(GENERIC_DECLINE)],
  ['4000000000009995', card(INSUFFICIENT_FUNDS)],
  ['4000000000009987', card(declined('card_declined', 'lost_card', 'Your card was declined.'))],
  ['4000000000009979', card(declined('card_declined', 'stolen_card', 'Your card was declined.'))],
  ['4000000000006975', card(VELOCITY_EXCEEDED)],
  ['4000000000000069', card(declined('expired_card', null, 'Your card has expired.'))],
  ['4000000000000127', card(declined('incorrect_cvc', null, "Your card's security code is incorrect."))],
  ['4000000000000119', card(PROCESSING_ERROR)],
  ['4000002500003155', card(PAID, { authentication: 'until_set_up' })],
  ['4000002760003184', card(PAID, { authentication: 'always' })],
  ['4000000000003220', card(PAID, { authentication: 'always' })],
  ['4000008400001629', card(GENERIC_DECLINE, { authentication: 'always' })],
  ['4000008260003178', card(INSUFFICIENT_FUNDS, { authentication: 'always' })],
  ['4000000000000259', card(PAID, { dispute: 'fraudulent' })],
  ['4000000000002685', card(PAID, { dispute: 'product_not_received' })],
  ['4000000000001976', card(PAID, { dispute: 'inquiry' })],
  ['4000000000007726', card(PAID, { refund: 'pending_then_succeeds' })],
  ['4000000000005126', card(PAID, { refund: 'succeeds_then_fails' })],
]);

/** The bank wants the buyer, and he is not there. */
export const AUTHENTICATION_REQUIRED: Decline = {
  code: 'authentication_required',
  declineCode: 'authentication_required',
  message: 'Your card was declined. This transaction requires authentication.',
};

/** The buyer was asked by his bank, and it did not recognise him. */
export const AUTHENTICATION_FAILED: Decline = {
  code: 'payment_intent_authentication_failure',
  declineCode: null,
  message:
    'The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod ' +
    'to attempt to fulfill this PaymentIntent again.',
};

/** What becomes of a debit, once the bank answers. */
export interface TestIban {
  outcome: 'succeeds' | 'fails';
}

const TEST_IBANS = new Map<string, TestIban>([
  ['AT611904300234573201', { outcome: 'succeeds' }],
  ['AT861904300235473202', { outcome: 'fails' }],
]);

/** Null for an account that is no test account of the simulator. `iban` holds no spaces and capitals only. */
export function findTestIban(iban: string): TestIban | null {
  return TEST_IBANS.get(iban) ?? null;
}

/** Null for a number that is no test card of the simulator. `number` holds digits only. */
export function findTestCard(number: string): TestCard | null {
  return TEST_CARDS.get(number) ?? null;
}

/** The check digit that every card number carries. */
export function passesLuhnCheck(number: string): boolean {
  const sum = [...number].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

function declined(code: Decline['code'], declineCode: string | null, message: string): CardOutcome {
  return { kind: 'declined', decline: { code, declineCode, message } };
}

function card(outcome: CardOutcome, behaviour: Partial<Omit<TestCard, 'outcome'>> = {}): TestCard {
  return { outcome, authentication: 'never', dispute: null, refund: null, ...behaviour };
}
