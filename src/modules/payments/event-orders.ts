/** Whose an event is: finds the order that it is about, and says what becomes of one that is about none of ours. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Order } from '../orders/order.entity.js';
import { columnsOf, saveOrderWithTimeline } from '../orders/order-changes.repository.js';
import type { HandlerResult } from './event-handler.js';
import type { InstallationService } from './installation.service.js';
import type { OrderReferences, PaymentsService } from './payments.service.js';

const IGNORED: HandlerResult = { state: 'IGNORED', orderId: null };

/** What the object of an event says of its order. */
export interface EventOrderReferences extends OrderReferences {
  /** Null where it names none, or was made before installations had ids. */
  installationId: string | null;
}

export class EventOrders {
  constructor(
    private readonly payments: PaymentsService,
    private readonly installation: InstallationService,
  ) {}

  /**
   * Does what an event leads to with its order, locked, if that is ours, and saves what it changed of the order.
   *
   * @param unmarked what becomes of an event whose object does not say that it is ours, and no order is known by it:
   *   it may become known when its payment is linked, if a payment is all that it names; else it is another application's
   */
  async apply(
    em: EntityManager,
    references: EventOrderReferences,
    unmarked: 'UNMATCHED' | 'IGNORED',
    effect: (order: Order) => Promise<void>,
  ): Promise<HandlerResult> {
    const { orderId = null, installationId } = references;
    if (await this.installation.isOfAnother(em, installationId)) return IGNORED;
    // Apart from what the ORM flushes: it is saved here, for every handler, and not once more.
    const order = await this.payments.lockOrderOf(em.fork({ keepTransactionContext: true }), references);
    if (order === null) return withoutOrder(orderId, installationId, unmarked);
    // In a copy of another installation's database, known by a payment that bears no mark.
    if (await this.installation.isOfAnother(em, order.installationId)) return IGNORED;
    const before = columnsOf(em, order);
    await effect(order);
    await saveOrderWithTimeline(em, order, before);
    return { state: 'PROCESSED', orderId: order.id };
  }
}

/**
 * An order of ours that does not exist should: orders are stored before Stripe hears of them. One that was marked before
 * installations had ids is taken for another's.
 */
function withoutOrder(
  orderId: string | null,
  installationId: string | null,
  unmarked: 'UNMATCHED' | 'IGNORED',
): HandlerResult {
  if (orderId === null) return { state: unmarked, orderId: null };
  if (installationId === null) return IGNORED;
  return { state: 'DEAD', orderId: null, error: `there is no order ${orderId}` };
}
