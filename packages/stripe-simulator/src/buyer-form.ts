/** Reads who pays, and where the goods go. */
import type Stripe from 'stripe';
import { type FormProblem, type FormReading, readField, readingOf } from './form-problems.js';
import type { Buyer } from './objects.js';
import { isEmail } from './text-checks.js';

/** Where post arrives without one, or where few people know theirs. */
const WITHOUT_POSTAL_CODES = new Set(
  (
    'AE AG AO AW BF BI BJ BO BS BW BZ CD CF CG CI CM DJ DM ER FJ GA GD GH GM GQ GY HK IE JM KI KM KN LC ML MO MR MW ' +
    'NR PA QA RW SB SC SL SR ST TD TG TL TO TT TV UG VU YE ZW'
  ).split(' '),
);

/** An address that the session brings along cannot be changed by the buyer. */
export function readEmail(form: URLSearchParams, session: Stripe.Checkout.Session): FormReading<string> {
  const given = session.customer_details?.email ?? null;
  if (given !== null) return readingOf(given, {});
  const email = readField(form, 'email', 'buyer@example.com');
  return readingOf(email, { email: isEmail(email) ? null : 'email_invalid' });
}

/** The name on the card, or of who holds the account. */
export function readName(form: URLSearchParams, missing: FormProblem): FormReading<string> {
  const name = readField(form, 'name', 'Test Buyer');
  return readingOf(name, { name: name === '' ? missing : null });
}

/** E.164, which Stripe keeps: the buyer may write separators, and 00 for the plus. */
export function readPhone(form: URLSearchParams, session: Stripe.Checkout.Session): FormReading<string> {
  if (session.phone_number_collection?.enabled !== true) return readingOf<string>(null, {});
  const entered = readField(form, 'phone', '+33612345678');
  const phone = entered.replaceAll(/[\s().-]/g, '').replace(/^00/, '+');
  return readingOf(phone, { phone: /^\+[1-9]\d{6,14}$/.test(phone) ? null : 'phone_invalid' });
}

export function readShipping(
  form: URLSearchParams,
  { shipping_address_collection: collection }: Stripe.Checkout.Session,
  buyer: Pick<Buyer, 'phone'> & { name: string | null },
): FormReading<Buyer['shipping']> {
  if (collection === null) return readingOf<Buyer['shipping']>(null, {});
  const name = readField(form, 'shipping_name', buyer.name ?? '');
  const country = readField(form, 'shipping_country', collection.allowed_countries[0]);
  const line1 = readField(form, 'shipping_line1', '1 rue de Test');
  const postalCode = readField(form, 'shipping_postal_code', '75001');
  const city = readField(form, 'shipping_city', 'Paris');
  const address = {
    city,
    country,
    line1,
    line2: readField(form, 'shipping_line2') || null,
    postal_code: postalCode || null,
    state: readField(form, 'shipping_state') || null,
  };
  const isServed = collection.allowed_countries.some((allowed) => allowed === country);
  const needsPostalCode = !WITHOUT_POSTAL_CODES.has(country);
  return readingOf<Buyer['shipping']>(
    { name, phone: buyer.phone, address },
    {
      shipping_name: name === '' ? 'recipient_missing' : null,
      shipping_country: isServed ? null : 'country_not_served',
      shipping_line1: line1 === '' ? 'line1_missing' : null,
      shipping_postal_code: postalCode === '' && needsPostalCode ? 'postal_code_missing' : null,
      shipping_city: city === '' ? 'city_missing' : null,
    },
  );
}
