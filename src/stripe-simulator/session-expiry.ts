/** Ends open sessions whose time is over. */
import { unixSeconds } from './clock.js';
import { type EventCause, NO_REQUEST } from './event-recorder.js';
import type { StoredSession } from './objects.js';
import { expireSession } from './resources/checkout-session-object.js';
import type { Simulation } from './simulation.js';

export class SessionExpiry {
  constructor(private readonly simulation: Simulation) {}

  expireDue(): void {
    const now = unixSeconds(this.simulation.clock);
    for (const stored of this.simulation.store.sessions.oldestFirst()) {
      if (isDue(stored, now)) this.expire(stored, NO_REQUEST);
    }
  }

  /** The session as it is now: one whose time is over expires at the latest when somebody looks at it. */
  find(id: string): StoredSession | null {
    const stored = this.simulation.store.sessions.get(id);
    if (stored === undefined) return null;
    return isDue(stored, unixSeconds(this.simulation.clock)) ? this.expire(stored, NO_REQUEST) : stored;
  }

  expire(stored: StoredSession, cause: EventCause): StoredSession {
    const session = expireSession(stored.session);
    const expired = { ...stored, session };
    this.simulation.store.sessions.put(expired);
    this.simulation.events.record('checkout.session.expired', { object: session }, cause);
    return expired;
  }
}

function isDue({ session }: StoredSession, now: number): boolean {
  return session.status === 'open' && session.expires_at <= now;
}
