/** Starts the Stripe simulator: builds its parts, hands them to each other, and is what tests and programs hold. */
import { randomInt } from 'node:crypto';
import { Api } from './api.js';
import { readApiParameters } from './api-parameters.js';
import { makeBalanceAvailableInTime } from './balance.js';
import { bankActions } from './bank-actions.js';
import { Chaos } from './chaos.js';
import { CheckoutPages } from './checkout-pages.js';
import { type Clock, SimulatorClock, systemClock } from './clock.js';
import { CONTROL_PATH, ControlApi } from './control-api.js';
import { controlBankRoutes } from './control-bank-routes.js';
import { controlObjectRoutes } from './control-object-routes.js';
import { controlRoutes } from './control-routes.js';
import { buildControls } from './controls.js';
import { Dashboard } from './dashboard.js';
import { dashboardActions } from './dashboard-actions.js';
import { settleDisputesInTime } from './disputing.js';
import { EventRecorder } from './event-recorder.js';
import { Expansion } from './expansion.js';
import { FaultPlan } from './faults.js';
import { FileContents } from './file-contents.js';
import { expireFilesInTime } from './file-storage.js';
import { warnOfFraudInTime } from './fraud-warnings.js';
import { type HttpAnswer, type HttpRequest, startHttpServer } from './http-server.js';
import { IdempotencyKeys } from './idempotency.js';
import { USUAL_PAYMENT_METHOD_TYPES } from './payment-method-types.js';
import { settlePaymentsInTime } from './payment-settlement.js';
import type { SimulatorControls, StripeSimulator, StripeSimulatorOptions } from './public-types.js';
import { Randomness } from './randomness.js';
import { settleRefundsInTime } from './refund-outcomes.js';
import { RequestJournal } from './request-journal.js';
import { accountRoutes } from './resources/account.js';
import { balanceTransactionRoutes } from './resources/balance-transactions.js';
import { chargeRoutes } from './resources/charges.js';
import { checkoutSessionRoutes } from './resources/checkout-sessions.js';
import { customerRoutes } from './resources/customers.js';
import { disputeRoutes } from './resources/disputes.js';
import { earlyFraudWarningRoutes } from './resources/early-fraud-warnings.js';
import { eventRoutes } from './resources/events.js';
import { expandableFields } from './resources/expandable-fields.js';
import { fileRoutes } from './resources/files.js';
import { paymentIntentActionRoutes } from './resources/payment-intent-actions.js';
import { paymentIntentRoutes } from './resources/payment-intents.js';
import { paymentMethodRoutes } from './resources/payment-methods.js';
import { paymentPageRoutes } from './resources/payment-pages.js';
import { refundRoutes } from './resources/refunds.js';
import { webhookEndpointRoutes } from './resources/webhook-endpoints.js';
import { type Route, Router } from './routing.js';
import { expireSessionsInTime, renewSessionUrls } from './session-expiry.js';
import type { Simulation } from './simulation.js';
import { StateFile } from './state-file.js';
import { Store } from './store.js';
import { Timeline } from './timeline.js';
import { WebhookDelivery } from './webhook-delivery.js';
import { configureWebhookEndpoint, expireSecretsInTime, forgetOtherConfiguredEndpoints } from './webhook-endpoints.js';

/** Growing pauses: quick at first, for an endpoint that restarts, and about two hours in all. */
const RETRY_DELAYS_MS = [1, 2, 4, 8, 16, 32, 60, 120, 300, 600, 1800, 3600].map((seconds) => seconds * 1000);
const WEBHOOK_TIMEOUT_MS = 10_000;
const MAXIMUM_OBJECTS = 100_000;
const SEED_MAXIMUM = 2 ** 32;
/** Far above any request that Stripe accepts, and enough to keep a mistake from filling the memory. */
const BODY_LENGTH_MAXIMUM = 2 * 1024 * 1024;
/** Files that are too large are to be rejected in words, not by a broken connection. */
const UPLOAD_LENGTH_MAXIMUM = 16 * 1024 * 1024;
/** Snapshots hold all state; a text can hardly be longer. */
const SNAPSHOT_LENGTH_MAXIMUM = 512 * 1024 * 1024 - 32;

/** Rejects with the original error when the port is in use or the state file cannot be read. */
export async function startStripeSimulator(options: StripeSimulatorOptions = {}): Promise<StripeSimulator> {
  const { host = '127.0.0.1', port = 0, maxObjects = MAXIMUM_OBJECTS, webhookEndpoints = [] } = options;
  const store = new Store(maxObjects);
  const clock = new SimulatorClock(options.clock ?? systemClock);
  const { stateFile: path, keepsClock = false, receiverClock = systemClock } = options;
  const stateFile = path === undefined ? null : await StateFile.open(path, store, keepsClock ? clock : null);
  const address = { url: '' };
  const parts = buildParts({ store, clock, receiverClock }, () => address.url, options);
  // Deliveries that wait since the last run go out once this one is known to run.
  parts.webhooks.pause();
  forgetOtherConfiguredEndpoints(parts.simulation, webhookEndpoints);
  for (const endpoint of webhookEndpoints) configureWebhookEndpoint(parts.simulation, endpoint);
  const handler = (request: HttpRequest) => dispatch(parts, request);
  const server = await startHttpServer({ host, port, handler, maximumBodyLength, clock: receiverClock });
  address.url = `http://${reachableHost(host)}:${server.port}`;
  renewSessionUrls(parts.simulation);
  parts.webhooks.takeUpPending();
  parts.webhooks.resume();
  parts.simulation.timeline.start();
  return handleOf(parts.controls, { host, port: server.port, url: address.url }, async () => {
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
  fileContents: FileContents;
  checkoutPages: CheckoutPages;
  dashboardPages: Dashboard;
  controls: SimulatorControls;
  controlApi: ControlApi;
  closing: AbortController;
}

interface Groundwork {
  store: Store;
  clock: SimulatorClock;
  receiverClock: Clock;
}

function buildParts(
  { store, clock, receiverClock }: Groundwork,
  url: () => string,
  options: StripeSimulatorOptions,
): Parts {
  const { retryDelaysMs = RETRY_DELAYS_MS, webhookTimeoutMs = WEBHOOK_TIMEOUT_MS } = options;
  const timeline = new Timeline(store, clock);
  const chaos = new Chaos(new Randomness(store, options.seed ?? randomInt(SEED_MAXIMUM)), clock);
  chaos.set(options.chaos ?? {});
  const webhooks = new WebhookDelivery({
    ...{ store, timeline, retryDelaysMs, timeoutMs: webhookTimeoutMs, chaos, receiverClock },
  });
  const events = new EventRecorder(store, clock, webhooks, chaos);
  const paymentMethodTypes = options.paymentMethodTypes ?? USUAL_PAYMENT_METHOD_TYPES;
  const simulation: Simulation = { store, clock, timeline, events, paymentMethodTypes, url };
  expireSessionsInTime(simulation);
  expireSecretsInTime(simulation);
  settlePaymentsInTime(simulation);
  settleRefundsInTime(simulation);
  settleDisputesInTime(simulation);
  warnOfFraudInTime(simulation);
  makeBalanceAvailableInTime(simulation);
  expireFilesInTime(simulation);
  const faults = new FaultPlan();
  const journal = new RequestJournal(options.maxObjects ?? MAXIMUM_OBJECTS, options.onRequest);
  const closing = new AbortController();
  const api = new Api({
    store,
    timeline,
    clock,
    router: new Router(allRoutes(simulation, webhooks)),
    expansion: new Expansion(expandableFields(simulation)),
    idempotencyKeys: new IdempotencyKeys(store, clock),
    faults,
    chaos,
    journal,
    secretKeys: options.secretKeys ?? null,
    closing: closing.signal,
  });
  const fileContents = new FileContents(store, options.secretKeys ?? null);
  const attemptsOf = (eventId: string) => webhooks.attemptsOf(eventId);
  const checkoutPages = new CheckoutPages({ simulation, attemptsOf });
  const bank = bankActions(simulation);
  const dashboard = dashboardActions(simulation);
  const controls = buildControls({ bank, dashboard, simulation, webhooks, faults, chaos, journal });
  const controlApi = new ControlApi([
    ...controlRoutes(controls),
    ...controlObjectRoutes(dashboard),
    ...controlBankRoutes(bank),
  ]);
  const dashboardPages = new Dashboard(simulation);
  return { simulation, webhooks, api, fileContents, checkoutPages, dashboardPages, controls, controlApi, closing };
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
    ...fileRoutes(simulation),
    ...earlyFraudWarningRoutes(simulation),
    ...balanceTransactionRoutes(simulation),
    ...customerRoutes(simulation),
    ...paymentMethodRoutes(simulation),
    ...eventRoutes(simulation, (eventId) => webhooks.deliveriesOf(eventId)),
    ...webhookEndpointRoutes(simulation, (endpointId) => webhooks.endDeliveriesTo(endpointId)),
    ...accountRoutes(simulation),
  ];
}

type Address = Pick<StripeSimulator, 'host' | 'port' | 'url'>;

function handleOf(controls: SimulatorControls, address: Address, close: () => Promise<void>): StripeSimulator {
  let closed: Promise<void> | null = null;
  return {
    ...controls,
    ...address,
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}

async function dispatch(parts: Parts, request: HttpRequest): Promise<HttpAnswer | null> {
  const { method, path, headers } = request;
  parts.simulation.timeline.runDue();
  if (path.startsWith('/v1/')) {
    const contents = parts.fileContents.handle(request);
    return contents ?? parts.api.handle({ method, path, headers, ...readApiParameters(request) });
  }
  if (isControlPath(path)) return parts.controlApi.handle(request);
  return path.startsWith('/c/') ? parts.checkoutPages.handle(request) : parts.dashboardPages.handle(request);
}

function isControlPath(path: string): boolean {
  return path === CONTROL_PATH || path.startsWith(`${CONTROL_PATH}/`);
}

function maximumBodyLength(path: string): number {
  if (path === `${CONTROL_PATH}/restore`) return SNAPSHOT_LENGTH_MAXIMUM;
  return path === '/v1/files' ? UPLOAD_LENGTH_MAXIMUM : BODY_LENGTH_MAXIMUM;
}

/** Every address (`0.0.0.0`, `::`) is none that a browser could open. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
