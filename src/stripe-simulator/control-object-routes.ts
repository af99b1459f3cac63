/** What the dashboard's buttons do to objects of the API. */
import { ControlError, type ControlRoute, control, nothing } from './control-api.js';
import { NO_REQUEST } from './event-recorder.js';
import { endSession } from './session-expiry.js';
import type { Simulation } from './simulation.js';

/** A button for a further kind of object joins here. */
export function controlObjectRoutes(simulation: Simulation): ControlRoute[] {
  return [
    control('POST', '/checkout/sessions/:id/expire', 'expires an open Checkout Session', nothing, (_input, id) => {
      const stored = simulation.store.sessions.get(id);
      if (stored === undefined) throw new ControlError(404, `No such checkout.session: '${id}'`, 'id');
      // The page may be older than the session's state: a button that came too late changes nothing.
      return stored.session.status === 'open' ? endSession(simulation, stored, NO_REQUEST).session : stored.session;
    }),
  ];
}
