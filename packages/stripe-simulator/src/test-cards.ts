/** Stripe's test cards: which number is what card, and what becomes of a payment with it. */
import type { DisputeOrder } from './dispute-kinds.js';

export interface Decline {
  /** The error's code; `card_declined` unless the card itself is at fault, or the buyer did not prove who they are. */
  code:
    | 'authentication_required'
    | 'card_declined'
    | 'expired_card'
    | 'incorrect_cvc'
    | 'payment_intent_authentication_failure'
    | 'processing_error';
  /** Only what is declined has one. */
  declineCode: string | null;
  message: string;
  /** Stripe's own risk rules rejected it, before the bank was asked. */
  isBlocked?: boolean;
}

type CardOutcome = { kind: 'paid' } | { kind: 'declined'; decline: Decline };

export interface CardKind {
  brand: 'amex' | 'diners' | 'discover' | 'jcb' | 'mastercard' | 'unionpay' | 'visa' | 'unknown';
  /** ISO 3166. */
  country: string;
  funding: 'credit' | 'debit' | 'prepaid';
  /** The network beside that of the brand, on a co-branded card. */
  secondNetwork: 'cartes_bancaires' | 'eftpos_au' | null;
}

type Check = 'pass' | 'fail' | 'unavailable';

/** What the bank says to what the buyer typed in; it says nothing to what they left out. */
interface CardChecks {
  line1: Check;
  postalCode: Check;
  cvc: Check;
}

export interface TestCard extends CardKind {
  /** What the bank says to a charge, after the authentication if there is one. */
  outcome: CardOutcome;
  /**
   * Whether the bank wants the buyer to prove who they are: for each payment, only while they are there, or until the
   * card was set up for later ones.
   */
  authentication: 'never' | 'always' | 'until_set_up' | 'on_session';
  /** It is recognised without a question to the buyer. */
  isFrictionless: boolean;
  /** The payment is disputed at once; several disputes share its amount. */
  disputes: readonly DisputeOrder[];
  /** Its bank warns of fraud at once. */
  isWarnedOf: boolean;
  /** What becomes of refunds to the card; null is a refund that succeeds. */
  refund: 'pending_then_succeeds' | 'succeeds_then_fails' | null;
  checks: CardChecks;
  risk: 'normal' | 'elevated' | 'highest';
  /** The money is on the available balance at once. */
  bypassesPending: boolean;
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
  'processing_error',
  'An error occurred while processing your card. Try again in a little bit.',
);
const INCORRECT_CVC = declined('incorrect_cvc', 'incorrect_cvc', "Your card's security code is incorrect.");
const BLOCKED = declined('card_declined', 'fraudulent', 'Your card was declined.', true);

const FRAUDULENT: DisputeOrder = { kind: 'card', reason: 'fraudulent' };
const NOT_RECEIVED: DisputeOrder = { kind: 'card', reason: 'product_not_received' };
const INQUIRY: DisputeOrder = { kind: 'inquiry', reason: 'general' };
const NONCOMPLIANT: DisputeOrder = { kind: 'compliance', reason: 'noncompliant' };

const US_VISA: CardKind = { brand: 'visa', country: 'US', funding: 'credit', secondNetwork: null };

/** The cards of https://docs.stripe.com/testing that pay, by what they are. */
const KINDS: [numbers: string, kind: Partial<CardKind>][] = [
  ['4242424242424242 4012888888881881', {}],
  ['4000056655665556', { funding: 'debit' }],
  ['5555555555554444 2223003122003222', { brand: 'mastercard' }],
  ['5200828282828210', { brand: 'mastercard', funding: 'debit' }],
  ['5105105105105100', { brand: 'mastercard', funding: 'prepaid' }],
  ['378282246310005 371449635398431', { brand: 'amex' }],
  ['6011111111111117 6011000990139424', { brand: 'discover' }],
  ['6011981111111113', { brand: 'discover', funding: 'debit' }],
  ['3056930009020004 36227206271667', { brand: 'diners' }],
  // Of Korea and Serbia, on Discover's network.
  ['6555900000604105', { brand: 'discover' }],
  ['3566002020360505 3530111333300000', { brand: 'jcb', country: 'JP' }],
  ['6200000000000005 6205500000000000004', { brand: 'unionpay', country: 'CN' }],
  ['6200000000000047', { brand: 'unionpay', country: 'CN', funding: 'debit' }],
  ['4000002500001001', { country: 'FR', secondNetwork: 'cartes_bancaires' }],
  ['5555552500001001', { brand: 'mastercard', country: 'FR', secondNetwork: 'cartes_bancaires' }],
  ['4000050360000001', { country: 'AU', funding: 'debit', secondNetwork: 'eftpos_au' }],
  ['5555050360000080', { brand: 'mastercard', country: 'AU', funding: 'debit', secondNetwork: 'eftpos_au' }],
  ['5062210000000009', { brand: 'unknown', country: 'MX', funding: 'debit' }],
  ['5200007840000022', { brand: 'mastercard', country: 'AE' }],
  ['4000058260000005', { country: 'GB', funding: 'debit' }],
  ['5555558265554449', { brand: 'mastercard', country: 'GB' }],
  ['4000057640000008', { country: 'TH', funding: 'debit' }],
  ['4000051230000072', { funding: 'debit' }],
  ['5200828282828897', { brand: 'mastercard', funding: 'debit' }],
];

/** Credit cards of Visa, by country. */
const VISA_OF_COUNTRY: Readonly<Record<string, string>> = {
  AR: '4000000320000021',
  BR: '4000000760000002',
  CA: '4000001240000000',
  CL: '4000001520000001',
  CO: '4000001700000003',
  CR: '4000001880000005',
  EC: '4000002180000000',
  MX: '4000004840008001',
  PA: '4000005910000000',
  PE: '4000006040000068',
  PY: '4000006000000066',
  UY: '4000008580000003',
  AE: '4000007840000001',
  AT: '4000000400000008',
  BE: '4000000560000004',
  BG: '4000001000000000',
  BY: '4000001120000005',
  CH: '4000007560000009',
  CY: '4000001960000008',
  CZ: '4000002030000002',
  DE: '4000002760000016',
  DK: '4000002080000001',
  EE: '4000002330000009',
  ES: '4000007240000007',
  FI: '4000002460000001',
  FR: '4000002500000003',
  GB: '4000008260000000',
  GI: '4000002920000005',
  GR: '4000003000000030',
  HR: '4000001910000009',
  HU: '4000003480000005',
  IE: '4000003720000005',
  IT: '4000003800000008',
  LI: '4000004380000004',
  LT: '4000004400000000',
  LU: '4000004420000006',
  LV: '4000004280000005',
  MT: '4000004700000007',
  NL: '4000005280000002',
  NO: '4000005780000007',
  PL: '4000006160000005',
  PT: '4000006200000007',
  RO: '4000006420000001',
  SA: '4000006820000007',
  SE: '4000007520000008',
  SI: '4000007050000006',
  SK: '4000007030000001',
  AU: '4000000360000006',
  CN: '4000001560000002',
  HK: '4000003440000004',
  IN: '4000003560000008',
  JP: '4000003920000003',
  MY: '4000004580000002',
  NZ: '4000005540000008',
  SG: '4000007020000003',
  TH: '4000007640000003',
  TW: '4000001580000008',
};

/** Cards whose payments do not simply succeed. */
const BEHAVIOURS: [number: string, behaviour: Partial<TestCard>][] = [
  ['4000000000000002', { outcome: GENERIC_DECLINE }],
  ['4000000000009995', { outcome: INSUFFICIENT_FUNDS }],
  ['4000000000009987', { outcome: declined('card_declined', 'lost_card', 'Your card was declined.') }],
  ['4000000000009979', { outcome: declined('card_declined', 'stolen_card', 'Your card was declined.') }],
  ['4000000000006975', { outcome: VELOCITY_EXCEEDED }],
  ['4000000000000069', { outcome: declined('expired_card', 'expired_card', 'Your card has expired.') }],
  ['4000000000000127', { outcome: INCORRECT_CVC }],
  ['4000000000000119', { outcome: PROCESSING_ERROR }],
  // It can be saved; what is charged to it is declined.
  ['4000000000000341', { outcome: GENERIC_DECLINE }],

  // Risk. Stripe's rules block the highest by default, and let what is elevated, or failed a check, through.
  ['4100000000000019', { outcome: BLOCKED, risk: 'highest' }],
  ['4000000000004954', { outcome: BLOCKED, risk: 'highest' }],
  ['4000000000009235', { risk: 'elevated' }],
  ['4000000000000101', { checks: checks({ cvc: 'fail' }) }],
  ['4000000000000036', { checks: checks({ postalCode: 'fail' }) }],
  ['4000000000000028', { checks: checks({ line1: 'fail' }) }],
  ['4000000000000010', { checks: checks({ line1: 'fail', postalCode: 'fail' }) }],
  ['4000000000000044', { checks: checks({ line1: 'unavailable', postalCode: 'unavailable' }) }],

  ['4000000000000259', { disputes: [FRAUDULENT] }],
  ['4000000000002685', { disputes: [NOT_RECEIVED] }],
  ['4000000000001976', { disputes: [INQUIRY] }],
  ['4000000000005423', { isWarnedOf: true }],
  ['4000000404000079', { disputes: [FRAUDULENT, FRAUDULENT] }],
  ['4000000404000038', { disputes: [{ ...FRAUDULENT, takesCompellingEvidence: true }] }],
  ['4000008400000779', { disputes: [NONCOMPLIANT] }],
  ['5105008400000002', { brand: 'mastercard', disputes: [NONCOMPLIANT] }],
  ['4000000001000043', { disputes: [FRAUDULENT] }],

  ['4000000000007726', { refund: 'pending_then_succeeds' }],
  ['4000000000005126', { refund: 'succeeds_then_fails' }],
  ['4000000000000077', { bypassesPending: true }],
  ['4000003720000278', { country: 'IE', bypassesPending: true }],
  ['4000000000000093', {}],

  ['4000002500003155', { country: 'FR', authentication: 'until_set_up' }],
  ['4000002760003184', { country: 'DE', authentication: 'always' }],
  ['4000003800000446', { country: 'IT', authentication: 'on_session' }],
  ['4000008260003178', { country: 'GB', outcome: INSUFFICIENT_FUNDS, authentication: 'always' }],
  ['4000000000003220', { country: 'IE', authentication: 'always' }],
  ['4000008400000027', { authentication: 'always' }],
  ['4000008400001629', { outcome: GENERIC_DECLINE, authentication: 'always' }],
  ['4000008400001280', { outcome: PROCESSING_ERROR }],
  // The bank could ask, and Stripe does not make it.
  ['4000000000003055', {}],
  ['4000000000003097', {}],
  ['4000000032200000', { authentication: 'always', isFrictionless: true }],
  ['4000582600000094', { country: 'GB', authentication: 'always' }],
  ['4000582600000045', { country: 'GB', authentication: 'always' }],
  ['4000582600000102', { country: 'GB', authentication: 'always' }],
  ['4000582600000110', { country: 'GB', authentication: 'always' }],
];

const TEST_CARDS: ReadonlyMap<string, TestCard> = new Map([
  ...KINDS.flatMap(([numbers, kind]) => numbers.split(' ').map((number) => entry(number, kind))),
  ...Object.entries(VISA_OF_COUNTRY).map(([country, number]) => entry(number, { country })),
  ...BEHAVIOURS.map(([number, behaviour]) => entry(number, behaviour)),
]);

/** The bank wants the buyer, who is not there. */
export const AUTHENTICATION_REQUIRED: Decline = {
  code: 'authentication_required',
  declineCode: 'authentication_required',
  message: 'Your card was declined. This transaction requires authentication.',
};

/** The bank wants the buyer, and the caller wants nobody to be asked. */
export const AUTHENTICATION_NOT_HANDLED: Decline = {
  ...AUTHENTICATION_REQUIRED,
  declineCode: 'authentication_not_handled',
};

/** The buyer was asked by their bank, and it did not recognise them. */
export const AUTHENTICATION_FAILED: Decline = {
  code: 'payment_intent_authentication_failure',
  declineCode: null,
  message:
    'The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod ' +
    'to attempt to fulfill this PaymentIntent again.',
};

/** Null for a number that is no test card of Stripe. `number` holds digits only. */
export function findTestCard(number: string): TestCard | null {
  return TEST_CARDS.get(number) ?? null;
}

/** The country's card, as the names `pm_card_fr` and `tok_fr` mean it. */
export function testCardOfCountry(country: string): string | null {
  return country === 'US' ? '4242424242424242' : (VISA_OF_COUNTRY[country] ?? null);
}

/** Every number there is, for tests of the whole table. */
export function testCardNumbers(): string[] {
  return [...TEST_CARDS.keys()];
}

/** The check digit that every card number carries. */
export function passesLuhnCheck(number: string): boolean {
  const sum = [...number].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

function declined(code: Decline['code'], declineCode: string, message: string, isBlocked = false): CardOutcome {
  return { kind: 'declined', decline: { code, declineCode, message, isBlocked } };
}

function checks(failing: Partial<CardChecks> = {}): CardChecks {
  return { line1: 'pass', postalCode: 'pass', cvc: 'pass', ...failing };
}

function entry(number: string, differences: Partial<TestCard>): [string, TestCard] {
  const ordinary: TestCard = {
    ...US_VISA,
    outcome: PAID,
    authentication: 'never',
    isFrictionless: false,
    disputes: [],
    isWarnedOf: false,
    refund: null,
    checks: checks(),
    risk: 'normal',
    bypassesPending: false,
  };
  return [number, { ...ordinary, ...differences }];
}
