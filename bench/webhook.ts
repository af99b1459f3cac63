/**
 * `npm run bench -- webhook`: the event that makes an order of two products paid, and the same event again, beside
 * handwritten SQL for that one event. A single event without its effect fails the run.
 */
import { randomUUID } from 'node:crypto';
import { type StripeSimulator, signWebhook } from '@comptoir/stripe-simulator';
import Stripe from 'stripe';
import { runProgram } from '../cli/program.js';
import type { LoadRequest } from './load.js';
import { checkPaid, type OpenCheckout, PRICE_MINOR, seedOrders, seedProducts } from './orders.js';
import { Recorder } from './recorder.js';
import { publish, readBenchOptions } from './results.js';
import { type BenchShop, benchEnvironment, onNewShop, type Side, startBoth } from './sides.js';

const options = readBenchOptions('webhook');
const ROUNDS = options.isQuick ? 3 : 9;
const EVENTS = options.isQuick ? 500 : 2_000;
const LINES = 2;
const { STRIPE_WEBHOOK_SECRET: SECRET, STRIPE_SECRET_KEY: STRIPE_KEY } = benchEnvironment;

await runProgram(() =>
  onNewShop(
    async (shop, sides) => {
      await seedProducts(shop.orm.em);
      await tellDurability(shop);
      const template = await completedEvent(shop.simulator);
      const { api, floor } = await startBoth(shop);
      sides.push(api, floor);
      const recorder = await Recorder.on(shop.orm.em);
      await recorder.compare(sides, ROUNDS, (side) => measure(shop, side, template, recorder));
      await publish(options, shop.orm.em, recorder.results());
    },
    { durable: true },
  ),
);

async function tellDurability({ orm: { em } }: BenchShop): Promise<void> {
  const shown: string[] = [];
  for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes', 'wal_sync_method', 'server_version']) {
    const [row] = await em.fork().execute<Record<string, string>[]>(`show ${setting}`);
    shown.push(`${setting}=${row?.[setting]}`);
  }
  console.log(`PostgreSQL with ${shown.join(', ')}`);
  if (!shown.includes('fsync=on') || shown.includes('synchronous_commit=off')) {
    throw new Error('What this server commits does not survive a crash: there is nothing durable to measure.');
  }
}

async function measure({ orm }: BenchShop, side: Side, template: Stripe.Event, recorder: Recorder): Promise<void> {
  const batch = `bench-${randomUUID()}`;
  const checkouts = await seedOrders(orm.em, batch, EVENTS, LINES);
  const deliveries = checkouts.map((checkout) => deliveryOf(side.url, template, checkout));
  await recorder.send(side, 'event', deliveries);
  await checkPaid(orm.em, batch, EVENTS);
  await recorder.send(side, 'event again', deliveries);
  await checkPaid(orm.em, batch, EVENTS);
}

/** Signed beforehand: the load's own work must not be what is measured. */
function deliveryOf(url: string, template: Stripe.Event, checkout: OpenCheckout): LoadRequest {
  const { orderId, sessionId, paymentIntentId } = checkout;
  const session = template.data.object as Stripe.Checkout.Session;
  const object = {
    ...session,
    id: sessionId,
    client_reference_id: orderId,
    metadata: { ...session.metadata, order_id: orderId },
    payment_intent: paymentIntentId,
    amount_total: PRICE_MINOR * LINES,
  };
  const id = `evt_${randomUUID().replaceAll('-', '')}`;
  const payload = JSON.stringify({ ...template, id, data: { object } }, null, 2);
  const timestamp = Math.floor(Date.now() / 1000);
  return {
    method: 'POST',
    url: `${url}/api/webhook/stripe/`,
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      'Stripe-Signature': signWebhook(payload, [SECRET], timestamp),
    },
    body: Buffer.from(payload),
  };
}

/** The event of a session that was paid on the simulator's page: as many bytes, and the members, that Stripe sends. */
async function completedEvent({ host, port }: StripeSimulator): Promise<Stripe.Event> {
  const stripe = new Stripe(STRIPE_KEY, { host, port, protocol: 'http', telemetry: false });
  const metadata = { application: 'comptoir', order_id: randomUUID() };
  const product = { currency: 'eur', unit_amount: PRICE_MINOR, product_data: { name: 'Product' } };
  const session = await stripe.checkout.sessions.create({
    mode: 'payment',
    client_reference_id: metadata.order_id,
    metadata,
    payment_intent_data: { metadata },
    customer_email: 'ana@example.com',
    line_items: [{ quantity: 1, price_data: product }],
    success_url: 'http://localhost:3000/success?session_id={CHECKOUT_SESSION_ID}',
    cancel_url: 'http://localhost:3000/cart',
  });
  const card = new URLSearchParams({ card_number: '4242424242424242' });
  const paid = await fetch(session.url ?? '', { method: 'POST', body: card, redirect: 'manual' });
  if (paid.status !== 303) throw new Error(`The payment page responded with ${paid.status}: ${await paid.text()}`);
  const { data } = await stripe.events.list({ type: 'checkout.session.completed' });
  if (!data[0]) throw new Error('The simulator sent no event.');
  return data[0];
}
