/** Stripe's test cards: which number does what. */

export interface Decline {
  /** The error's code; `card_declined` unless the card itself is at fault. */
  code: 'card_declined' | 'expired_card' | 'incorrect_cvc' | 'processing_error';
  /** Only what the issuer declines has one. */
  declineCode: string | null;
  message: string;
}

export type CardOutcome = { kind: 'paid' } | { kind: 'declined'; decline: Decline };

const DECLINED = 'Your card was declined.';

const TEST_CARDS = new Map<string, CardOutcome>([
  ['4242424242424242', { kind: 'paid' }],
  ['4000000000000002', declined('card_declined', 'generic_decline', DECLINED)],
  ['4000000000009995', declined('card_declined', 'insufficient_funds', 'Your card has insufficient funds.')],
  ['4000000000009987', declined('card_declined', 'lost_card', DECLINED)],
  ['4000000000009979', declined('card_declined', 'stolen_card', DECLINED)],
  [
    '4000000000006975',
    declined(
      'card_declined',
      'card_velocity_exceeded',
      'Your card was declined for making repeated attempts too frequently or exceeding its amount limit.',
    ),
  ],
  ['4000000000000069', declined('expired_card', null, 'Your card has expired.')],
  ['4000000000000127', declined('incorrect_cvc', null, "Your card's security code is incorrect.")],
  [
    '4000000000000119',
    declined('processing_error', null, 'An error occurred while processing your card. Try again in a little bit.'),
  ],
]);

/** Null for a number that is no test card of the simulator. `number` holds digits only. */
export function findTestCard(number: string): CardOutcome | null {
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
