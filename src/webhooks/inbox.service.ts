/**
 * The inbox: every event is stored once, and its effect is in the same transaction. A handler that fails
 * takes only its own work back; the event stays, so that whoever is told "received" can rely on it.
 */
import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import type Stripe from 'stripe';
import { describeError } from '../database/describe-error.js';
import { inTransaction, lostRace } from '../database/transaction.js';
import type { Clock } from '../shared/clock.js';
import { isUuid } from '../shared/identifier.js';
import type { Logger } from '../shared/logger.js';
import { isPlainText } from '../shared/plain-text.js';
import type { EventHandler, HandlerResult } from './event-handler.js';
import { InboxEvent, InboxState } from './inbox-event.entity.js';

/** What became of an event that arrived. */
export type Receipt = InboxState | 'DUPLICATE';

export class InboxService {
  private readonly handlers: ReadonlyMap<string, EventHandler>;

  constructor(
    handlers: readonly EventHandler[],
    /** Whether we live on Stripe's live side; events of the other side are never ours to act on. */
    private readonly livemode: boolean,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    this.handlers = new Map(handlers.flatMap((handler) => handler.types.map((type) => [type, handler] as const)));
  }

  /**
   * Stores a verified event and applies it. An event that is sent again is applied again only if it could
   * not be before.
   *
   * @param rawBody the bytes as they were signed
   * @throws only when the event could not be stored
   */
  async receive(em: EntityManager, event: Stripe.Event, rawBody: Buffer): Promise<Receipt> {
    return inTransaction(em, async (transaction) => {
      const isNew = await this.insert(transaction, event, rawBody);
      const options = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;
      const row = await transaction.findOneOrFail(InboxEvent, { id: event.id }, options);
      const settled = row.state === InboxState.PROCESSED || row.state === InboxState.IGNORED;
      if (!isNew && settled) return 'DUPLICATE';
      await this.apply(transaction, row, event);
      return row.state;
    });
  }

  /** On conflict nothing happens: two deliveries at once cannot both be the first. */
  private async insert(em: EntityManager, event: Stripe.Event, rawBody: Buffer): Promise<boolean> {
    const inserted = await em.execute(
      `insert into inbox_events (id, type, api_version, livemode, stripe_created_at, checkout_session_id,
         payment_intent_id, order_id, body, state, attempts, received_at)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?) on conflict (id) do nothing returning id`,
      [
        event.id,
        event.type,
        event.api_version ?? null,
        event.livemode,
        new Date(event.created * 1000),
        ...referencesOf(event),
        rawBody,
        InboxState.UNMATCHED,
        this.clock.now(),
      ],
    );
    return inserted.length > 0;
  }

  private async apply(em: EntityManager, row: InboxEvent, event: Stripe.Event): Promise<void> {
    row.attempts += 1;
    try {
      const { state, orderId } = await this.handle(em, event);
      row.state = state;
      row.orderId ??= orderId;
      row.error = null;
      row.handledAt = state === InboxState.UNMATCHED ? null : this.clock.now();
    } catch (error) {
      // Not the handler's fault: the whole transaction is rolled back and tried again.
      if (lostRace(error)) throw error;
      row.state = InboxState.FAILED;
      row.error = describeError(error);
      this.logger.error({ eventId: event.id, type: event.type, err: error }, 'A webhook handler failed');
    }
  }

  private async handle(em: EntityManager, event: Stripe.Event): Promise<HandlerResult> {
    const ignored = { state: InboxState.IGNORED, orderId: null } as const;
    if (event.livemode !== this.livemode) {
      this.logger.error({ eventId: event.id, livemode: event.livemode }, 'An event of the other livemode was ignored');
      return ignored;
    }
    const handler = this.handlers.get(event.type);
    if (!handler) return ignored;
    // A savepoint with an EntityManager of its own: what a failed handler changed is never flushed.
    return em.transactional((inner) => handler.handle(inner, event), { clear: true });
  }
}

/** What the event is about, as columns to search by: session, payment intent, order. */
function referencesOf(event: Stripe.Event): [string | null, string | null, string | null] {
  const object: Record<string, unknown> = { ...event.data.object };
  const text = (value: unknown) =>
    typeof value === 'string' && value.length <= 255 && isPlainText(value) ? value : null;
  const metadata = object.metadata as Record<string, unknown> | null | undefined;
  const orderId = text(metadata?.order_id);
  return [
    object.object === 'checkout.session' ? text(object.id) : null,
    object.object === 'payment_intent' ? text(object.id) : text(object.payment_intent),
    orderId !== null && isUuid(orderId) ? orderId : null,
  ];
}
