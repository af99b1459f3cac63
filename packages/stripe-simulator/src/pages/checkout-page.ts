/** The hosted checkout page: what is bought on the left, the form on the right; and what stands there when it is over. */
import { formatAmount } from '../currencies.js';
import type { HttpAnswer } from '../http-server.js';
import type { LineItem, StoredSession } from '../objects.js';
import { enteredBefore } from '../payment-form.js';
import { BUSINESS_NAME } from '../resources/account.js';
import type { CheckoutTexts } from './checkout-texts.js';
import { type FormState, paymentForm } from './form-sections.js';
import { hints } from './hints.js';
import { type Html, html } from './html.js';
import { checkoutTexts, type PageLocale } from './languages.js';
import { page } from './page.js';

export function checkoutPage(
  stored: StoredSession,
  locale: PageLocale,
  attempt?: FormState & { status: number },
): HttpAnswer {
  const state = attempt ?? { status: 200, alert: null, problems: {}, entered: enteredBefore(stored.buyer) };
  const texts = checkoutTexts(locale.language);
  const { session } = stored;
  const amount = formatAmount(session.amount_total ?? 0, session.currency ?? '', locale.formatLocale);
  const body = html`<div class="checkout">
${summary(stored, amount, texts, locale)}
<main class="payment">
<div>
${paymentForm(session, state, texts, locale)}
${hints(session.payment_method_types, texts)}
</div>
</main>
</div>`;
  return page(state.status, locale.language, `${texts.title} · ${amount}`, body);
}

export function expiredPage({ session }: StoredSession, locale: PageLocale): HttpAnswer {
  const { title, text, recoverableText, back, recover } = checkoutTexts(locale.language).expired;
  const recoveryUrl = session.after_expiration?.recovery?.url ?? null;
  const body = html`<main class="notice">
<h1>${title}</h1>
<p>${recoveryUrl === null ? text : recoverableText}</p>
${recoveryUrl === null ? null : html`<a class="button" href="${recoveryUrl}">${recover}</a>`}
${session.cancel_url === null ? null : html`<a class="${recoveryUrl === null ? 'button' : 'button secondary'}" href="${session.cancel_url}">${back}</a>`}
</main>`;
  return page(410, locale.language, title, body);
}

export function unknownSessionPage(locale: PageLocale): HttpAnswer {
  const { title, text } = checkoutTexts(locale.language).unknown;
  return page(404, locale.language, title, html`<main class="notice"><h1>${title}</h1><p>${text}</p></main>`);
}

function summary(stored: StoredSession, amount: string, texts: CheckoutTexts, locale: PageLocale): Html {
  const { lineItems, products } = stored;
  const { cancel_url: cancelUrl } = stored.session;
  return html`<header class="summary">
<div>
${cancelUrl === null ? null : html`<a class="back" href="${cancelUrl}">${texts.back}</a>`}
<p class="merchant"><strong>${BUSINESS_NAME}</strong> <span class="badge">${texts.testMode}</span></p>
<h1 class="quiet">${texts.total}</h1>
<p class="total">${amount}</p>
<ul class="lines">
${lineItems.map((item, index) => line(item, products[index]?.description ?? null, texts, locale))}
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
