/** Stripe's currency rules: how many decimals an amount has on the wire, and how little may be charged. */
import { invalidParameter, type StripeApiError } from './errors.js';

/** https://docs.stripe.com/currencies: the amount is in whole units. */
const ZERO_DECIMAL = new Set('bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' '));

/** Amounts have three decimals, the last of which has to be 0. */
const THREE_DECIMAL = new Set('bhd jod kwd omr tnd'.split(' '));

/** Sent as two-decimal for compatibility, but the two decimals have to be 00. */
const TWO_DECIMAL_WITHOUT_CENTS = new Set('isk ugx'.split(' '));

const TWO_DECIMAL = new Set(
  (
    'usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny cop crc ' +
    'cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils inr jmd kes kgs khr kyd kzt ' +
    'lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln ' +
    'qar ron rsd rub sar sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs uah uyu uzs wst xcd yer zar zmw'
  ).split(' '),
);

/**
 * The least that may be charged, in minor units. For a currency without an entry Stripe converts the minimum of the
 * account's settlement currency, which the simulator, having no exchange rates, takes to be one minor unit.
 */
const MINIMUM_CHARGE: Record<string, number> = {
  aed: 200,
  ars: 50,
  aud: 50,
  bgn: 100,
  brl: 50,
  cad: 50,
  chf: 50,
  cop: 50,
  czk: 1500,
  dkk: 250,
  eur: 50,
  gbp: 30,
  hkd: 400,
  huf: 17500,
  idr: 50,
  ils: 50,
  inr: 50,
  jpy: 50,
  krw: 50,
  mxn: 1000,
  myr: 200,
  nok: 300,
  nzd: 50,
  php: 50,
  pln: 200,
  ron: 200,
  rub: 50,
  sek: 300,
  sgd: 50,
  thb: 1000,
  usd: 50,
  zar: 50,
};

/** In minor units: what every payment method takes, in twelve, ten and nine digits. */
const MAXIMUM_AMOUNT: Record<string, number> = { cop: 9_999_999_999, idr: 999_999_999_999, inr: 999_999_999 };

/** All others have eight digits. */
const MAXIMUM_AMOUNT_ELSEWHERE = 99_999_999;

function minimumChargeAmount(currency: string): number {
  return MINIMUM_CHARGE[currency] ?? 1;
}

/** How many of an amount's digits stand behind the decimal point. */
function decimalPlaces(currency: string): number {
  if (ZERO_DECIMAL.has(currency)) return 0;
  return THREE_DECIMAL.has(currency) ? 3 : 2;
}

/** `locale` is a BCP 47 tag. Stripe's decimals are used, since those of Intl differ for HUF, ISK and others. */
export function formatAmount(amount: number, currency: string, locale: string): string {
  const digits = decimalPlaces(currency);
  const format = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return format.format(amount / 10 ** digits);
}

export function checkCurrency(value: string, param: string): StripeApiError | null {
  const currency = value.toLowerCase();
  if ([ZERO_DECIMAL, THREE_DECIMAL, TWO_DECIMAL_WITHOUT_CENTS, TWO_DECIMAL].some((set) => set.has(currency)))
    return null;
  return invalidParameter(`Invalid currency: ${currency}. Stripe does not support this currency.`, param);
}

/** The granularity of an amount: the zeros it has to end in, and the limit of its digits. */
export function checkAmount(amount: number, currency: string, param: string): StripeApiError | null {
  const step = smallestStep(currency);
  if (amount % step !== 0) {
    const message = `Invalid ${param}: amounts in ${currency} must be a multiple of ${step}.`;
    return invalidParameter(message, param, 'parameter_invalid_integer');
  }
  return checkMaximum(amount, currency, param);
}

/** The whole of what a buyer is to pay. */
export function checkTotal(amount: number, currency: string, param: string): StripeApiError | null {
  const minimum = minimumChargeAmount(currency);
  if (amount >= minimum) return checkMaximum(amount, currency, param);
  const least = formatAmount(minimum, currency, 'en');
  const message = `The Checkout Session's total amount due must add up to at least ${least} ${currency}`;
  return invalidParameter(message, param, 'amount_too_small');
}

/** The amount of a payment that no session made. */
export function checkPaymentAmount(amount: number, currency: string): StripeApiError | null {
  const minimum = minimumChargeAmount(currency);
  if (amount >= minimum) return checkAmount(amount, currency, 'amount');
  const least = formatAmount(minimum, currency, 'en');
  return invalidParameter(`Amount must be at least ${least} ${currency}`, 'amount', 'amount_too_small');
}

function checkMaximum(amount: number, currency: string, param: string): StripeApiError | null {
  const maximum = MAXIMUM_AMOUNT[currency] ?? MAXIMUM_AMOUNT_ELSEWHERE;
  if (amount <= maximum) return null;
  const most = formatAmount(maximum, currency, 'en');
  return invalidParameter(`Amount must be no more than ${most}`, param, 'amount_too_large');
}

function smallestStep(currency: string): number {
  if (THREE_DECIMAL.has(currency)) return 10;
  return TWO_DECIMAL_WITHOUT_CENTS.has(currency) ? 100 : 1;
}
