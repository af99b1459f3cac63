/** A shop where orders were placed, paid, refunded and disputed, and where nothing moves but by what is sent to it. */
import { checkout, PAYING_IBAN, submitCard, submitIban } from '../../test/support/checkout.js';
import { eventually } from '../../test/support/eventually.js';
import { addEquipment, addProduct } from '../../test/support/shop.js';
import {
  newBuyer,
  newStaff,
  type Person,
  startSecondProcess,
  startTestApp,
  stripeOf,
  type TestApp,
} from '../../test/support/test-app.js';
import type { KnownIds } from './schema-operations.js';

/** How much, and what it is drawn from; `proof/fuzz.ts` sets both. */
export const bodies = Number(process.env.FUZZ_BODIES);
export const seed = Number(process.env.FUZZ_SEED);

export interface FuzzShop extends TestApp {
  buyer: Person;
  staff: Person;
  knownIds: KnownIds;
  /** Bodies of the events that Stripe sent about those orders. */
  events: Record<string, unknown>[];
  /** No 5xx and no masked error; the message is what the log has to say of it. */
  expectNoFault(answer: { statusCode: number; body: string }): void;
  /** What was written since the last call, as `insert orders`. */
  writes(): Promise<string[]>;
}

interface Write {
  id: string;
  what: string;
}

const NOTE_WRITES = `
  create table fuzz_writes (id bigserial primary key, what text);
  create function fuzz_note_write() returns trigger language plpgsql as
    $$ begin insert into fuzz_writes (what) values (lower(tg_op) || ' ' || tg_table_name); return null; end $$;
  do $$ declare name text; begin
    for name in select tablename from pg_tables where schemaname = 'public' and tablename <> 'fuzz_writes' loop
      execute format('create trigger fuzz_note_write after insert or update or delete on %I
        for each row execute function fuzz_note_write()', name);
    end loop;
  end $$;`;

const NO_JOBS = `
  create function fuzz_no_job() returns trigger language plpgsql as $$ begin return null; end $$;
  delete from pgboss.job;
  create trigger fuzz_no_job before insert on pgboss.job for each row execute function fuzz_no_job();`;

export async function startFuzzShop(): Promise<FuzzShop> {
  const first = await startTestApp();
  const buyer = await newBuyer();
  const staff = await newStaff();
  await fillWithOrders(first, buyer);
  // A process that hears no events, and whose jobs are never begun. Both would write beside the requests whose writes
  // are watched.
  await first.app.close();
  await first.orm.em.fork().execute(NO_JOBS);
  const shop = await startSecondProcess(first, { RATE_LIMIT: 'off', LOG_LEVEL: 'error' });
  const em = shop.orm.em.fork();
  await em.execute(NOTE_WRITES);
  let lastWrite = '0';
  const strayErrors = watchForStrayErrors();
  return {
    ...shop,
    buyer,
    staff,
    knownIds: await knownIdsOf(shop),
    events: (await em.execute<{ body: Buffer }[]>('select body from inbox_events order by type, received_at')).map(
      ({ body }) => JSON.parse(body.toString()),
    ),
    expectNoFault({ statusCode, body }) {
      if (statusCode < 500 && !body.includes('INTERNAL_SERVER_ERROR')) return;
      throw new Error(`${statusCode} ${body}\n${shop.log.slice(-3).join('')}`);
    },
    async writes() {
      const rows = await em.execute<Write[]>('select id, what from fuzz_writes where id > ? order by id', [lastWrite]);
      lastWrite = rows.at(-1)?.id ?? lastWrite;
      return rows.map(({ what }) => what);
    },
    async close() {
      await shop.close();
      await first.orm.close();
      await first.simulator.close();
      strayErrors.check();
    },
  };
}

async function fillWithOrders(shop: TestApp, buyer: Person): Promise<void> {
  const product = await addProduct(shop.orm, { onHand: null });
  const equipment = await addEquipment(shop.orm, { units: 5 });
  const open = (quantity: number) =>
    checkout(shop, buyer, [
      { id: product, type: 'PRODUCT', quantity },
      { id: equipment, type: 'EQUIPMENT', days: 2 },
    ]);
  const stripe = stripeOf(shop);
  const paid = await open(1);
  await submitCard(paid.url, '4242424242424242');
  const session = await stripe.checkout.sessions.retrieve(paid.sessionId);
  await stripe.refunds.create({ payment_intent: String(session.payment_intent), amount: 100 });
  await submitCard((await open(2)).url, '4000000000000259');
  await submitCard((await open(3)).url, '4000000000000002');
  await submitIban((await open(4)).url, PAYING_IBAN);
  await stripe.checkout.sessions.expire((await open(5)).sessionId);
  await eventually(async () => {
    const arrived = await shop.orm.em.fork().execute<{ type: string }[]>('select distinct type from inbox_events');
    const missing = EVENT_TYPES.filter((type) => !arrived.some((event) => event.type === type));
    if (missing.length > 0) throw new Error(`These events did not arrive: ${missing.join(', ')}`);
  });
}

const EVENT_TYPES = [
  'checkout.session.completed',
  'checkout.session.expired',
  'payment_intent.payment_failed',
  'charge.refunded',
  'charge.dispute.created',
];

async function knownIdsOf({ orm }: TestApp): Promise<KnownIds> {
  const em = orm.em.fork();
  const idsOf = async (sql: string) => (await em.execute<{ id: unknown }[]>(sql)).map(({ id }) => String(id));
  return {
    session: await idsOf('select checkout_session_id as id from orders where checkout_session_id is not null'),
    order: await idsOf('select id from orders'),
    unit: await idsOf('select id from equipment_units'),
    equipment: await idsOf('select id from equipment'),
    product: await idsOf('select id from products'),
    booking: await idsOf('select id from bookings'),
    refund: await idsOf('select id from refunds'),
    event: await idsOf('select id from inbox_events'),
    line: await idsOf('select id from order_lines'),
  };
}

/** A promise that nobody waits for ends a real process, and would go unnoticed here. */
function watchForStrayErrors(): { check(): void } {
  const stray: unknown[] = [];
  const note = (error: unknown) => stray.push(error);
  process.on('unhandledRejection', note);
  process.on('uncaughtException', note);
  return {
    check() {
      process.off('unhandledRejection', note);
      process.off('uncaughtException', note);
      if (stray.length > 0) throw new AggregateError(stray, 'Errors that would have ended the process');
    },
  };
}
