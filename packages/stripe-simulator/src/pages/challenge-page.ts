/** The bank's page that asks the buyer to confirm the payment. */
import { formatAmount } from '../currencies.js';
import type { HttpAnswer } from '../http-server.js';
import type { StoredSession } from '../objects.js';
import { BUSINESS_NAME } from '../resources/account.js';
import { html } from './html.js';
import { checkoutTexts, type PageLocale } from './languages.js';
import { page } from './page.js';

export function challengePage({ id, session }: StoredSession, locale: PageLocale): HttpAnswer {
  const { challenge: words, testMode } = checkoutTexts(locale.language);
  const amount = formatAmount(session.amount_total ?? 0, session.currency ?? '', locale.formatLocale);
  const body = html`<main class="challenge">
<p class="merchant"><strong>${words.bank}</strong> <span class="badge">${testMode}</span></p>
<h1>${words.title}</h1>
<p>${words.text}</p>
<dl>
<div><dt>${words.merchant}</dt><dd>${BUSINESS_NAME}</dd></div>
<div><dt>${words.amount}</dt><dd>${amount}</dd></div>
</dl>
<form method="post" action="/c/pay/${id}/authenticate">
<button class="button" type="submit" name="outcome" value="complete">${words.complete}</button>
<button class="button secondary" type="submit" name="outcome" value="fail">${words.fail}</button>
</form>
</main>`;
  return page(200, locale.language, words.title, body);
}
