/** The words of the checkout page that each language has to have. */
import type { FormField, FormProblem } from '../form-problems.js';
import type { OfferedPaymentMethodType } from '../public-types.js';

export interface CheckoutTexts {
  testMode: string;
  pay: (amount: string) => string;
  book: (amount: string) => string;
  donate: (amount: string) => string;
  title: string;
  back: string;
  total: string;
  quantity: (quantity: number, unitAmount: string) => string;
  contact: string;
  shipping: string;
  payment: string;
  methods: Record<OfferedPaymentMethodType, string>;
  payBy: Record<OfferedPaymentMethodType, string>;
  optional: string;
  chooseCountry: string;
  problemsAbove: string;
  fields: Record<FormField, string>;
  /** The label of `name` where no card is paid with. */
  accountHolder: string;
  problems: Record<FormProblem, string>;
  /** By decline code, or by error code where there is none. Stripe's English stands for what is not here. */
  declines: Record<string, string>;
  mandate: (merchant: string) => string;
  hints: { cards: string; accounts: string; outcomes: Record<HintedOutcome, string>; rest: string };
  challenge: ChallengeTexts;
  expired: { title: string; text: string; recoverableText: string; back: string; recover: string };
  unknown: { title: string; text: string };
}

export type HintedOutcome =
  | 'paid'
  | 'declined'
  | 'insufficientFunds'
  | 'authentication'
  | 'dispute'
  | 'pendingRefund'
  | 'failingRefund'
  | 'debitPaid'
  | 'debitFails';

interface ChallengeTexts {
  title: string;
  bank: string;
  text: string;
  amount: string;
  merchant: string;
  complete: string;
  fail: string;
}
