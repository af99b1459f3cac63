/** What runs by itself: deliveries of events, runs of jobs, and the clock. */

import pLimit from 'p-limit';
import type { Job } from '../../../src/platform/jobs/job.js';
import type { ShopProcess } from '../shop-process.js';
import type { Delivery } from '../webhook-queue.js';
import type { World } from '../world.js';
import type { Step } from './step.js';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;

export const machineSteps: readonly Step[] = [
  { weight: 16, take: deliver },
  { weight: 2, take: deliverAgain },
  { weight: 6, take: runJob },
  { weight: 3, take: passTime },
  { weight: 1, take: kill },
];

/** In whatever order. */
async function deliver(world: World): Promise<boolean> {
  if (world.faultRates.webhooksAreLost) return false;
  await world.collectMail();
  const { pending } = world.webhookQueue;
  if (pending.length === 0) return false;
  beginDelivery(world, world.random.pick(pending), 'delivery');
  return true;
}

function deliverAgain(world: World): boolean {
  const { acknowledged } = world.webhookQueue;
  if (acknowledged.length === 0) return false;
  beginDelivery(world, world.random.pick(acknowledged), 'second delivery');
  return true;
}

function beginDelivery(world: World, delivery: Delivery, name: string): void {
  const process = world.anyProcess();
  const { id, type } = delivery.event;
  delivery.isUnderWay = true;
  world.begin(`${name} of ${id} ${type}`, process, async () => {
    try {
      await receive(process, delivery);
    } finally {
      delivery.isUnderWay = false;
    }
  });
}

/** As the webhook's route does once the signature was checked. */
export async function receive(process: ShopProcess, delivery: Delivery): Promise<void> {
  const body = Buffer.from(JSON.stringify(delivery.event));
  await process.running.inbox.receive(process.entityManager(), delivery.event, body);
  delivery.isAcknowledged = true;
}

function runJob(world: World): boolean {
  const process = world.anyProcess();
  const job = world.random.pick(jobsToChooseFrom(world, process));
  world.requestedJobs.delete(job.name);
  world.begin(`job ${job.name}`, process, () => runJobOnce(process, job));
  return true;
}

/** Mostly one that somebody has asked for, as in real life. */
function jobsToChooseFrom({ random, requestedJobs }: World, { running: { jobs } }: ShopProcess): Job[] {
  const requested = jobs.filter(({ name }) => requestedJobs.has(name));
  return requested.length > 0 && random.chance(0.8) ? requested : jobs;
}

/** As the job runner does. */
export async function runJobOnce(process: ShopProcess, job: Job): Promise<void> {
  if (!(await process.running.account.isOurs())) return;
  // One item after another: it is the scheduler that lets things happen at once.
  await job.runOnce(process.entityManager(), { signal: new AbortController().signal, itemLimit: pLimit(1) });
}

function passTime(world: World): boolean {
  const { random, scheduler } = world;
  // A process may be held up for minutes while it works, but not for days.
  const isBusy = scheduler.alive.length > 0;
  const spans = [SECOND_MS, 10 * SECOND_MS, MINUTE_MS, 3 * MINUTE_MS];
  const longSpans = [10 * MINUTE_MS, 40 * MINUTE_MS, DAY_MS, 6 * DAY_MS];
  const span = random.chance(isBusy ? 0.05 : 0.4)
    ? random.pick(isBusy ? longSpans.slice(0, 2) : longSpans)
    : random.pick(spans);
  world.note('time passes', `${span / SECOND_MS} s`);
  world.moveClockTo(world.clock.now().getTime() + span);
  return true;
}

function kill(world: World): boolean {
  const { random, scheduler, faultRates } = world;
  if (scheduler.alive.length === 0 || !random.chance(faultRates.deaths * 10)) return false;
  scheduler.kill(world.anyProcess().name, 'any place');
  return true;
}
