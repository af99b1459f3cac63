/** Where the page of an open session is found. */
import type { Simulation } from './simulation.js';

/** After a restart on another port, or with state from elsewhere, open sessions have their pages here. */
export function renewSessionUrls({ store, url }: Simulation): void {
  for (const stored of store.sessions.oldestFirst()) {
    if (stored.session.status !== 'open') continue;
    store.sessions.put({ ...stored, session: { ...stored.session, url: `${url()}/c/pay/${stored.id}` } });
  }
}
