/** Ends open sessions: when their time is over, or by request. */
import { type EventCause, NO_REQUEST } from './event-recorder.js';
import type { StoredSession } from './objects.js';
import { expireSession } from './resources/checkout-session-object.js';
import type { Simulation } from './simulation.js';

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
  const session = expireSession(stored.session);
  const expired = { ...stored, session };
  store.sessions.put(expired);
  timeline.cancel('expire_session', stored.id);
  events.record('checkout.session.expired', { object: session }, cause);
  return expired;
}
