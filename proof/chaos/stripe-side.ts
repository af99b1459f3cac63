/** What happens at Stripe without the shop: buyers on the payment page, staff in the dashboard, banks. */
import type Stripe from 'stripe';
import type { World } from './world.js';

const MARKER = 'comptoir';
/** Marks a session that a test made, so that it is not taken for a second one of the shop's. */
export const PLANTED = 'planted';

const CARDS = [
  { method: 'pm_card_visa', weight: 6 },
  { method: 'pm_card_createDispute', weight: 1 },
  { method: 'pm_card_createDisputeInquiry', weight: 1 },
  { method: 'pm_card_pendingRefund', weight: 1 },
  { method: 'pm_card_refundFail', weight: 1 },
] as const;
const DECLINED_CARDS = ['pm_card_chargeDeclined', 'pm_card_visa_chargeDeclinedInsufficientFunds'];
const IBANS = ['AT611904300234573201', 'AT861904300235473202'];

/** The oldest first; all of them, unless a status is given. */
export async function sessionsOf(world: World, status?: 'open' | 'complete'): Promise<Stripe.Checkout.Session[]> {
  const filter = status === undefined ? {} : { status };
  const list = () => world.stripe.checkout.sessions.list({ limit: 100, ...filter });
  return (await world.look(`sessions ${status}`, list)).data.toReversed();
}

export async function pay(world: World, session: Stripe.Checkout.Session): Promise<void> {
  await payWith(world, session, world.random.pickWeighted(CARDS).method);
}

export async function payWith(world: World, session: Stripe.Checkout.Session, method: string): Promise<void> {
  world.note('buyer pays by card', `${session.id}, ${method}`);
  await confirm(world, session, method);
}

/** In the bank's own page. */
export async function answerChallenge(
  world: World,
  { id }: Stripe.Checkout.Session,
  isRecognised: boolean,
): Promise<void> {
  world.note(`buyer ${isRecognised ? 'confirms' : 'does not confirm'} to the bank`, id);
  const response = await fetch(`${world.simulator.url}/c/pay/${id}/authenticate`, {
    method: 'POST',
    body: new URLSearchParams({ outcome: isRecognised ? 'complete' : 'fail' }),
    redirect: 'manual',
  });
  await response.arrayBuffer();
  world.challenged.delete(id);
  world.stripeChanged();
}

export async function beDeclined(world: World, session: Stripe.Checkout.Session): Promise<void> {
  world.note('card is declined', session.id);
  await confirm(world, session, world.random.pick(DECLINED_CARDS)).catch((error: Error) => {
    if (!('statusCode' in error) || error.statusCode !== 402) throw error;
  });
}

/** False where the session takes no debits. */
export async function payByDebit(world: World, session: Stripe.Checkout.Session): Promise<boolean> {
  if (!session.payment_method_types.includes('sepa_debit')) return false;
  const iban = world.random.pick(IBANS);
  world.note('buyer pays by debit', `${session.id}, which ${iban === IBANS[0] ? 'succeeds' : 'fails'} later`);
  const method = await world.stripe.paymentMethods.create({
    type: 'sepa_debit',
    sepa_debit: { iban },
    billing_details: { name: 'Jeanne', email: 'jeanne@example.com' },
  });
  await confirm(world, session, method.id);
  return true;
}

/** A second session for an order, as another program, or a mistake, would make it. */
export async function plantSession(world: World, original: Stripe.Checkout.Session): Promise<void> {
  const orderId = original.metadata?.order_id ?? '';
  const metadata = { application: MARKER, order_id: orderId };
  const amount = (original.amount_total ?? 0) + world.random.pick([0, 0, 1]);
  const session = await world.stripe.checkout.sessions.create({
    mode: 'payment',
    client_reference_id: orderId,
    metadata: { ...metadata, [PLANTED]: 'true' },
    payment_intent_data: { metadata },
    line_items: [
      { quantity: 1, price_data: { currency: 'eur', unit_amount: amount, product_data: { name: 'Again' } } },
    ],
    success_url: 'http://localhost:3000/success',
    // The shortest life that Stripe gives: it ends before the schedule does.
    expires_at: Math.floor(world.clock.now().getTime() / 1000) + 31 * 60,
  });
  world.note('second session for an order', `${session.id} for ${orderId}`);
}

export async function refundAtStripe(world: World, paymentIntentId: string, amount?: number): Promise<void> {
  world.note('refund in the dashboard', `${paymentIntentId}${amount === undefined ? '' : ', in part'}`);
  await world.stripe.refunds
    .create({ payment_intent: paymentIntentId, ...(amount === undefined ? {} : { amount }) })
    .catch((error: Error) => world.trace.add(`   Stripe: ${error.message}`));
}

/** By the bank of a buyer who paid by card; false where nobody has. */
export async function openDispute(world: World): Promise<boolean> {
  const charges = (await world.look('charges', () => world.stripe.charges.list({ limit: 100 }))).data.filter(
    ({ status, captured, payment_method_details: details }) =>
      status === 'succeeded' && captured && details?.type === 'card',
  );
  if (charges.length === 0) return false;
  const charge = world.random.pick(charges.toReversed());
  const part = world.random.chance(0.3) ? { amount: Math.ceil(charge.amount / 3) } : {};
  world.note('dispute is opened', `${charge.id}${'amount' in part ? ', in part' : ''}`);
  const kind = world.random.pick(['fraudulent', 'inquiry']);
  await control(world, `/charges/${charge.id}/dispute`, { kind, ...part });
  return true;
}

export async function control(world: World, path: string, body: object): Promise<void> {
  const response = await fetch(`${world.simulator.url}/_simulator${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  // What Stripe would reject in this state changes nothing.
  if (!response.ok && response.status !== 409) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  await response.arrayBuffer();
  world.stripeChanged();
}

async function confirm(world: World, { id }: Stripe.Checkout.Session, method: string): Promise<void> {
  const page = await world.stripe.rawRequest('POST', `/v1/payment_pages/${id}/confirm`, { payment_method: method });
  const { payment_intent: intent } = page as unknown as { payment_intent: Stripe.PaymentIntent | null };
  if (intent?.status === 'requires_action') world.challenged.add(id);
}
