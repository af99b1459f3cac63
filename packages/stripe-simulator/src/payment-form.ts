/** Reads the form of the checkout page: who pays, with what, and what is wrong with what was entered. */
import type Stripe from 'stripe';
import { readEmail, readName, readPhone, readShipping } from './buyer-form.js';
import {
  type EnteredFields,
  type FormProblems,
  type FormReading,
  type KeptField,
  readField,
  readingOf,
} from './form-problems.js';
import { type Instrument, readBankAccount, readCard } from './instrument-form.js';
import type { Buyer } from './objects.js';

type PaymentFormResult =
  | { buyer: Buyer; instrument: Instrument; entered: EnteredFields }
  | { problems: FormProblems; entered: EnteredFields };

/** `now` decides which card has expired. */
export function readPaymentForm(form: URLSearchParams, session: Stripe.Checkout.Session, now: Date): PaymentFormResult {
  const type = methodType(form);
  const email = readEmail(form, session);
  const name = readName(form, type === 'card' ? 'name_missing' : 'account_holder_missing');
  const phone = readPhone(form, session);
  const shipping = readShipping(form, session, { name: name.value, phone: phone.value });
  const instrument = readInstrument(form, type, session, now);
  const entered = { ...eachKeptField((field) => readField(form, field)), payment_method_type: type };
  const problems = {
    ...email.problems,
    ...phone.problems,
    ...shipping.problems,
    ...instrument.problems,
    ...name.problems,
  };
  if (Object.keys(problems).length > 0 || email.value === null || name.value === null || instrument.value === null) {
    return { problems, entered };
  }
  const buyer = { email: email.value, name: name.value, phone: phone.value, shipping: shipping.value };
  return { buyer, instrument: instrument.value, entered };
}

/** What a buyer who has tried to pay before, and comes back from their bank, need not enter again. */
export function enteredBefore(buyer: Buyer | null): EnteredFields {
  const { email = '', name = '', phone = null, shipping = null } = buyer ?? {};
  return {
    ...eachKeptField(() => ''),
    email,
    name,
    phone: phone ?? '',
    shipping_name: shipping?.name ?? '',
    shipping_country: shipping?.address.country ?? '',
    shipping_line1: shipping?.address.line1 ?? '',
    shipping_line2: shipping?.address.line2 ?? '',
    shipping_postal_code: shipping?.address.postal_code ?? '',
    shipping_city: shipping?.address.city ?? '',
    shipping_state: shipping?.address.state ?? '',
  };
}

function eachKeptField(read: (field: KeptField) => string): EnteredFields {
  return {
    email: read('email'),
    phone: read('phone'),
    shipping_name: read('shipping_name'),
    shipping_country: read('shipping_country'),
    shipping_line1: read('shipping_line1'),
    shipping_line2: read('shipping_line2'),
    shipping_postal_code: read('shipping_postal_code'),
    shipping_city: read('shipping_city'),
    shipping_state: read('shipping_state'),
    payment_method_type: read('payment_method_type'),
    exp: read('exp'),
    name: read('name'),
    iban: read('iban'),
  };
}

/** A script that sends an IBAN alone wants a debit. */
function methodType(form: URLSearchParams): string {
  return form.get('payment_method_type') ?? (form.has('iban') && !form.has('card_number') ? 'sepa_debit' : 'card');
}

function readInstrument(
  form: URLSearchParams,
  type: string,
  session: Stripe.Checkout.Session,
  now: Date,
): FormReading<Instrument> {
  if (!session.payment_method_types.includes(type)) {
    return readingOf<Instrument>(null, { payment_method_type: 'method_not_offered' });
  }
  if (type === 'bancontact') return readingOf<Instrument>({ type: 'bancontact' }, {});
  return type === 'card' ? readCard(form, now) : readBankAccount(form);
}
