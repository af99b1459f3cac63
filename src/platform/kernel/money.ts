/** Money: whole minor units with a currency, never a float. */
import { LRUCache } from 'lru-cache';

export interface Money {
  /** In minor units of the currency: cents for EUR, yen for JPY. */
  readonly amount: number;
  /** ISO 4217, upper case. */
  readonly currency: string;
}

// Stripe's own list of zero-decimal currencies. Intl knows other digits for COP, HUF, IDR, ISK and
// others; Stripe's table decides, since its amounts are what is charged.
const ZERO_DECIMAL_CURRENCIES = new Set('BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' '));
const THREE_DECIMAL_CURRENCIES = new Set('BHD JOD KWD OMR TND'.split(' '));

/** How many decimal digits one major unit has in Stripe's amounts. */
export function minorUnitDigits(currency: string): 0 | 2 | 3 {
  if (ZERO_DECIMAL_CURRENCIES.has(currency)) return 0;
  return THREE_DECIMAL_CURRENCIES.has(currency) ? 3 : 2;
}

// Stripe takes them as two-decimal, but without cents.
const WITHOUT_CENTS = new Set(['ISK', 'UGX']);

/** What every amount is a multiple of: three-decimal amounts have to end in 0. */
export function smallestStepMinor(currency: string): number {
  if (WITHOUT_CENTS.has(currency)) return 100;
  return THREE_DECIMAL_CURRENCIES.has(currency) ? 10 : 1;
}

/** The amount as a decimal string of major units: `1250` EUR is `12.50`. Exact at any size. */
export function toMajorUnits({ amount, currency }: Money): `${number}` {
  const digits = minorUnitDigits(currency);
  const sign = amount < 0 ? '-' : '';
  const padded = String(Math.abs(amount)).padStart(digits + 1, '0');
  const whole = padded.slice(0, padded.length - digits);
  const fraction = padded.slice(padded.length - digits);
  return `${sign}${whole}${digits === 0 ? '' : `.${fraction}`}` as `${number}`;
}

/**
 * The amount for people, with the digits of Stripe's table.
 *
 * @param locale a BCP 47 tag such as `fr-FR`
 * @throws RangeError when the tag is malformed
 */
export function formatMoney(money: Money, locale: string): string {
  const format = formatOf(locale, money.currency);
  // The string form keeps every digit, where a number would pass through a float.
  return format.format(toMajorUnits(money));
}

// Making one takes longer than all else that a request does with an amount. Clients choose the locale.
const MAX_FORMATS = 100;
const formats = new LRUCache<string, Intl.NumberFormat>({ max: MAX_FORMATS });

function formatOf(locale: string, currency: string): Intl.NumberFormat {
  const key = `${locale} ${currency}`;
  const known = formats.get(key);
  if (known !== undefined) return known;
  const digits = minorUnitDigits(currency);
  const format = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  formats.set(key, format);
  return format;
}
