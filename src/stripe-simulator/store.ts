/** All state of the simulator: bounded collections in memory that tell when they changed. */
import type Stripe from 'stripe';
import { createId } from './ids.js';
import type { Delivery, IdempotentAnswer, StoredEvent, StoredSession } from './objects.js';

/**
 * Objects by id, in the order of their creation. They are replaced, never changed in place, so that what was read or
 * handed out stays what it was.
 */
export class Collection<Item extends { id: string }> {
  readonly #items = new Map<string, Item>();

  constructor(
    private readonly maximumSize: number,
    private readonly changed: () => void,
  ) {}

  get(id: string): Item | undefined {
    return this.#items.get(id);
  }

  /** Adds the item or replaces the one with its id. The oldest gives way when the collection is full. */
  put(item: Item): void {
    this.#items.set(item.id, item);
    if (this.#items.size > this.maximumSize) this.#removeOldest();
    this.changed();
  }

  remove(id: string): void {
    if (this.#items.delete(id)) this.changed();
  }

  oldestFirst(): IterableIterator<Item> {
    return this.#items.values();
  }

  newestFirst(): Item[] {
    return [...this.#items.values()].reverse();
  }

  #removeOldest(): void {
    const { value: oldest, done } = this.#items.keys().next();
    if (done !== true) this.#items.delete(oldest);
  }
}

/** What the state file holds. */
export interface StateSnapshot {
  version: 1;
  accountId: string;
  sessions: StoredSession[];
  paymentIntents: Stripe.PaymentIntent[];
  charges: Stripe.Charge[];
  events: StoredEvent[];
  deliveries: Delivery[];
  idempotentAnswers: IdempotentAnswer[];
}

export class Store {
  accountId = createId('account');
  readonly sessions: Collection<StoredSession>;
  readonly paymentIntents: Collection<Stripe.PaymentIntent>;
  readonly charges: Collection<Stripe.Charge>;
  readonly events: Collection<StoredEvent>;
  readonly deliveries: Collection<Delivery>;
  readonly idempotentAnswers: Collection<IdempotentAnswer>;
  readonly #changeListeners: (() => void)[] = [];

  constructor(maximumObjects: number) {
    const changed = () => {
      for (const listener of this.#changeListeners) listener();
    };
    this.sessions = new Collection(maximumObjects, changed);
    this.paymentIntents = new Collection(maximumObjects, changed);
    this.charges = new Collection(maximumObjects, changed);
    this.events = new Collection(maximumObjects, changed);
    this.deliveries = new Collection(maximumObjects, changed);
    this.idempotentAnswers = new Collection(maximumObjects, changed);
  }

  onChange(listener: () => void): void {
    this.#changeListeners.push(listener);
  }

  snapshot(): StateSnapshot {
    return {
      version: 1,
      accountId: this.accountId,
      sessions: [...this.sessions.oldestFirst()],
      paymentIntents: [...this.paymentIntents.oldestFirst()],
      charges: [...this.charges.oldestFirst()],
      events: [...this.events.oldestFirst()],
      deliveries: [...this.deliveries.oldestFirst()],
      idempotentAnswers: [...this.idempotentAnswers.oldestFirst()],
    };
  }

  restore(snapshot: StateSnapshot): void {
    this.accountId = snapshot.accountId;
    for (const item of snapshot.sessions) this.sessions.put(item);
    for (const item of snapshot.paymentIntents) this.paymentIntents.put(item);
    for (const item of snapshot.charges) this.charges.put(item);
    for (const item of snapshot.events) this.events.put(item);
    for (const item of snapshot.deliveries) this.deliveries.put(item);
    for (const item of snapshot.idempotentAnswers) this.idempotentAnswers.put(item);
  }
}
