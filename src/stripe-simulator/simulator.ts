/** Starts the Stripe simulator: builds its parts, hands them to each other, and is what tests and programs hold. */
import { Api } from './api.js';
import { makeBalanceAvailableInTime } from './balance.js';
import { CheckoutPages } from './checkout-pages.js';
import { type Clock, SimulatorClock, systemClock } from './clock.js';
import { Dashboard } from './dashboard.js';
import { settleDisputesInTime } from './disputing.js';
import { EventRecorder } from './event-recorder.js';
import { Expansion } from './expansion.js';
import { FaultPlan } from './faults.js';
import { type HttpAnswer, type HttpRequest, startHttpServer } from './http-server.js';
import { IdempotencyKeys } from './idempotency.js';
import type { Delivery } from './objects.js';
import { OFFERED_PAYMENT_METHOD_TYPES, type OfferedPaymentMethodType } from './payment-method-types.js';
import { settlePaymentsInTime } from './payment-settlement.js';
import { settleRefundsInTime } from './refunding.js';
import { type JournalEntry, RequestJournal } from './request-journal.js';
import { accountRoutes } from './resources/account.js';
import { balanceTransactionRoutes } from './resources/balance-transactions.js';
import { chargeRoutes } from './resources/charges.js';
import { checkoutSessionRoutes } from './resources/checkout-sessions.js';
import { customerRoutes } from './resources/customers.js';
import { disputeRoutes } from './resources/disputes.js';
import { eventRoutes } from './resources/events.js';
import { expandableFields } from './resources/expandable-fields.js';
import { paymentIntentActionRoutes } from './resources/payment-intent-actions.js';
import { paymentIntentRoutes } from './resources/payment-intents.js';
import { paymentMethodRoutes } from './resources/payment-methods.js';
import { paymentPageRoutes } from './resources/payment-pages.js';
import { refundRoutes } from './resources/refunds.js';
import { type Route, Router } from './routing.js';
import { expireSessionsInTime, renewSessionUrls } from './session-expiry.js';
import type { Simulation } from './simulation.js';
import { StateFile } from './state-file.js';
import { Store } from './store.js';
import { Timeline } from './timeline.js';
import { WebhookDelivery } from './webhook-delivery.js';
import { configureWebhookEndpoint, forgetOtherConfiguredEndpoints, type WebhookEndpoint } from './webhook-endpoints.js';

export interface StripeSimulatorOptions {
  /** Default 127.0.0.1. */
  host?: string;
  /** Default 0: any free port. */
  port?: number;
  /** Every event goes to each of them that selects it. */
  webhookEndpoints?: WebhookEndpoint[];
  /** Keeps the state in this file across restarts. Without it, the state ends with the process. */
  stateFile?: string;
  /** The clock below the simulator's own, which can be frozen and moved. Default: the system's. */
  clock?: Clock;
  /** The pauses between the attempts of one webhook delivery, in milliseconds. */
  retryDelaysMs?: readonly number[];
  /** How long a webhook endpoint may take to answer, in milliseconds. Default 10 s, as Stripe's. */
  webhookTimeoutMs?: number;
  /** The only keys accepted. Default: any test key. Live keys are always refused. */
  secretKeys?: readonly string[];
  /** The payment methods that sessions and PaymentIntents offer where they suit. Default: cards and SEPA debits. */
  paymentMethodTypes?: readonly OfferedPaymentMethodType[];
  /** How many objects of a kind are kept before the oldest gives way. Default 100,000. */
  maxObjects?: number;
}

export interface StripeSimulator {
  url: string;
  host: string;
  port: number;
  /** The id it got. */
  addWebhookEndpoint(endpoint: WebhookEndpoint): string;
  clock: {
    now(): Date;
    freeze(): void;
    /** Runs on from where it stands. */
    unfreeze(): void;
    /** Does all that falls due on the way, and waits for the deliveries it sets off. */
    advance(seconds: number): Promise<void>;
    /** Back to the time it is, and running. */
    reset(): void;
  };
  /** Ordered in advance, for API requests only. */
  faults: Pick<FaultPlan, 'failNext' | 'clear'>;
  webhooks: {
    pause(): void;
    resume(): void;
    deliveries(): Delivery[];
    /** Resolves when no attempt is in flight or due. */
    idle(): Promise<void>;
    resend(eventId: string): void;
  };
  /** The API requests so far, oldest first. */
  requests(): JournalEntry[];
  /** Does what is due by the simulator's clock, at once; a timer and every request do so as well. */
  runDue(): void;
  close(): Promise<void>;
}

/** Growing pauses: quick at first, for an endpoint that restarts, and about two hours in all. */
const RETRY_DELAYS_MS = [1, 2, 4, 8, 16, 32, 60, 120, 300, 600, 1800, 3600].map((seconds) => seconds * 1000);
const WEBHOOK_TIMEOUT_MS = 10_000;
const MAXIMUM_OBJECTS = 100_000;

/** Rejects with the original error when the port is in use or the state file cannot be read. */
export async function startStripeSimulator(options: StripeSimulatorOptions = {}): Promise<StripeSimulator> {
  const { host = '127.0.0.1', port = 0, maxObjects = MAXIMUM_OBJECTS, webhookEndpoints = [] } = options;
  const store = new Store(maxObjects);
  const stateFile = options.stateFile === undefined ? null : await StateFile.open(options.stateFile, store);
  const address = { url: '' };
  const parts = buildParts(store, () => address.url, options);
  // Deliveries that wait since the last run go out once this one is known to run.
  parts.webhooks.pause();
  forgetOtherConfiguredEndpoints(parts.simulation, webhookEndpoints);
  for (const endpoint of webhookEndpoints) configureWebhookEndpoint(parts.simulation, endpoint);
  const server = await startHttpServer((request) => dispatch(parts, request), host, port);
  address.url = `http://${reachableHost(host)}:${server.port}`;
  renewSessionUrls(parts.simulation);
  parts.webhooks.takeUpPending();
  parts.webhooks.resume();
  parts.simulation.timeline.start();
  return handleOf(parts, { host, port: server.port, url: address.url }, async () => {
    parts.simulation.timeline.stop();
    parts.closing.abort();
    await Promise.all([server.close(), parts.webhooks.close()]);
    await stateFile?.close();
  });
}

interface Parts {
  simulation: Simulation;
  webhooks: WebhookDelivery;
  api: Api;
  checkoutPages: CheckoutPages;
  dashboard: Dashboard;
  faults: FaultPlan;
  journal: RequestJournal;
  closing: AbortController;
}

function buildParts(store: Store, url: () => string, options: StripeSimulatorOptions): Parts {
  const { retryDelaysMs = RETRY_DELAYS_MS, webhookTimeoutMs = WEBHOOK_TIMEOUT_MS } = options;
  const clock = new SimulatorClock(options.clock ?? systemClock);
  const timeline = new Timeline(store, clock);
  const webhooks = new WebhookDelivery({ store, timeline, retryDelaysMs, timeoutMs: webhookTimeoutMs });
  const events = new EventRecorder(store, clock, webhooks);
  const paymentMethodTypes = options.paymentMethodTypes ?? OFFERED_PAYMENT_METHOD_TYPES;
  const simulation: Simulation = { store, clock, timeline, events, paymentMethodTypes, url };
  expireSessionsInTime(simulation);
  settlePaymentsInTime(simulation);
  settleRefundsInTime(simulation);
  settleDisputesInTime(simulation);
  makeBalanceAvailableInTime(simulation);
  const faults = new FaultPlan();
  const journal = new RequestJournal(options.maxObjects ?? MAXIMUM_OBJECTS);
  const closing = new AbortController();
  const api = new Api({
    store,
    timeline,
    router: new Router(allRoutes(simulation, webhooks)),
    expansion: new Expansion(expandableFields(store)),
    idempotencyKeys: new IdempotencyKeys(store, clock),
    faults,
    journal,
    secretKeys: options.secretKeys ?? null,
    closing: closing.signal,
  });
  const attemptsOf = (eventId: string) => webhooks.attemptsOf(eventId);
  const checkoutPages = new CheckoutPages({ simulation, attemptsOf });
  const dashboard = new Dashboard({ simulation, resend: (eventId) => webhooks.resend(eventId) });
  return { simulation, webhooks, api, checkoutPages, dashboard, faults, journal, closing };
}

/** A new resource joins here, and in `expandableFields` where other objects refer to it. */
function allRoutes(simulation: Simulation, webhooks: WebhookDelivery): Route[] {
  return [
    ...checkoutSessionRoutes(simulation),
    ...paymentPageRoutes(simulation),
    ...paymentIntentRoutes(simulation),
    ...paymentIntentActionRoutes(simulation),
    ...chargeRoutes(simulation),
    ...refundRoutes(simulation),
    ...disputeRoutes(simulation),
    ...balanceTransactionRoutes(simulation),
    ...customerRoutes(simulation),
    ...paymentMethodRoutes(simulation),
    ...eventRoutes(simulation, (eventId) => webhooks.pendingCount(eventId)),
    ...accountRoutes(simulation),
  ];
}

type Address = Pick<StripeSimulator, 'host' | 'port' | 'url'>;

function handleOf(parts: Parts, address: Address, close: () => Promise<void>): StripeSimulator {
  const { simulation, webhooks, faults, journal } = parts;
  const { store, clock, timeline } = simulation;
  let closed: Promise<void> | null = null;
  return {
    ...address,
    addWebhookEndpoint: (endpoint) => configureWebhookEndpoint(simulation, endpoint),
    clock: {
      now: () => clock.now(),
      freeze: () => clock.freeze(),
      unfreeze: () => clock.unfreeze(),
      advance: (seconds) => timeline.advance(seconds * 1000, () => webhooks.idle()),
      reset: () => clock.reset(),
    },
    faults,
    webhooks: {
      pause: () => webhooks.pause(),
      resume: () => webhooks.resume(),
      deliveries: () => [...store.deliveries.oldestFirst()],
      idle: () => webhooks.idle(),
      resend: (eventId) => webhooks.resend(eventId),
    },
    requests: () => journal.entries(),
    runDue: () => timeline.runDue(),
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}

async function dispatch(parts: Parts, request: HttpRequest): Promise<HttpAnswer | null> {
  const { method, path, headers, query, body } = request;
  parts.simulation.timeline.runDue();
  if (path.startsWith('/v1/')) {
    return parts.api.handle({ method, path, headers, encodedParameters: method === 'POST' ? body : query });
  }
  return path.startsWith('/c/') ? parts.checkoutPages.handle(request) : parts.dashboard.handle(request);
}

/** Every address (`0.0.0.0`, `::`) is none that a browser could open. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
