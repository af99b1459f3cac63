/** `/`: the dashboard, with a page for each dispute and the files in evidence. What its buttons do is the control API's. */
import { contentsOf } from './file-contents.js';
import type { HttpAnswer, HttpRequest } from './http-server.js';
import { dashboardPage } from './pages/dashboard-page.js';
import { disputePage } from './pages/dispute-page.js';
import type { Simulation } from './simulation.js';

export class Dashboard {
  constructor(private readonly simulation: Simulation) {}

  handle({ method, path }: HttpRequest): HttpAnswer {
    const headers = { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' };
    const page = method === 'GET' ? this.#page(path) : null;
    return page ?? { status: 404, headers, body: 'Not found' };
  }

  #page(path: string): HttpAnswer | null {
    if (path === '/') return dashboardPage(this.simulation);
    const { store } = this.simulation;
    const [, kind, id = ''] = /^\/(disputes|files)\/(\w+)$/.exec(path) ?? [];
    if (kind === 'files') return contentsOf(store.files.get(id));
    const dispute = kind === 'disputes' ? store.disputes.get(id) : undefined;
    return dispute === undefined ? null : disputePage(store, dispute);
  }
}
