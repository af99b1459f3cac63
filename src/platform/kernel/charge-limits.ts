/**
 * Stripe's minimum and maximum charge amounts, from
 * https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts.
 */
import { smallestStepMinor } from './money.js';

// Twelve, ten and nine digits.
const MAX_CHARGE_MINOR: Readonly<Record<string, number>> = {
  COP: 9_999_999_999,
  IDR: 999_999_999_999,
  INR: 999_999_999,
};
// Eight digits. Cards alone may take more: a session offers whatever methods the account has, and this is what all
// take.
const MAX_CHARGE_OTHERWISE_MINOR = 99_999_999;

const MIN_CHARGE_MINOR: Readonly<Record<string, number>> = {
  AED: 200,
  ARS: 50,
  AUD: 50,
  BGN: 100,
  BRL: 50,
  CAD: 50,
  CHF: 50,
  COP: 50,
  CZK: 1500,
  DKK: 250,
  EUR: 50,
  GBP: 30,
  HKD: 400,
  HUF: 17500,
  IDR: 50,
  ILS: 50,
  INR: 50,
  JPY: 50,
  KRW: 50,
  MXN: 1000,
  MYR: 200,
  NOK: 300,
  NZD: 50,
  PHP: 50,
  PLN: 200,
  RON: 200,
  RUB: 50,
  SEK: 300,
  SGD: 50,
  THB: 1000,
  USD: 50,
  ZAR: 50,
};

/** In minor units; where Stripe names no minimum, the smallest coin that can be charged. */
export function minChargeMinor(currency: string): number {
  return MIN_CHARGE_MINOR[currency] ?? smallestStepMinor(currency);
}

/** In minor units: what one checkout, or one price, may come to. */
export function maxChargeMinor(currency: string): number {
  const largest = MAX_CHARGE_MINOR[currency] ?? MAX_CHARGE_OTHERWISE_MINOR;
  return largest - (largest % smallestStepMinor(currency));
}
