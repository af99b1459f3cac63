/** Who may speak to the webhook: Stripe, over these very bytes, about now. Everyone else gets 400, and nothing is stored. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventId, eventOf, inboxRows, postWebhook, signatureOf } from '../support/stripe-events.js';
import { startTestApp, type TestApp, WEBHOOK_SECRET } from '../support/test-app.js';

const ROTATED_SECRET = 'whsec_the_one_before_it';
let shop: TestApp;

beforeAll(async () => {
  shop = await startTestApp({ STRIPE_WEBHOOK_SECRET: `${WEBHOOK_SECRET},${ROTATED_SECRET}` });
});
afterAll(() => shop.close());

const secondsFromNow = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

describe('An event is taken', () => {
  test.each([
    ['signed with the secret', {}],
    ['signed with the other secret of a rotation', { secret: ROTATED_SECRET }],
    ['290 s old', { timestamp: secondsFromNow(-290) }],
    ['290 s ahead', { timestamp: secondsFromNow(290) }],
  ])('%s', async (_, signing) => {
    const id = eventId();
    const payload = JSON.stringify(eventOf('customer.created', { object: 'customer' }, { id }));
    expect(await postWebhook(shop, payload, { 'stripe-signature': signatureOf({ payload, ...signing }) })).toBe(200);
    expect(await inboxRows(shop, id)).toMatchObject([{ state: 'IGNORED' }]);
  });

  test('without a version, and with NUL in what it refers to', async () => {
    const id = eventId();
    const { api_version: _, ...event } = eventOf(
      'checkout.session.completed',
      { object: 'checkout.session', id: 'cs_\u0000', metadata: {} },
      { id },
    ) as { api_version: string };
    const payload = JSON.stringify(event);
    expect(await postWebhook(shop, payload, { 'stripe-signature': signatureOf({ payload }) })).toBe(200);
    expect(await inboxRows(shop, id)).toHaveLength(1);
  });

  test('without the trailing slash, and whatever its content type', async () => {
    const id = eventId();
    const payload = JSON.stringify(eventOf('customer.created', {}, { id }));
    const response = await shop.app.inject({
      method: 'POST',
      url: '/api/webhook/stripe',
      headers: { 'stripe-signature': signatureOf({ payload }), 'content-type': 'text/plain' },
      payload,
    });
    expect(response.statusCode).toBe(200);
    expect(await inboxRows(shop, id)).toHaveLength(1);
  });
});

describe('A request is refused with 400, and nothing is stored', () => {
  const cases: [string, (payload: string) => Record<string, string>][] = [
    ['without a signature', () => ({})],
    ['with an empty signature', () => ({ 'stripe-signature': '' })],
    ['with nonsense for a signature', () => ({ 'stripe-signature': 'nonsense' })],
    ['signed with another secret', (payload) => ({ 'stripe-signature': signatureOf({ payload, secret: 'whsec_x' }) })],
    ['with a v0 signature only', (payload) => ({ 'stripe-signature': signatureOf({ payload }).replace('v1=', 'v0=') })],
    ['over another body', (payload) => ({ 'stripe-signature': signatureOf({ payload: `${payload} ` }) })],
    ['310 s old', (payload) => ({ 'stripe-signature': signatureOf({ payload, timestamp: secondsFromNow(-310) }) })],
    ['310 s ahead', (payload) => ({ 'stripe-signature': signatureOf({ payload, timestamp: secondsFromNow(310) }) })],
  ];

  test('with two times, of which the first is good and the second a year ahead', async () => {
    const payload = JSON.stringify(eventOf('customer.created', {}));
    const ahead = signatureOf({ payload, timestamp: secondsFromNow(31_536_000) });
    expect(await postWebhook(shop, payload, { 'stripe-signature': `t=${secondsFromNow(0)},${ahead}` })).toBe(400);
  });

  test.each(cases)('%s', async (_, headersFor) => {
    const id = eventId();
    const payload = JSON.stringify(eventOf('customer.created', {}, { id }));
    expect(await postWebhook(shop, payload, headersFor(payload))).toBe(400);
    expect(await inboxRows(shop, id)).toEqual([]);
  });

  test.each([
    ['empty', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['a number', '7'],
    ['no JSON', '{"id": '],
    ['no event', '{"object":"charge","id":"ch_1"}'],
    ['a thin event', '{"object":"v2.core.event","id":"evt_1","type":"v1.x"}'],
    ['an event without data', JSON.stringify({ ...eventOf('x', {}), data: null })],
    ['an event of a year that no calendar has', JSON.stringify(eventOf('x', {}, { created: 1e300 }))],
    ['an event with NUL in its type', JSON.stringify(eventOf('a\u0000b', {}))],
    ['an event whose object is null', JSON.stringify({ ...eventOf('x', {}), data: { object: null } })],
    ['an event of an endless version', JSON.stringify(eventOf('x', {}, { api_version: 'x'.repeat(60) }))],
    ['an event without a type', JSON.stringify(eventOf('x', {}, { type: undefined }))],
    ['an event whose id has no text', JSON.stringify(eventOf('x', {}, { id: { toString: 'x' } }))],
    ['an event whose id is a list', JSON.stringify(eventOf('x', {}, { id: ['evt_1'] }))],
    ['an event whose type is a list', JSON.stringify(eventOf('x', {}, { type: ['x'] }))],
    ['an event whose version is a number', JSON.stringify(eventOf('x', {}, { api_version: 20261028 }))],
    ['an event with NUL in its id', JSON.stringify(eventOf('x', {}, { id: 'evt_\u0000' }))],
  ])('a well signed body that is %s', async (_, payload) => {
    expect(await postWebhook(shop, payload, { 'stripe-signature': signatureOf({ payload }) })).toBe(400);
  });

  test('bytes that are not UTF-8', async () => {
    const payload = Buffer.from([0x7b, 0xff, 0xfe, 0x7d]);
    expect(await postWebhook(shop, payload, { 'stripe-signature': signatureOf({ payload }) })).toBe(400);
  });

  test('and the log, not the answer, says why', async () => {
    const response = await shop.app.inject({ method: 'POST', url: '/api/webhook/stripe/', payload: '{}' });
    expect(response.body).not.toContain('header');
    expect(shop.log.join('')).toContain('the Stripe-Signature header is missing');
  });
});

test('Two megabytes are refused with 413', async () => {
  const payload = 'x'.repeat(2 * 1024 * 1024);
  expect(await postWebhook(shop, payload, { 'stripe-signature': signatureOf({ payload: 'x' }) })).toBe(413);
});
