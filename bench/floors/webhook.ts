/** The floor of a completed checkout's event: it is stored, the order is paid and its goods are gone, all at once. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { PoolClient } from 'pg';
import { inTransaction, prepared } from './database.js';

const TOLERANCE_SECONDS = 300;
const { STRIPE_WEBHOOK_SECRET: secret = '' } = process.env;

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

const storeEvent = prepared(
  'store event',
  `insert into inbox_events (id, type, api_version, livemode, stripe_created_at, checkout_session_id,
     payment_intent_id, order_id, body, state, attempts, received_at, handled_at)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'PROCESSED', 1, $10, $10) on conflict (id) do nothing`,
);

const payOrder = prepared(
  'pay order',
  `with paid as (
     update orders set status = 'PAID', paid_at = $1, payment_intent_id = $2,
       number = $3 || '-' || lpad(nextval('order_numbers')::text, 6, '0')
     where id = $4 and status = 'PENDING' and total_minor = $5 and currency = $6 returning id
   ), payment as (
     insert into payments (payment_intent_id, order_id, checkout_session_id, amount_minor, currency, received_at, state)
     select $2, id, $7, $5, $6, $1, 'ACCEPTED' from paid
   )
   insert into order_events (order_id, at, from_status, to_status, cause, actor, stripe_event_id)
   select id, $1, 'PENDING', 'PAID', 'PAYMENT_RECEIVED', 'stripe', $8 from paid`,
);

const sellGoods = prepared(
  'sell goods',
  `with sold as (
     update order_lines set hold_state = 'CONFIRMED' where order_id = $1 returning item_id, quantity
   ), stocks as materialized (
     select product_id from product_stocks where product_id in (select item_id from sold) order by product_id for update
   )
   update product_stocks stock set held = stock.held - sold.quantity, on_hand = stock.on_hand - sold.quantity
   from sold join stocks on stocks.product_id = sold.item_id where stock.product_id = sold.item_id`,
);

export function addWebhookRoute(app: FastifyInstance): void {
  app.register((scope, _options, ready) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    scope.post('/api/webhook/stripe/', async (request, reply) => {
      const body = request.body as Buffer;
      if (!isSigned(body, String(request.headers['stripe-signature']))) return reply.code(400).send();
      const event = JSON.parse(body.toString()) as CompletedEvent;
      await inTransaction((client) => receive(client, event, body));
      return { received: true };
    });
    ready();
  });
}

function isSigned(body: Buffer, header: string): boolean {
  const [, timestamp = '', signature = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header) ?? [];
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) return false;
  const expected = createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest();
  const given = Buffer.from(signature, 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

async function receive(client: PoolClient, event: CompletedEvent, body: Buffer): Promise<void> {
  const { id: sessionId, payment_intent: paymentIntentId, amount_total, currency, metadata } = event.data.object;
  const orderId = metadata.order_id;
  const now = new Date();
  const createdAt = new Date(event.created * 1000);
  const { rowCount: stored } = await storeEvent(client, [
    ...[event.id, event.type, event.api_version, event.livemode, createdAt],
    ...[sessionId, paymentIntentId, orderId, body, now],
  ]);
  if (stored === 0) return;
  const { rowCount: paid } = await payOrder(client, [
    ...[now, paymentIntentId, String(now.getUTCFullYear()), orderId],
    ...[amount_total, currency.toUpperCase(), sessionId, event.id],
  ]);
  if (paid !== 1) throw new Error(`Order ${orderId} cannot be paid by this event.`);
  await sellGoods(client, [orderId]);
}
