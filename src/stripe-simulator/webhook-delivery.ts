/** Delivers events to the webhook endpoints: each delivery on its own, again and again until a 2xx or the last retry. */
import type { DeliveryAttempt, StoredEvent } from './objects.js';
import type { Store } from './store.js';
import { sendWebhook } from './webhook-request.js';
import { signWebhook } from './webhook-signature.js';

export interface WebhookEndpoint {
  url: string;
  secret: string;
}

export interface WebhookDeliveryOptions {
  store: Store;
  /** The pause after each failed attempt; after the last one the delivery has failed. */
  retryDelaysMs: readonly number[];
  timeoutMs: number;
}

export class WebhookDelivery {
  readonly #endpoints = new Map<string, WebhookEndpoint>();
  readonly #retryTimers = new Map<string, NodeJS.Timeout>();
  readonly #inFlight = new Map<string, Promise<void>>();
  /** Deliveries that became due while paused. */
  readonly #held = new Set<string>();
  readonly #closing = new AbortController();
  #paused = false;

  constructor(private readonly options: WebhookDeliveryOptions) {}

  /** Secrets are not in the state: an endpoint that comes back after a restart takes up what waits for its URL. */
  addEndpoint(endpoint: WebhookEndpoint): void {
    if (!/^https?:/.test(endpoint.url) || !URL.canParse(endpoint.url)) {
      throw new Error(`'${endpoint.url}' is not the address of a webhook endpoint.`);
    }
    if (endpoint.secret === '') throw new Error(`The webhook endpoint ${endpoint.url} needs a secret to sign with.`);
    this.#endpoints.set(endpoint.url, endpoint);
    for (const delivery of this.options.store.deliveries.oldestFirst()) {
      if (delivery.url === endpoint.url && delivery.state === 'pending') this.#attemptNow(delivery.id);
    }
  }

  endpointCount(): number {
    return this.#endpoints.size;
  }

  deliver(event: StoredEvent): void {
    for (const { url } of this.#endpoints.values()) this.#deliverTo(url, event);
  }

  /** Sends the event to every endpoint once more, delivered before or not. Throws for an unknown event. */
  resend(eventId: string): void {
    const event = this.options.store.events.get(eventId);
    if (event === undefined) throw new Error(`No such event: '${eventId}'`);
    this.deliver(event);
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
    const { deliveries } = this.options.store;
    const ids = [...this.#endpoints.keys()].map((url) => deliveryId(eventId, url));
    return ids.filter((id) => deliveries.get(id)?.state === 'pending').length;
  }

  /** Attempts in flight are broken off and stay due, so that a restart takes them up. */
  async close(): Promise<void> {
    this.pause();
    for (const timer of this.#retryTimers.values()) clearTimeout(timer);
    this.#retryTimers.clear();
    this.#closing.abort();
    await this.idle();
  }

  #deliverTo(url: string, event: StoredEvent): void {
    const { deliveries } = this.options.store;
    const id = deliveryId(event.id, url);
    const attempts = deliveries.get(id)?.attempts ?? [];
    deliveries.put({ id, eventId: event.id, eventType: event.type, url, state: 'pending', attempts });
    this.#attemptNow(id);
  }

  #attemptNow(id: string): void {
    if (this.#paused) {
      this.#held.add(id);
      return;
    }
    if (this.#inFlight.has(id)) return;
    clearTimeout(this.#retryTimers.get(id));
    this.#retryTimers.delete(id);
    const attempt = this.#attempt(id).finally(() => this.#inFlight.delete(id));
    this.#inFlight.set(id, attempt);
  }

  async #attempt(id: string): Promise<void> {
    const { deliveries, events } = this.options.store;
    const delivery = deliveries.get(id);
    const endpoint = delivery === undefined ? undefined : this.#endpoints.get(delivery.url);
    const event = delivery === undefined ? undefined : events.get(delivery.eventId);
    // Gone when the collections are full; there is nothing left to deliver then.
    if (delivery === undefined || endpoint === undefined || event === undefined) return;
    const attempt = await this.#send(endpoint, event);
    if (this.#closing.signal.aborted) return;
    const attempts = [...delivery.attempts, attempt];
    const delivered = attempt.status !== null && attempt.status >= 200 && attempt.status < 300;
    const delayMs = this.options.retryDelaysMs[attempts.length - 1];
    const undelivered = delayMs === undefined ? 'failed' : 'pending';
    deliveries.put({ ...delivery, attempts, state: delivered ? 'delivered' : undelivered });
    if (!delivered && delayMs !== undefined) this.#retryAfter(id, delayMs);
  }

  async #send({ url, secret }: WebhookEndpoint, { payload }: StoredEvent): Promise<DeliveryAttempt> {
    // The wall clock, also where the simulator's own is moved: receivers compare it with theirs, within minutes.
    const now = new Date();
    const at = now.toISOString();
    const signature = signWebhook(payload, secret, Math.floor(now.getTime() / 1000));
    const { timeoutMs } = this.options;
    return { at, ...(await sendWebhook({ url, payload, signature, timeoutMs, signal: this.#closing.signal })) };
  }

  #retryAfter(id: string, delayMs: number): void {
    const timer = setTimeout(() => this.#attemptNow(id), delayMs);
    this.#retryTimers.set(id, timer);
  }
}

/** One delivery for an event and an endpoint: a resend adds attempts to it, as the dashboard of Stripe shows them. */
function deliveryId(eventId: string, url: string): string {
  return `${eventId} ${url}`;
}
