/** What can be done to a simulator from outside the API: by tests in its process, and by its control API. */
import type { Chaos } from './chaos.js';
import type { ChaosPlan } from './chaos-plan.js';
import type { ClockState } from './clock.js';
import type { EventWriting } from './event-recorder.js';
import type { FaultPlan } from './faults.js';
import type { Delivery, StoredWebhookEndpoint } from './objects.js';
import type { JournalEntry, RequestJournal } from './request-journal.js';
import { renewSessionUrls } from './session-expiry.js';
import type { Simulation } from './simulation.js';
import { restoreSnapshot, type SimulatorSnapshot, takeSnapshot } from './snapshot.js';
import type { WebhookDelivery } from './webhook-delivery.js';
import { configureWebhookEndpoint, rollSecret, type WebhookEndpoint } from './webhook-endpoints.js';

export interface SimulatorControls {
  /** The id it got. */
  addWebhookEndpoint(endpoint: WebhookEndpoint): string;
  clock: {
    now(): Date;
    state(): ClockState;
    freeze(): void;
    /** Runs on from where it stands. */
    unfreeze(): void;
    /** Does all that falls due on the way, and waits for the deliveries it sets off. */
    advance(seconds: number): Promise<void>;
    /** Back to the time it is, and running. */
    reset(): void;
  };
  /** Ordered in advance, for API requests only. They come before what chaos has for a request. */
  faults: Pick<FaultPlan, 'failNext' | 'clear'>;
  /** What goes wrong by chance. The same seed and the same actions make the same chaos. */
  chaos: {
    readonly seed: number;
    plan(): ChaosPlan;
    /** Takes the place of the plan before. */
    set(plan: ChaosPlan): void;
    clear(): void;
  };
  events: {
    /** From the next event on: all of it, so that nothing is the usual again. */
    writeAs(writing: EventWriting): void;
  };
  webhooks: {
    pause(): void;
    resume(): void;
    deliveries(): Delivery[];
    /** Oldest first, with the secrets that sign what is sent to them. */
    endpoints(): StoredWebhookEndpoint[];
    /** Resolves when no attempt is in flight or due. */
    idle(): Promise<void>;
    /** To one endpoint, or to all that select the event. */
    resend(eventId: string, endpointId?: string): void;
    /** The new secret. The one before signs as well for so long: 24 hours, unless told otherwise. */
    rollSecret(endpointId: string, expiresInSeconds?: number): string;
  };
  /** The API requests so far, oldest first. */
  requests(): JournalEntry[];
  forgetRequests(): void;
  /** All state but the journal, as JSON can hold it. */
  snapshot(): SimulatorSnapshot;
  /** Everything is as it was, the clock included; attempts that are in flight are broken off. */
  restore(snapshot: SimulatorSnapshot): void;
  /** Does what is due by the simulator's clock, at once; a timer and every request do so as well. */
  runDue(): void;
}

export interface ControlledParts {
  simulation: Simulation;
  webhooks: WebhookDelivery;
  faults: FaultPlan;
  chaos: Chaos;
  journal: RequestJournal;
}

export function buildControls({ simulation, webhooks, faults, chaos, journal }: ControlledParts): SimulatorControls {
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
