/** Every event is stored once; its effect happens once, in whatever order events come. */

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { onFailPoint } from '../../../src/platform/kernel/fail-point.js';
import { checkout, customerInfo, orderBySession, submitCard } from '../../support/checkout.js';
import { eventually } from '../../support/eventually.js';
import { rejectRows } from '../../support/rejected-rows.js';
import { activeBookings, addEquipment, addProduct, stockOf, warmUp } from '../../support/shop.js';
import { deliver, eventId, eventOf, inboxRows, installationIdOf } from '../../support/stripe-events.js';
import { newBuyer, type Person, startTestApp, type TestApp } from '../../support/test-app.js';

let shop: TestApp;

beforeAll(async () => {
  shop = await startTestApp();
  await warmUp(shop.orm);
});
afterEach(() => shop.clock.reset());
afterAll(() => shop.close());

interface OpenCheckout {
  buyer: Person;
  product: number;
  sessionId: string;
  orderId: string;
}

async function openCheckout(priceMinor = 1000): Promise<OpenCheckout> {
  const buyer = await newBuyer();
  const product = await addProduct(shop.orm, { priceMinor, onHand: 5 });
  const session = await checkout(shop, buyer, [{ id: product, type: 'PRODUCT', quantity: 1 }]);
  return { buyer, product, sessionId: session.sessionId, orderId: session.order.id };
}

/** A rental from today on, for the same thousand minor units. */
async function openRental(): Promise<{ rental: OpenCheckout; equipment: number }> {
  const buyer = await newBuyer();
  const equipment = await addEquipment(shop.orm, { pricePerDayMinor: 1000, units: 1 });
  const session = await checkout(shop, buyer, [{ id: equipment, type: 'EQUIPMENT', days: 1 }]);
  return { rental: { buyer, product: 0, sessionId: session.sessionId, orderId: session.order.id }, equipment };
}

/** A session as events carry it. */
function sessionObject({ sessionId, orderId }: OpenCheckout, rest: object): object {
  return {
    id: sessionId,
    object: 'checkout.session',
    url: null,
    status: 'complete',
    payment_status: 'paid',
    amount_total: 1000,
    currency: 'eur',
    payment_intent: `pi_${sessionId}`,
    client_reference_id: orderId,
    metadata: { application: 'comptoir', order_id: orderId },
    livemode: false,
    ...rest,
  };
}

const completed = (open: OpenCheckout, rest: object = {}, envelope: object = {}) =>
  eventOf('checkout.session.completed', sessionObject(open, rest), envelope);
const expired = (open: OpenCheckout) =>
  eventOf(
    'checkout.session.expired',
    sessionObject(open, { status: 'expired', payment_status: 'unpaid', payment_intent: null }),
  );
const declined = ({ sessionId, orderId }: OpenCheckout) =>
  eventOf('payment_intent.payment_failed', {
    id: `pi_${sessionId}`,
    object: 'payment_intent',
    metadata: { application: 'comptoir', order_id: orderId },
    last_payment_error: { code: 'card_declined', decline_code: 'insufficient_funds', message: 'No funds.' },
  });

const statusOf = async ({ buyer, sessionId }: OpenCheckout) => (await orderBySession(shop, buyer, sessionId))?.status;

describe('An event', () => {
  test('that comes a hundred times at once is stored once and has one effect', async () => {
    const open = await openCheckout();
    const id = eventId();
    const event = completed(open, {}, { id });
    const answers = await Promise.all(Array.from({ length: 100 }, () => deliver(shop, event)));
    expect(new Set(answers)).toEqual(new Set([200]));
    expect(await inboxRows(shop, id)).toMatchObject([{ state: 'PROCESSED', attempts: 1, orderId: open.orderId }]);
    const order = await orderBySession(shop, open.buyer, open.sessionId);
    expect(order?.timeline.map(({ to }) => to)).toEqual(['PENDING', 'PAID']);
    expect(await stockOf(shop.orm, open.product)).toEqual({ onHand: 4, held: 0 });
  });

  test('that tells the same change under another id changes nothing', async () => {
    const open = await openCheckout();
    await deliver(shop, completed(open));
    const first = await orderBySession(shop, open.buyer, open.sessionId);
    await deliver(shop, completed(open));
    expect(await orderBySession(shop, open.buyer, open.sessionId)).toEqual(first);
    expect(await stockOf(shop.orm, open.product)).toEqual({ onHand: 4, held: 0 });
  });

  test('that reports the same payment under twenty ids at once has one effect', async () => {
    const open = await openCheckout();
    const answers = await Promise.all(Array.from({ length: 20 }, () => deliver(shop, completed(open))));
    expect(new Set(answers)).toEqual(new Set([200]));
    const states = await shop.orm.em
      .fork()
      .execute('select distinct state from inbox_events where order_id = ?', [open.orderId]);
    expect(states).toEqual([{ state: 'PROCESSED' }]);
    const order = await orderBySession(shop, open.buyer, open.sessionId);
    expect(order?.timeline.map(({ to }) => to)).toEqual(['PENDING', 'PAID']);
    expect(await stockOf(shop.orm, open.product)).toEqual({ onHand: 4, held: 0 });
  });

  test('that could not be matched is tried again when it is sent again', async () => {
    const open = await openCheckout();
    const id = eventId();
    await deliver(shop, completed(open, {}, { id }));
    await shop.orm.em.fork().execute("update inbox_events set state = 'UNMATCHED' where id = ?", [id]);
    await deliver(shop, completed(open, {}, { id }));
    expect(await inboxRows(shop, id)).toMatchObject([{ state: 'PROCESSED', attempts: 2 }]);
  });

  test('that the database has lost since, as one that was restored, is stored again', async () => {
    const open = await openCheckout();
    const id = eventId();
    await deliver(shop, completed(open, {}, { id }));
    await shop.orm.em.fork().execute('delete from inbox_events where id = ?', [id]);
    await deliver(shop, completed(open, {}, { id }));
    expect(await inboxRows(shop, id)).toMatchObject([{ state: 'PROCESSED', attempts: 1 }]);
  });

  test('that names our order without our marker is another application’s', async () => {
    const open = await openCheckout();
    const id = eventId();
    await deliver(shop, completed(open, { id: 'cs_other', metadata: { order_id: open.orderId } }, { id }));
    expect(await inboxRows(shop, id)).toMatchObject([{ state: 'IGNORED' }]);
    expect(await statusOf(open)).toBe('PENDING');
  });

  test('that carries nothing but the payment intent finds the order by it', async () => {
    const open = await openCheckout();
    await deliver(shop, completed(open, { payment_status: 'unpaid' }));
    const id = eventId();
    const intent = { id: `pi_${open.sessionId}`, object: 'payment_intent', metadata: {}, last_payment_error: null };
    await deliver(shop, eventOf('payment_intent.payment_failed', intent, { id }));
    expect(await inboxRows(shop, id)).toMatchObject([{ state: 'PROCESSED', orderId: open.orderId }]);
  });

  test('whose last write fails leaves none of its earlier ones, and is stored all the same', async () => {
    const open = await openCheckout();
    const id = eventId();
    // By then the stock has moved: the timeline is written when the handler is done.
    const mend = await rejectRows(shop.orm, { table: 'order_events', column: 'order_id', value: open.orderId });
    expect(await deliver(shop, completed(open, {}, { id }))).toBe(200);
    await mend();
    expect(await inboxRows(shop, id)).toMatchObject([{ state: 'FAILED' }]);
    expect(await statusOf(open)).toBe('PENDING');
    expect(await stockOf(shop.orm, open.product)).toEqual({ onHand: 5, held: 1 });
  });

  test('is stored with the bytes that were signed', async () => {
    const id = eventId();
    const event = eventOf('customer.created', { name: 'Zoé \u0000' }, { id });
    await deliver(shop, event);
    const [row] = await shop.orm.em
      .fork()
      .execute<{ body: Buffer }[]>('select body from inbox_events where id = ?', [id]);
    expect(JSON.parse(row?.body.toString('utf8') ?? '')).toEqual(event);
  });

  test.each<[string, (installationId: string) => object, string]>([
    ['of a type that is not handled', () => eventOf('customer.updated', { object: 'customer' }), 'IGNORED'],
    [
      'of another application',
      () => eventOf('checkout.session.completed', { object: 'checkout.session', id: 'cs_x', metadata: {} }),
      'IGNORED',
    ],
    [
      'of an order that does not exist',
      (installationId: string) =>
        eventOf('checkout.session.completed', {
          object: 'checkout.session',
          id: 'cs_y',
          metadata: {
            application: 'comptoir',
            order_id: '00000000-0000-4000-8000-000000000000',
            installation_id: installationId,
          },
        }),
      'DEAD',
    ],
  ])('%s is stored and answered 200', async (_, build, state) => {
    const event = build(await installationIdOf(shop)) as { id: string };
    expect(await deliver(shop, event)).toBe(200);
    expect(await inboxRows(shop, event.id)).toMatchObject([{ state }]);
  });

  test('of the other livemode is stored, never acted on, and reported', async () => {
    const open = await openCheckout();
    const id = eventId();
    expect(await deliver(shop, completed(open, {}, { id, livemode: true }))).toBe(200);
    expect(await inboxRows(shop, id)).toMatchObject([{ state: 'IGNORED' }]);
    expect(await statusOf(open)).toBe('PENDING');
    expect(shop.log.join('')).toContain(id);
  });

  test.each([
    ['that does not fit', { decline_code: ['John Doe'] }, 'a value does not fit Order.lastPaymentErrorDeclineCode'],
    ['of endless length that does not fit', { code: Array(9_999).fill('John Doe') }, expect.any(String)],
  ])('with a value %s fails, and neither log nor inbox repeat it', async (_, lastPaymentError, error) => {
    const open = await openCheckout();
    const id = eventId();
    const event = eventOf(
      'payment_intent.payment_failed',
      {
        id: `pi_${open.sessionId}`,
        object: 'payment_intent',
        metadata: { application: 'comptoir', order_id: open.orderId },
        last_payment_error: lastPaymentError,
      },
      { id },
    );
    expect(await deliver(shop, event)).toBe(200);
    const rows = await inboxRows(shop, id);
    expect(rows).toMatchObject([{ state: 'FAILED', error }]);
    expect(rows[0]?.error?.length).toBeLessThanOrEqual(300);
    expect(rows[0]?.error).not.toContain('John Doe');
    expect(shop.log.join('')).not.toContain('John Doe');
  });

  // The database rejects a write of the handler, or the last one, which leaves with the commit: what it wrote before must
  // be gone with it.
  test.each([
    ['its goods', 'product_stocks', 'product_id'],
    ['its order', 'order_events', 'stripe_event_id'],
  ])(
    'that fails with %s is stored as FAILED with nothing half done, and applied when it is sent again',
    async (_what, table, column) => {
      const open = await openCheckout();
      const id = eventId();
      const mend = await rejectRows(shop.orm, {
        table,
        column,
        value: table === 'order_events' ? id : open.product,
        message: `${customerInfo.firstName} ${customerInfo.lastName} is out`,
      });
      expect(await deliver(shop, completed(open, {}, { id }))).toBe(200);
      expect(await inboxRows(shop, id)).toMatchObject([
        { state: 'FAILED', attempts: 1, error: 'PostgreSQL error P0001' },
      ]);
      expect(await statusOf(open)).toBe('PENDING');
      expect(await stockOf(shop.orm, open.product)).toEqual({ onHand: 5, held: 1 });
      expect(shop.log.join('')).not.toContain(customerInfo.lastName);

      await mend();
      expect(await deliver(shop, completed(open, {}, { id }))).toBe(200);
      expect(await inboxRows(shop, id)).toMatchObject([{ state: 'PROCESSED', attempts: 2, error: null }]);
      expect(await statusOf(open)).toBe('PAID');
    },
  );
});

test('A handler that loses a deadlock is run again, and the event is applied', async () => {
  const open = await openCheckout();
  const id = eventId();
  const em = shop.orm.em.fork();
  // Fails once as PostgreSQL fails the victim of a deadlock; a sequence remembers, since it is not rolled back.
  await em.execute(
    `create sequence attempts_${open.product};
     create function deadlock_${open.product}() returns trigger as $$
     begin
       if new.product_id = ${open.product} and nextval('attempts_${open.product}') = 1 then
         raise exception 'deadlock detected' using errcode = '40P01';
       end if;
       return new;
     end $$ language plpgsql;
     create trigger deadlock_${open.product} before update on product_stocks for each row execute function deadlock_${open.product}()`,
  );
  expect(await deliver(shop, completed(open, {}, { id }))).toBe(200);
  await em.execute(`drop trigger deadlock_${open.product} on product_stocks`);
  expect(await inboxRows(shop, id)).toMatchObject([{ state: 'PROCESSED', attempts: 1 }]);
  expect(await statusOf(open)).toBe('PAID');
});

describe('In any order', () => {
  const permutations = <T>(items: T[]): T[][] =>
    items.length < 2
      ? [items]
      : items.flatMap((item, index) =>
          permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [item, ...rest]),
        );

  const sequences: [string, string[], string, object][] = permutations(['declined', 'completed', 'declined again']).map(
    (names) => [names.join(', '), names, 'PAID', { onHand: 4, held: 0 }],
  );
  sequences.push(
    ...permutations(['declined', 'expired']).map((names): [string, string[], string, object] => [
      names.join(', '),
      names,
      'EXPIRED',
      { onHand: 5, held: 0 },
    ]),
  );

  test.each(sequences)('%s end the same', async (_, names, status, stock) => {
    const open = await openCheckout();
    for (const name of names) {
      if (name === 'completed') await deliver(shop, completed(open));
      else if (name === 'expired') await deliver(shop, expired(open));
      else await deliver(shop, declined(open));
    }
    expect(await statusOf(open)).toBe(status);
    expect(await stockOf(shop.orm, open.product)).toEqual(stock);
    expect((await orderBySession(shop, open.buyer, open.sessionId))?.lastPaymentError).toBeNull();
  });

  test('a session that expired is reported twice, and released once', async () => {
    const open = await openCheckout();
    const second = eventId();
    await deliver(shop, expired(open));
    await deliver(shop, { ...expired(open), id: second });
    expect(await inboxRows(shop, second)).toMatchObject([{ state: 'PROCESSED' }]);
    expect(await stockOf(shop.orm, open.product)).toEqual({ onHand: 5, held: 0 });
  });

  test('another session of the order that expired, or was completed without money, says nothing of it', async () => {
    const open = await openCheckout();
    const other = { ...open, sessionId: 'cs_test_another_one' };
    await deliver(shop, expired(other));
    await deliver(shop, completed(other, { payment_status: 'unpaid' }));
    expect(await statusOf(open)).toBe('PENDING');
    expect(await stockOf(shop.orm, open.product)).toEqual({ onHand: 5, held: 1 });
  });

  test('a rental that is paid after the session expired is booked again', async () => {
    const { rental, equipment } = await openRental();
    await deliver(shop, expired(rental));
    expect(await activeBookings(shop.orm, equipment)).toEqual([]);
    await deliver(shop, completed(rental));
    expect(await statusOf(rental)).toBe('PAID');
    expect(await activeBookings(shop.orm, equipment)).toHaveLength(1);
  });

  test('a rental that is paid when its first day is over is not booked again, and the money is due back', async () => {
    const { rental, equipment } = await openRental();
    await deliver(shop, expired(rental));
    shop.clock.advanceMinutes(2 * 24 * 60);
    await deliver(shop, completed(rental));
    expect(await statusOf(rental)).toBe('EXPIRED');
    expect(await refundsOf(rental.orderId)).toMatchObject([{ amount: 1000 }]);
    expect(await activeBookings(shop.orm, equipment)).toEqual([]);
  });

  test('a late payment of two lines, of which one is gone, takes neither', async () => {
    const buyer = await newBuyer();
    const there = await addProduct(shop.orm, { priceMinor: 400, onHand: 5 });
    const gone = await addProduct(shop.orm, { priceMinor: 600, onHand: 1 });
    const session = await checkout(shop, buyer, [
      { id: there, type: 'PRODUCT' },
      { id: gone, type: 'PRODUCT' },
    ]);
    const open = { buyer, product: there, sessionId: session.sessionId, orderId: session.order.id };
    await deliver(shop, expired(open));
    await shop.orm.em.fork().execute('update product_stocks set on_hand = 0 where product_id = ?', [gone]);
    await deliver(shop, completed(open));
    expect(await statusOf(open)).toBe('EXPIRED');
    expect(await refundsOf(open.orderId)).toMatchObject([{ amount: 1000 }]);
    expect(await stockOf(shop.orm, there)).toEqual({ onHand: 5, held: 0 });
  });

  test('a payment that is reported after the session expired wins, and takes its goods again', async () => {
    const open = await openCheckout();
    await deliver(shop, expired(open));
    await deliver(shop, completed(open));
    expect(await statusOf(open)).toBe('PAID');
    expect(await stockOf(shop.orm, open.product)).toEqual({ onHand: 4, held: 0 });
  });

  test('a payment for goods that others have bought meanwhile goes back, once, and the timeline says why', async () => {
    const open = await openCheckout();
    await deliver(shop, expired(open));
    await shop.orm.em.fork().execute('update product_stocks set on_hand = 0 where product_id = ?', [open.product]);
    await deliver(shop, completed(open));
    expect(await statusOf(open)).toBe('EXPIRED');
    expect(await stockOf(shop.orm, open.product)).toEqual({ onHand: 0, held: 0 });

    // The goods are back, and Stripe reports the payment once more: it is still returned, and no goods leave.
    await shop.orm.em.fork().execute('update product_stocks set on_hand = 5 where product_id = ?', [open.product]);
    await deliver(shop, completed(open));
    const order = await orderBySession(shop, open.buyer, open.sessionId);
    expect(order).toMatchObject({ status: 'EXPIRED', number: null, paidAt: null });
    expect(order?.timeline).toContainEqual(
      expect.objectContaining({ cause: 'REFUND_DUE', note: null, actor: 'STRIPE' }),
    );
    expect(await refundsOf(open.orderId)).toMatchObject([{ amount: 1000, currency: 'EUR' }]);
    expect(await stockOf(shop.orm, open.product)).toEqual({ onHand: 5, held: 0 });
  });

  test('a session completed without its money is PROCESSING and keeps its goods', async () => {
    const open = await openCheckout();
    await deliver(shop, completed(open, { payment_status: 'unpaid' }));
    expect(await statusOf(open)).toBe('PROCESSING');
    await deliver(shop, declined(open));
    expect(await statusOf(open)).toBe('PROCESSING');
    expect(await stockOf(shop.orm, open.product)).toEqual({ onHand: 5, held: 1 });
  });
});

test('Events that contradict each other end the same when they come at once', async () => {
  const opened = await Promise.all(Array.from({ length: 12 }, () => openCheckout()));
  const answers = await Promise.all(
    opened.flatMap((open) => [
      deliver(shop, expired(open)),
      deliver(shop, completed(open)),
      deliver(shop, declined(open)),
    ]),
  );
  expect(new Set(answers)).toEqual(new Set([200]));
  for (const open of opened) {
    expect(await statusOf(open)).toBe('PAID');
    expect(await stockOf(shop.orm, open.product)).toEqual({ onHand: 4, held: 0 });
    const states = 'select distinct state, attempts from inbox_events where order_id = ?';
    const rows = await shop.orm.em.fork().execute(states, [open.orderId]);
    expect(rows).toEqual([{ state: 'PROCESSED', attempts: 1 }]);
  }
});

test('A decline that is reported together with the payment, but was read before it, takes nothing back', async () => {
  const open = await openCheckout();
  const { promise: overtaken, resolve: goOn } = Promise.withResolvers<void>();
  const { promise: isRead, resolve: read } = Promise.withResolvers<void>();
  onFailPoint((name) => {
    if (name !== 'webhook: inside a handler') return;
    onFailPoint(null);
    read();
    return overtaken;
  });
  const decline = deliver(shop, declined(open));
  await isRead;
  let isAnswered = false;
  const payment = deliver(shop, completed(open)).finally(() => {
    isAnswered = true;
  });
  const waiting = `select 1 as found from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  await eventually(async () => {
    if (!isAnswered) expect(await shop.orm.em.fork().execute(waiting)).toEqual([{ found: 1 }]);
  });
  goOn();
  expect(await Promise.all([decline, payment])).toEqual([200, 200]);
  expect(await statusOf(open)).toBe('PAID');
});

describe('Money that does not match goes to staff and is never PAID:', () => {
  test.each([
    ['one minor unit less', { amount_total: 999 }],
    ['one minor unit more', { amount_total: 1001 }],
    ['another currency', { currency: 'usd' }],
    ['another session', { id: 'cs_test_of_another_order' }],
  ])('%s', async (_, change) => {
    const open = await openCheckout();
    await deliver(shop, completed(open, change));
    // That the session ends changes nothing: staff may still accept the money.
    await deliver(shop, expired(open));
    expect(await statusOf(open)).toBe('UNDER_REVIEW');
    expect(await stockOf(shop.orm, open.product)).toEqual({ onHand: 5, held: 1 });
  });
});

test('An event that is faster than Stripe’s answer is adopted: the order is paid, and its session known', async () => {
  const buyer = await newBuyer();
  const product = await addProduct(shop.orm);
  const path = '/v1/checkout/sessions';
  // Every answer is lost, so that the order never learns its session from the request itself.
  shop.simulator.faults.failNext(
    ...Array.from({ length: 40 }, () => ({ method: 'POST', path, kind: 'reset-after-work' as const })),
  );
  await expect(checkout(shop, buyer, [{ id: product, type: 'PRODUCT' }])).rejects.toThrow(
    'PAYMENT_PROVIDER_UNAVAILABLE',
  );
  shop.simulator.faults.clear();
  const { data } = (await (
    await fetch(`${shop.simulator.url}${path}`, { headers: { authorization: 'Bearer sk_test_0123456789' } })
  ).json()) as { data: { id: string; url: string }[] };
  const [session] = data;
  await submitCard(session?.url ?? '', '4242424242424242');
  await eventually(async () => {
    expect(await orderBySession(shop, buyer, session?.id ?? '')).toMatchObject({ status: 'PAID' });
  });
});

test('Deliveries that fail are repeated by Stripe until they arrive', async () => {
  const open = await openCheckout();
  await shop.orm.em.fork().execute('alter table inbox_events rename to inbox_events_gone');
  try {
    await submitCard(`${shop.simulator.url}/c/pay/${open.sessionId}`, '4242424242424242');
    await eventually(() => {
      const failed = shop.simulator.webhooks.deliveries().flatMap(({ attempts }) => attempts);
      expect(failed.some(({ status }) => status === 500)).toBe(true);
    });
  } finally {
    await shop.orm.em.fork().execute('alter table inbox_events_gone rename to inbox_events');
  }
  await eventually(async () => expect(await statusOf(open)).toBe('PAID'));
});

function refundsOf(orderId: string): Promise<{ amount: number; currency: string; state: string }[]> {
  const sql = 'select amount_minor::int as amount, currency, state from refunds where order_id = ?';
  return shop.orm.em.fork().execute(sql, [orderId]);
}
