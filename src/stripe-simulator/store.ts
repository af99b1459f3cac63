/** All state of the simulator: bounded collections in memory that tell when they changed. */
import type Stripe from 'stripe';
import { createId } from './ids.js';
import type {
  Delivery,
  IdempotentAnswer,
  ScheduledAction,
  StoredEvent,
  StoredPaymentMethod,
  StoredSession,
  StoredWebhookEndpoint,
} from './objects.js';

/**
 * Objects by id, in the order of their creation. They are replaced, never changed in place, so that what was read or
 * handed out stays what it was.
 */
export class Collection<Item extends { id: string }> {
  #items = new Map<string, Item>();

  constructor(
    private readonly maximumSize: number,
    private readonly changed: () => void,
    private readonly forgotten: (id: string) => void = () => {},
  ) {}

  get size(): number {
    return this.#items.size;
  }

  get(id: string): Item | undefined {
    return this.#items.get(id);
  }

  /** Adds the item or replaces the one with its id. The oldest gives way when the collection is full. */
  put(item: Item): void {
    this.#items.set(item.id, item);
    if (this.#items.size > this.maximumSize) this.#forgetOldest();
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

  replaceAll(items: readonly Item[]): void {
    this.#items = new Map(items.map((item) => [item.id, item]));
    this.changed();
  }

  #forgetOldest(): void {
    const { value: oldest, done } = this.#items.keys().next();
    if (done === true) return;
    this.#items.delete(oldest);
    this.forgotten(oldest);
  }
}

interface StoredObjects {
  sessions: StoredSession;
  paymentIntents: Stripe.PaymentIntent;
  charges: Stripe.Charge;
  refunds: Stripe.Refund;
  disputes: Stripe.Dispute;
  balanceTransactions: Stripe.BalanceTransaction;
  customers: Stripe.Customer | Stripe.DeletedCustomer;
  paymentMethods: StoredPaymentMethod;
  events: StoredEvent;
  webhookEndpoints: StoredWebhookEndpoint;
  deliveries: Delivery;
  idempotentAnswers: IdempotentAnswer;
  scheduledActions: ScheduledAction;
}

type CollectionName = keyof StoredObjects;
type Collections = { readonly [Name in CollectionName]: Collection<StoredObjects[Name]> };

/** Everything there is to know, as JSON can hold it. */
export interface StateSnapshot {
  version: typeof SNAPSHOT_VERSION;
  accountId: string;
  /** The number of draws from each stream of random numbers. */
  draws: Record<string, number>;
  objects: { [Name in CollectionName]: StoredObjects[Name][] };
}

const SNAPSHOT_VERSION = 3;

const COLLECTION_NAMES = [
  'sessions',
  'paymentIntents',
  'charges',
  'refunds',
  'disputes',
  'balanceTransactions',
  'customers',
  'paymentMethods',
  'events',
  'webhookEndpoints',
  'deliveries',
  'idempotentAnswers',
  'scheduledActions',
] as const satisfies CollectionName[];

export class Store implements Collections {
  accountId = createId('account');
  draws: Record<string, number> = {};
  readonly sessions: Collection<StoredSession>;
  readonly paymentIntents: Collection<Stripe.PaymentIntent>;
  readonly charges: Collection<Stripe.Charge>;
  readonly refunds: Collection<Stripe.Refund>;
  readonly disputes: Collection<Stripe.Dispute>;
  readonly balanceTransactions: Collection<Stripe.BalanceTransaction>;
  readonly customers: Collection<Stripe.Customer | Stripe.DeletedCustomer>;
  readonly paymentMethods: Collection<StoredPaymentMethod>;
  readonly events: Collection<StoredEvent>;
  readonly webhookEndpoints: Collection<StoredWebhookEndpoint>;
  readonly deliveries: Collection<Delivery>;
  readonly idempotentAnswers: Collection<IdempotentAnswer>;
  readonly scheduledActions: Collection<ScheduledAction>;
  readonly #changeListeners: (() => void)[] = [];
  readonly #restoreListeners: (() => void)[] = [];

  /** `maximumObjects` of each kind are kept. */
  constructor(maximumObjects: number) {
    const changed = () => {
      for (const listener of this.#changeListeners) listener();
    };
    // What was to happen to an object goes with it: were it left behind, what was forgotten would still fill the memory.
    const sessionForgotten = (id: string) => this.scheduledActions.remove(`expire_session ${id}`);
    const paymentIntentForgotten = (id: string) => {
      this.scheduledActions.remove(`settle_payment ${id}`);
      this.scheduledActions.remove(`expire_authorization ${id}`);
    };
    this.sessions = new Collection(maximumObjects, changed, sessionForgotten);
    this.paymentIntents = new Collection(maximumObjects, changed, paymentIntentForgotten);
    this.charges = new Collection(maximumObjects, changed);
    this.refunds = new Collection(maximumObjects, changed);
    this.disputes = new Collection(maximumObjects, changed);
    this.balanceTransactions = new Collection(maximumObjects, changed);
    this.customers = new Collection(maximumObjects, changed);
    this.paymentMethods = new Collection(maximumObjects, changed);
    this.events = new Collection(maximumObjects, changed);
    this.webhookEndpoints = new Collection(maximumObjects, changed);
    this.deliveries = new Collection(maximumObjects, changed);
    this.idempotentAnswers = new Collection(maximumObjects, changed);
    // Each belongs to an object of the others, whose number is bounded.
    this.scheduledActions = new Collection(Number.POSITIVE_INFINITY, changed);
  }

  onChange(listener: () => void): void {
    this.#changeListeners.push(listener);
  }

  /** Called when all objects have been replaced at once. */
  onRestore(listener: () => void): void {
    this.#restoreListeners.push(listener);
  }

  snapshot(): StateSnapshot {
    const entries = COLLECTION_NAMES.map((name) => [name, [...this[name].oldestFirst()]]);
    const objects: StateSnapshot['objects'] = Object.fromEntries(entries);
    return { version: SNAPSHOT_VERSION, accountId: this.accountId, draws: { ...this.draws }, objects };
  }

  restore(snapshot: StateSnapshot): void {
    this.accountId = snapshot.accountId;
    this.draws = { ...snapshot.draws };
    for (const name of COLLECTION_NAMES) restoreCollection(name, this, snapshot.objects);
    for (const listener of this.#restoreListeners) listener();
  }
}

function restoreCollection<Name extends CollectionName>(
  name: Name,
  collections: Collections,
  objects: StateSnapshot['objects'],
): void {
  collections[name].replaceAll(objects[name]);
}

/** Only the simulator writes snapshots, so the version vouches for the rest. */
export function isSnapshot(value: unknown): value is StateSnapshot {
  return typeof value === 'object' && value !== null && 'version' in value && value.version === SNAPSHOT_VERSION;
}
