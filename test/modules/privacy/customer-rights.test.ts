/** What a customer may ask for: erasure, with the books still right, and a copy of all that is held about them. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { requestPaymentSync } from '../../../src/modules/payments/payment-sync-requests.js';
import { lockBuyer } from '../../../src/platform/database/transaction.js';
import { checkout, moneyOf, orderBySession, submitCard } from '../../support/checkout.js';
import { eventually } from '../../support/eventually.js';
import { addEquipment, addProduct } from '../../support/shop.js';
import { deliver, eventId, eventOf, inboxRows } from '../../support/stripe-events.js';
import { newBuyer, newStaff, type Person, startTestApp, stripeOf, type TestApp } from '../../support/test-app.js';

const ANONYMISE = 'mutation ($id: ID!) { anonymizeCustomer(buyerId: $id) { buyerId orderCount eventCount } }';
const EXPORT = `query ($id: ID!, $first: Int, $after: String) {
  customerExport(buyerId: $id, first: $first, after: $after) { buyerId orderCount orders hasNextPage endCursor }
}`;
const REPLAY = 'mutation ($id: ID!) { replayWebhookEvent(id: $id) { event { status error } } }';
const FULFILL = 'mutation ($input: MarkFulfilledInput!) { markFulfilled(input: $input) { fulfillment { id } } }';
const PAID_CARD = '4242424242424242';
const DECLINED_CARD = '4000000000000002';
const DISPUTED_CARD = '4000000000000259';

let shop: TestApp;
let stripe: Stripe;
let staff: Person;

beforeAll(async () => {
  shop = await startTestApp();
  staff = await newStaff();
  stripe = stripeOf(shop);
});
afterAll(() => shop.close());

interface Export {
  orderCount: number;
  orders: Record<string, unknown>[];
  hasNextPage: boolean;
  endCursor: string | null;
}

const anonymise = (buyer: Person, viewer = staff) =>
  shop.graphql<{ anonymizeCustomer: { orderCount: number; eventCount: number } }>(
    ANONYMISE,
    { id: buyer.id },
    viewer.token,
  );

/** As if all of it had happened more than a month ago: goods are handed over, and refunds cannot fail any more. */
async function aMonthLater({ id }: Person): Promise<void> {
  const em = shop.orm.em.fork();
  await em.execute(`update orders set paid_at = paid_at - interval '32 days' where buyer_id = ?`, [id]);
  await em.execute(
    `update refunds set issued_at = issued_at - interval '32 days' where order_id in (select id from orders where buyer_id = ?)`,
    [id],
  );
}

async function anonymiseInTime(buyer: Person) {
  await aMonthLater(buyer);
  return anonymise(buyer);
}

async function exported(buyer: Person, page: object = {}): Promise<Export> {
  const { data, errors } = await shop.graphql<{ customerExport: Export }>(
    EXPORT,
    { id: buyer.id, ...page },
    staff.token,
  );
  if (!data) throw new Error(JSON.stringify(errors));
  return data.customerExport;
}

/** Somebody whose every detail holds a word that nobody else's does. */
async function newCustomer() {
  const word = `w${randomUUID().slice(0, 8)}`;
  const input = {
    customerInfo: {
      firstName: `First${word}`,
      lastName: `Last${word}`,
      email: `${word}@shop-test.example`,
      phone: `+33 ${word}`,
      address: `1 rue ${word}`,
      city: `City${word}`,
      postalCode: `P${word}`,
      country: 'France',
    },
    successUrl: `http://localhost:3000/success?name=${word}&session_id={CHECKOUT_SESSION_ID}`,
    cancelUrl: `http://localhost:3000/cart?name=${word}`,
    idempotencyKey: `key-${word}`,
  };
  return { buyer: await newBuyer(), word, input };
}

type NewCustomer = Awaited<ReturnType<typeof newCustomer>>;

const pay = (url: string, cardNumber: string, word: string) =>
  fetch(url, {
    method: 'POST',
    body: new URLSearchParams({ card_number: cardNumber, name: `Holder${word}` }),
    redirect: 'manual',
  });

async function order({ buyer, word, input }: NewCustomer, cards: string[], rest: object = {}) {
  const product = await addProduct(shop.orm, { priceMinor: 1000 });
  const session = await checkout(shop, buyer, [{ id: product, type: 'PRODUCT' }], { ...input, ...rest });
  for (const card of cards) {
    await pay(session.url, card, word);
    // A decline that is delivered after the payment is no news any more.
    if (card === DECLINED_CARD) {
      await eventually(async () => {
        expect((await orderBySession(shop, buyer, session.sessionId))?.lastPaymentError).not.toBeNull();
      });
    }
  }
  if (cards.length > 0) {
    await eventually(async () => {
      expect((await orderBySession(shop, buyer, session.sessionId))?.status).toBe('PAID');
    });
  }
  const { payment_intent: intent } = await stripe.checkout.sessions.retrieve(session.sessionId);
  return { ...session, id: session.order.id, intent: String(intent) };
}

/** The tables whose rows hold the word, bodies of events included. */
async function tablesWith(word: string): Promise<string[]> {
  const em = shop.orm.em.fork();
  const tables = await em.execute<{ name: string }[]>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'pgboss')`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const text = name === 'public.inbox_events' ? `t::text || encode(body, 'escape')` : 't::text';
    const [row] = await em.execute(`select 1 from ${name} t where ${text} like ? limit 1`, [`%${word}%`]);
    if (row) found.push(name);
  }
  return found.sort();
}

async function eventsOf(orderId: string) {
  return shop.orm.em
    .fork()
    .execute<{ id: string; state: string }[]>(
      'select id, state from inbox_events where order_id = ? order by received_at',
      [orderId],
    );
}

const refunded = (id: string, amount: number) =>
  eventually(async () => {
    for (const job of ['retry-events', 'sync-payments']) await shop.runJob(job);
    expect((await moneyOf(shop, staff, id)).amountRefunded.amount).toBe(amount);
  });

/** The carrier knows by the number where it went. */
async function send(orderId: string, word: string): Promise<void> {
  const input = { orderId, carrier: 'La Poste', trackingNumber: `T${word}`, idempotencyKey: randomUUID() };
  expect((await shop.graphql(FULFILL, { input }, staff.token)).errors).toBeUndefined();
}

describe('A customer who is anonymised', () => {
  test('is nowhere in the database any more; amounts, lines and timelines stay', async () => {
    const customer = await newCustomer();
    const { buyer, word } = customer;
    const paid = await order(customer, [DECLINED_CARD, PAID_CARD]);
    await stripe.refunds.create({ payment_intent: paid.intent, amount: 300 });
    await refunded(paid.id, 300);
    await send(paid.id, word);
    expect(await tablesWith(word)).toEqual(['public.fulfillments', 'public.inbox_events', 'public.orders']);
    await aMonthLater(buyer);
    const before = await orderBySession(shop, staff, paid.sessionId);

    const { data } = await anonymise(buyer);
    expect(data?.anonymizeCustomer).toMatchObject({ orderCount: 1, eventCount: (await eventsOf(paid.id)).length });
    expect(await tablesWith(word)).toEqual([]);
    const after = await orderBySession(shop, staff, paid.sessionId);
    const { timeline, customer: nobody, ...rest } = after ?? {};
    const { timeline: earlier, customer: _somebody, ...same } = before ?? {};
    expect(rest).toEqual(same);
    expect(timeline).toEqual([
      ...(earlier ?? []),
      expect.objectContaining({ cause: 'CUSTOMER_ANONYMIZED', from: 'PAID', to: 'PAID', actorId: staff.id }),
    ]);
    expect(nobody).toMatchObject({ firstName: '', lastName: '', email: '', phone: null, city: '', country: 'FR' });
    expect(await moneyOf(shop, staff, paid.id)).toMatchObject({ refundStatus: 'PARTIAL' });
  });

  test('once more, has nothing to erase', async () => {
    const customer = await newCustomer();
    await order(customer, [PAID_CARD]);
    expect((await anonymiseInTime(customer.buyer)).data?.anonymizeCustomer).toMatchObject({ orderCount: 1 });
    const again = await anonymiseInTime(customer.buyer);
    expect(again.data?.anonymizeCustomer).toMatchObject({ orderCount: 0, eventCount: 0 });
  });

  test('does not come back with later events, nor when events are replayed or listed', async () => {
    const customer = await newCustomer();
    const { buyer, word } = customer;
    const paid = await order(customer, [DECLINED_CARD, PAID_CARD]);
    await anonymiseInTime(buyer);
    await stripe.refunds.create({ payment_intent: paid.intent, amount: 300 });
    await refunded(paid.id, 300);
    const session = await stripe.checkout.sessions.retrieve(paid.sessionId);
    const late = eventId();
    expect(await deliver(shop, eventOf('checkout.session.completed', session, { id: late }))).toBe(200);
    const declined = eventId();
    const failure = {
      code: 'card_declined',
      decline_code: 'generic_decline',
      message: `No, ${word}`,
      type: 'card_error',
    };
    const metadata = { application: 'comptoir', order_id: paid.id, note: word };
    const intent = { object: 'payment_intent', id: paid.intent, metadata, last_payment_error: failure };
    expect(await deliver(shop, eventOf('payment_intent.payment_failed', intent, { id: declined }))).toBe(200);
    expect(await inboxRows(shop, late)).toMatchObject([{ state: 'PROCESSED', orderId: paid.id }]);
    expect(await inboxRows(shop, declined)).toMatchObject([{ state: 'PROCESSED' }]);
    // Without an effect, and known by its payment alone.
    const other = { object: 'refund', id: 're_x', payment_intent: paid.intent, destination_details: { holder: word } };
    expect(await deliver(shop, eventOf('charge.refund.updated', other))).toBe(200);
    expect(await tablesWith(word)).toEqual([]);

    const money = await moneyOf(shop, staff, paid.id);
    for (const { id, state } of await eventsOf(paid.id)) {
      const { data } = await shop.graphql<{ replayWebhookEvent: { event: object } }>(REPLAY, { id }, staff.token);
      expect(data?.replayWebhookEvent.event).toEqual({ status: state, error: null });
    }
    await shop.orm.em.fork().execute('update stripe_accounts set events_read_until = null');
    for (const job of ['read-missed-events', 'find-discrepancies', 'sync-payments']) await shop.runJob(job);
    expect(await moneyOf(shop, staff, paid.id)).toEqual(money);
    expect(await tablesWith(word)).toEqual([]);
  });

  test('whose event was being stored meanwhile, is forgotten by the job', async () => {
    const customer = await newCustomer();
    const { buyer, word } = customer;
    const paid = await order(customer, [PAID_CARD]);
    await anonymiseInTime(buyer);
    await shop.orm.em.fork().execute(
      `update inbox_events set anonymised_at = null, body = convert_to(?, 'UTF8') where id =
           (select id from inbox_events where order_id = ? limit 1)`,
      [JSON.stringify(eventOf('charge.succeeded', { billing_details: { name: word } })), paid.id],
    );
    expect(await tablesWith(word)).toEqual(['public.inbox_events']);
    await shop.runJob('anonymise-remaining-events');
    expect(await tablesWith(word)).toEqual([]);
  });

  test('whose events are stored in bodies that are no plain JSON, is forgotten all the same', async () => {
    const customer = await newCustomer();
    const { buyer, word } = customer;
    const paid = await order(customer, [PAID_CARD]);
    const event = JSON.stringify(eventOf('charge.succeeded', { billing_details: { name: word } }));
    const twice = event.replace('"data":', `"data":"${word}","name":"${word}","data":`);
    const bodies = [
      Buffer.from(`\ufeff${event}`),
      Buffer.from(`\ufeff${event}`, 'utf16le'),
      Buffer.from(event.slice(0, -1)),
      Buffer.from(twice),
      Buffer.from(JSON.stringify(word)),
      Buffer.from(JSON.stringify([word])),
      Buffer.from(`${'{"data":'.repeat(50_000)}"${word}"${'}'.repeat(50_000)}`),
      Buffer.from(word),
      Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(word)]),
      Buffer.alloc(0),
    ];
    const em = shop.orm.em.fork();
    const store = `insert into inbox_events select (jsonb_populate_record(e, jsonb_build_object('id', ?::text))).*
      from inbox_events e where e.order_id = ? limit 1`;
    for (const [index, body] of bodies.entries()) {
      const id = `evt_odd${index}${word}`.replace(word, word.slice(1));
      await em.execute(store, [id, paid.id]);
      await em.execute('update inbox_events set body = ? where id = ?', [body, id]);
    }
    await anonymiseInTime(buyer);
    const bodiesNow = await em.execute<{ body: Buffer }[]>('select body from inbox_events where order_id = ?', [
      paid.id,
    ]);
    expect(bodiesNow.length).toBeGreaterThanOrEqual(bodies.length);
    for (const { body } of bodiesNow) {
      expect(body.toString()).not.toContain(word);
      expect(body.toString('utf16le')).not.toContain(word);
    }
    expect(await tablesWith(word)).toEqual([]);
    await em.execute('update inbox_events set anonymised_at = null, body = ? where order_id = ?', [
      Buffer.from(`\ufeff${event}`),
      paid.id,
    ]);
    await shop.runJob('anonymise-remaining-events');
    expect(await tablesWith(word)).toEqual([]);
  });

  test('with a long history, is forgotten batch by batch', async () => {
    const customer = await newCustomer();
    const { buyer, word } = customer;
    const paid = await order(customer, [PAID_CARD]);
    const em = shop.orm.em.fork();
    await em.execute(
      `insert into orders select (jsonb_populate_record(o, jsonb_build_object('id', gen_random_uuid(), 'number', null,
         'checkout_session_id', null, 'payment_intent_id', null, 'idempotency_key', null))).*
       from orders o, generate_series(1, 250) where o.id = ?`,
      [paid.id],
    );
    await em.execute(
      `insert into inbox_events select (jsonb_populate_record(e, jsonb_build_object('id', e.id || n))).*
       from inbox_events e, generate_series(1, 150) n where e.order_id = ?`,
      [paid.id],
    );
    const events = (await eventsOf(paid.id)).length;
    expect(events).toBeGreaterThan(400);
    expect((await anonymiseInTime(buyer)).data?.anonymizeCustomer).toMatchObject({
      orderCount: 251,
      eventCount: events,
    });
    expect(await tablesWith(word)).toEqual([]);
  });
});

describe('A customer is not anonymised', () => {
  const rejection = async (buyer: Person, viewer = staff) => (await anonymise(buyer, viewer)).errors?.[0]?.extensions;
  const somebodyWaits = () =>
    eventually(async () => {
      const query = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
      expect(await shop.orm.em.fork().execute(query)).not.toEqual([]);
    });

  test('while one of their orders may still be paid: nothing is erased until it is cancelled', async () => {
    const customer = await newCustomer();
    const { buyer, word } = customer;
    await order(customer, [PAID_CARD]);
    await aMonthLater(buyer);
    const open = await order(customer, [], { idempotencyKey: randomUUID() });
    expect(await rejection(buyer)).toMatchObject({
      code: 'CUSTOMER_HAS_OPEN_ORDERS',
      orderIds: [open.id],
      fields: { buyerId: 'has open orders' },
    });
    expect(await orderBySession(shop, buyer, open.sessionId)).toMatchObject({ customer: { city: `City${word}` } });
    await shop.graphql('mutation ($id: ID!) { cancelOrder(orderId: $id) { id } }', { id: open.id }, buyer.token);
    expect((await anonymise(buyer)).data?.anonymizeCustomer).toMatchObject({ orderCount: 2 });
    await eventually(async () => expect(await tablesWith(word)).toEqual([]));
  });

  test('while a payment is disputed, since their details are evidence', async () => {
    const customer = await newCustomer();
    const disputed = await order(customer, [DISPUTED_CARD]);
    await eventually(async () => {
      for (const job of ['retry-events', 'sync-payments']) await shop.runJob(job);
      expect((await moneyOf(shop, staff, disputed.id)).disputeStatus).toBe('OPEN');
    });
    expect(await rejection(customer.buyer)).toMatchObject({ code: 'CUSTOMER_HAS_OPEN_ORDERS' });
  });

  test('seconds after paying for goods, which nobody has handed over', async () => {
    const customer = await newCustomer();
    const { buyer } = customer;
    const paid = await order(customer, [PAID_CARD]);
    expect(await rejection(buyer)).toMatchObject({ code: 'CUSTOMER_HAS_OPEN_ORDERS', orderIds: [paid.id] });
    expect((await anonymiseInTime(buyer)).data?.anonymizeCustomer).toMatchObject({ orderCount: 1 });
  });

  const addDispute = ({ id, intent }: { id: string; intent: string }, state: string, takenMinor = 0) =>
    shop.orm.em.fork().execute(
      `insert into disputes (id, order_id, payment_intent_id, amount_minor, currency, reason, state, taken_minor, created_at)
       values (?, ?, ?, 500, 'EUR', 'general', ?, ?, now())`,
      [`du_${randomUUID()}`, id, intent, state, takenMinor],
    );

  test('while an inquiry is open beside a dispute that was won', async () => {
    const customer = await newCustomer();
    const { buyer } = customer;
    const paid = await order(customer, [PAID_CARD]);
    await aMonthLater(buyer);
    await addDispute(paid, 'WON');
    await addDispute(paid, 'INQUIRY');
    expect(await rejection(buyer)).toMatchObject({ code: 'CUSTOMER_HAS_OPEN_ORDERS', orderIds: [paid.id] });
  });

  test('while the bank has the money of a dispute that was won, and not after', async () => {
    const customer = await newCustomer();
    const { buyer } = customer;
    const paid = await order(customer, [PAID_CARD]);
    await aMonthLater(buyer);
    await addDispute(paid, 'WON', 500);
    expect(await rejection(buyer)).toMatchObject({ code: 'CUSTOMER_HAS_OPEN_ORDERS', orderIds: [paid.id] });
    await shop.orm.em.fork().execute('update disputes set taken_minor = 0 where order_id = ?', [paid.id]);
    expect((await anonymise(buyer)).data?.anonymizeCustomer).toMatchObject({ orderCount: 1 });
  });

  test.each(['DUE', 'PENDING', 'BLOCKED', 'FAILED'])('while a refund is %s: they are owed money', async (state) => {
    const customer = await newCustomer();
    const { buyer } = customer;
    const paid = await order(customer, [PAID_CARD]);
    await aMonthLater(buyer);
    const em = shop.orm.em.fork();
    await em.execute(
      `insert into refunds (id, order_id, payment_intent_id, amount_minor, currency, reason, state, created_at, next_attempt_at,
         stripe_refund_id)
       values (?, ?, ?, 1000, 'EUR', 'a test', ?, now(), now() + interval '1 year', ?)`,
      [randomUUID(), paid.id, paid.intent, state, state === 'PENDING' ? `re_${randomUUID()}` : null],
    );
    await requestPaymentSync(em, { request: async () => {} }, paid.id, null);
    // Before and after its news was read.
    expect(await rejection(buyer)).toMatchObject({ code: 'CUSTOMER_HAS_OPEN_ORDERS', orderIds: [paid.id] });
    await shop.runJob('sync-payments');
    expect(await rejection(buyer)).toMatchObject({ code: 'CUSTOMER_HAS_OPEN_ORDERS', orderIds: [paid.id] });
  });

  test('while a refund that was made may still fail', async () => {
    const customer = await newCustomer();
    const { buyer } = customer;
    const paid = await order(customer, [PAID_CARD]);
    await aMonthLater(buyer);
    await stripe.refunds.create({ payment_intent: paid.intent, amount: 300 });
    await refunded(paid.id, 300);
    expect(await rejection(buyer)).toMatchObject({ code: 'CUSTOMER_HAS_OPEN_ORDERS', orderIds: [paid.id] });
    expect((await anonymiseInTime(buyer)).data?.anonymizeCustomer).toMatchObject({ orderCount: 1 });
  });

  test('while a payment of an order is being applied: the erasure waits for it', async () => {
    const customer = await newCustomer();
    const { buyer } = customer;
    const paid = await order(customer, [PAID_CARD]);
    await aMonthLater(buyer);
    const em = shop.orm.em.fork();
    await em.begin();
    await em.execute('select id from orders where id = ? for update', [paid.id]);
    await em.execute(`update orders set refund_status = 'PENDING' where id = ?`, [paid.id]);
    const answer = rejection(buyer);
    await somebodyWaits();
    await em.commit();
    expect(await answer).toMatchObject({ code: 'CUSTOMER_HAS_OPEN_ORDERS', orderIds: [paid.id] });
  });

  test('while one of their orders is being placed: the erasure waits for it', async () => {
    const customer = await newCustomer();
    const { buyer } = customer;
    const paid = await order(customer, [PAID_CARD]);
    await aMonthLater(buyer);
    const em = shop.orm.em.fork();
    await em.begin();
    await lockBuyer(em, buyer.id);
    const answer = rejection(buyer);
    await somebodyWaits();
    const [placed] = await em.execute<{ id: string }[]>(
      `insert into orders select (jsonb_populate_record(o, jsonb_build_object('id', gen_random_uuid(), 'number', null,
         'checkout_session_id', null, 'payment_intent_id', null, 'idempotency_key', null, 'paid_at', null, 'status', 'PENDING'))).*
       from orders o where o.id = ? returning id`,
      [paid.id],
    );
    await em.commit();
    expect(await answer).toMatchObject({ code: 'CUSTOMER_HAS_OPEN_ORDERS', orderIds: [placed?.id] });
  });

  test('before what they rented is back', async () => {
    const customer = await newCustomer();
    const { buyer, input } = customer;
    const equipment = await addEquipment(shop.orm);
    const session = await checkout(shop, buyer, [{ id: equipment, type: 'EQUIPMENT', days: 2 }], input);
    await submitCard(session.url, PAID_CARD);
    await eventually(async () => {
      expect((await orderBySession(shop, buyer, session.sessionId))?.status).toBe('PAID');
    });
    expect(await rejection(buyer)).toMatchObject({ code: 'CUSTOMER_HAS_OPEN_ORDERS', orderIds: [session.order.id] });
  });

  test('who has never ordered, which may be a slip of the pen', async () => {
    expect(await rejection(await newBuyer())).toMatchObject({
      code: 'NOT_FOUND',
      fields: { buyerId: expect.any(String) },
    });
  });

  test('by anybody but staff', async () => {
    const customer = await newCustomer();
    await order(customer, [PAID_CARD]);
    expect(await rejection(customer.buyer, customer.buyer)).toMatchObject({ code: 'FORBIDDEN' });
    const answer = await shop.graphql(EXPORT, { id: customer.buyer.id }, customer.buyer.token);
    expect(answer.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  });
});

describe('An export', () => {
  test('holds all that the database holds of the customer, and names the events', async () => {
    const customer = await newCustomer();
    const { buyer, input, word } = customer;
    const paid = await order(customer, [DECLINED_CARD, PAID_CARD]);
    await stripe.refunds.create({ payment_intent: paid.intent, amount: 300 });
    await refunded(paid.id, 300);
    await send(paid.id, word);
    const { orders, orderCount, hasNextPage } = await exported(buyer);
    expect({ orderCount, hasNextPage }).toEqual({ orderCount: 1, hasNextPage: false });
    const events = await eventsOf(paid.id);
    expect(orders).toMatchObject([
      {
        id: paid.id,
        status: 'PAID',
        totalMinor: 1000,
        refundedMinor: 300,
        customer: { ...input.customerInfo, country: 'FR' },
        idempotencyKey: `key-${word}`,
        lastPaymentError: { code: 'card_declined', message: expect.any(String) },
        stripeRequest: { customer_email: input.customerInfo.email, cancel_url: input.cancelUrl },
        lines: [{ type: 'PRODUCT', quantity: 1, amountMinor: 1000, fulfilledQuantity: 1 }],
        fulfillments: [
          {
            at: expect.any(String),
            carrier: 'La Poste',
            trackingNumber: `T${word}`,
            lines: [{ position: 0, quantity: 1 }],
          },
        ],
        payments: [{ paymentIntentId: paid.intent, amountMinor: 1000, state: 'ACCEPTED' }],
        refunds: [{ amountMinor: 300, state: 'SUCCEEDED' }],
        timeline: expect.arrayContaining([expect.objectContaining({ cause: 'CHECKOUT_CREATED' })]),
        stripeEvents: expect.arrayContaining(events.map(({ id }) => expect.objectContaining({ id }))),
      },
    ]);
    await anonymiseInTime(buyer);
    const after = await exported(buyer);
    expect(after.orders).toMatchObject([{ totalMinor: 1000, anonymizedAt: expect.any(String) }]);
    expect(JSON.stringify(after)).not.toContain(word);
  });

  test('leads through a long history page by page, and never to another buyer’s', async () => {
    const customer = await newCustomer();
    const ids: unknown[] = [];
    for (let count = 0; count < 3; count += 1) {
      ids.push((await order(customer, [], { idempotencyKey: randomUUID() })).id);
    }
    const first = await exported(customer.buyer, { first: 2 });
    expect(first).toMatchObject({ orderCount: 3, hasNextPage: true });
    const second = await exported(customer.buyer, { first: 2, after: first.endCursor });
    expect(second).toMatchObject({ orderCount: 3, hasNextPage: false });
    expect([...first.orders, ...second.orders].map(({ id }) => id)).toEqual(ids.sort());
    const bad = await shop.graphql(EXPORT, { id: customer.buyer.id, after: 'nonsense' }, staff.token);
    expect(bad.errors?.[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: { after: expect.any(String) },
    });
  });

  test('of a buyer without stored data is empty', async () => {
    expect(await exported(await newBuyer())).toMatchObject({ orderCount: 0, orders: [], endCursor: null });
  });
});
