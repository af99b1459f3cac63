/** The words of the checkout page, in English and French. */
import type { CardField, FormProblem } from '../card-form.js';
import type { Decline } from '../test-cards.js';

export interface CheckoutTexts {
  testMode: string;
  pay: (amount: string) => string;
  book: (amount: string) => string;
  donate: (amount: string) => string;
  title: string;
  back: string;
  total: string;
  quantity: (quantity: number, unitAmount: string) => string;
  payByCard: string;
  problemsAbove: string;
  fields: Record<CardField, string>;
  problems: Record<FormProblem, string>;
  declines: Record<string, string>;
  hints: { title: string; paid: string; declined: string; insufficientFunds: string; rest: string };
  expired: { title: string; text: string; back: string };
  unknown: { title: string; text: string };
}

const english: CheckoutTexts = {
  testMode: 'Test mode: no real money moves',
  pay: (amount) => `Pay ${amount}`,
  book: (amount) => `Book for ${amount}`,
  donate: (amount) => `Donate ${amount}`,
  title: 'Checkout',
  back: '← Back',
  total: 'Total due',
  quantity: (quantity, unitAmount) => `${quantity} × ${unitAmount}`,
  payByCard: 'Pay by card',
  problemsAbove: 'Please correct the marked fields.',
  fields: {
    email: 'E-mail',
    card_number: 'Card number',
    exp: 'Expiry (MM/YY)',
    cvc: 'Security code (CVC)',
    name: 'Name on card',
  },
  problems: {
    email_invalid: 'Enter your e-mail address.',
    number_incomplete: 'Your card number is incomplete.',
    number_invalid: 'Your card number is invalid.',
    number_not_a_test_card: 'This simulator knows test cards only: use one of those listed below.',
    exp_incomplete: "Your card's expiry date is incomplete.",
    exp_past: "Your card's expiry date is in the past.",
    cvc_incomplete: "Your card's security code is incomplete.",
    name_missing: 'Enter the name on the card.',
  },
  declines: {},
  hints: {
    title: 'Test cards',
    paid: 'pays',
    declined: 'is declined',
    insufficientFunds: 'is declined: insufficient funds',
    rest: 'Any expiry date in the future, any security code.',
  },
  expired: {
    title: 'This checkout has expired',
    text: 'Nothing was charged. Go back to the shop to start again.',
    back: 'Back to the shop',
  },
  unknown: { title: 'Something is missing', text: 'There is no checkout at this address.' },
};

const french: CheckoutTexts = {
  testMode: 'Mode test : aucun argent réel',
  pay: (amount) => `Payer ${amount}`,
  book: (amount) => `Réserver pour ${amount}`,
  donate: (amount) => `Donner ${amount}`,
  title: 'Paiement',
  back: '← Retour',
  total: 'Total à payer',
  quantity: (quantity, unitAmount) => `${quantity} × ${unitAmount}`,
  payByCard: 'Payer par carte',
  problemsAbove: 'Veuillez corriger les champs signalés.',
  fields: {
    email: 'E-mail',
    card_number: 'Numéro de carte',
    exp: 'Expiration (MM/AA)',
    cvc: 'Code de sécurité (CVC)',
    name: 'Nom sur la carte',
  },
  problems: {
    email_invalid: 'Saisissez votre adresse e-mail.',
    number_incomplete: 'Le numéro de votre carte est incomplet.',
    number_invalid: 'Le numéro de votre carte est invalide.',
    number_not_a_test_card: 'Ce simulateur ne connaît que des cartes de test : utilisez l’une de celles ci-dessous.',
    exp_incomplete: "La date d'expiration de votre carte est incomplète.",
    exp_past: "La date d'expiration de votre carte est passée.",
    cvc_incomplete: 'Le code de sécurité de votre carte est incomplet.',
    name_missing: 'Saisissez le nom inscrit sur la carte.',
  },
  declines: {
    generic_decline: 'Votre carte a été refusée.',
    insufficient_funds: 'Votre carte ne dispose pas de fonds suffisants.',
    lost_card: 'Votre carte a été refusée.',
    stolen_card: 'Votre carte a été refusée.',
    card_velocity_exceeded: 'Votre carte a été refusée : trop de tentatives ou plafond dépassé.',
    expired_card: 'Votre carte a expiré.',
    incorrect_cvc: 'Le code de sécurité de votre carte est incorrect.',
    processing_error: 'Une erreur est survenue pendant le traitement de votre carte. Réessayez dans un instant.',
  },
  hints: {
    title: 'Cartes de test',
    paid: 'paie',
    declined: 'est refusée',
    insufficientFunds: 'est refusée : fonds insuffisants',
    rest: 'N’importe quelle date future, n’importe quel code.',
  },
  expired: {
    title: 'Ce paiement a expiré',
    text: 'Rien n’a été débité. Retournez à la boutique pour recommencer.',
    back: 'Retour à la boutique',
  },
  unknown: { title: 'Introuvable', text: 'Il n’y a pas de paiement à cette adresse.' },
};

export type Language = 'en' | 'fr';

const TEXTS: Record<Language, CheckoutTexts> = { en: english, fr: french };

export function checkoutTexts(language: Language): CheckoutTexts {
  return TEXTS[language];
}

/** Stripe's own message stands where a language has none of its own, which in English is everywhere. */
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
