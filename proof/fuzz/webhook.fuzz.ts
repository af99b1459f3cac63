/** Fuzzes the webhook: no 5xx, a row for each accepted event, none for rejected requests. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { signatureOf } from '../../test/support/stripe-events.js';
import { bodies, type FuzzShop, seed, startFuzzShop } from './fuzz-shop.js';
import { type Change, changed, changes, hostileJson, hostileText, type Json, nestedBody } from './hostile-values.js';

// Most of them are events, since those go furthest.
const EVENTS_SHARE = 0.75;
const ODD_BODIES_SHARE = 0.05;

let shop: FuzzShop;
/** What became of the events. */
const tally = new Map<string, number>();

beforeAll(async () => {
  shop = await startFuzzShop();
});
afterAll(async () => {
  const em = shop.orm.em.fork();
  const states = await em.execute('select state, count(*)::int from inbox_events group by state');
  await shop.close();
  console.log(`Webhook answers: ${JSON.stringify(Object.fromEntries(tally))}; stored: ${JSON.stringify(states)}`);
});

/** How the sender signs: mostly as Stripe, since everything else is rejected at once. */
const signing = fc.oneof(
  { weight: 12, arbitrary: fc.constant('well' as const) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('another secret', 'another body', 'too late', 'too early', 'twice', 'not at all'),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 60 }).map((header) => ({ header })) },
);
type Signing = typeof signing extends fc.Arbitrary<infer Value> ? Value : never;

function signatureBy(how: Signing, payload: string | Buffer): string | null {
  if (typeof how === 'object') return how.header;
  const now = Math.floor(Date.now() / 1000);
  switch (how) {
    case 'another secret':
      return signatureOf({ payload, secret: 'whsec_of_somebody_else' });
    case 'another body':
      return signatureOf({ payload: `${payload} ` });
    case 'too late':
      return signatureOf({ payload, timestamp: now - 1_000 });
    case 'too early':
      return signatureOf({ payload, timestamp: now + 1_000 });
    case 'twice':
      return `${signatureOf({ payload })},t=${now + 9}`;
    case 'not at all':
      return null;
    default:
      return signatureOf({ payload });
  }
}

/** Sends it, and checks what must hold of every answer. Returns its status. */
async function post(payload: string | Buffer, how: Signing): Promise<number> {
  const signature = signatureBy(how, payload);
  const response = await shop.app.inject({
    method: 'POST',
    url: '/api/webhook/stripe/',
    headers: { 'content-type': 'application/json', ...(signature === null ? {} : { 'stripe-signature': signature }) },
    payload,
  });
  const { statusCode } = response;
  tally.set(String(statusCode), (tally.get(String(statusCode)) ?? 0) + 1);
  shop.expectNoFault(response);
  expect([200, 400, 413]).toContain(statusCode);
  const writes = await shop.writes();
  if (statusCode === 200) expect(writes).toContain('insert inbox_events');
  else expect(writes).toEqual([]);
  if (how !== 'well') expect(statusCode).not.toBe(200);
  return statusCode;
}

/** An event that Stripe sent, under an id of its own, as it could have been with those changes. */
function eventFrom(original: Record<string, unknown>, list: readonly Change[]): Json {
  const id = `evt_${randomUUID().replaceAll('-', '')}`;
  return changed({ ...original, id } as Json, list);
}

test('Events of orders that exist, changed in any place', async () => {
  const input = fc.record({ original: fc.nat(), changes, signing });
  const property = fc.asyncProperty(input, async (drawn) => {
    const original = shop.events[drawn.original % shop.events.length] ?? {};
    await post(JSON.stringify(eventFrom(original, drawn.changes)), drawn.signing);
  });
  await fc.assert(property, { numRuns: Math.ceil(bodies * EVENTS_SHARE), seed });
});

test('Events that are not plain JSON in UTF-8', async () => {
  const written = fc.constantFrom<(json: string) => Buffer>(
    (json) => Buffer.from(`\ufeff${json}`),
    (json) => Buffer.from(`\ufeff\ufeff${json}`),
    (json) => Buffer.from(` \ufeff${json}`),
    (json) => Buffer.from(`${json}\ufeff`),
    (json) => Buffer.from(`\ufeff${json}`, 'utf16le'),
    (json) => Buffer.from(json, 'utf16le'),
    (json) => Buffer.concat([Buffer.from(json), Buffer.from([0xff])]),
    (json) => Buffer.concat([Buffer.from([0xef, 0xbb]), Buffer.from(json)]),
  );
  const input = fc.record({ original: fc.nat(), written, signing });
  const property = fc.asyncProperty(input, async (drawn) => {
    const original = shop.events[drawn.original % shop.events.length] ?? {};
    const body = drawn.written(JSON.stringify(eventFrom(original, [])));
    expect(await post(body, drawn.signing)).not.toBe(200);
  });
  await fc.assert(property, { numRuns: Math.ceil(bodies * ODD_BODIES_SHARE), seed });
});

test('Bodies that are no events', async () => {
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    hostileText,
    hostileJson.map((value) => JSON.stringify(value)),
    fc.json({ maxDepth: 5 }),
    fc
      .record({ id: hostileJson, object: fc.constant('event'), type: hostileText, data: hostileJson })
      .map((value) => JSON.stringify(value)),
    nestedBody,
    fc.constant('x'.repeat(1024 * 1024 + 1)),
  );
  const property = fc.asyncProperty(fc.record({ body, signing }), async (drawn) => {
    await post(drawn.body, drawn.signing);
  });
  await fc.assert(property, { numRuns: Math.ceil(bodies * (1 - EVENTS_SHARE - ODD_BODIES_SHARE)), seed });
});
