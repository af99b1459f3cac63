/** The bank's page that asks the buyer whether it is he who pays. */
import type { HttpAnswer } from '../http-server.js';
import type { StoredSession } from '../objects.js';
import type { PageLocale } from './checkout-texts.js';
import { html } from './html.js';
import { page } from './page.js';

export function challengePage({ id }: StoredSession, locale: PageLocale): HttpAnswer {
  const body = html`<main class="notice"><form method="post" action="/c/pay/${id}/authenticate">
<button class="button" name="outcome" value="complete">Complete</button>
<button class="button" name="outcome" value="fail">Fail</button>
</form></main>`;
  return page(200, locale.language, 'Authentication', body);
}
