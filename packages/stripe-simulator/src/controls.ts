/** What can be done to a simulator from outside the API: by tests in its process, and by its control API. */
import type { BankActions } from './bank-types.js';
import type { Chaos } from './chaos.js';
import type { DashboardActions } from './dashboard-types.js';
import type { FaultPlan } from './faults.js';
import type { SimulatorControls } from './public-types.js';
import type { RequestJournal } from './request-journal.js';
import { renewSessionUrls } from './session-expiry.js';
import type { Simulation } from './simulation.js';
import { restoreSnapshot, takeSnapshot } from './snapshot.js';
import type { WebhookDelivery } from './webhook-delivery.js';
import { configureWebhookEndpoint, rollSecret } from './webhook-endpoints.js';

export interface ControlledParts {
  bank: BankActions;
  dashboard: DashboardActions;
  simulation: Simulation;
  webhooks: WebhookDelivery;
  faults: FaultPlan;
  chaos: Chaos;
  journal: RequestJournal;
}

export function buildControls(parts: ControlledParts): SimulatorControls {
  const { bank, dashboard, simulation, webhooks, faults, chaos, journal } = parts;
  const { store, clock, timeline, events } = simulation;
  return {
    addWebhookEndpoint: (endpoint) => configureWebhookEndpoint(simulation, endpoint),
    clock: {
      now: () => clock.now(),
      state: () => clock.state(),
      freeze: () => clock.freeze(),
      unfreeze: () => clock.unfreeze(),
      advance: (seconds) => timeline.advance(seconds * 1000, () => webhooks.idle()),
      reset: () => clock.reset(),
    },
    bank,
    dashboard,
    faults,
    chaos,
    events: { writeAs: (writing) => events.writeAs(writing) },
    webhooks: {
      pause: () => webhooks.pause(),
      resume: () => webhooks.resume(),
      deliveries: () => [...store.deliveries.oldestFirst()],
      endpoints: () => [...store.webhookEndpoints.oldestFirst()],
      idle: () => webhooks.idle(),
      resend: (eventId, endpointId) => webhooks.resend(eventId, endpointId),
      rollSecret: (endpointId, expiresInSeconds) => rollSecret(simulation, endpointId, expiresInSeconds),
    },
    requests: () => journal.entries(),
    forgetRequests: () => journal.clear(),
    snapshot: () => takeSnapshot(simulation, chaos),
    restore: (snapshot) => {
      restoreSnapshot(simulation, chaos, snapshot);
      renewSessionUrls(simulation);
    },
    runDue: () => timeline.runDue(),
  };
}
