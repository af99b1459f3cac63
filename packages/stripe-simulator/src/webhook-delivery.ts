/** Delivers events to the webhook endpoints: each delivery on its own, again and again until a 2xx or the last retry. */
import type Stripe from 'stripe';
import type { DeliveryFate } from './chaos.js';
import type { Clock } from './clock.js';
import type { StoredEvent, StoredWebhookEndpoint } from './objects.js';
import type { Delivery, DeliveryAttempt } from './public-types.js';
import type { Store } from './store.js';
import type { Timeline } from './timeline.js';
import { sendWebhook } from './webhook-request.js';
import { signWebhook } from './webhook-signature.js';

export interface WebhookDeliveryOptions {
  store: Store;
  timeline: Timeline;
  /**
   * The pause after each failed attempt, by the simulator's clock; after the last one the delivery has failed. Stripe
   * would also disable an endpoint that fails for days, which the simulator leaves to tests.
   */
  retryDelaysMs: readonly number[];
  timeoutMs: number;
  /** Not the simulator's own, which is moved: receivers compare it with theirs, within minutes. */
  receiverClock: Clock;
  chaos: { deliveryFate(endpointOrdinal: number): DeliveryFate };
}

/** How long a delivery that is to arrive late waits for another one to overtake it, by the simulator's clock. */
const HELD_BACK_MS = 1000;

export class WebhookDelivery {
  readonly #inFlight = new Map<string, Promise<void>>();
  /** Deliveries that became due while paused. */
  readonly #held = new Set<string>();
  /** Deliveries that wait until the next one to their endpoint has been sent, by that endpoint. */
  readonly #heldBack = new Map<string, string>();
  #paused = false;
  /** Broken off at the end, and when all state is replaced: what was begun before then has nothing to report to. */
  #attempts = new AbortController();

  constructor(private readonly options: WebhookDeliveryOptions) {
    options.timeline.on('deliver_event', (id) => this.#attemptNow(id));
    options.store.onRestore(() => this.#startAfresh());
  }

  /** How many endpoints an event of the type goes to. */
  endpointCount(type: Stripe.Event['type']): number {
    return this.#endpointsFor(type).length;
  }

  /** Hands the event to every endpoint that selected its type, as far as chaos lets it. */
  deliver(event: StoredEvent): void {
    for (const endpoint of this.#endpointsFor(event.type)) {
      this.#deliverTo(endpoint, event, this.options.chaos.deliveryFate(endpoint.ordinal));
    }
  }

  /** Sends the event once more, delivered before or not, to one endpoint or to all. Throws for what is not there. */
  resend(eventId: string, endpointId?: string): void {
    const { events, webhookEndpoints } = this.options.store;
    const event = events.get(eventId);
    if (event === undefined) throw new Error(`No such event: '${eventId}'`);
    if (endpointId === undefined) {
      for (const endpoint of this.#endpointsFor(event.type)) this.#sendAgain(endpoint, event);
      return;
    }
    const endpoint = webhookEndpoints.get(endpointId);
    if (endpoint === undefined) throw new Error(`No such webhook endpoint: '${endpointId}'`);
    if (!isEnabled(endpoint)) throw new Error(`The webhook endpoint '${endpointId}' is disabled.`);
    this.#sendAgain(endpoint, event);
  }

  /** Nothing more is sent to an endpoint that was disabled or deleted. */
  endDeliveriesTo(endpointId: string): void {
    const { store, timeline } = this.options;
    const pending = [...store.deliveries.oldestFirst()].filter(
      (delivery) => delivery.endpointId === endpointId && delivery.state === 'pending',
    );
    for (const delivery of pending) {
      timeline.cancel('deliver_event', delivery.id);
      this.#held.delete(delivery.id);
      store.deliveries.put({ ...delivery, state: 'failed', isHeldBack: false });
    }
    this.#heldBack.delete(endpointId);
  }

  /** After a start: what was pending when the last run ended goes out now, without waiting for its next retry. */
  takeUpPending(): void {
    this.#takeUp(() => true);
  }

  /** Holds back every attempt that would start from now on. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    const held = [...this.#held];
    this.#held.clear();
    for (const id of held) this.#attemptNow(id);
  }

  /** Resolves when no attempt is in flight. Those that wait for their retry, or for `resume`, are not due. */
  async idle(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.all(this.#inFlight.values());
  }

  /** Resolves when the attempts in flight for the event are over. */
  async attemptsOf(eventId: string): Promise<void> {
    const attempts = [...this.#inFlight].filter(([id]) => this.options.store.deliveries.get(id)?.eventId === eventId);
    await Promise.all(attempts.map(([, attempt]) => attempt));
  }

  /** The deliveries of an event to the endpoints that there still are. */
  deliveriesOf(eventId: string): Delivery[] {
    const { deliveries, webhookEndpoints } = this.options.store;
    const ids = [...webhookEndpoints.oldestFirst()].map(({ id }) => deliveryId(eventId, id));
    return ids.map((id) => deliveries.get(id)).filter((delivery) => delivery !== undefined);
  }

  /** Attempts in flight are broken off and stay due, so that a restart takes them up. */
  async close(): Promise<void> {
    this.pause();
    this.#attempts.abort();
    await this.idle();
  }

  #startAfresh(): void {
    this.#attempts.abort();
    this.#attempts = new AbortController();
    this.#inFlight.clear();
    this.#held.clear();
    this.#heldBack.clear();
    const { deliveries, scheduledActions } = this.options.store;
    for (const { id, endpointId, isHeldBack } of deliveries.oldestFirst()) {
      if (isHeldBack) this.#heldBack.set(endpointId, id);
    }
    this.#takeUp((id) => scheduledActions.get(`deliver_event ${id}`) === undefined);
  }

  #takeUp(isWanted: (deliveryId: string) => boolean): void {
    const pending = [...this.options.store.deliveries.oldestFirst()].filter(({ state }) => state === 'pending');
    for (const { id } of pending) {
      if (isWanted(id)) this.#attemptNow(id);
    }
  }

  #endpointsFor(type: Stripe.Event['type']): StoredWebhookEndpoint[] {
    const endpoints = [...this.options.store.webhookEndpoints.oldestFirst()];
    return endpoints.filter((stored) => {
      const { enabled_events: selected } = stored.endpoint;
      return isEnabled(stored) && (selected.includes('*') || selected.includes(type));
    });
  }

  #deliverTo({ id: endpointId, endpoint }: StoredWebhookEndpoint, event: StoredEvent, fate: DeliveryFate): void {
    const { store, timeline } = this.options;
    const id = deliveryId(event.id, endpointId);
    // One that waits is enough: it is then the next one that overtakes it.
    const isHeldBack = fate.isHeldBack && !fate.isDropped && !this.#heldBack.has(endpointId);
    const state = fate.isDropped ? 'dropped' : 'pending';
    const about = { id, eventId: event.id, eventType: event.type, endpointId, url: endpoint.url };
    store.deliveries.put({ ...about, state, copies: fate.copies, isHeldBack, attempts: [], rounds: 0 });
    if (fate.isDropped) return;
    if (isHeldBack) this.#heldBack.set(endpointId, id);
    const delayMs = isHeldBack ? HELD_BACK_MS : fate.delayMs;
    if (delayMs > 0) timeline.scheduleIn('deliver_event', id, delayMs);
    else this.#attemptNow(id);
  }

  #sendAgain({ id: endpointId, endpoint: { url } }: StoredWebhookEndpoint, event: StoredEvent): void {
    const { deliveries } = this.options.store;
    const id = deliveryId(event.id, endpointId);
    const { attempts = [], rounds = 0 } = deliveries.get(id) ?? {};
    const about = { id, eventId: event.id, eventType: event.type, endpointId, url };
    deliveries.put({ ...about, state: 'pending', copies: 1, isHeldBack: false, attempts, rounds });
    const current = this.#inFlight.get(id);
    if (current === undefined) this.#attemptNow(id);
    else void current.then(() => this.#attemptNow(id));
  }

  #attemptNow(id: string): void {
    if (this.#paused) {
      this.#held.add(id);
      return;
    }
    if (this.#inFlight.has(id)) return;
    this.options.timeline.cancel('deliver_event', id);
    const attempt: Promise<void> = this.#attempt(id).finally(() => {
      if (this.#inFlight.get(id) === attempt) this.#inFlight.delete(id);
    });
    this.#inFlight.set(id, attempt);
  }

  async #attempt(id: string): Promise<void> {
    const { deliveries, events, webhookEndpoints } = this.options.store;
    const delivery = deliveries.get(id);
    const endpoint = delivery === undefined ? undefined : webhookEndpoints.get(delivery.endpointId);
    const event = delivery === undefined ? undefined : events.get(delivery.eventId);
    // Gone when the collections are full, or the endpoint with an earlier configuration: nothing is left to deliver.
    if (delivery === undefined) return;
    if (endpoint === undefined || event === undefined) {
      deliveries.put({ ...delivery, state: 'failed', isHeldBack: false });
      return;
    }
    if (this.#heldBack.get(endpoint.id) === id) this.#heldBack.delete(endpoint.id);
    const { signal } = this.#attempts;
    const copies = Array.from({ length: delivery.copies }, () => this.#send(endpoint, event, signal));
    const attempts = await Promise.all(copies);
    if (signal.aborted) return;
    this.#recordAttempts(id, attempts);
    const overtaken = this.#heldBack.get(endpoint.id);
    if (overtaken !== undefined) this.#attemptNow(overtaken);
  }

  #recordAttempts(id: string, attempts: DeliveryAttempt[]): void {
    const { store, timeline, retryDelaysMs } = this.options;
    const delivery = store.deliveries.get(id);
    if (delivery === undefined) return;
    const rounds = delivery.rounds + 1;
    // A copy is chance's doing, not the retries'.
    const recorded = {
      ...delivery,
      isHeldBack: false,
      copies: 1,
      attempts: [...delivery.attempts, ...attempts],
      rounds,
    };
    const delayMs = retryDelaysMs[rounds - 1];
    if (attempts.some(isSuccess)) {
      store.deliveries.put({ ...recorded, state: 'delivered' });
    } else if (delayMs === undefined || delivery.state !== 'pending') {
      // The last retry, or the endpoint was disabled in the meantime.
      store.deliveries.put({ ...recorded, state: 'failed' });
    } else {
      store.deliveries.put(recorded);
      timeline.scheduleIn('deliver_event', id, delayMs);
    }
  }

  async #send(
    { endpoint, secrets }: StoredWebhookEndpoint,
    { payload }: StoredEvent,
    signal: AbortSignal,
  ): Promise<DeliveryAttempt> {
    const now = this.options.receiverClock.now();
    const values = secrets.map(({ value }) => value);
    const signature = signWebhook(payload, values, Math.floor(now.getTime() / 1000));
    const sequence = this.options.store.nextSequence();
    const { timeoutMs } = this.options;
    const result = await sendWebhook({ url: endpoint.url, payload, signature, timeoutMs, signal });
    return { sequence, at: now.toISOString(), ...result };
  }
}

function isEnabled({ endpoint }: StoredWebhookEndpoint): boolean {
  return endpoint.status === 'enabled';
}

function isSuccess({ status }: DeliveryAttempt): boolean {
  return status !== null && status >= 200 && status < 300;
}

/** One delivery for an event and an endpoint: a resend adds attempts to it, as the dashboard of Stripe shows them. */
function deliveryId(eventId: string, endpointId: string): string {
  return `${eventId} ${endpointId}`;
}
