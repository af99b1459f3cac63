/** What happens to sums that are held, and to cards that are saved, without the shop. */
import type Stripe from 'stripe';
import { isShown } from '../pay-links.js';
import { answerChallenge, payWith, sessionsOf } from '../stripe-side.js';
import type { World } from '../world.js';
import type { Step } from './step.js';

export const holdSteps: readonly Step[] = [
  { weight: 6, take: payAtPage },
  { weight: 4, take: answer },
  { weight: 1, take: captureInDashboard },
  { weight: 1, take: cancelInDashboard },
  { weight: 1, take: expireHold },
  { weight: 1, take: loseHold },
  { weight: 1, take: loseCard },
];

const CARDS = [
  { method: 'pm_card_visa', weight: 4 },
  { method: 'pm_card_authenticationRequired', weight: 2 },
  { method: 'pm_card_createDispute', weight: 1 },
  { method: 'pm_card_refundFail', weight: 1 },
] as const;

/** On the page of a fee or of a deposit, to which the buyer was sent. */
async function payAtPage(world: World): Promise<boolean> {
  if (world.pagesShown.size === 0) return false;
  const open = (await sessionsOf(world, 'open')).filter((session) => world.pagesShown.has(session.id));
  if (open.length === 0) return false;
  await payWith(world, world.random.pick(open), world.random.pickWeighted(CARDS).method);
  return true;
}

async function answer(world: World): Promise<boolean> {
  if (world.challenged.size === 0) return false;
  const waiting = (await sessionsOf(world, 'open')).filter(
    (session) => world.challenged.has(session.id) && isShown(world, session),
  );
  if (waiting.length === 0) return false;
  await answerChallenge(world, world.random.pick(waiting), world.random.chance(0.8));
  return true;
}

async function captureInDashboard(world: World): Promise<boolean> {
  return withHold(world, 'hold is captured in the dashboard', ({ id, amount }) => {
    const part = world.random.chance(0.5) ? undefined : Math.max(50, Math.ceil(amount / 2));
    world.simulator.dashboard.capturePayment(id, part);
    world.capturedInDashboard.add(id);
  });
}

async function cancelInDashboard(world: World): Promise<boolean> {
  return withHold(world, 'hold is released in the dashboard', ({ id }) =>
    world.simulator.dashboard.cancelPayment(id, 'requested_by_customer'),
  );
}

async function expireHold(world: World): Promise<boolean> {
  return withHold(world, 'hold is ended by the bank', ({ latest_charge: charge }) =>
    world.simulator.bank.expireHold(String(charge)),
  );
}

async function loseHold(world: World): Promise<boolean> {
  const refusal = world.random.pick(['capture_charge_authorization_expired', 'charge_expired_for_capture'] as const);
  return withHold(world, 'hold is dropped by the bank, silently', ({ latest_charge: charge }) =>
    world.simulator.bank.loseHold(String(charge), refusal),
  );
}

/** The buyer's customer, or the card that was saved, is deleted. */
async function loseCard(world: World): Promise<boolean> {
  if (!world.hasDeposits) return false;
  const saved = (await intentsOf(world)).filter(
    (intent) =>
      intent.setup_future_usage === 'off_session' && intent.status === 'succeeded' && intent.customer !== null,
  );
  if (saved.length === 0) return false;
  const { customer, payment_method: method } = world.random.pick(saved);
  const isCard = world.random.chance(0.5);
  world.note(isCard ? 'saved card is removed' : 'customer is deleted');
  const { dashboard } = world.simulator;
  attempt(world, () =>
    isCard ? dashboard.detachPaymentMethod(String(method)) : dashboard.deleteCustomer(String(customer)),
  );
  return true;
}

async function withHold(world: World, what: string, act: (hold: Stripe.PaymentIntent) => unknown): Promise<boolean> {
  if (!world.hasDeposits) return false;
  const held = (await intentsOf(world)).filter(({ status }) => status === 'requires_capture');
  if (held.length === 0) return false;
  const hold = world.random.pick(held);
  world.note(what, hold.id);
  attempt(world, () => act(hold));
  return true;
}

/** What Stripe would reject in this state changes nothing. */
function attempt(world: World, act: () => unknown): void {
  try {
    act();
  } catch (error) {
    world.trace.add(`   Stripe: ${error instanceof Error ? error.message : String(error)}`);
  }
  world.stripeChanged();
}

/** The oldest first. */
async function intentsOf(world: World): Promise<Stripe.PaymentIntent[]> {
  const list = () => world.stripe.paymentIntents.list({ limit: 100 });
  return (await world.look('payments', list)).data.toReversed();
}
