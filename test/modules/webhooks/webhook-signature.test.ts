/**
 * Who may speak to the webhook: Stripe, over these very bytes, about now. Everyone else gets 400, and nothing is
 * stored.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventId, eventOf, inboxRows, postWebhook, signatureOf } from '../../support/stripe-events.js';
import { startTestApp, type TestApp, WEBHOOK_SECRET } from '../../support/test-app.js';

const ROTATED_SECRET = 'whsec_the_one_before_it';
let shop: TestApp;

beforeAll(async () => {
  shop = await startTestApp({ STRIPE_WEBHOOK_SECRET: `${WEBHOOK_SECRET},${ROTATED_SECRET}` });
});
afterAll(() => shop.close());

const secondsFromNow = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

describe('An event is taken', () => {
  test.each([
    ['signed with the secret', () => ({})],
    ['signed with the other secret of a rotation', () => ({ secret: ROTATED_SECRET })],
    ['four minutes old', () => ({ timestamp: secondsFromNow(-240) })],
    ['nearly five minutes ahead', () => ({ timestamp: secondsFromNow(290) })],
  ])('%s', async (_, signing) => {
    const id = eventId();
    const payload = JSON.stringify(eventOf('customer.created', { object: 'customer' }, { id }));
    expect(await postWebhook(shop, payload, { 'stripe-signature': signatureOf({ payload, ...signing() }) })).toBe(200);
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

describe('A request is rejected with 400, and nothing is stored', () => {
  const cases: [string, (payload: string) => Record<string, string>][] = [
    ['without a signature', () => ({})],
    ['with an empty signature', () => ({ 'stripe-signature': '' })],
    ['with nonsense for a signature', () => ({ 'stripe-signature': 'nonsense' })],
    ['signed with another secret', (payload) => ({ 'stripe-signature': signatureOf({ payload, secret: 'whsec_x' }) })],
    ['with a v0 signature only', (payload) => ({ 'stripe-signature': signatureOf({ payload }).replace('v1=', 'v0=') })],
    ['over another body', (payload) => ({ 'stripe-signature': signatureOf({ payload: `${payload} ` }) })],
    ['310 s old', (payload) => ({ 'stripe-signature': signatureOf({ payload, timestamp: secondsFromNow(-310) }) })],
    [
      'six minutes ahead',
      (payload) => ({ 'stripe-signature': signatureOf({ payload, timestamp: secondsFromNow(360) }) }),
    ],
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

  test('a well signed event behind a byte order mark', async () => {
    const id = eventId();
    const payload = Buffer.from(`\ufeff${JSON.stringify(eventOf('customer.created', {}, { id }))}`);
    expect(await postWebhook(shop, payload, { 'stripe-signature': signatureOf({ payload }) })).toBe(400);
    expect(await inboxRows(shop, id)).toEqual([]);
  });

  test('an event behind a byte order mark that was signed without it', async () => {
    const id = eventId();
    const event = JSON.stringify(eventOf('customer.created', {}, { id }));
    const signature = signatureOf({ payload: event });
    expect(await postWebhook(shop, Buffer.from(`\ufeff${event}`), { 'stripe-signature': signature })).toBe(400);
    expect(await inboxRows(shop, id)).toEqual([]);
  });
});

describe('The log, not the answer, says that', () => {
  const event = () => eventOf('customer.created', { name: 'Zoé' });
  /** Pretty, as Stripe writes it. */
  const sent = JSON.stringify(event(), null, 2);
  const skewed = (seconds: number) => signatureOf({ payload: sent, timestamp: secondsFromNow(seconds) });
  // The table is made minutes before its last line is read, on a busy machine.
  const FAR = 3_600;

  // Of an old event, with the time of today where only one of two readers sees it.
  const old = skewed(-9_999);
  const now = secondsFromNow(0);
  const forgeries: [string, string][] = [
    ['a sign, and another word', `${old.replace('t=', 't=+')},-t=${now}`],
    ['a sign, and a longer name', `${old.replace('t=', 't=+')},x.t=${now}`],
    ['a blank, and a value with a semicolon', `${old.replace('t=', 't= ')},z=;t=${now}`],
    ['a semicolon', `t=${now};${old}`],
    ['a value with a blank', `x= t=${now},${old}`],
    ['another base, and a blank before the name', `${old.replace('t=', 't=0x')}, t=${now}`],
  ];

  const notUtf8 = Buffer.from([0x7b, 0xff, 0xfe, 0x7d]);
  const marked = Buffer.from(`\ufeff${sent}`);
  const deep = `${'['.repeat(40)}${']'.repeat(40)}`;
  const cases: [string, string, string | Buffer, string | null][] = [
    ...forgeries.map(([how, header]): [string, string, string, string] => [
      `the time can be read in two ways, by ${how}`,
      'header_malformed',
      sent,
      header,
    ]),
    ['the header is missing', 'header_missing', sent, null],
    ['the header is empty', 'header_missing', sent, ''],
    ['the header is nonsense', 'header_malformed', sent, 'nonsense'],
    ['the header has no time', 'header_malformed', sent, 'v1=00'],
    ['the header has two times', 'header_malformed', sent, `t=1,${signatureOf({ payload: sent })}`],
    ['there is a v0 signature only', 'header_malformed', sent, signatureOf({ payload: sent }).replace('v1=', 'v0=')],
    ['the header has hundreds of signatures', 'header_malformed', sent, `${skewed(0)}${',v1=00'.repeat(500)}`],
    ['no secret fits', 'no_secret_matches', sent, signatureOf({ payload: sent, secret: 'whsec_somebody_elses' })],
    ['no secret fits, an old time or not', 'no_secret_matches', sent, `t=${secondsFromNow(-999)},v1=00`],
    ['the content is another', 'no_secret_matches', sent.replace('Zoé', 'Eve'), signatureOf({ payload: sent })],
    ['something reformatted it', 'body_reformatted', JSON.stringify(JSON.parse(sent)), signatureOf({ payload: sent })],
    ['something made it pretty', 'body_reformatted', sent, signatureOf({ payload: JSON.stringify(JSON.parse(sent)) })],
    ['a line was added', 'body_reformatted', `${sent}\n`, signatureOf({ payload: sent })],
    ['the last line was removed', 'body_reformatted', sent, signatureOf({ payload: `${sent}\n` })],
    ['lines end otherwise', 'body_reformatted', sent.replaceAll('\n', '\r\n'), signatureOf({ payload: sent })],
    ['the clock is behind', 'clock_skew', sent, skewed(FAR)],
    ['the clock is ahead, or the event old', 'clock_skew', sent, skewed(-FAR)],
    ['it is nested as no event is', 'no_secret_matches', deep, signatureOf({ payload: `${deep} ` })],
    ['it is not UTF-8', 'body_not_utf8', notUtf8, signatureOf({ payload: notUtf8 })],
    ['it begins with a byte order mark', 'body_has_byte_order_mark', marked, signatureOf({ payload: marked })],
    ['something added the mark', 'body_reformatted', marked, signatureOf({ payload: sent })],
    ['it is not JSON', 'body_not_json', '{', signatureOf({ payload: '{' })],
    ['it is empty', 'body_not_json', '', signatureOf({ payload: '' })],
    ['it is not an event', 'body_not_an_event', '{}', signatureOf({ payload: '{}' })],
  ];

  test.each(cases)('%s: %s', async (_, reason, payload, signature) => {
    shop.log.length = 0;
    const response = await shop.app.inject({
      method: 'POST',
      url: '/api/webhook/stripe/',
      headers: { 'content-type': 'application/json', ...(signature === null ? {} : { 'stripe-signature': signature }) },
      payload,
    });
    expect(response.statusCode).toBe(400);
    // The same for all: it helps nobody who tries to forge an event.
    expect(response.json()).toEqual({
      error: {
        code: 'BAD_WEBHOOK',
        message: 'No valid signature over this body.',
        requestId: response.headers['x-request-id'],
      },
    });
    const rejections = shop.log.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'webhook request rejected');
    expect(rejections).toMatchObject([{ reason }]);
    expect(shop.log.join('')).not.toContain(WEBHOOK_SECRET);
    if (reason === 'clock_skew') expect(Math.abs(rejections[0].ageSeconds)).toBeGreaterThan(300);
  });
});

describe('With a list of addresses', () => {
  let guarded: TestApp;
  beforeAll(async () => {
    guarded = await startTestApp({ WEBHOOK_ALLOWED_ADDRESSES: '3.18.12.63, 10.1.0.0/16, 2001:db8::/32' });
  });
  afterAll(() => guarded.close());

  test.each([
    ['3.18.12.63', 200],
    ['10.1.255.255', 200],
    ['2001:db8:1::1', 200],
    ['::ffff:3.18.12.63', 200],
    ['3.18.12.64', 403],
    ['10.2.0.0', 403],
    ['2001:db9::1', 403],
    ['::1', 403],
  ])('an event from %s is answered with %d', async (remoteAddress, status) => {
    const id = eventId();
    const payload = JSON.stringify(eventOf('customer.created', {}, { id }));
    const response = await guarded.app.inject({
      method: 'POST',
      url: '/api/webhook/stripe',
      remoteAddress,
      headers: { 'stripe-signature': signatureOf({ payload }), 'x-forwarded-for': '3.18.12.63' },
      payload,
    });
    expect(response.statusCode).toBe(status);
    expect(await inboxRows(guarded, id)).toHaveLength(status === 200 ? 1 : 0);
    if (status === 403) expect(guarded.log.join('')).toContain(`"remoteAddress":"${remoteAddress}"`);
  });

  test('everything else is open to any address', async () => {
    expect((await guarded.app.inject({ url: '/healthz', remoteAddress: '192.0.2.1' })).statusCode).toBe(200);
  });
});

test('Two megabytes are rejected with 413', async () => {
  const payload = 'x'.repeat(2 * 1024 * 1024);
  expect(await postWebhook(shop, payload, { 'stripe-signature': signatureOf({ payload: 'x' }) })).toBe(413);
});
