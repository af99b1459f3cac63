/** Delivers events to the webhook endpoints: each delivery on its own, again and again until a 2xx or the last retry. */
import type Stripe from 'stripe';
import type { Delivery, DeliveryAttempt, StoredEvent, StoredWebhookEndpoint } from './objects.js';
import type { Store } from './store.js';
import type { Timeline } from './timeline.js';
import { sendWebhook } from './webhook-request.js';
import { signWebhook } from './webhook-signature.js';

export interface WebhookDeliveryOptions {
  store: Store;
  timeline: Timeline;
  /** The pause after each failed attempt, by the simulator's clock; after the last one the delivery has failed. */
  retryDelaysMs: readonly number[];
  timeoutMs: number;
}

export class WebhookDelivery {
  readonly #inFlight = new Map<string, Promise<void>>();
  /** Deliveries that became due while paused. */
  readonly #held = new Set<string>();
  readonly #closing = new AbortController();
  #paused = false;
  /** Attempts that were begun before all state was replaced have nothing to report to. */
  #generation = 0;

  constructor(private readonly options: WebhookDeliveryOptions) {
    options.timeline.on('deliver_event', (id) => this.#attemptNow(id));
    options.store.onRestore(() => {
      this.#generation += 1;
      this.#held.clear();
      this.#takeUp((id) => this.options.store.scheduledActions.get(`deliver_event ${id}`) === undefined);
    });
  }

  /** How many endpoints an event of the type goes to. */
  endpointCount(type: Stripe.Event['type']): number {
    return this.#endpointsFor(type).length;
  }

  /** Hands the event to every endpoint that selected its type. */
  deliver(event: StoredEvent): void {
    for (const endpoint of this.#endpointsFor(event.type)) this.#deliverTo(endpoint, event);
  }

  /** Sends the event once more, delivered before or not, to one endpoint or to all. Throws for an unknown event. */
  resend(eventId: string, endpointId?: string): void {
    const { events, webhookEndpoints } = this.options.store;
    const event = events.get(eventId);
    if (event === undefined) throw new Error(`No such event: '${eventId}'`);
    if (endpointId === undefined) {
      this.deliver(event);
      return;
    }
    const endpoint = webhookEndpoints.get(endpointId);
    if (endpoint === undefined) throw new Error(`No such webhook endpoint: '${endpointId}'`);
    this.#deliverTo(endpoint, event);
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

  /** How many endpoints still wait for the event, as `pending_webhooks` tells. */
  pendingCount(eventId: string): number {
    const { deliveries, webhookEndpoints } = this.options.store;
    const ids = [...webhookEndpoints.oldestFirst()].map(({ id }) => deliveryId(eventId, id));
    return ids.filter((id) => deliveries.get(id)?.state === 'pending').length;
  }

  /** Attempts in flight are broken off and stay due, so that a restart takes them up. */
  async close(): Promise<void> {
    this.pause();
    this.#closing.abort();
    await this.idle();
  }

  #takeUp(isWanted: (deliveryId: string) => boolean): void {
    for (const { id, state } of this.options.store.deliveries.oldestFirst()) {
      if (state === 'pending' && isWanted(id)) this.#attemptNow(id);
    }
  }

  #endpointsFor(type: Stripe.Event['type']): StoredWebhookEndpoint[] {
    const endpoints = [...this.options.store.webhookEndpoints.oldestFirst()];
    return endpoints.filter(({ endpoint: { status, enabled_events: enabled } }) => {
      return status === 'enabled' && (enabled.includes('*') || enabled.includes(type));
    });
  }

  #deliverTo({ id: endpointId, endpoint }: StoredWebhookEndpoint, event: StoredEvent): void {
    const { deliveries } = this.options.store;
    const id = deliveryId(event.id, endpointId);
    const attempts = deliveries.get(id)?.attempts ?? [];
    const { url } = endpoint;
    deliveries.put({ id, eventId: event.id, eventType: event.type, endpointId, url, state: 'pending', attempts });
    this.#attemptNow(id);
  }

  #attemptNow(id: string): void {
    if (this.#paused) {
      this.#held.add(id);
      return;
    }
    if (this.#inFlight.has(id)) return;
    this.options.timeline.cancel('deliver_event', id);
    const attempt = this.#attempt(id).finally(() => this.#inFlight.delete(id));
    this.#inFlight.set(id, attempt);
  }

  async #attempt(id: string): Promise<void> {
    const { deliveries, events, webhookEndpoints } = this.options.store;
    const delivery = deliveries.get(id);
    const endpoint = delivery === undefined ? undefined : webhookEndpoints.get(delivery.endpointId);
    const event = delivery === undefined ? undefined : events.get(delivery.eventId);
    // Gone when the collections are full, or the endpoint was deleted; there is nothing left to deliver then.
    if (delivery === undefined || endpoint === undefined || event === undefined) return;
    const generation = this.#generation;
    const attempt = await this.#send(endpoint, event);
    if (this.#closing.signal.aborted || generation !== this.#generation) return;
    this.#recordAttempt(deliveries.get(id) ?? delivery, attempt);
  }

  #recordAttempt(delivery: Delivery, attempt: DeliveryAttempt): void {
    const { store, timeline, retryDelaysMs } = this.options;
    const attempts = [...delivery.attempts, attempt];
    const delivered = attempt.status !== null && attempt.status >= 200 && attempt.status < 300;
    const delayMs = retryDelaysMs[attempts.length - 1];
    const undelivered = delayMs === undefined ? 'failed' : 'pending';
    store.deliveries.put({ ...delivery, attempts, state: delivered ? 'delivered' : undelivered });
    if (!delivered && delayMs !== undefined) timeline.scheduleIn('deliver_event', delivery.id, delayMs);
  }

  async #send({ endpoint, secrets }: StoredWebhookEndpoint, { payload }: StoredEvent): Promise<DeliveryAttempt> {
    // The wall clock, also where the simulator's own is moved: receivers compare it with theirs, within minutes.
    const now = new Date();
    const values = secrets.map(({ value }) => value);
    const signature = signWebhook(payload, values, Math.floor(now.getTime() / 1000));
    const { timeoutMs } = this.options;
    const request = { url: endpoint.url, payload, signature, timeoutMs, signal: this.#closing.signal };
    return { at: now.toISOString(), ...(await sendWebhook(request)) };
  }
}

/** One delivery for an event and an endpoint: a resend adds attempts to it, as the dashboard of Stripe shows them. */
function deliveryId(eventId: string, endpointId: string): string {
  return `${eventId} ${endpointId}`;
}
