/** The hosted checkout page: what is bought on the left, the card form on the right. */

import { formatAmount } from '../currencies.js';
import type { EnteredFields, FormField, FormProblems } from '../form-problems.js';
import type { HttpAnswer } from '../http-server.js';
import type { LineItem, StoredSession } from '../objects.js';
import { enteredBefore } from '../payment-form.js';
import { type CheckoutTexts, checkoutTexts, type PageLocale } from './checkout-texts.js';
import { type Html, html } from './html.js';
import { page } from './page.js';

interface CheckoutPageState {
  status: number;
  /** What went wrong with the last attempt as a whole. */
  alert: string | null;
  problems: FormProblems;
  entered: EnteredFields;
}

export function checkoutPage(stored: StoredSession, locale: PageLocale, attempt?: CheckoutPageState): HttpAnswer {
  const state = attempt ?? { status: 200, alert: null, problems: {}, entered: enteredBefore(stored.buyer) };
  const texts = checkoutTexts(locale.language);
  const { session } = stored;
  const amount = formatAmount(session.amount_total ?? 0, session.currency ?? '', locale.formatLocale);
  const body = html`<div class="checkout">
${summary(stored, amount, texts, locale)}
<main class="payment">
<div>
<h2>${texts.payBy.card}</h2>
${state.alert === null ? null : html`<p class="alert" role="alert">${state.alert}</p>`}
${cardForm(stored, state, texts, submitLabel(session.submit_type, amount, texts))}
${hints(texts)}
</div>
</main>
</div>`;
  return page(state.status, locale.language, `${texts.title} · ${amount}`, body);
}

export function expiredPage({ session }: StoredSession, locale: PageLocale): HttpAnswer {
  const { expired } = checkoutTexts(locale.language);
  const link =
    session.cancel_url === null ? null : html`<a class="button" href="${session.cancel_url}">${expired.back}</a>`;
  return page(
    410,
    locale.language,
    expired.title,
    html`<main class="notice"><h1>${expired.title}</h1><p>${expired.text}</p>${link}</main>`,
  );
}

export function unknownSessionPage(locale: PageLocale): HttpAnswer {
  const { title, text } = checkoutTexts(locale.language).unknown;
  return page(404, locale.language, title, html`<main class="notice"><h1>${title}</h1><p>${text}</p></main>`);
}

function summary(stored: StoredSession, amount: string, texts: CheckoutTexts, locale: PageLocale): Html {
  const { lineItems, productDescriptions } = stored;
  const { cancel_url: cancelUrl } = stored.session;
  return html`<header class="summary">
<div>
${cancelUrl === null ? null : html`<a class="back" href="${cancelUrl}">${texts.back}</a>`}
<p><span class="badge">${texts.testMode}</span></p>
<h1 class="quiet">${texts.total}</h1>
<p class="total">${amount}</p>
<ul class="lines">
${lineItems.map((item, index) => line(item, productDescriptions[index] ?? null, texts, locale))}
</ul>
<p class="sum"><span>${texts.total}</span><span class="amount">${amount}</span></p>
</div>
</header>`;
}

function line(item: LineItem, details: string | null, texts: CheckoutTexts, { formatLocale }: PageLocale): Html {
  const unitAmount = formatAmount(item.price?.unit_amount ?? 0, item.currency, formatLocale);
  return html`<li>
<span>
<span class="name">${item.description ?? ''}</span>
${details === null ? null : html`<br><span class="quiet">${details}</span>`}
<br><span class="quiet">${texts.quantity(item.quantity ?? 1, unitAmount)}</span>
</span>
<span class="amount">${formatAmount(item.amount_total, item.currency, formatLocale)}</span>
</li>
`;
}

function cardForm({ session }: StoredSession, state: CheckoutPageState, texts: CheckoutTexts, label: string): Html {
  const { entered } = state;
  const email = session.customer_email;
  const field = (name: FormField, attributes: Html) => formField(name, attributes, texts, state);
  const emailAttributes =
    email === null
      ? html`type="email" autocomplete="email" value="${entered.email}" required`
      : html`type="email" value="${email}" readonly`;
  return html`<form method="post" action="/c/pay/${session.id}">
${field('email', emailAttributes)}
${field('card_number', html`inputmode="numeric" autocomplete="cc-number" placeholder="4242 4242 4242 4242" maxlength="24" required`)}
<div class="pair">
${field('exp', html`inputmode="numeric" autocomplete="cc-exp" placeholder="12/34" maxlength="9" value="${entered.exp}" required`)}
${field('cvc', html`inputmode="numeric" autocomplete="cc-csc" placeholder="123" maxlength="4" required`)}
</div>
${field('name', html`autocomplete="cc-name" value="${entered.name}" required`)}
<button class="button" type="submit">${label}</button>
${session.custom_text.submit === null ? null : html`<p class="quiet">${session.custom_text.submit.message}</p>`}
</form>`;
}

function formField(name: FormField, attributes: Html, texts: CheckoutTexts, state: CheckoutPageState): Html {
  const problem = state.problems[name];
  const invalid = problem === undefined ? null : html` aria-invalid="true" aria-describedby="${name}-problem"`;
  return html`<div class="field">
<label for="${name}">${texts.fields[name]}</label>
<input id="${name}" name="${name}" ${attributes}${invalid}${isToCorrect(name, state) ? html` autofocus` : null}>
${problem === undefined ? null : html`<p class="wrong" id="${name}-problem">${texts.problems[problem]}</p>`}
</div>`;
}

/** After a failure the page opens where there is something to correct: on a phone that is far below its top. */
function isToCorrect(name: FormField, { alert, problems }: CheckoutPageState): boolean {
  const [first = 'card_number'] = Object.keys(problems);
  return alert !== null && name === first;
}

function submitLabel(submitType: string | null, amount: string, texts: CheckoutTexts): string {
  if (submitType === 'book') return texts.book(amount);
  return submitType === 'donate' ? texts.donate(amount) : texts.pay(amount);
}

function hints({ hints: words }: CheckoutTexts): Html {
  return html`<aside class="hints">
<strong>${words.cards}</strong>
<dl>
<dt>4242 4242 4242 4242</dt><dd>${words.outcomes.paid}</dd>
<dt>4000 0000 0000 0002</dt><dd>${words.outcomes.declined}</dd>
<dt>4000 0000 0000 9995</dt><dd>${words.outcomes.insufficientFunds}</dd>
</dl>
<p class="quiet">${words.rest}</p>
</aside>`;
}
