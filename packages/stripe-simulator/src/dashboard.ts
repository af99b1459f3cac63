/** `/`: the dashboard. What its buttons do is the control API's. */
import type { HttpAnswer, HttpRequest } from './http-server.js';
import { dashboardPage } from './pages/dashboard-page.js';
import type { Simulation } from './simulation.js';

export class Dashboard {
  constructor(private readonly simulation: Simulation) {}

  handle({ method, path }: HttpRequest): HttpAnswer {
    if (method === 'GET' && path === '/') return dashboardPage(this.simulation);
    const headers = { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' };
    return { status: 404, headers, body: 'Not found' };
  }
}
