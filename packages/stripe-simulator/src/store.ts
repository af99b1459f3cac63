/** All state of the simulator: bounded collections in memory that tell when they changed. */
import type Stripe from 'stripe';
import { createId } from './ids.js';
import type {
  ActionKind,
  IdempotentAnswer,
  ScheduledAction,
  StoredEvent,
  StoredFile,
  StoredPaymentMethod,
  StoredSession,
  StoredWebhookEndpoint,
} from './objects.js';
import type { Delivery } from './public-types.js';

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
  earlyFraudWarnings: Stripe.Radar.EarlyFraudWarning;
  files: StoredFile;
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
  /** The number of requests and delivery attempts so far. */
  sequence: number;
  objects: { [Name in CollectionName]: StoredObjects[Name][] };
}

const SNAPSHOT_VERSION = 6;

const COLLECTION_NAMES = [
  'sessions',
  'paymentIntents',
  'charges',
  'refunds',
  'disputes',
  'earlyFraudWarnings',
  'files',
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
  #draws = new Map<string, number>();
  #sequence = 0;
  readonly sessions: Collection<StoredSession>;
  readonly paymentIntents: Collection<Stripe.PaymentIntent>;
  readonly charges: Collection<Stripe.Charge>;
  readonly refunds: Collection<Stripe.Refund>;
  readonly disputes: Collection<Stripe.Dispute>;
  readonly earlyFraudWarnings: Collection<Stripe.Radar.EarlyFraudWarning>;
  readonly files: Collection<StoredFile>;
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
    // What was to happen to an object goes with it: left behind, it would still fill the memory.
    const bounded = <Item extends { id: string }>(...kinds: ActionKind[]) =>
      new Collection<Item>(maximumObjects, changed, (id) => {
        for (const kind of kinds) this.scheduledActions.remove(actionId(kind, id));
      });
    this.sessions = bounded('expire_session');
    this.paymentIntents = bounded('expire_authorization', 'settle_payment');
    this.charges = bounded('expire_authorization', 'open_dispute', 'settle_payment', 'warn_of_fraud');
    this.refunds = bounded('fail_refund', 'settle_refund', 'show_refund_reference');
    this.disputes = bounded('close_dispute', 'pass_dispute_deadline');
    this.earlyFraudWarnings = bounded();
    this.files = bounded('expire_file');
    this.balanceTransactions = bounded('make_balance_available');
    this.customers = bounded();
    this.paymentMethods = bounded();
    this.events = bounded();
    this.webhookEndpoints = bounded('expire_webhook_secret');
    this.deliveries = bounded('deliver_event');
    this.idempotentAnswers = bounded();
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

  /** Counts up from 0, for each stream on its own. */
  nextOrdinal(stream: string): number {
    const ordinal = this.#draws.get(stream) ?? 0;
    this.#draws.set(stream, ordinal + 1);
    return ordinal;
  }

  nextSequence(): number {
    this.#sequence += 1;
    return this.#sequence;
  }

  snapshot(): StateSnapshot {
    const entries = COLLECTION_NAMES.map((name) => [name, [...this[name].oldestFirst()]]);
    const objects: StateSnapshot['objects'] = Object.fromEntries(entries);
    const draws = Object.fromEntries(this.#draws);
    return { version: SNAPSHOT_VERSION, accountId: this.accountId, draws, sequence: this.#sequence, objects };
  }

  restore(snapshot: StateSnapshot): void {
    this.accountId = snapshot.accountId;
    this.#draws = new Map(Object.entries(snapshot.draws));
    // The journal goes on, so what it counts does as well.
    this.#sequence = Math.max(this.#sequence, snapshot.sequence);
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

export function actionId(kind: ActionKind, subject: string): string {
  return `${kind} ${subject}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Only the simulator writes snapshots, so the version and the collections vouch for the rest. */
export function isSnapshot(value: unknown): value is StateSnapshot {
  if (!isRecord(value) || value.version !== SNAPSHOT_VERSION || !isRecord(value.objects)) return false;
  const { objects, draws } = value;
  const hasCounters = typeof value.accountId === 'string' && typeof value.sequence === 'number';
  if (!hasCounters || !isRecord(draws) || !Object.values(draws).every(Number.isSafeInteger)) return false;
  return COLLECTION_NAMES.every((name) => Array.isArray(objects[name]));
}
