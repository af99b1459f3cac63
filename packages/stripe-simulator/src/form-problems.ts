/** The fields of the checkout page's form, and what can be wrong with them. */

type ShippingField =
  | 'shipping_name'
  | 'shipping_country'
  | 'shipping_line1'
  | 'shipping_line2'
  | 'shipping_postal_code'
  | 'shipping_city'
  | 'shipping_state';

/** Shown again as they were entered. */
export type KeptField = 'email' | 'phone' | ShippingField | 'payment_method_type' | 'exp' | 'name' | 'iban';

/** The number of a card and its code are shown to nobody, not even to who entered them. */
export type FormField = KeptField | 'card_number' | 'cvc';

export type EnteredFields = Record<KeptField, string>;

export type FormProblem =
  | 'account_holder_missing'
  | 'city_missing'
  | 'country_not_served'
  | 'cvc_incomplete'
  | 'email_invalid'
  | 'exp_incomplete'
  | 'exp_past'
  | 'iban_incomplete'
  | 'iban_invalid'
  | 'iban_not_a_test_account'
  | 'line1_missing'
  | 'method_not_offered'
  | 'name_missing'
  | 'number_incomplete'
  | 'number_invalid'
  | 'number_not_a_test_card'
  | 'phone_invalid'
  | 'postal_code_missing'
  | 'recipient_missing';

/** In the order of the fields on the page. */
export type FormProblems = Partial<Record<FormField, FormProblem>>;

/** A part of the form: `value` is null where its problems keep it from having one. */
export interface FormReading<Value> {
  value: Value | null;
  problems: FormProblems;
}

/** A field that is there is checked, even when it is empty; the default stands in for one that a script leaves out. */
export function readField(form: URLSearchParams, field: FormField, otherwise = ''): string {
  return (form.get(field) ?? otherwise).trim();
}

export function readingOf<Value>(
  value: Value | null,
  problems: Partial<Record<FormField, FormProblem | null>>,
): FormReading<Value> {
  const found = Object.fromEntries(Object.entries(problems).filter(([, problem]) => problem !== null));
  return { value: Object.keys(found).length === 0 ? value : null, problems: found };
}
