/** What the API rejects, with Stripe's status, type, code and parameter. */
import { describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { lineItem, rawPost, sessionParameters, start, stripeError, TestClock } from './support.js';

type Parameters = Stripe.Checkout.SessionCreateParams;

/** Past the SDK: `changes` replaces or removes (null) form fields of a request that is fine otherwise. */
function sessionForm(changes: Record<string, string | null>): string {
  const form = new URLSearchParams({
    mode: 'payment',
    success_url: 'http://localhost:3000/success',
    'line_items[0][quantity]': '1',
    'line_items[0][price_data][currency]': 'eur',
    'line_items[0][price_data][unit_amount]': '1250',
    'line_items[0][price_data][product_data][name]': 'Coffee',
  });
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) form.delete(name);
    else form.set(name, value);
  }
  return form.toString();
}

const PRICE = 'line_items[0][price_data]';

test.each<[string, Record<string, string | null>, { param: string; code?: string; message?: string | RegExp }]>([
  [
    'an unknown parameter',
    { colour: 'red' },
    { param: 'colour', code: 'parameter_unknown', message: 'Received unknown parameter: colour' },
  ],
  [
    'an unknown nested parameter',
    { 'line_items[0][colour]': 'red' },
    { param: 'line_items[0][colour]', code: 'parameter_unknown' },
  ],
  ['a malformed key', { 'metadata[a': 'b' }, { param: 'metadata[a', code: 'parameter_unknown' }],
  [
    'no success_url',
    { success_url: null },
    { param: 'success_url', code: 'parameter_missing', message: 'Missing required param: success_url.' },
  ],
  ['no mode', { mode: null }, { param: 'mode', code: 'parameter_missing' }],
  [
    'no name',
    { [`${PRICE}[product_data][name]`]: null, [`${PRICE}[product_data][description]`]: 'x' },
    { param: `${PRICE}[product_data][name]`, code: 'parameter_missing' },
  ],
  ['no currency', { [`${PRICE}[currency]`]: null }, { param: `${PRICE}[currency]`, code: 'parameter_missing' }],
  [
    'no unit_amount',
    { [`${PRICE}[unit_amount]`]: null },
    { param: `${PRICE}[unit_amount]`, code: 'parameter_missing' },
  ],
  ['no quantity', { 'line_items[0][quantity]': null }, { param: 'line_items[0][quantity]', code: 'parameter_missing' }],
  ['an empty text', { client_reference_id: '' }, { param: 'client_reference_id', code: 'parameter_invalid_empty' }],
  [
    'an empty list of items',
    {
      line_items: '',
      ...Object.fromEntries(
        ['[quantity]', '[price_data][currency]', '[price_data][unit_amount]', '[price_data][product_data][name]'].map(
          (key) => [`line_items[0]${key}`, null],
        ),
      ),
    },
    { param: 'line_items', code: 'parameter_missing' },
  ],
  [
    'a quantity of 0',
    { 'line_items[0][quantity]': '0' },
    { param: 'line_items[0][quantity]', code: 'parameter_invalid_integer' },
  ],
  [
    'a fraction',
    { [`${PRICE}[unit_amount]`]: '12.5' },
    { param: `${PRICE}[unit_amount]`, code: 'parameter_invalid_integer', message: 'Invalid integer: 12.5' },
  ],
  [
    'a negative amount',
    { [`${PRICE}[unit_amount]`]: '-1' },
    { param: `${PRICE}[unit_amount]`, code: 'parameter_invalid_integer' },
  ],
  [
    'a boolean that is none',
    { allow_promotion_codes: 'yes' },
    { param: 'allow_promotion_codes', message: 'Invalid boolean: yes' },
  ],
  [
    'a value outside an enum',
    { submit_type: 'sell' },
    { param: 'submit_type', message: 'Invalid submit_type: must be one of auto, book, donate, pay, or subscribe' },
  ],
  ['an enum value that every object inherits', { submit_type: 'constructor' }, { param: 'submit_type' }],
  [
    'a list that is a text',
    { excluded_payment_method_types: 'card' },
    { param: 'excluded_payment_method_types', message: 'Invalid array' },
  ],
  [
    'a list that is an object',
    { 'excluded_payment_method_types[a]': 'card' },
    { param: 'excluded_payment_method_types', message: 'Invalid array' },
  ],
  ['an object that is a text', { adaptive_pricing: 'x' }, { param: 'adaptive_pricing', message: 'Invalid object' }],
  ['a text that is an object', { 'client_reference_id[a]': 'x' }, { param: 'client_reference_id' }],
  [
    'an unknown payment method type',
    { 'excluded_payment_method_types[0]': 'shells' },
    { param: 'excluded_payment_method_types[0]' },
  ],
  [
    'an unknown currency',
    { [`${PRICE}[currency]`]: 'xxx' },
    { param: `${PRICE}[currency]`, message: /Invalid currency: xxx/ },
  ],
  [
    'a relative success_url',
    { success_url: '/success' },
    { param: 'success_url', code: 'url_invalid', message: /explicit scheme/ },
  ],
  [
    'a script as cancel_url',
    { cancel_url: 'javascript:alert(1)' },
    { param: 'cancel_url', code: 'url_invalid', message: 'Not a valid URL' },
  ],
  [
    'a wrong customer_email',
    { customer_email: 'ana@' },
    { param: 'customer_email', code: 'email_invalid', message: 'Invalid email address: ana@' },
  ],
  ['a customer_email without a domain', { customer_email: 'ana' }, { param: 'customer_email', code: 'email_invalid' }],
  [
    'a client_reference_id of 201 characters',
    { client_reference_id: 'x'.repeat(201) },
    { param: 'client_reference_id', message: /at most 200 characters/ },
  ],
  [
    'the removed payment_method_types',
    { 'payment_method_types[0]': 'card' },
    { param: 'payment_method_types', code: 'payment_method_types_no_longer_supported' },
  ],
  [
    'a metadata key of 41 characters',
    { [`metadata[${'k'.repeat(41)}]`]: 'v' },
    { param: 'metadata', message: /up to 40 characters/ },
  ],
  [
    'a metadata value of 501 characters',
    { 'metadata[key]': 'v'.repeat(501) },
    { param: 'metadata[key]', message: /up to 500 characters/ },
  ],
  ['a metadata key with brackets', { 'metadata[a][b]': 'v' }, { param: 'metadata[a]', message: /square brackets/ }],
  [
    '51 metadata keys',
    Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`metadata[k${index}]`, 'v'])),
    { param: 'metadata', message: /up to 50 keys/ },
  ],
  [
    'metadata of the PaymentIntent that is too long',
    { 'payment_intent_data[metadata][key]': 'v'.repeat(501) },
    { param: 'payment_intent_data[metadata][key]' },
  ],
  ['a session currency unlike its prices', { currency: 'usd' }, { param: 'line_items', message: /same currency/ }],
])('rejects %s', async (_what, changes, expected) => {
  const { simulator } = await start();
  const response = await rawPost(simulator, '/v1/checkout/sessions', sessionForm(changes));
  expect(response.status).toBe(400);
  const { error } = (await response.json()) as { error: Stripe.StripeRawError };
  const { message, ...rest } = expected;
  expect(error).toMatchObject({ type: 'invalid_request_error', ...rest });
  if (message !== undefined) expect(error.message).toMatch(message);
  if (expected.code === undefined) expect(error).not.toHaveProperty('code');
  expect(error.request_log_url).toContain(response.headers.get('request-id'));
});

test('accepts what stands exactly at the limits', async () => {
  const { stripe } = await start();
  const metadata = Object.fromEntries(
    Array.from({ length: 50 }, (_, index) => [`${index}`.padStart(40, 'k'), 'é'.repeat(500)]),
  );
  const client_reference_id = '€'.repeat(200);
  const line_items = Array.from({ length: 100 }, () => lineItem());
  const session = await stripe.checkout.sessions.create(
    sessionParameters({ metadata, client_reference_id, line_items }),
  );
  expect(session).toMatchObject({ metadata, client_reference_id, amount_total: 125_000 });
});

test('rejects more than 100 line items', async () => {
  const { stripe } = await start();
  const line_items = Array.from({ length: 101 }, () => lineItem());
  const error = await stripeError(stripe.checkout.sessions.create(sessionParameters({ line_items })));
  expect(error).toMatchObject({ statusCode: 400, param: 'line_items' });
});

test.each<[string, Partial<Parameters>, string]>([
  ['subscriptions', { mode: 'subscription' }, 'mode'],
  ['embedded pages', { ui_mode: 'embedded_page' }, 'ui_mode'],
  ['stored prices', { line_items: [{ price: 'price_1', quantity: 1 }] }, 'line_items[0][price]'],
  ['automatic tax', { automatic_tax: { enabled: true } }, 'automatic_tax[enabled]'],
  ['customer accounts', { customer_account: 'acct_1' }, 'customer_account'],
  ['sessions with nothing to pay', { line_items: [lineItem('Gift', 0)] }, 'line_items'],
])('says plainly that the simulator does not do %s yet', async (_what, changes, param) => {
  const { stripe } = await start();
  const error = await stripeError(stripe.checkout.sessions.create(sessionParameters(changes)));
  expect(error).toMatchObject({
    statusCode: 400,
    param,
    message: expect.stringContaining('simulator does not implement'),
  });
});

test('accepts a feature it does not do when that is switched off', async () => {
  const { stripe } = await start();
  const off = {
    automatic_tax: { enabled: false },
    invoice_creation: { enabled: false },
    tax_id_collection: { enabled: false },
  };
  expect((await stripe.checkout.sessions.create(sessionParameters(off))).status).toBe('open');
});

describe('amounts', () => {
  const create = async (currency: string, unitAmount: number, quantity = 1) => {
    const { stripe } = await start();
    const line_items = [lineItem('Coffee', unitAmount, quantity, currency)];
    return stripe.checkout.sessions.create(sessionParameters({ line_items }));
  };

  test.each([
    ['eur', 50],
    ['usd', 50],
    ['gbp', 30],
    ['jpy', 50],
    ['huf', 17_500],
    ['EUR', 99_999_999],
    ['bhd', 99_999_990],
    ['kwd', 10],
    ['isk', 100],
    ['ugx', 500_000],
    ['idr', 999_999_999_999],
    ['cop', 9_999_999_999],
    ['inr', 999_999_999],
    ['krw', 50],
  ])('accept %s %i', async (currency, amount) => {
    expect(await create(currency, amount)).toMatchObject({ amount_total: amount, currency: currency.toLowerCase() });
  });

  test.each([
    ['eur', 49, 'amount_too_small'],
    ['usd', 49, 'amount_too_small'],
    ['gbp', 29, 'amount_too_small'],
    ['jpy', 49, 'amount_too_small'],
    ['huf', 17_499, 'amount_too_small'],
    ['eur', 100_000_000, 'amount_too_large'],
    ['jpy', 100_000_000, 'amount_too_large'],
    ['idr', 1_000_000_000_000, 'amount_too_large'],
    ['cop', 10_000_000_000, 'amount_too_large'],
    ['inr', 1_000_000_000, 'amount_too_large'],
    ['krw', 49, 'amount_too_small'],
    ['kwd', 1001, 'parameter_invalid_integer'],
    ['ugx', 500_050, 'parameter_invalid_integer'],
    ['isk', 1001, 'parameter_invalid_integer'],
  ])('reject %s %i', async (currency, amount, code) => {
    expect(await stripeError(create(currency, amount))).toMatchObject({ statusCode: 400, code });
  });

  test('are limited in sum, not line by line alone', async () => {
    expect(await create('eur', 25, 2)).toMatchObject({ amount_total: 50 });
    expect(await stripeError(create('eur', 50_000_000, 2))).toMatchObject({ code: 'amount_too_large' });
  });

  test('have one currency', async () => {
    const { stripe } = await start();
    const line_items = [lineItem(), lineItem('Cup', 500, 1, 'usd')];
    const error = await stripeError(stripe.checkout.sessions.create(sessionParameters({ line_items })));
    expect(error).toMatchObject({ statusCode: 400, param: 'line_items' });
  });
});

describe('expires_at', () => {
  const create = async (secondsAhead: number) => {
    const clock = new TestClock();
    const { stripe } = await start({ clock });
    return stripe.checkout.sessions.create(sessionParameters({ expires_at: clock.seconds() + secondsAhead }));
  };

  test.each([30 * 60, 24 * 60 * 60])('may lie %i s ahead', async (secondsAhead) => {
    const session = await create(secondsAhead);
    expect(session.expires_at - session.created).toBe(secondsAhead);
  });

  test.each([
    [30 * 60 - 1, /at least 30 minutes/],
    [24 * 60 * 60 + 1, /less than 24 hours/],
    [-60, /at least 30 minutes/],
  ])('may not lie %i s ahead', async (secondsAhead, message) => {
    const error = await stripeError(create(secondsAhead));
    expect(error).toMatchObject({ type: 'StripeInvalidRequestError', statusCode: 400, param: 'expires_at' });
    expect(error.message).toMatch(message);
  });
});

test('a key of thousands of levels is an unknown parameter, and costs nothing', async () => {
  const { simulator } = await start();
  const key = `metadata${'[a]'.repeat(30_000)}`;
  const response = await rawPost(simulator, '/v1/customers', `${encodeURIComponent(key)}=1`);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: { code: 'parameter_unknown' } });
});
