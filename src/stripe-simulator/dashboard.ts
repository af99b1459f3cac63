/** `/` and `/_simulator/…`: the dashboard, its buttons and the health check. */
import { NO_REQUEST } from './event-recorder.js';
import type { HttpAnswer, HttpRequest } from './http-server.js';
import { dashboardPage } from './pages/dashboard-page.js';
import { seeOther } from './pages/page.js';
import { endSession } from './session-expiry.js';
import type { Simulation } from './simulation.js';

export interface DashboardDependencies {
  simulation: Simulation;
  resend(eventId: string): void;
}

const EXPIRE_PATH = /^\/_simulator\/checkout\/sessions\/([^/]+)\/expire$/;
const RESEND_PATH = /^\/_simulator\/events\/([^/]+)\/resend$/;

export class Dashboard {
  constructor(private readonly dependencies: DashboardDependencies) {}

  handle({ method, path }: HttpRequest): HttpAnswer {
    const { simulation } = this.dependencies;
    if (method === 'GET' && path === '/_simulator/health') return plainText(200, 'ok');
    if (method === 'GET' && path === '/') return dashboardPage(simulation);
    const expireId = EXPIRE_PATH.exec(path)?.[1];
    if (method === 'POST' && expireId !== undefined) return this.#expire(expireId);
    const resendId = RESEND_PATH.exec(path)?.[1];
    if (method === 'POST' && resendId !== undefined) return this.#resend(resendId);
    return plainText(404, 'Not found');
  }

  /** The page may be older than the session's state: a button that came too late changes nothing. */
  #expire(id: string): HttpAnswer {
    const { simulation } = this.dependencies;
    const stored = simulation.store.sessions.get(id);
    if (stored === undefined) return plainText(404, `No such checkout.session: '${id}'`);
    if (stored.session.status === 'open') endSession(simulation, stored, NO_REQUEST);
    return seeOther('/');
  }

  #resend(id: string): HttpAnswer {
    if (this.dependencies.simulation.store.events.get(id) === undefined)
      return plainText(404, `No such event: '${id}'`);
    this.dependencies.resend(id);
    return seeOther('/');
  }
}

function plainText(status: number, body: string): HttpAnswer {
  return { status, headers: { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' }, body };
}
