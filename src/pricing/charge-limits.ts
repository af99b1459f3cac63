/** How little and how much Stripe charges at once, from Stripe's documentation of its minimum amounts. */
import { smallestStepMinor } from '../shared/money.js';

/** Stripe takes at most eight digits. */
export const LARGEST_CHARGE_MINOR = 99_999_999;

const SMALLEST_CHARGE_MINOR: Readonly<Record<string, number>> = {
  AED: 200,
  AUD: 50,
  BGN: 100,
  BRL: 50,
  CAD: 50,
  CHF: 50,
  CZK: 1500,
  DKK: 250,
  EUR: 50,
  GBP: 30,
  HKD: 400,
  HUF: 17500,
  INR: 50,
  JPY: 50,
  MXN: 1000,
  MYR: 200,
  NOK: 300,
  NZD: 50,
  PLN: 200,
  RON: 200,
  SEK: 300,
  SGD: 50,
  THB: 1000,
  USD: 50,
};

/** In minor units; where Stripe names no minimum, the smallest coin that can be charged. */
export function smallestChargeMinor(currency: string): number {
  return SMALLEST_CHARGE_MINOR[currency] ?? smallestStepMinor(currency);
}
