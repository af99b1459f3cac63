/** Redacts secrets and personal data by their names and patterns: the last guard of log lines and error messages. */

const REDACTED = '[redacted]';

/** Members whose text is never shown, however deep they lie in what is logged. */
const NAMES = [
  ...['authorization', 'cookie', 'set-cookie', 'token', 'secret', 'client_secret', 'password'],
  ...['signature', 'stripe-signature', 'email', 'customer_email', 'receipt_email', 'phone', 'iban'],
  ...['name', 'firstName', 'lastName', 'address', 'line1', 'line2', 'city', 'postalCode', 'postal_code'],
].join('|');

const NAMED = new RegExp(String.raw`("(?:${NAMES})":\s*)"(?:[^"\\]|\\.)*"`, 'gi');
// The same in JSON that became part of a text.
const NAMED_IN_TEXT = new RegExp(String.raw`(\\"(?:${NAMES})\\":\s*)\\"[^"\\]*\\"`, 'gi');

const LOOKS = [
  // Stripe's keys and webhook secrets; publishable keys are public.
  /\b(?:sk|rk)_(?:test|live)_\w+/,
  /\bwhsec_[\w+/=]+/,
  // Signed tokens, and whatever else is sent as one.
  /\beyJ[\w-]{8,}(?:\.[\w-]*)*/,
  /(?<=\b(?:bearer|basic)\s)(?=[\w+/.~-]*\d)[\w+/.~-]{8,}=*/,
  // The Stripe-Signature header.
  /\bv[01]=[0-9a-f]{16,}/,
  // User and password in the URL of a database or another service.
  /(?<=:\/\/)[^\s:/@"]*:[^\s/@"]+(?=@)/,
  // E-mail addresses, also in URLs.
  /(?<![\w.+-])[\w.+-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+/,
  // Telephone numbers: international ones, and French ones.
  /(?<![\w.+])\+[1-9](?:[ .-]?\(?\d\)?){7,14}(?![\w.])/,
  /(?<![\w.:-])0[1-9](?:[ .-]?\d\d){4}(?![\w:-])/,
  // Card numbers in groups of four.
  /(?<![\w.-])\d{4}(?:[ -]\d{4}){3}(?![\w-])/,
];

const ANY_LOOK = new RegExp(LOOKS.map(({ source }) => source).join('|'), 'gi');

/** Replaces everything that looks like a secret or personal data. JSON stays JSON. */
export function redact(text: string): string {
  return text
    .replace(NAMED, `$1"${REDACTED}"`)
    .replace(NAMED_IN_TEXT, `$1\\"${REDACTED}\\"`)
    .replace(ANY_LOOK, REDACTED);
}
