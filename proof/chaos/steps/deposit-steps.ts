/** Deposits: the job holds and renews them, staff take a part or release them, buyers open their links. */
import { CaptureReason } from '../../../src/modules/deposits/deposit.entity.js';
import { HOLD_DEPOSITS } from '../../../src/modules/deposits/deposit-schedule.service.js';
import { openLink } from '../pay-links.js';
import { finishTasks } from '../quiet.js';
import { send } from '../staff-requests.js';
import type { StaffRequest, World } from '../world.js';
import { runJobOnce } from './machine-steps.js';
import type { Step } from './step.js';

export const depositSteps: readonly Step[] = [
  { weight: 5, take: lookAfter },
  { weight: 4, take: waitForRenewal },
  { weight: 4, take: capture },
  { weight: 2, take: release },
  { weight: 5, take: openLinkOfDeposit },
];

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
// Before it is renewed, and after; before it counts no more, and after; and when it is over.
const BEFORE_THE_END_MS = [24 * HOUR_MS + MINUTE_MS, 23 * HOUR_MS, HOUR_MS - MINUTE_MS, -MINUTE_MS];

interface KnownDeposit {
  id: string;
  orderId: string;
  amount: number;
  token: string;
  state: string;
  /** In milliseconds. */
  heldUntil: number | null;
}

/** As if it had been requested; also by both processes at once. */
async function lookAfter(world: World): Promise<boolean> {
  if ((await depositsOf(world)).length === 0) return false;
  const processes = world.random.chance(0.3) ? world.processes : [world.anyProcess()];
  for (const process of processes) {
    const job = process.running.jobs.find(({ name }) => name === HOLD_DEPOSITS);
    if (job) world.begin(`job ${job.name}, asked for`, process, () => runJobOnce(process, job));
  }
  return true;
}

/** A sum is held for days: what happens around its end would hardly ever be met by chance. */
async function waitForRenewal(world: World): Promise<boolean> {
  const { random, clock } = world;
  const ends = (await depositsOf(world)).flatMap(({ heldUntil }) => heldUntil ?? []);
  if (ends.length === 0) return false;
  const instant = Math.min(...ends) - random.pick(BEFORE_THE_END_MS);
  if (instant <= clock.now().getTime()) return false;
  // No request takes days.
  await finishTasks(world);
  world.note('time passes until a deposit is to be renewed');
  world.moveClockTo(instant);
  return true;
}

/** Also twice with one key, and by two people with keys of their own. */
async function capture(world: World): Promise<boolean> {
  const { random } = world;
  const deposit = await anyDeposit(world);
  if (deposit === null) return false;
  const amount = random.pick([deposit.amount, Math.ceil(deposit.amount / 3), random.between(50, deposit.amount + 1)]);
  const first = captureOf(world, deposit, amount);
  send(world, first);
  if (!random.chance(0.4)) return true;
  send(world, random.chance(0.5) ? first : captureOf(world, deposit, Math.ceil(deposit.amount / 2)));
  return true;
}

function captureOf(world: World, { id, orderId }: KnownDeposit, amount: number): StaffRequest {
  const what = { orderId, depositId: id, reason: CaptureReason.DAMAGE, idempotencyKey: world.random.uuid() };
  return {
    name: `staff capture a deposit of ${orderId}`,
    returnedId: null,
    ask: async ({ running }, em, isChanged) => {
      const request = { ...what, amount, note: isChanged ? 'another note' : 'a dent' };
      return (await running.deposits.capture(em, world.staff, request)).id;
    },
  };
}

async function release(world: World): Promise<boolean> {
  const deposit = await anyDeposit(world);
  if (deposit === null) return false;
  const { id: depositId, orderId } = deposit;
  const process = world.anyProcess();
  world.begin(`staff release a deposit of ${orderId}`, process, async () => {
    const request = { orderId, depositId, note: 'a note' };
    await process.running.deposits.release(process.entityManager(), world.staff, request);
  });
  return true;
}

async function openLinkOfDeposit(world: World): Promise<boolean> {
  const { random } = world;
  const deposits = await depositsOf(world);
  const waiting = deposits.filter(({ state }) => ['ACTION_REQUIRED', 'FAILED', 'EXPIRED'].includes(state));
  // Who has a link may open it at any time.
  const candidates = random.chance(0.85) ? waiting : deposits;
  if (candidates.length === 0) return false;
  const { token, orderId } = random.pick(candidates);
  openLink(
    world,
    { token, name: `buyer opens the link of a deposit of ${orderId}` },
    ({ depositLinks }) => depositLinks,
  );
  return true;
}

async function anyDeposit(world: World): Promise<KnownDeposit | null> {
  const { random } = world;
  const deposits = await depositsOf(world);
  const held = deposits.filter(({ state }) => state === 'AUTHORIZED');
  const candidates = random.chance(0.8) ? held : deposits;
  return candidates.length === 0 ? null : random.pick(candidates);
}

async function depositsOf(world: World): Promise<KnownDeposit[]> {
  if (!world.hasDeposits) return [];
  return world.ofPaidOrders(
    `d.id, d.amount_minor::int as amount, d.token, d.state, (extract(epoch from d.held_until) * 1000)::float8 as "heldUntil"`,
    'deposits d on d.order_id = o.id',
  );
}
