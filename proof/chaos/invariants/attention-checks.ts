/** I17: whatever waits for a person is on the attention list, and nothing that is done. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type Stripe from 'stripe';
import type { AttentionEntry, AttentionService } from '../../../src/modules/attention/attention.service.js';
import { AttentionKind } from '../../../src/modules/attention/attention-kind.js';
import { toFulfill } from '../../../src/modules/orders/fulfillment-status.js';
import { OrderStatus } from '../../../src/modules/orders/order-status.js';
import { DisputeStatus, RefundStatus } from '../../../src/modules/orders/refund-and-dispute-status.js';
import { type Refund, RefundState } from '../../../src/modules/refunds/refund.entity.js';
import { depositsOf, waitsForPerson } from './deposit-checks.js';
import { idOf, type OrderFacts } from './facts.js';
import { Findings, type Violation } from './violation.js';

const CHECKED = [
  AttentionKind.PAYMENT_UNDER_REVIEW,
  AttentionKind.REFUND_FAILED,
  AttentionKind.REFUND_BLOCKED,
  AttentionKind.REFUND_STUCK,
  AttentionKind.REFUNDED_STILL_BOOKED,
  AttentionKind.DISPUTED_STILL_BOOKED,
  AttentionKind.DISPUTE_RESPONSE_DUE,
  AttentionKind.DEPOSIT_ACTION_REQUIRED,
  AttentionKind.DEPOSIT_EXPIRING,
  AttentionKind.FEE_UNPAID,
  AttentionKind.WITHDRAWAL_REQUESTED,
];
const OF_DEPOSITS = [AttentionKind.DEPOSIT_ACTION_REQUIRED, AttentionKind.DEPOSIT_EXPIRING];
const PAGE_SIZE = 100;

export type AttentionList = Pick<AttentionService, 'list'>;

export async function checkAttention(
  em: EntityManager,
  attention: AttentionList,
  { facts, now }: { facts: readonly OrderFacts[]; now: Date },
): Promise<Violation[]> {
  const listed = new Set<string>();
  for (const kind of CHECKED) for (const { id } of await readAll(em, attention, kind)) listed.add(`${kind} ${id}`);
  return facts.flatMap((order) => {
    const findings = new Findings(order.order.id);
    const expect = (what: string, isListed: boolean, isExpected: boolean) => {
      const problem = isExpected ? 'is not on the attention list' : 'is on the attention list, and waits for nobody';
      findings.expect(isListed === isExpected, 'I17', `${what} ${problem}`);
    };
    for (const [what, isExpected] of expectations(order, now)) expect(what, listed.has(what), isExpected);
    for (const one of depositsOf(order)) {
      const { id } = one.deposit;
      const isExpected = waitsForPerson(order, one, now);
      const isListed = OF_DEPOSITS.some((kind) => listed.has(`${kind} ${id}`));
      if (isExpected !== null) expect(`DEPOSIT ${id}`, isListed, isExpected);
    }
    return findings.violations;
  });
}

/** What is to be on the list, or not to be, as the list calls it. */
function expectations(facts: OrderFacts, now: Date): [what: string, isExpected: boolean][] {
  const { order, lines, refunds, fees, withdrawalLines } = facts;
  const withdrawals = new Map(withdrawalLines.map(({ withdrawal }) => [withdrawal.id, withdrawal]));
  const isToLeave = order.status === OrderStatus.PAID && lines.some((line) => toFulfill(line) > 0);
  const isRefunded = order.refundStatus === RefundStatus.FULL;
  const isDisputed = [DisputeStatus.OPEN, DisputeStatus.LOST].includes(order.disputeStatus);
  return [
    [`${AttentionKind.PAYMENT_UNDER_REVIEW} ${order.id}`, order.status === OrderStatus.UNDER_REVIEW],
    [`${AttentionKind.REFUNDED_STILL_BOOKED} ${order.id}`, isToLeave && isRefunded],
    [`${AttentionKind.DISPUTED_STILL_BOOKED} ${order.id}`, isToLeave && isDisputed],
    ...refunds.flatMap(expectationsOf),
    ...fees.map(({ id, settledAt }): [string, boolean] => [`${AttentionKind.FEE_UNPAID} ${id}`, settledAt == null]),
    ...[...withdrawals.values()].map(({ id, closedAt }): [string, boolean] => [
      `${AttentionKind.WITHDRAWAL_REQUESTED} ${id}`,
      closedAt == null,
    ]),
    ...disputesOf(facts).map(({ id, status, evidence_details: { due_by: dueBy } }): [string, boolean] => {
      const isInTime = dueBy !== null && dueBy * 1000 > now.getTime();
      return [`${AttentionKind.DISPUTE_RESPONSE_DUE} ${id}`, status.endsWith('needs_response') && isInTime];
    }),
  ];
}

/** As Stripe has them, of payments that were counted. */
function disputesOf({ payments, stripeDisputes }: OrderFacts): Stripe.Dispute[] {
  const counted = new Set(payments.map(({ paymentIntentId }) => paymentIntentId));
  return stripeDisputes.filter(({ payment_intent: intent }) => counted.has(idOf(intent) ?? ''));
}

function expectationsOf(refund: Refund): [what: string, isExpected: boolean][] {
  const { id, state } = refund;
  // One that was made in the dashboard may have been made up for since.
  const isUnclear = state === RefundState.FAILED && !refund.isMadeHere();
  return [
    ...(isUnclear ? [] : [[`${AttentionKind.REFUND_FAILED} ${id}`, state === RefundState.FAILED] as [string, boolean]]),
    [`${AttentionKind.REFUND_BLOCKED} ${id}`, state === RefundState.BLOCKED],
    // Once all is quiet, none is due.
    [`${AttentionKind.REFUND_STUCK} ${id}`, false],
  ];
}

async function readAll(em: EntityManager, attention: AttentionList, kind: AttentionKind): Promise<AttentionEntry[]> {
  const entries: AttentionEntry[] = [];
  for (let after: string | null = null; ; ) {
    const { items, hasNextPage, cursorOf } = await attention.list(em, { kind, first: PAGE_SIZE, after });
    entries.push(...items);
    const last = items.at(-1);
    if (!hasNextPage || last === undefined) return entries;
    after = cursorOf(last);
  }
}
