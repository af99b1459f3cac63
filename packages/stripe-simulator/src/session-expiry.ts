/** The life of sessions: their page, their end in time or by request, and the one that follows after it. */
import type Stripe from 'stripe';
import { unixSeconds } from './clock.js';
import { type EventCause, NO_REQUEST } from './event-recorder.js';
import { createId } from './ids.js';
import type { StoredSession } from './objects.js';
import { CANCELABLE_STATUSES, cancelPayment } from './payment-settlement.js';
import { expireSession, recoveredSession } from './resources/checkout-session-object.js';
import type { Simulation } from './simulation.js';

const RECOVERY_SECONDS = 30 * 24 * 60 * 60;
const RECOVERED_LIFE_SECONDS = 24 * 60 * 60;

/** A session that was paid, or expired by request, in the meantime is left as it is. */
export function expireSessionsInTime(simulation: Simulation): void {
  simulation.timeline.on('expire_session', (id) => {
    const stored = simulation.store.sessions.get(id);
    if (stored?.session.status === 'open') endSession(simulation, stored, NO_REQUEST);
  });
}

export function scheduleExpiry({ timeline }: Simulation, { id, session }: StoredSession): void {
  timeline.schedule('expire_session', id, session.expires_at * 1000);
}

/** The session as it is afterwards. */
export function endSession(simulation: Simulation, stored: StoredSession, cause: EventCause): StoredSession {
  const { store, timeline, events } = simulation;
  const session = withRecovery(simulation, expireSession(stored.session));
  const expired = { ...stored, session };
  store.sessions.put(expired);
  timeline.cancel('expire_session', stored.id);
  events.record('checkout.session.expired', { object: session }, cause);
  cancelItsPayment(simulation, expired, cause);
  return expired;
}

/** An attempt that was declined, or waits for the buyer's bank, comes to its end with the session. */
function cancelItsPayment(simulation: Simulation, { session }: StoredSession, cause: EventCause): void {
  const paymentIntent = simulation.store.paymentIntents.get(String(session.payment_intent));
  if (paymentIntent === undefined || !CANCELABLE_STATUSES.includes(paymentIntent.status)) return;
  cancelPayment(simulation, paymentIntent, 'expired', cause);
}

export function sessionUrl({ url }: Simulation, id: string): string {
  return `${url()}/c/pay/${id}`;
}

/** After a restart on another port, the pages that can still be visited are found under the new address. */
export function renewSessionUrls(simulation: Simulation): void {
  const { store } = simulation;
  for (const stored of store.sessions.oldestFirst()) {
    const { session } = stored;
    const recovery = session.after_expiration?.recovery ?? null;
    if (session.status === 'open') {
      store.sessions.put({ ...stored, session: { ...session, url: sessionUrl(simulation, stored.id) } });
    } else if (recovery !== null && recovery.url !== null) {
      const renewed = { recovery: { ...recovery, url: recoveryUrl(simulation, stored.id) } };
      store.sessions.put({ ...stored, session: { ...session, after_expiration: renewed } });
    }
  }
}

function recoveryUrl({ url }: Simulation, id: string): string {
  return `${url()}/c/recover/${id}`;
}

function withRecovery(simulation: Simulation, session: Stripe.Checkout.Session): Stripe.Checkout.Session {
  const recovery = session.after_expiration?.recovery ?? null;
  if (recovery?.enabled !== true) return session;
  const expiresAt = unixSeconds(simulation.clock) + RECOVERY_SECONDS;
  const link = { expires_at: expiresAt, url: recoveryUrl(simulation, session.id) };
  return { ...session, after_expiration: { recovery: { ...recovery, ...link } } };
}

/** A session like the one that expired; null when it does not let itself be recovered, or no longer. */
export function recoverSession(simulation: Simulation, stored: StoredSession): StoredSession | null {
  const { store, clock } = simulation;
  const created = unixSeconds(clock);
  const { expires_at: expiresAt = null } = stored.session.after_expiration?.recovery ?? {};
  if (stored.session.status !== 'expired' || expiresAt === null || expiresAt < created) return null;
  const id = createId('checkoutSession');
  const renewed = { id, created, expires_at: created + RECOVERED_LIFE_SECONDS, url: sessionUrl(simulation, id) };
  const session = recoveredSession(stored.session, renewed);
  const recovered = { ...stored, id, session, pageId: createId('paymentPage'), buyer: null };
  store.sessions.put(recovered);
  scheduleExpiry(simulation, recovered);
  return recovered;
}
