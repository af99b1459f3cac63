/** SIGTERM under load: the build answers what it has taken, and is gone within ten seconds. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { Agent, request as sendRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type StripeSimulator, startStripeSimulator } from '@comptoir/stripe-simulator';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { MikroORM } from '@mikro-orm/postgresql';
import { checkoutRequest } from '../../demo/request.js';
import { connect as connectToDatabase } from '../../src/connect.js';
import { freePort } from '../../src/platform/database/free-port.js';
import { eventually } from '../support/eventually.js';
import { addProduct } from '../support/shop.js';
import { newBuyer, testEnvironment } from '../support/test-app.js';
import { testDatabaseUrl } from '../support/test-database.js';

const CHECKOUTS = 20;
const ASKERS = 30;
const KEPT_ALIVE = 40;
// Longer than the rest of a checkout, and within the three seconds that Stripe is given.
const STRIPE_TAKES_MS = 2_500;

// Packages that the build leaves out are found from there.
const directory = fs.mkdtempSync(path.join('node_modules', '.comptoir-build-'));

let simulator: StripeSimulator;
let orm: MikroORM;
let api: ChildProcess;
let port: number;
let url: string;
let log = '';

beforeAll(async () => {
  execFileSync(process.execPath, ['scripts/build.js', path.join(directory, 'dist')]);
  fs.copyFileSync('package.json', path.join(directory, 'package.json'));
  simulator = await startStripeSimulator();
  orm = await connectToDatabase(await testDatabaseUrl());
});
beforeEach(async () => {
  // The worker's database has served other simulators, whose account is another.
  await orm.em.fork().execute('delete from stripe_accounts');
  port = await freePort();
  url = `http://127.0.0.1:${port}`;
  log = '';
  api = spawn(process.execPath, [path.join(directory, 'dist', 'main.js')], {
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      ...testEnvironment,
      DATABASE_URL: await testDatabaseUrl(),
      STRIPE_API_URL: simulator.url,
      PORT: String(port),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [api.stdout, api.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      log += chunk.toString();
    });
  }
  await eventually(async () => expect((await fetch(`${url}/readyz`)).status).toBe(200));
});
afterEach(() => {
  api.kill('SIGKILL');
});
afterAll(async () => {
  await orm?.close();
  await simulator?.close();
  fs.rmSync(directory, { recursive: true, force: true });
});

async function buy(productId: number): Promise<{ status: number; sessionId: string | undefined }> {
  const { query, variables } = checkoutRequest('http://localhost:3000');
  const input = { ...variables.input, items: [{ id: productId, type: 'PRODUCT', quantity: 1 }] };
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${(await newBuyer()).token}` },
    body: JSON.stringify({ query, variables: { input } }),
  });
  const { data } = (await response.json()) as { data?: { createCheckoutSession: { sessionId: string } } };
  return { status: response.status, sessionId: data?.createCheckoutSession.sessionId };
}

/** A connection on which so much has been sent, and nothing more will be. */
async function openWith(text: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  await once(socket, 'connect');
  socket.resume();
  if (text !== '') socket.write(text);
  return socket;
}

/**
 * Asks, on one connection, as soon as it gets a response, until it is stopped. @returns whether one was left unanswered
 */
async function keepAsking(onAnswer: () => void): Promise<boolean> {
  const socket = await openWith('');
  const request = 'GET /healthz HTTP/1.1\r\nHost: shop.example\r\n\r\n';
  let isUnanswered = true;
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    if (!text.endsWith('{"status":"ok"}')) return;
    onAnswer();
    isUnanswered = !/^connection: close/im.test(text);
    if (isUnanswered) socket.write(request);
    text = '';
  });
  socket.write(request);
  await once(socket, 'close');
  return isUnanswered;
}

async function countOrders(): Promise<number> {
  const [row] = await orm.em.fork().execute<{ count: string }[]>('select count(*) as count from orders');
  return Number(row?.count);
}

test('SIGTERM with requests in flight: all are answered, nobody else is waited for, and it exits with 0', async () => {
  const product = await addProduct(orm, { onHand: CHECKOUTS });
  const ordersBefore = await countOrders();
  await openWith('');
  await openWith('GET /healthz HTTP/1.1\r\nHost: shop.example\r\n');
  await openWith(
    'POST /graphql HTTP/1.1\r\nHost: shop.example\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
  );
  await openWith('GET /healthz HTTP/1.1\r\nHost: shop.example\r\n\r\nGET /healthz HTTP/1.1\r\nHost: shop');
  for (let fault = 0; fault < CHECKOUTS; fault += 1) {
    simulator.faults.failNext({ kind: 'delay', ms: STRIPE_TAKES_MS, method: 'POST', path: '/v1/checkout/sessions' });
  }

  const answers = Promise.all(Array.from({ length: CHECKOUTS }, () => buy(product)));
  // All are at Stripe, or about to ask it.
  await eventually(async () => expect(await countOrders()).toBe(ordersBefore + CHECKOUTS));
  const served = new Set<number>();
  const askers = Promise.all(Array.from({ length: ASKERS }, (_, asker) => keepAsking(() => served.add(asker))));
  await eventually(() => expect(served.size).toBe(ASKERS));
  const exited = once(api, 'exit');
  api.kill('SIGTERM');

  const received = await answers;
  expect(received).toHaveLength(CHECKOUTS);
  for (const answer of received) expect(answer).toEqual({ status: 200, sessionId: expect.stringMatching(/^cs_test_/) });
  expect(new Set(received.map(({ sessionId }) => sessionId)).size).toBe(CHECKOUTS);
  expect(await askers).toEqual(Array.from({ length: ASKERS }, () => false));
  // A stop that takes longer than 9.5 s by the process's own clock ends with exit code 1.
  const [exitCode] = await exited;
  expect({ exitCode, log: exitCode === 0 ? '' : log }).toEqual({ exitCode: 0, log: '' });
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
});

/** Asks with its own kept-alive connection, with a short thought between two requests. @returns how it ended */
async function askUntilItEnds(client: number, served: Set<number>): Promise<{ ending: string }> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let answered = 0;
  try {
    for (;;) {
      await askOnce(agent);
      answered += 1;
      served.add(client);
      await setTimeout((client * 37 + answered * 11) % 120);
    }
  } catch (error) {
    return { ending: String((error as { code?: string }).code) };
  } finally {
    agent.destroy();
  }
}

function askOnce(agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify({ query: '{ paymentConfig { currency } }' });
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const request = sendRequest(`${url}/graphql`, { agent, method: 'POST', headers }, (response) => {
      response.on('error', reject).on('end', resolve).resume();
    });
    request.on('error', reject).end(body);
  });
}

test('SIGTERM under load: no client that keeps its connection alive is reset', async () => {
  const product = await addProduct(orm, { onHand: CHECKOUTS });
  const ordersBefore = await countOrders();
  for (let fault = 0; fault < CHECKOUTS; fault += 1) {
    simulator.faults.failNext({ kind: 'delay', ms: STRIPE_TAKES_MS, method: 'POST', path: '/v1/checkout/sessions' });
  }
  // Some answers are long in the making when the stop begins.
  const answers = Promise.all(Array.from({ length: CHECKOUTS }, () => buy(product)));
  await eventually(async () => expect(await countOrders()).toBe(ordersBefore + CHECKOUTS));
  const served = new Set<number>();
  const clients = Promise.all(Array.from({ length: KEPT_ALIVE }, (_, client) => askUntilItEnds(client, served)));
  await eventually(() => expect(served.size).toBe(KEPT_ALIVE));
  const exited = once(api, 'exit');
  api.kill('SIGTERM');
  for (const { status } of await answers) expect(status).toBe(200);
  const endings = new Map<string, number>();
  for (const { ending } of await clients) {
    endings.set(ending, (endings.get(ending) ?? 0) + 1);
  }
  // Each reconnected after `Connection: close`, until nobody listened any more.
  expect(Object.fromEntries(endings)).toEqual({ ECONNREFUSED: KEPT_ALIVE });
  expect((await exited)[0]).toBe(0);
});
