/** The words of the checkout page, and which language a visitor reads them in. */
import type { FormField, FormProblem } from '../form-problems.js';
import type { OfferedPaymentMethodType } from '../payment-method-types.js';
import type { Decline } from '../test-cards.js';
import { english } from './english.js';
import { french } from './french.js';

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
  /** The label of `name` for a debit. */
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

export type Language = 'en' | 'fr';

const TEXTS: Record<Language, CheckoutTexts> = { en: english, fr: french };

export function checkoutTexts(language: Language): CheckoutTexts {
  return TEXTS[language];
}

/** Stripe's own message stands where a language has none of its own. */
export function declineText(language: Language, { code, declineCode, message }: Decline): string {
  return TEXTS[language].declines[declineCode ?? code] ?? message;
}

export interface PageLocale {
  language: Language;
  /** For amounts: `fr-CA` writes them otherwise than `fr`. */
  formatLocale: string;
}

/** The session's locale, or the browser's where the session leaves it open. Other languages read English. */
export function choosePageLocale(sessionLocale: string | null, acceptLanguage: string | undefined): PageLocale {
  const isOpen = sessionLocale === null || sessionLocale === 'auto';
  const tags = isOpen ? acceptedTags(acceptLanguage ?? '') : [sessionLocale];
  for (const tag of tags) {
    const language = tag.split('-')[0]?.toLowerCase();
    if (language === 'fr' || language === 'en') return { language, formatLocale: canonicalTag(tag) ?? language };
  }
  return { language: 'en', formatLocale: 'en' };
}

/** The tags of an Accept-Language header, the most wanted first. */
function acceptedTags(header: string): string[] {
  const weighed = header.split(',').map((part) => {
    const [tag = '', ...parameters] = part.split(';').map((piece) => piece.trim());
    const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    return { tag, quality: quality === undefined ? 1 : Number(quality) };
  });
  return weighed.sort((left, right) => right.quality - left.quality).map(({ tag }) => tag);
}

function canonicalTag(tag: string): string | null {
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? null;
  } catch {
    return null;
  }
}
