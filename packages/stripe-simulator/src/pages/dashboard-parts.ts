/** What the cells of the dashboard's tables are made of. */
import { formatAmount } from '../currencies.js';
import { type Html, html } from './html.js';

export type Cell = string | number | Html;

const GOOD_STATES = new Set([
  ...['complete', 'paid', 'succeeded', 'delivered', 'enabled', 'won', 'warning_closed', 'prevented', 'available'],
]);
const BAD_STATES = new Set([
  'expired',
  'failed',
  'dropped',
  'canceled',
  'requires_payment_method',
  'lost',
  'disabled',
  'deleted',
]);

/** The colour only helps the eye: the word says it all. */
export function state(name: string | null): Cell {
  if (name === null) return '';
  const kind = GOOD_STATES.has(name) ? 'good' : BAD_STATES.has(name) ? 'bad' : 'open';
  return html`<span class="state ${kind}">${name.replaceAll('_', ' ')}</span>`;
}

export function money(amount: number | null, currency: string | null): string {
  return formatAmount(amount ?? 0, currency ?? '', 'en');
}

export function button(action: string, label: string): Html {
  return html`<form method="post" action="${action}"><button type="submit">${label}</button></form>`;
}

/** Opens to what most people do not need at a glance. */
export function disclosed(label: string, content: Html): Html {
  return html`<details><summary>${label}</summary>${content}</details>`;
}

export function code(text: string): Html {
  return html`<code>${text}</code>`;
}

/** An id, or what stands in its place. */
export function reference(target: string | { id: string } | null): Cell {
  if (target === null) return '';
  return code(typeof target === 'string' ? target : target.id);
}

/** `seconds` since the epoch. */
export function time(seconds: number): Html {
  const iso = new Date(seconds * 1000).toISOString().slice(0, 19);
  return html`<time datetime="${iso}Z">${iso.replace('T', ' ')}</time>`;
}

const UNITS: [string, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];

/** The two largest units, such as "2 days 3 hours". */
export function duration(seconds: number): string {
  const parts: string[] = [];
  let rest = Math.max(0, Math.floor(seconds));
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest %= size;
    if (count > 0) parts.push(`${count} ${unit}${count === 1 ? '' : 's'}`);
  }
  return parts.slice(0, 2).join(' ') || '0 seconds';
}
