/** What a person reads whose button on the dashboard could not do its work. */
import type { HttpAnswer } from '../http-server.js';
import { html } from './html.js';
import { page } from './page.js';

export function refusalPage(status: number, message: string): HttpAnswer {
  const body = html`<main class="notice">
<h1>That did not work</h1>
<p role="alert">${message}</p>
<a class="button" href="/">Back to the dashboard</a>
</main>`;
  return page(status, 'en', 'That did not work', body);
}
