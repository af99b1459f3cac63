/**
 * `npm run bench -- outage`: what buyers, Stripe and probes notice of a database that freezes for 30 s, and of a silent
 * failover: how long the longest answer took, and how long it took to recover. Figures are printed.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { signWebhook, startStripeSimulator } from '@comptoir/stripe-simulator';
import { readArguments, runProgram } from '../cli/program.js';
import { benchEnvironment, type Side, startApi, stopSide } from './sides.js';

const EVERY_MS = 500;
const FAULT_MS = 30_000;
const WATCHED_MS = 40_000;
// Who has no answer by then is counted as never answered.
const PATIENCE_MS = 100_000;

interface Answer {
  what: string;
  sentAt: number;
  ms: number;
  /** Null when there was none. */
  status: number | null;
}

async function main(): Promise<void> {
  // Loaded here only: help, and a command line that is not understood, are answered at once.
  const { startNetworkProxy } = await import('../test/support/network-proxy.js');
  const { startOwnDatabase } = await import('../test/support/own-database.js');
  const database = await startOwnDatabase();
  const network = await startNetworkProxy(database.url);
  const simulator = await startStripeSimulator();
  const api = await startApi({ DATABASE_URL: network.urlOf(database.url), STRIPE_API_URL: simulator.url });
  try {
    await watch(api, `the database frozen for ${FAULT_MS / 1000} s`, async () => {
      database.freeze();
      await setTimeout(FAULT_MS);
      database.thaw();
    });
    await watch(api, 'a silent failover', async () => {
      network.fallSilent();
      network.failOver();
    });
  } finally {
    await stopSide(api);
    await simulator.close();
    await network.close();
    await database.stop();
  }
}

async function watch({ url }: Side, name: string, fault: () => Promise<void>): Promise<void> {
  const answers: Promise<Answer>[] = [];
  let isOver = false;
  const load = (async () => {
    for (; !isOver; await setTimeout(EVERY_MS)) {
      answers.push(ask('reads', `${url}/graphql`, readRequest()));
      answers.push(ask('events', `${url}/api/webhook/stripe/`, eventRequest()));
      answers.push(ask('/readyz', `${url}/readyz`, {}));
    }
  })();
  await setTimeout(4 * EVERY_MS);
  await fault();
  const endedAt = performance.now();
  await setTimeout(WATCHED_MS);
  isOver = true;
  await load;
  console.log(`\n${name}`);
  const all = await Promise.all(answers);
  for (const what of ['reads', 'events', '/readyz']) {
    tell(
      what,
      all.filter((answer) => answer.what === what),
      endedAt,
    );
  }
}

function tell(what: string, answers: Answer[], endedAt: number): void {
  const failed = answers.filter(({ status }) => status !== 200);
  const unanswered = answers.filter(({ status }) => status === null).length;
  const longest = Math.max(...answers.map(({ ms }) => ms));
  const lastFailure = Math.max(endedAt, ...failed.map(({ sentAt }) => sentAt));
  const statuses = [...new Set(failed.map(({ status }) => status ?? 'none'))].join(', ');
  const recovery = ((lastFailure - endedAt) / 1000).toFixed(1);
  console.log(
    `  ${what.padEnd(8)} ${answers.length} sent, ${failed.length} not served (${statuses || '-'}), ${unanswered} without an answer in ${PATIENCE_MS / 1000} s; longest ${(longest / 1000).toFixed(1)} s; all well ${recovery} s after the fault ended`,
  );
}

async function ask(what: string, url: string, init: RequestInit): Promise<Answer> {
  const sentAt = performance.now();
  const status = await fetch(url, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) }).then(
    async (response) => {
      await response.arrayBuffer();
      return response.status;
    },
    () => null,
  );
  return { what, sentAt, ms: performance.now() - sentAt, status };
}

function readRequest(): RequestInit {
  const body = JSON.stringify({ query: '{ catalogue(first: 1) { edges { cursor } } }' });
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body };
}

function eventRequest(): RequestInit {
  const object = { id: `cus_${randomUUID()}`, object: 'customer' };
  const created = Math.floor(Date.now() / 1000);
  const event = { id: `evt_${randomUUID().replaceAll('-', '')}`, object: 'event', livemode: false, created };
  const rest = { api_version: '2026-10-28.endive', pending_webhooks: 1, request: { id: null, idempotency_key: null } };
  const body = JSON.stringify({ ...event, ...rest, type: 'customer.created', data: { object } });
  const signature = signWebhook(body, [benchEnvironment.STRIPE_WEBHOOK_SECRET], created);
  return { method: 'POST', headers: { 'content-type': 'application/json', 'stripe-signature': signature }, body };
}

await runProgram(() => {
  readArguments('Usage: npm run bench -- outage', {});
  return main();
});
