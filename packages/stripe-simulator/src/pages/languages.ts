/** Which language a visitor reads the checkout page in, and its words. */
import type { Decline } from '../test-cards.js';
import type { CheckoutTexts } from './checkout-texts.js';
import { english } from './english.js';
import { french } from './french.js';

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
