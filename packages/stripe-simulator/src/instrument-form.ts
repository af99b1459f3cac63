/** Reads what the buyer pays with: a card, or an account that a SEPA debit draws from. */
import { type FormProblem, type FormReading, readField, readingOf } from './form-problems.js';
import { findTestCard, passesLuhnCheck, type TestCard } from './test-cards.js';
import { findTestIban, type TestIban } from './test-ibans.js';

interface Card {
  number: string;
  cvc: string;
  expMonth: number;
  expYear: number;
  behaviour: TestCard;
}

/** An account that a SEPA debit draws from. */
interface BankAccount {
  iban: string;
  country: string;
  behaviour: TestIban;
}

export type Instrument =
  | { type: 'card'; card: Card }
  | { type: 'sepa_debit'; account: BankAccount }
  | { type: 'bancontact' };

const SEPARATORS = /[\s-]/g;

/** `now` decides which expiry lies in the past. */
export function readCard(form: URLSearchParams, now: Date): FormReading<Instrument> {
  const number = readField(form, 'card_number').replaceAll(SEPARATORS, '');
  const expiry = parseExpiry(readField(form, 'exp', `12/${(now.getUTCFullYear() + 3) % 100}`));
  const cvc = readField(form, 'cvc', '123');
  const behaviour = findTestCard(number);
  const card =
    behaviour === null || expiry === null
      ? null
      : { number, cvc, expMonth: expiry.month, expYear: expiry.year, behaviour };
  return readingOf<Instrument>(card === null ? null : { type: 'card', card }, {
    card_number: numberProblem(number),
    exp: expiryProblem(expiry, now),
    cvc: /^\d{3,4}$/.test(cvc) ? null : 'cvc_incomplete',
  });
}

export function readBankAccount(form: URLSearchParams): FormReading<Instrument> {
  const iban = readField(form, 'iban').replaceAll(SEPARATORS, '').toUpperCase();
  const behaviour = findTestIban(iban);
  const account = behaviour === null ? null : { iban, country: iban.slice(0, 2), behaviour };
  return readingOf<Instrument>(account === null ? null : { type: 'sepa_debit', account }, { iban: ibanProblem(iban) });
}

function numberProblem(number: string): FormProblem | null {
  if (!/^\d{12,19}$/.test(number)) return 'number_incomplete';
  if (!passesLuhnCheck(number)) return 'number_invalid';
  return findTestCard(number) === null ? 'number_not_a_test_card' : null;
}

interface Expiry {
  month: number;
  year: number;
}

/** `MM/YY`, as cards print it; `MMYY`, `MM / YY` and a four-digit year are understood too. */
function parseExpiry(exp: string): Expiry | null {
  const match = /^(\d{1,2})\s*[/-]\s*(?:20)?(\d{2})$|^(\d{2})(\d{2})$/.exec(exp);
  if (match === null) return null;
  const month = Number(match[1] ?? match[3]);
  const year = 2000 + Number(match[2] ?? match[4]);
  return month >= 1 && month <= 12 ? { month, year } : null;
}

/** A card is good to the end of its month. */
function expiryProblem(expiry: Expiry | null, now: Date): FormProblem | null {
  if (expiry === null) return 'exp_incomplete';
  return Date.UTC(expiry.year, expiry.month) <= now.getTime() ? 'exp_past' : null;
}

function ibanProblem(iban: string): FormProblem | null {
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(iban)) return 'iban_incomplete';
  if (!passesIbanCheck(iban)) return 'iban_invalid';
  return findTestIban(iban) === null ? 'iban_not_a_test_account' : null;
}

/** ISO 7064: the country and the check digits moved to the end, letters as 10 to 35, the whole is 1 modulo 97. */
function passesIbanCheck(iban: string): boolean {
  const digits = [...iban.slice(4), ...iban.slice(0, 4)].map((character) => Number.parseInt(character, 36)).join('');
  return BigInt(digits) % 97n === 1n;
}
