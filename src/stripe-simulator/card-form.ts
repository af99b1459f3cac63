/** Reads the card form of the checkout page: what was entered, what is wrong with it, and the card it names. */
import { findTestCard, passesLuhnCheck, type TestCard } from './test-cards.js';
import { isEmail } from './text-checks.js';

/** The values as they were entered, to show them again. The card's number and code never are. */
export interface EnteredFields {
  email: string;
  name: string;
  exp: string;
}

export interface Card {
  number: string;
  cvc: string;
  expMonth: number;
  expYear: number;
  name: string;
  email: string;
  behaviour: TestCard;
}

export type CardField = 'email' | 'card_number' | 'exp' | 'cvc' | 'name';
export type FormProblem =
  | 'email_invalid'
  | 'number_incomplete'
  | 'number_invalid'
  | 'number_not_a_test_card'
  | 'exp_incomplete'
  | 'exp_past'
  | 'cvc_incomplete'
  | 'name_missing';

export type FormProblems = Partial<Record<CardField, FormProblem>>;

export type CardFormResult = { card: Card } | { problems: FormProblems; entered: EnteredFields };

/** What stands in for a field that a script leaves out. A field that is there is checked, even when it is empty. */
const DEFAULTS = { cvc: '123', name: 'Test Buyer', email: 'buyer@example.com' };

/** `now` decides which expiry lies in the past; the session's e-mail address cannot be changed by the buyer. */
export function readCardForm(form: URLSearchParams, sessionEmail: string | null, now: Date): CardFormResult {
  const number = (form.get('card_number') ?? '').replaceAll(/[\s-]/g, '');
  const exp = form.get('exp') ?? `12/${(now.getUTCFullYear() + 3) % 100}`;
  const cvc = (form.get('cvc') ?? DEFAULTS.cvc).trim();
  const name = (form.get('name') ?? DEFAULTS.name).trim();
  const email = sessionEmail ?? (form.get('email') ?? DEFAULTS.email).trim();
  const expiry = parseExpiry(exp);
  const behaviour = findTestCard(number);
  const problems = withoutAbsent({
    email: sessionEmail !== null || isEmail(email) ? undefined : 'email_invalid',
    card_number: numberProblem(number),
    exp: expiryProblem(expiry, now),
    cvc: /^\d{3,4}$/.test(cvc) ? undefined : 'cvc_incomplete',
    name: name === '' ? 'name_missing' : undefined,
  });
  if (Object.keys(problems).length > 0 || behaviour === null || expiry === null) {
    return { problems, entered: { email, name, exp } };
  }
  return { card: { number, cvc, expMonth: expiry.month, expYear: expiry.year, name, email, behaviour } };
}

function numberProblem(number: string): FormProblem | undefined {
  if (!/^\d{12,19}$/.test(number)) return 'number_incomplete';
  if (!passesLuhnCheck(number)) return 'number_invalid';
  return findTestCard(number) === null ? 'number_not_a_test_card' : undefined;
}

/** `MM/YY`, as cards print it; `MMYY`, `MM / YY` and a four-digit year are understood too. */
function parseExpiry(exp: string): { month: number; year: number } | null {
  const match = /^\s*(\d{1,2})\s*[/-]\s*(?:20)?(\d{2})\s*$|^\s*(\d{2})(\d{2})\s*$/.exec(exp);
  if (match === null) return null;
  const month = Number(match[1] ?? match[3]);
  const year = 2000 + Number(match[2] ?? match[4]);
  return month >= 1 && month <= 12 ? { month, year } : null;
}

/** A card is good to the end of its month. */
function expiryProblem(expiry: { month: number; year: number } | null, now: Date): FormProblem | undefined {
  if (expiry === null) return 'exp_incomplete';
  return Date.UTC(expiry.year, expiry.month) <= now.getTime() ? 'exp_past' : undefined;
}

function withoutAbsent(problems: Record<CardField, FormProblem | undefined>): FormProblems {
  return Object.fromEntries(Object.entries(problems).filter(([, problem]) => problem !== undefined));
}
