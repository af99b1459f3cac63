/**
 * `npm run bench -- simulator [--quick]`: session creations a second, by the SDK and by a bare HTTP client, against a
 * bare server that answers one fixed JSON; then the memory of the simulator over many sessions, with a cap and without.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { startStripeSimulator } from '@comptoir/stripe-simulator';
import Stripe from 'stripe';
import { isQuickRun, runProgram } from '../cli/program.js';

const IN_FLIGHT = 16;
const isQuick = isQuickRun('bench -- simulator', 2);
const REQUESTS = isQuick ? 1_000 : 10_000;
const SESSIONS = isQuick ? 5_000 : 100_000;
const CAP = SESSIONS / 10;
const PROGRESS_STEPS = 5;

interface Memory {
  rss: number;
  heapUsed: number;
}

type Server = { child: ChildProcess; port: number };

const PARAMETERS = {
  mode: 'payment',
  client_reference_id: 'order-1',
  customer_email: 'ana@example.com',
  line_items: [{ quantity: 2, price_data: { currency: 'eur', unit_amount: 1250, product_data: { name: 'Coffee' } } }],
  metadata: { order: 'order-1' },
  payment_intent_data: { metadata: { order: 'order-1' } },
  success_url: 'http://localhost:3000/success?session_id={CHECKOUT_SESSION_ID}',
  cancel_url: 'http://localhost:3000/cart',
} satisfies Stripe.Checkout.SessionCreateParams;

const FORM = new URLSearchParams({
  mode: PARAMETERS.mode,
  client_reference_id: PARAMETERS.client_reference_id,
  customer_email: PARAMETERS.customer_email,
  'line_items[0][quantity]': '2',
  'line_items[0][price_data][currency]': 'eur',
  'line_items[0][price_data][unit_amount]': '1250',
  'line_items[0][price_data][product_data][name]': 'Coffee',
  'metadata[order]': 'order-1',
  'payment_intent_data[metadata][order]': 'order-1',
  success_url: PARAMETERS.success_url,
  cancel_url: PARAMETERS.cancel_url,
}).toString();

const agent = new Agent({ keepAlive: true });
let posted = 0;

const [role, cap] = process.argv.slice(2);
// A server must not outlive the measurement, however that ends.
process.once('disconnect', () => process.exit());
await runProgram(async () => {
  if (role === 'simulator') await serveSimulator(Number(cap));
  else if (role === 'bare') serveBare();
  else await measure();
});

async function measure(): Promise<void> {
  const bare = await startServer('bare');
  const simulator = await startServer('simulator', String(CAP));
  // Once for the compilers of both sides.
  await rate(REQUESTS / 10, () => post(bare.port));
  await rate(REQUESTS / 10, () => post(simulator.port));
  const bareRate = await rate(REQUESTS, () => post(bare.port));
  print('bare server, HTTP client', bareRate, '/s');
  const simulatorRate = await rate(REQUESTS, () => post(simulator.port));
  print('simulator, HTTP client', simulatorRate, `/s (${Math.round((100 * simulatorRate) / bareRate)} % of it)`);
  const stripe = new Stripe('sk_test_bench', {
    host: '127.0.0.1',
    port: simulator.port,
    protocol: 'http',
    telemetry: false,
  });
  const create = () => stripe.checkout.sessions.create(PARAMETERS);
  await rate(REQUESTS / 10, create);
  print('simulator, SDK', await rate(REQUESTS, create), '/s');
  await Promise.all([stop(bare), stop(simulator)]);
  await measureMemory(`capped at ${CAP}`, CAP);
  await measureMemory('without a cap', Number.MAX_SAFE_INTEGER);
}

async function measureMemory(what: string, maxObjects: number): Promise<void> {
  const simulator = await startServer('simulator', String(maxObjects));
  for (let step = 0; step <= PROGRESS_STEPS; step += 1) {
    const { rss, heapUsed } = await memoryOf(simulator);
    const sessions = (SESSIONS / PROGRESS_STEPS) * step;
    print(`${what}: ${sessions} sessions`, rss, `MB RSS, ${heapUsed.toFixed(0)} MB heap`);
    if (step < PROGRESS_STEPS) await rate(SESSIONS / PROGRESS_STEPS, () => post(simulator.port));
  }
  await stop(simulator);
}

/** Calls a second, with several in flight at any time. */
async function rate(count: number, call: () => Promise<unknown>): Promise<number> {
  let begun = 0;
  const started = performance.now();
  const worker = async () => {
    while (begun < count) {
      begun += 1;
      await call();
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  return count / ((performance.now() - started) / 1000);
}

function post(port: number): Promise<void> {
  posted += 1;
  const headers = {
    Authorization: 'Bearer sk_test_bench',
    'Content-Type': 'application/x-www-form-urlencoded',
    'Content-Length': Buffer.byteLength(FORM),
    'Idempotency-Key': `bench-${posted}`,
  };
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path: '/v1/checkout/sessions', method: 'POST', headers, agent };
    const outgoing = request(options, (response) => {
      response.resume();
      response.once('end', () =>
        response.statusCode === 200 ? resolve() : reject(new Error(`The response was ${response.statusCode}.`)),
      );
    });
    outgoing.once('error', reject);
    outgoing.end(FORM);
  });
}

async function startServer(...parameters: string[]): Promise<Server> {
  const child = fork(fileURLToPath(import.meta.url), parameters, { execArgv: [...process.execArgv, '--expose-gc'] });
  const [port]: number[] = await once(child, 'message');
  if (port === undefined) throw new Error('The server sent no port.');
  return { child, port };
}

async function stop({ child }: Server): Promise<void> {
  const exited = once(child, 'exit');
  child.kill();
  await exited;
}

/** In megabytes, after a collection: what is kept, not what is yet to be thrown away. */
async function memoryOf({ child }: Server): Promise<Memory> {
  child.send('memory');
  const { rss, heapUsed } = await nextMemory(child);
  return { rss: rss / 2 ** 20, heapUsed: heapUsed / 2 ** 20 };
}

function nextMemory(child: ChildProcess): Promise<Memory> {
  return new Promise((resolve) => child.once('message', resolve));
}

async function serveSimulator(maxObjects: number): Promise<void> {
  const { port } = await startStripeSimulator({ maxObjects });
  process.send?.(port);
  process.on('message', () => {
    globalThis.gc?.();
    process.send?.(process.memoryUsage());
  });
}

function serveBare(): void {
  const body = JSON.stringify({ id: 'cs_test_1', object: 'checkout.session', url: 'http://localhost/' });
  const server = createServer((incoming, response) => {
    incoming.resume();
    incoming.once('end', () => response.writeHead(200, { 'Content-Type': 'application/json' }).end(body));
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (typeof address === 'object' && address !== null) process.send?.(address.port);
  });
}

function print(what: string, value: number, unit: string): void {
  console.log(`${what.padEnd(40)} ${value.toFixed(0).padStart(7)} ${unit}`);
}
