/** What other modules ask of disputes by SQL. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { pageOf, toWaiting, type Waiting, type WaitingPage } from '../../platform/kernel/waiting.js';
import type { DisputeSnapshot } from '../../stripe/payment-gateway.js';
import type { Order } from '../orders/order.entity.js';
import { OrderEventCause } from '../orders/order-event-cause.js';
import { Dispute, disputeStateOf } from './dispute.entity.js';

/** The orders among these whose payment is contested, or whose money has not come back after a dispute was won. */
export async function findDisputedOrders(em: EntityManager, orderIds: readonly string[]): Promise<string[]> {
  const rows = await em.execute<{ id: string }[]>(
    `select distinct order_id as id from disputes
     where order_id in (?) and (state in ('INQUIRY', 'OPEN') or (state = 'WON' and taken_minor > 0))`,
    [orderIds],
  );
  return rows.map(({ id }) => id);
}

/**
 * A dispute as Stripe has it; and in the timeline that staff have answered it, once their evidence has arrived, which a
 * response or a sync may tell first. Part of the transaction that has locked its order.
 */
export async function storeDispute(
  em: EntityManager,
  order: Order,
  paymentIntentId: string,
  { stripeDisputeId: id, status, evidence, ...details }: DisputeSnapshot,
  now: Date,
): Promise<Dispute> {
  const known = await em.findOne(Dispute, { id }, { refresh: true });
  // Submissions only become more: with fewer of them, this was read before, and would let the evidence be claimed again.
  if (known && details.submissionCount < known.submissionCount) return known;
  // Nothing of a customer who was forgotten.
  const kept = order.anonymisedAt ? null : { ...evidence };
  const state = disputeStateOf(status);
  await em.upsert(Dispute, { id, order, paymentIntentId, state, evidence: kept, ...details });
  const dispute = await em.findOneOrFail(Dispute, { id }, { refresh: true });
  if (dispute.hasArrived(dispute.submissionCount)) {
    const actor = dispute.submissionRequestedBy ?? 'system';
    order.addTimelineEntry({ at: now, cause: OrderEventCause.DISPUTE_ANSWERED, actor, note: id });
    dispute.endSubmission();
  }
  return dispute;
}

/** Forgets what was staged as evidence, which names the customers. */
export async function eraseEvidence(em: EntityManager, orderIds: readonly string[]): Promise<void> {
  if (orderIds.length === 0) return;
  await em.execute('update disputes set evidence = null where order_id in (?) and evidence is not null', [orderIds]);
}

const NEEDING_RESPONSE = `provider_status in ('needs_response', 'warning_needs_response', 'appeal_needs_response')`;

/** Disputes that can still be answered, since they were opened. */
export async function findDisputesToAnswer(em: EntityManager, now: Date, page: WaitingPage): Promise<Waiting[]> {
  const [sql, ...parameters] = pageOf(page);
  const rows = await em.execute<Waiting[]>(
    `select id, "orderId", since, "dueAt" from (
       select id, order_id as "orderId", created_at as since, due_by as "dueAt" from disputes
       where ${NEEDING_RESPONSE} and due_by > ?
     ) waiting where ${sql}`,
    [now, ...parameters],
  );
  return rows.map(toWaiting);
}

export async function countDisputesToAnswer(em: EntityManager, now: Date): Promise<number> {
  const [row] = await em.execute<[{ count: number }]>(
    `select count(*)::int as count from disputes where ${NEEDING_RESPONSE} and due_by > ?`,
    [now],
  );
  return row.count;
}
