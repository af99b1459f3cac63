/** Ends a schedule: processes run again, nothing fails any more, and everything that is due is done. */

import { sendUnanswered } from './dispute-requests.js';
import { receive, runJobOnce } from './steps/machine-steps.js';
import { count } from './trace.js';
import type { World } from './world.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
// Recovery and the end of holds come first; after that, what is asked again once a day, and debits of a week.
const SPANS_MS = [3 * MINUTE_MS, 45 * MINUTE_MS, 2 * HOUR_MS, ...Array.from({ length: 12 }, () => 25 * HOUR_MS)];
const SESSIONS_END_AFTER_ROUND = 1;
const RUNS_DAILY = new Set(['prune-events', 'find-discrepancies']);

export async function comeToRest(world: World): Promise<void> {
  world.isCalm = true;
  world.trace.add('The faults stop.');
  await finishTasks(world);
  await sendUnanswered(world);
  for (const [round, span] of SPANS_MS.entries()) {
    world.moveClockTo(world.clock.now().getTime() + span);
    await deliverOrDrop(world);
    await runJobs(world, span >= DAY_MS);
    if (round >= SESSIONS_END_AFTER_ROUND && (await isQuiet(world))) {
      count(world.tally, `rounds until quiet: ${round + 1}`);
      return;
    }
  }
  world.violated('rest', 'it does not come to rest within two weeks');
}

/** All tasks that are still alive finish what they were doing. */
export async function finishTasks(world: World): Promise<void> {
  const { scheduler, clock } = world;
  for (;;) {
    const [task] = scheduler.ready(clock.now().getTime());
    if (task !== undefined) {
      await scheduler.resume(task);
      continue;
    }
    const wake = scheduler.nextWake();
    if (wake === null) return;
    world.moveClockTo(wake);
  }
}

async function deliverOrDrop(world: World): Promise<void> {
  if (world.faultRates.webhooksAreLost) return;
  await world.collectMail();
  for (const delivery of world.webhookQueue.pending) {
    // Dropped for good: Stripe stops retrying after three days, and the list of events still has it.
    if (world.random.chance(0.3)) delivery.isUnderWay = true;
    else await receive(world.anyProcess(), delivery);
  }
}

async function runJobs(world: World, isDay: boolean): Promise<void> {
  const process = world.anyProcess();
  for (const job of process.running.jobs) {
    if (isDay || !RUNS_DAILY.has(job.name)) await runJobOnce(process, job);
  }
}

async function isQuiet(world: World): Promise<boolean> {
  const [row] = await world.entityManager().execute<{ waiting: number }[]>(
    `select (select count(*) from orders where buyer_id in (?) and (payment_sync_requested > payment_sync_completed or status = 'PROCESSING'
         or (status in ('PENDING', 'PAYMENT_FAILED') and completed_unpaid_at is null and expired_at is null)))::int
       + (select count(*) from refunds where state in ('DUE', 'REQUESTED', 'PENDING'))::int
       + (select count(*) from deposits where settled_at is null and (next_look_at <= ? or release_requested_at is not null))::int
       + (select count(*) from deposit_holds where state = 'OPEN' or (state = 'SENT' and kind = 'SAVED_CARD'))::int
       + (select count(*) from deposit_captures where state = 'REQUESTED')::int
       + (select count(*) from fees where settled_at is null and (state = 'DUE' or next_look_at is not null or waive_requested_at is not null))::int
       + (select count(*) from inbox_events where next_attempt_at is not null)::int as waiting`,
    [world.buyers.map(({ id }) => id), world.clock.now()],
  );
  return row?.waiting === 0;
}
