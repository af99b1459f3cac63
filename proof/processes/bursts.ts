/** Sends one event two hundred times in parallel, to both processes: one that answers 2xx must have stored it. */
import Stripe from 'stripe';
import type { Random } from './random.js';
import type { RunLog } from './run-log.js';
import { sleep } from './waiting.js';
import { WEBHOOK_SECRET, type World } from './world.js';

const COPIES = 200;
const PAUSE_MS = 5_000;
const RESPONSE_TIMEOUT_MS = 20_000;

export async function keepBursting(world: World, runLog: RunLog, random: Random, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    await sleep(PAUSE_MS * (0.5 + random.next()));
    // Newest first: some of these events have not arrived by themselves yet.
    const { data: events } = await world.stripe.ask((sdk) => sdk.events.list({ limit: 10 }));
    if (events.length > 0 && !isOver()) await burst(world, runLog, random.pick(events));
  }
}

async function burst(world: World, runLog: RunLog, event: Stripe.Event): Promise<void> {
  const payload = JSON.stringify(event);
  const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret: WEBHOOK_SECRET });
  const urls = world.webhookUrls();
  const statuses = await Promise.all(
    Array.from({ length: COPIES }, (_, index) => post(urls[index % urls.length] ?? '', payload, signature)),
  );
  const accepted = statuses.filter((status) => status >= 200 && status < 300).length;
  const rejected = statuses.filter((status) => status >= 400 && status < 500);
  runLog.count('bursts of one event x200');
  runLog.count('deliveries in bursts', COPIES);
  runLog.count('deliveries in bursts answered 2xx', accepted);
  if (accepted > 0) runLog.acknowledgedEvents.add(event.id);
  if (rejected.length > 0) runLog.violations.push(`Event ${event.id}, well signed, was answered ${rejected[0]}.`);
}

/** @returns 0 where nobody answered */
async function post(url: string, payload: string, signature: string): Promise<number> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': signature },
      body: payload,
      signal: AbortSignal.timeout(RESPONSE_TIMEOUT_MS),
    });
    await response.text();
    return response.status;
  } catch {
    return 0;
  }
}
