/** Checkout Sessions over the API: what they hold, how they are found, and how they end. */
import { describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import {
  lineItem,
  PAID_CARD,
  pageUrl,
  sessionParameters,
  start,
  stripeError,
  submitCard,
  TestClock,
} from './support.js';

describe('creating a session', () => {
  test('answers an open, unpaid session without a PaymentIntent', async () => {
    const clock = new TestClock();
    const { simulator, stripe } = await start({ clock });
    const session = await stripe.checkout.sessions.create(sessionParameters());
    expect(session).toMatchObject({
      object: 'checkout.session',
      created: clock.seconds(),
      livemode: false,
      mode: 'payment',
      payment_intent: null,
      payment_status: 'unpaid',
      status: 'open',
      ui_mode: 'hosted_page',
      cancel_url: 'http://localhost:3000/cart',
      success_url: 'http://localhost:3000/success?session_id={CHECKOUT_SESSION_ID}',
    });
    expect(session.id).toMatch(/^cs_test_a1[A-Za-z0-9]{56}$/);
    expect(session.url).toBe(`${simulator.url}/c/pay/${session.id}`);
  });

  test('adds up the line items', async () => {
    const { stripe } = await start();
    const items = [lineItem('Coffee', 1250, 2), lineItem('Cup', 499, 3)];
    const session = await stripe.checkout.sessions.create(sessionParameters({ line_items: items }));
    expect(session).toMatchObject({ amount_subtotal: 3997, amount_total: 3997, currency: 'eur' });
    expect(session.total_details).toEqual({ amount_discount: 0, amount_shipping: 0, amount_tax: 0 });
  });

  test('keeps what it was given', async () => {
    const { stripe } = await start();
    const given = {
      adaptive_pricing: { enabled: false },
      allow_promotion_codes: false,
      client_reference_id: 'order-1',
      custom_text: { submit: { message: 'Thank you' } },
      customer_email: 'ana@example.com',
      excluded_payment_method_types: ['klarna' as const],
      locale: 'fr' as const,
      metadata: { order: '1', note: 'été ✓' },
      phone_number_collection: { enabled: true },
      submit_type: 'book' as const,
    };
    const session = await stripe.checkout.sessions.create(sessionParameters(given));
    expect(session).toMatchObject(given);
    expect(session.customer_details).toMatchObject({ email: 'ana@example.com', name: null });
  });

  test('shows every field of the session, null where there is nothing', async () => {
    const { stripe } = await start();
    const { cancel_url: _, ...parameters } = sessionParameters();
    const session = await stripe.checkout.sessions.create(parameters);
    const empty = ['cancel_url', 'client_reference_id', 'customer', 'customer_details', 'customer_email', 'invoice'];
    for (const field of [...empty, 'locale', 'payment_link', 'setup_intent', 'subscription', 'shipping_cost']) {
      expect(session).toHaveProperty(field, null);
    }
    expect(session).toMatchObject({
      custom_fields: [],
      metadata: {},
      payment_method_types: ['card', 'sepa_debit'],
      shipping_options: [],
    });
    expect(session).not.toHaveProperty('line_items');
  });

  test('lasts 24 hours unless told otherwise', async () => {
    const clock = new TestClock();
    const { stripe } = await start({ clock });
    const session = await stripe.checkout.sessions.create(sessionParameters());
    expect(session.expires_at).toBe(clock.seconds() + 24 * 60 * 60);
  });

  test('takes metadata values that unset a key as no key', async () => {
    const { stripe } = await start();
    const session = await stripe.checkout.sessions.create(sessionParameters({ metadata: { kept: 'yes', gone: '' } }));
    expect(session.metadata).toEqual({ kept: 'yes' });
  });

  test('keeps metadata keys that are special to JavaScript', async () => {
    const { stripe } = await start();
    const metadata = Object.fromEntries([
      ['__proto__', 'a'],
      ['constructor', 'b'],
      ['0', 'c'],
    ]);
    const session = await stripe.checkout.sessions.create(sessionParameters({ metadata }));
    expect(Object.entries(session.metadata ?? {}).sort()).toEqual([
      ['0', 'c'],
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
  });
});

describe('retrieving a session', () => {
  test('answers what the creation answered', async () => {
    const { stripe } = await start();
    const { lastResponse: _, ...created } = await stripe.checkout.sessions.create(sessionParameters());
    expect(await stripe.checkout.sessions.retrieve(created.id)).toMatchObject(created);
  });

  test('says which session is missing', async () => {
    const { stripe } = await start();
    const error = await stripeError(stripe.checkout.sessions.retrieve('cs_test_none'));
    expect(error).toMatchObject({
      type: 'StripeInvalidRequestError',
      statusCode: 404,
      code: 'resource_missing',
      message: "No such checkout.session: 'cs_test_none'",
    });
  });

  test('expands the line items and, once there is one, the PaymentIntent with its charge', async () => {
    const { stripe } = await start();
    const expand = ['line_items', 'payment_intent.latest_charge'];
    const created = await stripe.checkout.sessions.create(sessionParameters({ expand }));
    expect(created.line_items?.data[0]).toMatchObject({ object: 'item', description: 'Coffee' });
    expect(created.payment_intent).toBeNull();
    await submitCard(created, PAID_CARD);
    const paid = await stripe.checkout.sessions.retrieve(created.id, { expand });
    expect(paid.payment_intent).toMatchObject({
      object: 'payment_intent',
      latest_charge: { object: 'charge', paid: true },
    });
    const plain = await stripe.checkout.sessions.retrieve(created.id);
    expect(plain.payment_intent).toMatch(/^pi_3[A-Za-z0-9]{23}$/);
  });

  test.each(['nonsense', 'status', 'payment_intent.nonsense', 'data.payment_intent', 'a.b.c.d.e'])(
    'refuses to expand %s, and does no work for it',
    async (path) => {
      const { stripe } = await start();
      const error = await stripeError(stripe.checkout.sessions.create(sessionParameters({ expand: [path] })));
      expect(error).toMatchObject({ statusCode: 400, param: 'expand' });
      expect((await stripe.checkout.sessions.list()).data).toEqual([]);
    },
  );
});

describe('line items', () => {
  test('carry their price and quantity, in the order given', async () => {
    const { stripe } = await start();
    const items = [lineItem('Coffee', 1250, 2), lineItem('Cup', 499, 3)];
    const session = await stripe.checkout.sessions.create(sessionParameters({ line_items: items }));
    const { data, has_more } = await stripe.checkout.sessions.listLineItems(session.id);
    expect(has_more).toBe(false);
    expect(data).toMatchObject([
      { description: 'Coffee', quantity: 2, amount_total: 2500, currency: 'eur', price: { unit_amount: 1250 } },
      { description: 'Cup', quantity: 3, amount_total: 1497, currency: 'eur', price: { unit_amount: 499 } },
    ]);
    expect(data[0]?.id).toMatch(/^li_1[A-Za-z0-9]{23}$/);
    expect(String(data[0]?.price?.unit_amount_decimal)).toBe('1250');
  });

  test('come in pages', async () => {
    const { stripe } = await start();
    const items = Array.from({ length: 23 }, (_, index) => lineItem(`Item ${index}`));
    const session = await stripe.checkout.sessions.create(sessionParameters({ line_items: items }));
    const names: (string | null)[] = [];
    for await (const item of stripe.checkout.sessions.listLineItems(session.id, { limit: 5 }))
      names.push(item.description);
    expect(names).toEqual(items.map((item) => item.price_data.product_data.name));
  });
});

describe('listing sessions', () => {
  async function createSeveral(stripe: Stripe, clock: TestClock, count: number): Promise<string[]> {
    const ids: string[] = [];
    for (let index = 0; index < count; index += 1) {
      ids.unshift((await stripe.checkout.sessions.create(sessionParameters())).id);
      clock.advanceSeconds(10);
    }
    return ids;
  }

  const idsOf = (list: { data: { id: string }[] }) => list.data.map(({ id }) => id);

  test('gives the newest ten first and says that there are more', async () => {
    const clock = new TestClock();
    const { stripe } = await start({ clock });
    const ids = await createSeveral(stripe, clock, 11);
    const list = await stripe.checkout.sessions.list();
    expect(idsOf(list)).toEqual(ids.slice(0, 10));
    expect(list).toMatchObject({ object: 'list', has_more: true, url: '/v1/checkout/sessions' });
  });

  test('pages forwards and backwards by cursor', async () => {
    const clock = new TestClock();
    const { stripe } = await start({ clock });
    const ids = await createSeveral(stripe, clock, 5);
    const after = await stripe.checkout.sessions.list({ limit: 2, starting_after: String(ids[0]) });
    expect([idsOf(after), after.has_more]).toEqual([ids.slice(1, 3), true]);
    const last = await stripe.checkout.sessions.list({ limit: 2, starting_after: String(ids[2]) });
    expect([idsOf(last), last.has_more]).toEqual([ids.slice(3, 5), false]);
    const before = await stripe.checkout.sessions.list({ limit: 2, ending_before: String(ids[3]) });
    expect([idsOf(before), before.has_more]).toEqual([ids.slice(1, 3), true]);
    const first = await stripe.checkout.sessions.list({ limit: 2, ending_before: String(ids[2]) });
    expect([idsOf(first), first.has_more]).toEqual([ids.slice(0, 2), false]);
  });

  test('can be walked to its end', async () => {
    const clock = new TestClock();
    const { stripe } = await start({ clock });
    const ids = await createSeveral(stripe, clock, 7);
    const walked: string[] = [];
    for await (const { id } of stripe.checkout.sessions.list({ limit: 3 })) walked.push(id);
    expect(walked).toEqual(ids);
  });

  test('filters by creation time, bounds included or not', async () => {
    const clock = new TestClock();
    const { stripe } = await start({ clock });
    const first = clock.seconds();
    const [third, second, oldest] = await createSeveral(stripe, clock, 3);
    const list = async (created: Stripe.RangeQueryParam | number) =>
      idsOf(await stripe.checkout.sessions.list({ created }));
    expect(await list({ gte: first + 10 })).toEqual([third, second]);
    expect(await list({ gt: first + 10 })).toEqual([third]);
    expect(await list({ lte: first + 10 })).toEqual([second, oldest]);
    expect(await list({ lt: first + 10 })).toEqual([oldest]);
    expect(await list({ gt: first, lt: first + 20 })).toEqual([second]);
    expect(await list(first + 20)).toEqual([third]);
  });

  test('filters by status and by PaymentIntent', async () => {
    const { stripe } = await start();
    const open = await stripe.checkout.sessions.create(sessionParameters());
    const paid = await stripe.checkout.sessions.create(sessionParameters());
    await submitCard(paid, PAID_CARD);
    const expired = await stripe.checkout.sessions.create(sessionParameters());
    await stripe.checkout.sessions.expire(expired.id);
    expect(idsOf(await stripe.checkout.sessions.list({ status: 'open' }))).toEqual([open.id]);
    expect(idsOf(await stripe.checkout.sessions.list({ status: 'complete' }))).toEqual([paid.id]);
    expect(idsOf(await stripe.checkout.sessions.list({ status: 'expired' }))).toEqual([expired.id]);
    const { payment_intent: intent } = await stripe.checkout.sessions.retrieve(paid.id);
    expect(idsOf(await stripe.checkout.sessions.list({ payment_intent: String(intent) }))).toEqual([paid.id]);
    expect(idsOf(await stripe.checkout.sessions.list({ payment_intent: 'pi_none' }))).toEqual([]);
  });

  test('goes on from a cursor that no longer matches the filter', async () => {
    const { stripe } = await start();
    const older = await stripe.checkout.sessions.create(sessionParameters());
    const cursor = await stripe.checkout.sessions.create(sessionParameters());
    await stripe.checkout.sessions.expire(cursor.id);
    const page = await stripe.checkout.sessions.list({ status: 'open', starting_after: cursor.id });
    expect(idsOf(page)).toEqual([older.id]);
  });

  test('expands in each element', async () => {
    const { stripe } = await start();
    await submitCard(await stripe.checkout.sessions.create(sessionParameters()), PAID_CARD);
    const list = await stripe.checkout.sessions.list({ expand: ['data.payment_intent', 'data.line_items'] });
    expect(list.data[0]).toMatchObject({ payment_intent: { status: 'succeeded' }, line_items: { object: 'list' } });
  });

  test.each([
    { limit: 0 },
    { limit: 101 },
    { expand: ['data'] },
    { expand: ['payment_intent'] },
    { starting_after: 'cs_none' },
    { ending_before: 'cs_none' },
  ])('rejects %j', async (parameters) => {
    const { stripe } = await start();
    const error = await stripeError(stripe.checkout.sessions.list(parameters));
    expect(error).toMatchObject({ statusCode: 400, param: Object.keys(parameters)[0] });
  });

  test('rejects both cursors at once', async () => {
    const { stripe } = await start();
    const { id } = await stripe.checkout.sessions.create(sessionParameters());
    const error = await stripeError(stripe.checkout.sessions.list({ starting_after: id, ending_before: id }));
    expect(error.statusCode).toBe(400);
  });

  test('forgets the oldest when it is full', async () => {
    const { stripe } = await start({ maxObjects: 2 });
    const oldest = await stripe.checkout.sessions.create(sessionParameters());
    const second = await stripe.checkout.sessions.create(sessionParameters());
    const third = await stripe.checkout.sessions.create(sessionParameters());
    expect(idsOf(await stripe.checkout.sessions.list())).toEqual([third.id, second.id]);
    expect((await stripeError(stripe.checkout.sessions.retrieve(oldest.id))).statusCode).toBe(404);
  });
});

describe('expiring a session', () => {
  test('ends it and takes its page away', async () => {
    const { stripe } = await start();
    const session = await stripe.checkout.sessions.create(sessionParameters());
    const expired = await stripe.checkout.sessions.expire(session.id);
    expect(expired).toMatchObject({ id: session.id, status: 'expired', payment_status: 'unpaid', url: null });
    expect((await fetch(pageUrl(session))).status).toBe(410);
  });

  test('is rejected for a session that is not open', async () => {
    const { stripe } = await start();
    const expired = await stripe.checkout.sessions.create(sessionParameters());
    await stripe.checkout.sessions.expire(expired.id);
    const paid = await stripe.checkout.sessions.create(sessionParameters());
    await submitCard(paid, PAID_CARD);
    for (const [id, status] of [
      [expired.id, 'expired'],
      [paid.id, 'complete'],
    ] as const) {
      expect(await stripeError(stripe.checkout.sessions.expire(id))).toMatchObject({
        statusCode: 400,
        type: 'StripeInvalidRequestError',
        message: `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of \`${status}\`.`,
      });
    }
  });

  test('happens by itself when its time is over, at whatever looks at it first', async () => {
    const clock = new TestClock();
    const { simulator, stripe } = await start({ clock });
    const expires_at = clock.seconds() + 30 * 60;
    const seen = await Promise.all(
      ['retrieve', 'list', 'page', 'sweep'].map(() =>
        stripe.checkout.sessions.create(sessionParameters({ expires_at })),
      ),
    );
    const [read, ...others] = seen;
    clock.advanceSeconds(30 * 60 - 1);
    simulator.runDue();
    expect(await stripe.checkout.sessions.retrieve(String(read?.id))).toMatchObject({ status: 'open' });
    clock.advanceSeconds(1);
    expect(await stripe.checkout.sessions.retrieve(String(read?.id))).toMatchObject({ status: 'expired', url: null });
    expect((await submitCard(seen[2] ?? { url: null }, PAID_CARD)).status).toBe(410);
    const { data } = await stripe.checkout.sessions.list({ status: 'expired' });
    expect(data.map(({ id }) => id)).toEqual(expect.arrayContaining(others.map(({ id }) => id)));
    const events = await stripe.events.list({ type: 'checkout.session.expired' });
    expect(events.data).toHaveLength(seen.length);
    expect(events.data[0]?.request).toEqual({ id: null, idempotency_key: null });
  });
});
