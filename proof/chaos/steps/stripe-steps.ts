/** What happens at Stripe. */
import type Stripe from 'stripe';
import { isShown } from '../pay-links.js';
import {
  beDeclined,
  control,
  openDispute,
  PLANTED,
  pay,
  payByDebit,
  plantSession,
  refundAtStripe,
  sessionsOf,
} from '../stripe-side.js';
import type { World } from '../world.js';
import type { Step } from './step.js';

export const stripeSteps: readonly Step[] = [
  { weight: 6, take: (world) => withOpenSession(world, pay) },
  { weight: 2, take: (world) => withOpenSession(world, beDeclined) },
  { weight: 2, take: (world) => withOpenSession(world, payByDebit) },
  { weight: 1, take: (world) => withOpenSession(world, expire) },
  { weight: 1, take: plant },
  { weight: 2, take: refund },
  { weight: 2, take: dispute },
];

async function withOpenSession(
  world: World,
  act: (world: World, session: Stripe.Checkout.Session) => Promise<unknown>,
): Promise<boolean> {
  const open = (await sessionsOf(world, 'open')).filter((session) => isShown(world, session));
  return open.length > 0 && (await act(world, world.random.pick(open))) !== false;
}

/** As by a button of the dashboard. */
async function expire(world: World, { id }: Stripe.Checkout.Session): Promise<void> {
  world.note('session is expired in the dashboard', id);
  await world.stripe.checkout.sessions.expire(id);
}

/** Only beside a session that the shop knows: before that, the second one would simply be the order's. */
async function plant(world: World): Promise<boolean> {
  const known = new Set((await world.orders()).map(({ sessionId }) => sessionId));
  const sessions = (await sessionsOf(world)).filter(({ id, metadata }) => known.has(id) && !metadata?.[PLANTED]);
  if (sessions.length === 0) return false;
  await plantSession(world, world.random.pick(sessions));
  return true;
}

async function refund(world: World): Promise<boolean> {
  const paid = await paidSessions(world);
  if (paid.length === 0) return false;
  const { payment_intent: intent, amount_total: total } = world.random.pick(paid);
  const part = world.random.chance(0.5) ? Math.ceil((total ?? 0) / 2) : undefined;
  await refundAtStripe(world, String(intent), part);
  return true;
}

/** Opened by a buyer, decided by the bank, or heard once more. */
async function dispute(world: World): Promise<boolean> {
  const { data } = await world.look('disputes', () => world.stripe.disputes.list({ limit: 100 }));
  const lost = data.filter(({ status }) => status === 'lost');
  if (lost.length > 0 && world.random.chance(0.3)) return appeal(world, world.random.pick(lost.toReversed()));
  const disputes = data.filter(({ status }) => !['won', 'lost', 'warning_closed'].includes(status));
  if (disputes.length === 0 || world.random.chance(0.3)) return openDispute(world);
  const { id, status } = world.random.pick(disputes.toReversed());
  if (status.startsWith('warning_') && world.random.chance(0.4)) {
    world.note('inquiry becomes a dispute', id);
    await control(world, `/disputes/${id}/escalate`, {});
    return true;
  }
  const outcome = world.random.pick(['won', 'lost']);
  world.note('dispute is decided', `${id} ${outcome}`);
  await control(world, `/disputes/${id}/close`, { outcome });
  return true;
}

async function appeal(world: World, { id }: Stripe.Dispute): Promise<boolean> {
  const isWon = world.random.chance(0.7);
  world.note(isWon ? 'dispute is won on appeal' : 'dispute is appealed', id);
  await control(world, `/disputes/${id}/${isWon ? 'win_appeal' : 'appeal'}`, {});
  return true;
}

async function paidSessions(world: World): Promise<Stripe.Checkout.Session[]> {
  const complete = await sessionsOf(world, 'complete');
  return complete.filter(({ payment_status: status }) => status === 'paid');
}
