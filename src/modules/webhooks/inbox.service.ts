/**
 * The inbox: every event is stored once, and applied in the same transaction. When a handler fails, what it changed is
 * rolled back and the event is stored all the same, so that an acknowledged event is never lost.
 */
import type { EntityManager } from '@mikro-orm/postgresql';
import type Stripe from 'stripe';
import { inSavepoint, inTransaction, isSerializationFailure } from '../../platform/database/transaction.js';
import { databaseUnavailable, isLockTimeout } from '../../platform/database/unavailable.js';
import type { JobRequests } from '../../platform/jobs/job.js';
import type { Clock } from '../../platform/kernel/clock.js';
import { failPoint } from '../../platform/kernel/fail-point.js';
import type { Logger } from '../../platform/kernel/logger.js';
import type { EventObject } from '../../stripe/payment-gateway.js';
import { eventWithoutPersonalData } from '../../stripe/personal-data.js';
import { PINNED_API_VERSION, parseStripeEvent } from '../../stripe/stripe-event.js';
import type { EventHandler, HandlerResult } from '../payments/event-handler.js';
import { findStripeAccount } from '../payments/payments.repository.js';
import type { PaymentLinkListener } from '../payments/payments.service.js';
import { storeAnonymisedBodies } from './anonymised-events.js';
import { growingPause, type Outcome, outcomeOfFailure, outcomeOfResult, type Unread } from './event-outcome.js';
import { referencesOf } from './event-references.js';
import { HandledEvents } from './handled-events.js';
import { InboxEvent, InboxState } from './inbox-event.entity.js';
import { storeEvent } from './store-event.hot-path.js';
import { canBeRetried, isHandled, isStoredAsHandled, lockEvent, type StoredEvent } from './stored-events.repository.js';
import type { WebhookMetrics } from './webhook-metrics.js';

export const RETRY_EVENTS = 'retry-events';

// Nothing is wrong with an event whose object only has to be read from Stripe.
const UNREAD_PAUSE_SECONDS = 60;

/** The result of receiving an event. */
export type Receipt = InboxState | 'DUPLICATE';

export class InboxService implements PaymentLinkListener {
  private readonly handlers = new Map<string, EventHandler>();
  private readonly handledEvents = new HandledEvents();
  private livemode: boolean | null = null;

  constructor(
    /** The mode of our key, for a database whose own mode is not known yet. */
    private readonly keyLivemode: boolean,
    private readonly jobs: JobRequests,
    private readonly metrics: WebhookMetrics,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Handlers build on services that build on the inbox, so they are registered afterwards. */
  register(handlers: readonly EventHandler[]): void {
    for (const handler of handlers) {
      for (const type of handler.types) this.handlers.set(type, handler);
    }
  }

  /** The types that have an effect. */
  get handledTypes(): string[] {
    return [...this.handlers.keys()];
  }

  /**
   * Stores a verified event and applies it. An event that is sent again is applied again only if it could
   * not be before.
   *
   * @param rawBody the bytes as they were signed
   * @throws only when the event could not be stored
   */
  async receive(em: EntityManager, event: Stripe.Event, rawBody: Buffer): Promise<Receipt> {
    if (this.handledEvents.has(event.id) && (await isStoredAsHandled(em, event.id))) {
      this.metrics.received(event.type, 'DUPLICATE');
      return 'DUPLICATE';
    }
    const receipt = await this.storeAndApply(em, event, rawBody).catch((error: unknown) => {
      // Where the order, or its goods, were locked for too long, the event is kept for later.
      if (isOfHandler(error) || isLockTimeout(error)) return this.storeFailed(em, event, rawBody, error);
      throw error;
    });
    await failPoint('webhook: committed');
    if (receipt === 'DUPLICATE' || isHandled(receipt)) this.handledEvents.add(event.id);
    this.metrics.received(event.type, receipt);
    return receipt;
  }

  /** @throws when a new event could not be applied: then nothing is stored */
  private async storeAndApply(em: EntityManager, event: Stripe.Event, rawBody: Buffer): Promise<Receipt> {
    return inTransaction(em, async (transaction) => {
      const { earlier, isOfAnonymised } = await this.insert(transaction, event, rawBody, { locksOrder: true });
      if (earlier !== null) return isHandled(earlier) ? 'DUPLICATE' : this.receiveAgain(transaction, event.id);
      await failPoint('webhook: event stored');
      // Stripe still sends personal data of a buyer who was anonymised.
      const known = isOfAnonymised ? await this.storeAnonymised(transaction, event, rawBody) : event;
      const state = await this.applyNew(transaction, known);
      await failPoint('webhook: before the commit');
      return state;
    });
  }

  /**
   * Stores an event that could not be applied, in a transaction of its own: a savepoint in the first one would cost every
   * event a statement.
   */
  private async storeFailed(
    em: EntityManager,
    event: Stripe.Event,
    rawBody: Buffer,
    failure: unknown,
  ): Promise<Receipt> {
    return inTransaction(em, async (transaction) => {
      const { earlier, isOfAnonymised } = await this.insert(transaction, event, rawBody, { locksOrder: false });
      // Meanwhile the same event was delivered once more.
      if (earlier !== null) return isHandled(earlier) ? 'DUPLICATE' : this.receiveAgain(transaction, event.id);
      if (isOfAnonymised) await this.storeAnonymised(transaction, event, rawBody);
      const outcome = this.failureOf(event, 0, failure);
      await this.conclude(transaction, { id: event.id, attempts: 1 }, outcome);
      return outcome.state;
    });
  }

  /**
   * Applies a stored event once more, whatever its state: safe any number of times.
   *
   * @returns null for an unknown event
   */
  async replay(em: EntityManager, eventId: string): Promise<InboxState | null> {
    return inTransaction(em, async (transaction) => {
      const stored = await lockEvent(transaction, eventId);
      return stored === null ? null : this.applyStored(transaction, stored);
    });
  }

  /** Retries an event that is due; one that another process has retried or handled meanwhile stays as it is. */
  async retry(em: EntityManager, event: { id: string; type: string }): Promise<void> {
    try {
      await inTransaction(em, async (transaction) => {
        const stored = await lockEvent(transaction, event.id);
        if (stored && canBeRetried(stored) && this.isDue(stored)) await this.applyStored(transaction, stored);
      });
    } catch (error) {
      // Not only the handler, but the whole transaction failed: without a pause it would come first in every run.
      await this.recordFailure(em, event, error);
    }
  }

  /**
   * Claims an event whose object has to be read from Stripe, so that no other process reads it meanwhile.
   *
   * @returns false when another process was faster
   */
  async claimUnread(em: EntityManager, eventId: string): Promise<boolean> {
    const now = this.clock.now();
    const until = new Date(now.getTime() + UNREAD_PAUSE_SECONDS * 1000);
    const claimed = await em.execute(
      `update inbox_events set next_attempt_at = ? where id = ? and state = 'RECEIVED' and next_attempt_at <= ?
       returning id`,
      [until, eventId, now],
    );
    return claimed.length > 0;
  }

  /** Stripe did not respond: the object has to be read later, after a pause that grows with each attempt. */
  async postponeUnread(em: EntityManager, eventId: string): Promise<void> {
    await inTransaction(em, async (transaction) => {
      const stored = await lockEvent(transaction, eventId);
      if (stored?.state !== InboxState.RECEIVED) return;
      const { attempts, state } = stored;
      const retryAfterSeconds = growingPause(UNREAD_PAUSE_SECONDS, attempts);
      const outcome = { state, orderId: null, error: null, retryAfterSeconds };
      await this.conclude(transaction, { id: eventId, attempts: attempts + 1 }, outcome);
    });
  }

  /**
   * Part of the caller's transaction: unmatched events of this payment are retried at once, before
   * others.
   */
  async paymentLinked(em: EntityManager, paymentIntentId: string): Promise<void> {
    const waiting = await em.execute(
      `update inbox_events set next_attempt_at = ?, attempts = 1
       where payment_intent_id = ? and order_id is null and state in ('UNMATCHED', 'RECEIVED') returning id`,
      [this.clock.now(), paymentIntentId],
    );
    if (waiting.length > 0) await this.jobs.request(em, RETRY_EVENTS);
  }

  /**
   * The object that has to be read from Stripe before an event in another version of the API can be applied.
   *
   * @throws Error where the event names none
   */
  async objectOf(em: EntityManager, eventId: string): Promise<{ object: EventObject; id: string }> {
    const { body } = await em.fork().findOneOrFail(InboxEvent, { id: eventId }, { populate: ['body'] });
    const { type, data } = parsedBody({ id: eventId, body: Buffer.from(body) });
    const object = this.handlers.get(type)?.object;
    const { id } = data.object as { id?: unknown };
    if (object !== undefined && typeof id === 'string') return { object, id };
    throw new Error(`Event ${eventId} is about nothing that is read.`);
  }

  /** Applies an event in another version of the API, with its object as it was read in our version. */
  async applyRead(em: EntityManager, eventId: string, object: object): Promise<void> {
    await inTransaction(em, async (transaction) => {
      const stored = await lockEvent(transaction, eventId);
      if (stored?.state !== InboxState.RECEIVED) return;
      const event = { ...parsedBody(stored), api_version: PINNED_API_VERSION, data: { object } } as Stripe.Event;
      const state = await this.applyStored(transaction, stored, event);
      // It has to be read again then.
      const unread = { state: InboxState.RECEIVED };
      if (state === InboxState.UNMATCHED) await transaction.nativeUpdate(InboxEvent, { id: eventId }, unread);
    });
  }

  /** Records that an event could not be read or applied: it is retried later. */
  async recordFailure(em: EntityManager, { id, type }: { id: string; type: string }, error: unknown): Promise<void> {
    await inTransaction(em, async (transaction) => {
      const stored = await lockEvent(transaction, id);
      if (!stored || isHandled(stored.state) || stored.state === InboxState.DEAD) return;
      const outcome = this.failureOf({ id, type }, stored.attempts, error);
      await this.conclude(transaction, { id, attempts: stored.attempts + 1 }, outcome);
      if (outcome.state === InboxState.DEAD) this.reportDead({ id, type }, outcome.error);
    });
  }

  /** Stores the outcome of an event whose row the transaction has locked. */
  private async conclude(
    em: EntityManager,
    { id, attempts }: Pick<StoredEvent, 'id' | 'attempts'>,
    { state, orderId, error, retryAfterSeconds }: Outcome,
  ): Promise<void> {
    const now = this.clock.now();
    const nextAttemptAt = retryAfterSeconds === null ? null : new Date(now.getTime() + retryAfterSeconds * 1000);
    await em.execute(
      `update inbox_events set state = ?, attempts = ?, error = ?, order_id = coalesce(?, order_id),
         handled_at = ?, next_attempt_at = ? where id = ?`,
      [state, attempts, error, orderId, nextAttemptAt === null ? now : null, nextAttemptAt, id],
    );
    if (retryAfterSeconds !== null) await this.jobs.request(em, RETRY_EVENTS, { afterSeconds: retryAfterSeconds });
  }

  /**
   * On conflict nothing happens: two concurrent deliveries cannot both be the first. The row says PROCESSED from the
   * start, since most events end so, and nobody sees it before the transaction commits. In the same statement,
   * since each statement costs time, unmatched events of this payment become due: this
   * event may link it.
   *
   * @returns `earlier` is null when it is new; else how the event stood that is stored, UNSEEN if it was stored at this
   *   very moment
   */
  private async insert(
    em: EntityManager,
    event: Stripe.Event,
    rawBody: Buffer,
    { locksOrder }: { locksOrder: boolean },
  ): Promise<{ earlier: InboxState | 'UNSEEN' | null; isOfAnonymised: boolean }> {
    const { isNew, hasWoken, isOfAnonymised, state } = await storeEvent(em, event, rawBody, {
      now: this.clock.now(),
      locksOrder: locksOrder && this.handlers.has(event.type),
    });
    if (hasWoken) await this.jobs.request(em, RETRY_EVENTS);
    return { earlier: isNew ? null : (state ?? 'UNSEEN'), isOfAnonymised };
  }

  /** Stores and returns the event without personal data: the buyer of its order was anonymised. */
  private async storeAnonymised(em: EntityManager, event: Stripe.Event, rawBody: Buffer): Promise<Stripe.Event> {
    const body = eventWithoutPersonalData(rawBody);
    await storeAnonymisedBodies(em, [{ id: event.id, body }], this.clock.now());
    return parseStripeEvent(body) ?? event;
  }

  /** Read again under the lock: another process may be applying the event at this moment. */
  private async receiveAgain(em: EntityManager, eventId: string): Promise<Receipt> {
    const stored = await lockEvent(em, eventId);
    if (stored === null) throw new Error(`Event ${eventId} is neither new nor stored.`);
    return isHandled(stored.state) ? 'DUPLICATE' : this.applyStored(em, stored);
  }

  /** @param event the stored event, or the same with its object as it was read from Stripe */
  private async applyStored(em: EntityManager, stored: StoredEvent, event = parsedBody(stored)): Promise<InboxState> {
    const state = await this.apply(em, event, stored);
    // It may have linked its payment only now, long after its arrival made the unmatched ones due.
    const { checkoutSessionId, paymentIntentId } = referencesOf(event);
    const mayHaveLinked = state === InboxState.PROCESSED && checkoutSessionId !== null;
    if (mayHaveLinked && paymentIntentId !== null) await this.paymentLinked(em, paymentIntentId);
    return state;
  }

  private isDue({ nextAttemptAt }: StoredEvent): boolean {
    return nextAttemptAt !== null && nextAttemptAt <= this.clock.now();
  }

  /** @throws what the handler throws: the whole transaction is rolled back */
  private async applyNew(em: EntityManager, event: Stripe.Event): Promise<InboxState> {
    const before = { attempts: 0, receivedAt: this.clock.now() };
    const result = await this.handle(em, event);
    const outcome = this.resultOf(result, before);
    const isAsInserted = outcome.state === InboxState.PROCESSED && outcome.orderId === referencesOf(event).orderId;
    if (!isAsInserted) await this.concludeAndReport(em, event, before, outcome);
    return outcome.state;
  }

  private async apply(
    em: EntityManager,
    event: Stripe.Event,
    before: Pick<StoredEvent, 'attempts' | 'receivedAt'>,
  ): Promise<InboxState> {
    const outcome = await this.outcomeOf(em, event, before);
    await this.concludeAndReport(em, event, before, outcome);
    return outcome.state;
  }

  private async concludeAndReport(
    em: EntityManager,
    event: Stripe.Event,
    before: Pick<StoredEvent, 'attempts'>,
    outcome: Outcome,
  ): Promise<void> {
    await this.conclude(em, { id: event.id, attempts: before.attempts + 1 }, outcome);
    if (outcome.state === InboxState.DEAD) this.reportDead(event, outcome.error);
  }

  private async outcomeOf(
    em: EntityManager,
    event: Stripe.Event,
    before: Pick<StoredEvent, 'attempts' | 'receivedAt'>,
  ): Promise<Outcome> {
    try {
      return this.resultOf(await inSavepoint(em, (part) => this.handle(part, event)), before);
    } catch (error) {
      // Not the handler's fault: the whole transaction is rolled back and tried again.
      if (isSerializationFailure(error)) throw error;
      return this.failureOf(event, before.attempts, error);
    }
  }

  private failureOf({ id, type }: { id: string; type: string }, attempts: number, error: unknown): Outcome {
    this.logger.error({ eventId: id, type, err: error }, 'Webhook handler failed');
    return outcomeOfFailure(error, attempts);
  }

  private resultOf(
    result: HandlerResult | Unread,
    { attempts, receivedAt }: Pick<StoredEvent, 'attempts' | 'receivedAt'>,
  ): Outcome {
    return outcomeOfResult(result, { attempts, ageMs: this.clock.now().getTime() - receivedAt.getTime() });
  }

  private async handle(em: EntityManager, event: Stripe.Event): Promise<HandlerResult | Unread> {
    const ignored = { state: 'IGNORED', orderId: null } as const;
    if (await this.isOfOtherAccount(em, event)) return ignored;
    if (event.livemode !== (await this.ownLivemode(em))) {
      this.logger.error({ eventId: event.id, livemode: event.livemode }, 'Event ignored: it is of the other livemode');
      return ignored;
    }
    const handler = this.handlers.get(event.type);
    if (!handler) return ignored;
    if (event.api_version !== PINNED_API_VERSION) return { state: 'RECEIVED', orderId: null };
    const result = await handler.handle(em, event);
    await failPoint('webhook: inside a handler');
    // Before the outcome is stored, and not after it.
    await em.flush();
    return result;
  }

  /**
   * Our livemode; events of the other mode are never applied. Read from the database, since with a
   * wrong key we would ignore our own events for ever.
   */
  private async ownLivemode(em: EntityManager): Promise<boolean> {
    this.livemode ??= (await findStripeAccount(em))?.livemode ?? null;
    return this.livemode ?? this.keyLivemode;
  }

  /** An endpoint for Connect gets the events of other accounts, whose sessions can have any metadata. */
  private async isOfOtherAccount(em: EntityManager, { account }: Stripe.Event): Promise<boolean> {
    if (account == null) return false;
    const own = await findStripeAccount(em);
    if (own === undefined) throw new Error('The Stripe account of this database is not known yet.');
    return account !== own.accountId;
  }

  private reportDead({ id, type }: { id: string; type: string }, reason: string | null): void {
    this.metrics.deadLettered(type);
    this.logger.error(
      { eventId: id, type, reason },
      'Event dead-lettered: npm run comptoir -- webhooks show, then replay',
    );
  }
}

function parsedBody({ id, body }: Pick<StoredEvent, 'id' | 'body'>): Stripe.Event {
  const event = parseStripeEvent(body);
  if (event === null) throw new Error(`The stored body of event ${id} is not an event.`);
  return event;
}

/** Else nobody is to blame: all of it is tried again, at once or when Stripe sends the event again. */
function isOfHandler(error: unknown): boolean {
  return !isSerializationFailure(error) && databaseUnavailable(error) === null;
}
