/** Finds the order that an event is about, and the result for events that are about none of ours. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { ObjectMark, Purpose } from '../../stripe/object-mark.js';
import type { OrderRecord } from '../orders/order-record.js';
import { saveOrder } from '../orders/order-records.repository.js';
import type { HandlerResult } from './event-handler.js';
import type { InstallationService } from './installation.service.js';
import type { OrderReferences, PaymentsService } from './payments.service.js';

/** All that are known. */
export const PURPOSES = ['order', 'fee', 'deposit'] as const satisfies readonly Purpose[];

const IGNORED: HandlerResult = { state: 'IGNORED', orderId: null };

/** By what the object of an event refers to its order. */
export type EventOrderReferences = OrderReferences & ObjectMark;

export class EventOrders {
  constructor(
    private readonly payments: PaymentsService,
    private readonly installation: InstallationService,
  ) {}

  /**
   * Does what an event leads to with its order, locked, if that is ours, and saves what it changed of the order.
   *
   * @param unmarked the result for an event without our metadata for which no order is found: the order may be found
   *   once the payment is linked, if the event names a payment only; else it is another application's
   * @param purposes of objects for which the effect is right
   */
  async apply(
    em: EntityManager,
    references: EventOrderReferences,
    unmarked: 'UNMATCHED' | 'IGNORED',
    effect: (order: OrderRecord) => Promise<void>,
    purposes: readonly ObjectMark['purpose'][] = ['order'],
  ): Promise<HandlerResult> {
    const { orderId, installationId, purpose } = references;
    // Never taken for a payment of the order: an order that is paid would give it back as a second one.
    if (!purposes.includes(purpose)) return IGNORED;
    if (await this.installation.isOfAnother(em, installationId)) return IGNORED;
    const order = await this.payments.lockRecordOf(em, references);
    if (order === null) return withoutOrder(orderId, installationId, unmarked);
    // In a copy of another installation's database, found by a payment without our metadata.
    if (await this.installation.isOfAnother(em, order.installationId)) return IGNORED;
    await effect(order);
    saveOrder(em, order);
    return { state: 'PROCESSED', orderId: order.id };
  }
}

/**
 * An order of ours that does not exist is an error: orders are stored before Stripe is called. An event from before
 * installations had ids is taken for another installation's.
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
