/** The box below the form that says which test cards and accounts do what. */
import type { CheckoutTexts, HintedOutcome } from './checkout-texts.js';
import { type Html, html } from './html.js';

const CARDS: [string, HintedOutcome][] = [
  ['4242 4242 4242 4242', 'paid'],
  ['4000 0000 0000 0002', 'declined'],
  ['4000 0000 0000 9995', 'insufficientFunds'],
  ['4000 0025 0000 3155', 'authentication'],
  ['4000 0000 0000 0259', 'dispute'],
  ['4000 0000 0000 7726', 'pendingRefund'],
  ['4000 0000 0000 5126', 'failingRefund'],
];

const ACCOUNTS: [string, HintedOutcome][] = [
  ['AT61 1904 3002 3457 3201', 'debitPaid'],
  ['AT86 1904 3002 3547 3202', 'debitFails'],
];

export function hints(methods: string[], { hints: words }: CheckoutTexts): Html {
  return html`<aside class="hints">
${methods.includes('card') ? box(words.cards, CARDS, words.outcomes, words.rest) : null}
${methods.includes('sepa_debit') ? box(words.accounts, ACCOUNTS, words.outcomes, null) : null}
</aside>`;
}

function box(
  title: string,
  rows: [string, HintedOutcome][],
  outcomes: Record<HintedOutcome, string>,
  rest: string | null,
): Html {
  return html`<details open>
<summary>${title}</summary>
<dl>
${rows.map(([number, outcome]) => html`<div><dt>${number}</dt><dd>${outcomes[outcome]}</dd></div>\n`)}
</dl>
${rest === null ? null : html`<p class="quiet">${rest}</p>`}
</details>`;
}
