/** The floor of a checkout: an order of products is stored with its goods held, and a session is opened for it. */
import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { inTransaction, pool, prepared } from './database.js';

const OPEN_MINUTES = 35;
const { STRIPE_API_URL: stripeUrl = '', STRIPE_SECRET_KEY: stripeKey = '' } = process.env;
// Shorter than a server keeps an idle connection (5 s), so that none is used at the moment it is closed.
const agent = new Agent({ keepAlive: true, timeout: 2_000 });

interface Checkout {
  buyer: string;
  items: { id: number; quantity: number }[];
  customer: Record<
    'firstName' | 'lastName' | 'email' | 'phone' | 'address' | 'city' | 'postalCode' | 'country',
    string
  >;
  successUrl: string;
  cancelUrl: string;
}

interface Line {
  name: string;
  quantity: number;
  priceMinor: number;
}

interface Session {
  id: string;
  url: string;
}

const readProducts = prepared(
  'read products',
  `select line.quantity, product.id, product.name, product.price_minor::int as "priceMinor"
   from unnest($1::int[], $2::int[]) as line (product_id, quantity) join products product on product.id = line.product_id
   order by product.id`,
);

const insertOrder = prepared(
  'insert order',
  `with stored as (
     insert into orders (id, buyer_id, request_fingerprint, currency, total_minor, customer_first_name,
       customer_last_name, customer_email, customer_phone, customer_address, customer_city, customer_postal_code,
       customer_country, stripe_request, created_at, expires_at)
     values ($1, $2, '', 'EUR', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
   ), lines as (
     insert into order_lines (id, order_id, position, type, item_id, name, quantity, days, unit_price_minor, rate_minor,
       amount_minor, hold_state)
     select gen_random_uuid(), $1, position - 1, 'PRODUCT', item_id, name, quantity, 1, price, price, price * quantity,
       'HELD'
     from unnest($15::int[], $16::text[], $17::int[], $18::int[]) with ordinality
       as line (item_id, name, quantity, price, position)
   )
   insert into order_events (order_id, at, to_status, cause, actor)
   values ($1, $13, 'PENDING', 'CHECKOUT_CREATED', 'buyer:' || $2)`,
);

const holdGoods = prepared(
  'hold goods',
  `with wanted as materialized (
     select stock.product_id, line.quantity
     from unnest($1::int[], $2::int[]) as line (product_id, quantity) join product_stocks stock using (product_id)
     where stock.on_hand - stock.held >= line.quantity order by stock.product_id for update of stock
   )
   update product_stocks stock set held = held + wanted.quantity from wanted where stock.product_id = wanted.product_id`,
);

const storeSession = prepared(
  'store session',
  'update orders set checkout_session_id = $2, checkout_url = $3 where id = $1',
);

export function addCheckoutRoute(app: FastifyInstance): void {
  app.post('/checkout', async ({ body }) => {
    const orderId = randomUUID();
    const { parameters, totalMinor, expiresAt } = await storeOrder(orderId, body as Checkout);
    const session = await openSession(orderId, parameters);
    await storeSession(pool, [orderId, session.id, session.url]);
    return {
      sessionId: session.id,
      url: session.url,
      expiresAt,
      order: { id: orderId, status: 'PENDING', totalMinor },
    };
  });
}

async function storeOrder(orderId: string, checkout: Checkout) {
  const { buyer, items, customer } = checkout;
  const asked = [items.map(({ id }) => id), items.map(({ quantity }) => quantity)];
  return inTransaction(async (client) => {
    const { rows } = await readProducts(client, asked);
    const lines = rows as unknown as (Line & { id: number })[];
    if (lines.length < items.length) throw new Error('A product is unknown.');
    const totalMinor = lines.reduce((sum, { priceMinor, quantity }) => sum + priceMinor * quantity, 0);
    const now = new Date();
    const expiresAt = new Date(now.getTime() + OPEN_MINUTES * 60_000);
    const parameters = sessionParameters(orderId, checkout, lines, expiresAt);
    const { firstName, lastName, email, phone, address, city, postalCode, country } = customer;
    const person = [firstName, lastName, email, phone, address, city, postalCode, country];
    await insertOrder(client, [
      ...[orderId, buyer, totalMinor, ...person, JSON.stringify(Object.fromEntries(parameters)), now, expiresAt],
      ...[lines.map(({ id }) => id), lines.map(({ name }) => name)],
      ...[lines.map(({ quantity }) => quantity), lines.map(({ priceMinor }) => priceMinor)],
    ]);
    const { rowCount } = await holdGoods(client, asked);
    if (rowCount !== items.length) throw new Error('Out of stock.');
    return { parameters, totalMinor, expiresAt };
  });
}

function sessionParameters(
  orderId: string,
  { customer, successUrl, cancelUrl }: Checkout,
  lines: readonly Line[],
  expiresAt: Date,
): URLSearchParams {
  const parameters = new URLSearchParams({
    mode: 'payment',
    client_reference_id: orderId,
    'metadata[order_id]': orderId,
    'payment_intent_data[metadata][order_id]': orderId,
    customer_email: customer.email,
    expires_at: String(Math.floor(expiresAt.getTime() / 1000)),
    success_url: successUrl,
    cancel_url: cancelUrl,
  });
  for (const [index, { name, quantity, priceMinor }] of lines.entries()) {
    const line = `line_items[${index}]`;
    parameters.set(`${line}[quantity]`, String(quantity));
    parameters.set(`${line}[price_data][currency]`, 'eur');
    parameters.set(`${line}[price_data][unit_amount]`, String(priceMinor));
    parameters.set(`${line}[price_data][product_data][name]`, name);
  }
  return parameters;
}

function openSession(orderId: string, parameters: URLSearchParams): Promise<Session> {
  return new Promise((resolve, reject) => {
    const headers = {
      Authorization: `Bearer ${stripeKey}`,
      'Content-Type': 'application/x-www-form-urlencoded',
      'Idempotency-Key': orderId,
    };
    const asking = request(`${stripeUrl}/v1/checkout/sessions`, { method: 'POST', agent, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.once('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (answer.statusCode === 200) resolve(JSON.parse(text) as Session);
        else reject(new Error(`Stripe responded with ${answer.statusCode}: ${text}`));
      });
    });
    asking.once('error', reject);
    asking.end(parameters.toString());
  });
}
