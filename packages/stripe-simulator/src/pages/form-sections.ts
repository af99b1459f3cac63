/** The form of the checkout page: who buys, where it goes, and what is paid with. */
import type Stripe from 'stripe';
import { formatAmount } from '../currencies.js';
import { OFFERED_PAYMENT_METHOD_TYPES } from '../payment-method-types.js';
import type { OfferedPaymentMethodType } from '../public-types.js';
import { BUSINESS_NAME } from '../resources/account.js';
import type { CheckoutTexts } from './checkout-texts.js';
import { countryOptions } from './countries.js';
import { type FieldFrame, type FormState, inputField, optionalField, selectField } from './form-fields.js';
import { type Html, html } from './html.js';
import type { PageLocale } from './languages.js';

export type { FormState } from './form-fields.js';

export function paymentForm(
  session: Stripe.Checkout.Session,
  state: FormState,
  texts: CheckoutTexts,
  locale: PageLocale,
): Html {
  const frame = { texts, state };
  const amount = formatAmount(session.amount_total ?? 0, session.currency ?? '', locale.formatLocale);
  const { submit, after_submit: afterSubmit } = session.custom_text;
  return html`<form method="post" action="/c/pay/${session.id}">
${Object.keys(state.problems).length > 0 ? problemSummary(frame) : null}
${contactSection(session, frame)}
${session.shipping_address_collection === null ? null : shippingSection(session, frame, locale)}
${paymentSection(session, frame)}
${note(submit)}
<button class="button" type="submit">${submitLabel(session.submit_type, amount, texts)}</button>
${note(afterSubmit)}
</form>`;
}

/** Leads to each field that is to be corrected. */
function problemSummary({ texts, state }: FieldFrame): Html {
  const problems = Object.entries(state.problems);
  const items = problems.map(([field, problem]) => html`<li><a href="#${field}">${texts.problems[problem]}</a></li>`);
  return html`<div class="alert" role="alert">${state.alert}${problems.length > 1 ? html`<ul>${items}</ul>` : null}</div>`;
}

function contactSection(session: Stripe.Checkout.Session, frame: FieldFrame): Html {
  const { entered } = frame.state;
  const email = session.customer_details?.email ?? null;
  const emailAttributes =
    email === null
      ? html`type="email" autocomplete="email" value="${entered.email}" required`
      : html`type="email" value="${email}" readonly`;
  const phoneAttributes = html`type="tel" autocomplete="tel" placeholder="+33 6 12 34 56 78" value="${entered.phone}" required`;
  return html`<section aria-labelledby="contact">
<h2 id="contact">${frame.texts.contact}</h2>
${inputField(frame, 'email', emailAttributes)}
${session.phone_number_collection?.enabled === true ? inputField(frame, 'phone', phoneAttributes) : null}
</section>`;
}

function shippingSection(session: Stripe.Checkout.Session, frame: FieldFrame, locale: PageLocale): Html {
  const { entered } = frame.state;
  const allowed = session.shipping_address_collection?.allowed_countries ?? [];
  const countries = countryOptions(allowed, entered.shipping_country, frame.texts.chooseCountry, locale.formatLocale);
  return html`<section aria-labelledby="shipping">
<h2 id="shipping">${frame.texts.shipping}</h2>
${inputField(frame, 'shipping_name', html`autocomplete="shipping name" value="${entered.shipping_name}" required`)}
${selectField(frame, 'shipping_country', html`autocomplete="shipping country" required`, countries)}
${inputField(frame, 'shipping_line1', html`autocomplete="shipping address-line1" value="${entered.shipping_line1}" required`)}
${optionalField(frame, 'shipping_line2', html`autocomplete="shipping address-line2" value="${entered.shipping_line2}"`)}
<div class="pair">
${inputField(frame, 'shipping_postal_code', html`autocomplete="shipping postal-code" value="${entered.shipping_postal_code}"`)}
${inputField(frame, 'shipping_city', html`autocomplete="shipping address-level2" value="${entered.shipping_city}" required`)}
</div>
${optionalField(frame, 'shipping_state', html`autocomplete="shipping address-level1" value="${entered.shipping_state}"`)}
${note(session.custom_text.shipping_address)}
</section>`;
}

function paymentSection(session: Stripe.Checkout.Session, frame: FieldFrame): Html {
  const { texts, state } = frame;
  const offered = OFFERED_PAYMENT_METHOD_TYPES.filter((type) => session.payment_method_types.includes(type));
  const [first = 'card', ...others] = offered;
  const isChoice = others.length > 0;
  const isDeclined = state.alert !== null && Object.keys(state.problems).length === 0;
  return html`<section aria-labelledby="payment">
<h2 id="payment">${isChoice ? texts.payment : texts.payBy[first]}</h2>
${isDeclined ? html`<p class="alert" role="alert">${state.alert}</p>` : null}
${isChoice ? methodChoice(offered, frame) : html`<input type="hidden" name="payment_method_type" value="${first}">`}
${offered.includes('card') ? cardFields(frame, !isChoice) : null}
${offered.includes('sepa_debit') ? accountField(frame, !isChoice) : null}
${inputField(frame, 'name', html`autocomplete="name" value="${state.entered.name}" required`, nameLabel(offered, texts))}
${offered.includes('sepa_debit') ? html`<p class="quiet if-sepa_debit">${texts.mandate(BUSINESS_NAME)}</p>` : null}
</section>`;
}

function methodChoice(offered: OfferedPaymentMethodType[], { texts, state }: FieldFrame): Html {
  const chosen = offered.find((type) => type === state.entered.payment_method_type) ?? offered[0];
  const option = (type: OfferedPaymentMethodType) => html`<label class="method">
<input type="radio" id="method-${type}" name="payment_method_type" value="${type}"${type === chosen ? html` checked` : null}>
<span>${texts.methods[type]}</span>
</label>
`;
  return html`<fieldset class="methods" id="payment_method_type">
<legend>${texts.fields.payment_method_type}</legend>
${offered.map(option)}
</fieldset>`;
}

/** Of a method that is one of several, no field may be `required`: it would hold up the buyer who chose another. */
function cardFields(frame: FieldFrame, isOnlyMethod: boolean): Html {
  const required = isOnlyMethod ? html` required` : null;
  return html`<div class="if-card">
${inputField(frame, 'card_number', html`inputmode="numeric" autocomplete="cc-number" placeholder="4242 4242 4242 4242" maxlength="24"${required}`)}
<div class="pair">
${inputField(frame, 'exp', html`inputmode="numeric" autocomplete="cc-exp" placeholder="12/34" maxlength="9" value="${frame.state.entered.exp}"${required}`)}
${inputField(frame, 'cvc', html`inputmode="numeric" autocomplete="cc-csc" placeholder="123" maxlength="4"${required}`)}
</div>
</div>`;
}

function accountField(frame: FieldFrame, isOnlyMethod: boolean): Html {
  const attributes = html`autocomplete="off" autocapitalize="characters" spellcheck="false" placeholder="AT61 1904 3002 3457 3201" maxlength="42" value="${frame.state.entered.iban}"`;
  return html`<div class="if-sepa_debit">
${inputField(frame, 'iban', isOnlyMethod ? html`${attributes} required` : attributes)}
</div>`;
}

function nameLabel(offered: OfferedPaymentMethodType[], texts: CheckoutTexts): Html {
  const labels = { card: texts.fields.name, sepa_debit: texts.accountHolder, bancontact: texts.accountHolder };
  return html`${offered.map((type) => html`<span class="if-${type}">${labels[type]}</span>`)}`;
}

function submitLabel(submitType: string | null, amount: string, texts: CheckoutTexts): string {
  if (submitType === 'book') return texts.book(amount);
  return submitType === 'donate' ? texts.donate(amount) : texts.pay(amount);
}

function note(text: { message: string } | null): Html | null {
  return text === null ? null : html`<p class="quiet">${text.message}</p>`;
}
