/**
 * The floor of `npm run bench -- webhook`, forked by it: a bare Fastify app that applies a completed checkout with
 * handwritten SQL, knowing nothing but that one event.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import fastify from 'fastify';
import { connect } from '../src/connect.js';

const TOLERANCE_SECONDS = 300;

/** What is used of a client of `pg`, which MikroORM brings without its types. */
interface Client {
  query<Row>(sql: string, values?: unknown[]): Promise<{ rows: Row[]; rowCount: number | null }>;
  release(): void;
}

interface CompletedEvent {
  id: string;
  type: string;
  api_version: string;
  livemode: boolean;
  created: number;
  data: {
    object: {
      id: string;
      payment_intent: string;
      amount_total: number;
      currency: string;
      metadata: { order_id: string };
    };
  };
}

const { DATABASE_URL: databaseUrl = '', STRIPE_WEBHOOK_SECRET: secret = '' } = process.env;
// A server must not outlive the measurement, however that ends.
process.once('disconnect', () => process.exit());

const orm = await connect(databaseUrl);
// The very pool that the API's ORM would use: the same driver, of the same size.
const pool: { connect(): Promise<Client> } = await orm.em.getConnection().getNativeClient();
const app = fastify();
app.removeAllContentTypeParsers();
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
app.post('/api/webhook/stripe/', async (request, reply) => {
  const body = request.body as Buffer;
  if (!isSigned(body, String(request.headers['stripe-signature']))) return reply.code(400).send();
  await receive(JSON.parse(body.toString()), body);
  return { received: true };
});
process.send?.(await app.listen({ host: '127.0.0.1', port: 0 }));

function isSigned(body: Buffer, header: string): boolean {
  const [, timestamp = '', signature = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header) ?? [];
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) return false;
  const expected = createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest();
  const given = Buffer.from(signature, 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

async function receive(event: CompletedEvent, body: Buffer): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const isNew = await store(client, event, body);
    if (isNew) await settle(client, event);
    await client.query(isNew ? 'commit' : 'rollback');
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
}

async function store(client: Client, event: CompletedEvent, body: Buffer): Promise<boolean> {
  const { id, payment_intent: paymentIntentId, metadata } = event.data.object;
  const now = new Date();
  const { rowCount } = await client.query(
    `insert into inbox_events (id, type, api_version, livemode, stripe_created_at, checkout_session_id,
       payment_intent_id, order_id, body, state, attempts, received_at, handled_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'PROCESSED', 1, $10, $10) on conflict (id) do nothing`,
    [
      event.id,
      event.type,
      event.api_version,
      event.livemode,
      new Date(event.created * 1000),
      id,
      paymentIntentId,
      metadata.order_id,
      body,
      now,
    ],
  );
  return rowCount === 1;
}

async function settle(client: Client, { id: eventId, data: { object: session } }: CompletedEvent): Promise<void> {
  const now = new Date();
  const { rows: orders } = await client.query<{ id: string; status: string; totalMinor: string; currency: string }>(
    'select id, status, total_minor as "totalMinor", currency from orders where id = $1 for update',
    [session.metadata.order_id],
  );
  const [order] = orders;
  if (order?.status !== 'PENDING') throw new Error(`Order ${session.metadata.order_id} cannot be paid.`);
  if (Number(order.totalMinor) !== session.amount_total || order.currency !== session.currency.toUpperCase()) {
    throw new Error(`Order ${order.id} was paid with another amount.`);
  }
  const { rows: lines } = await client.query<{ itemId: number; quantity: number }>(
    'select item_id as "itemId", quantity from order_lines where order_id = $1 order by item_id',
    [order.id],
  );
  for (const { itemId, quantity } of lines) {
    await client.query('update product_stocks set held = held - $1, on_hand = on_hand - $1 where product_id = $2', [
      quantity,
      itemId,
    ]);
  }
  await client.query(
    `insert into payments (payment_intent_id, order_id, checkout_session_id, amount_minor, currency, received_at, state)
     values ($1, $2, $3, $4, $5, $6, 'ACCEPTED')`,
    [session.payment_intent, order.id, session.id, session.amount_total, order.currency, now],
  );
  await client.query(`update order_lines set hold_state = 'CONFIRMED' where order_id = $1`, [order.id]);
  await client.query(
    `update orders set status = 'PAID', paid_at = $1, payment_intent_id = $2,
       number = $3 || '-' || lpad(nextval('order_numbers')::text, 6, '0') where id = $4`,
    [now, session.payment_intent, String(now.getUTCFullYear()), order.id],
  );
  await client.query(
    `insert into order_events (order_id, at, from_status, to_status, cause, actor, stripe_event_id)
     values ($1, $2, $3, 'PAID', 'PAYMENT_RECEIVED', 'stripe', $4)`,
    [order.id, now, order.status, eventId],
  );
}
