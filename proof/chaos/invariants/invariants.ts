/**
 * Checks the numbered invariants over a database and a Stripe account. It needs nothing but a connection to each, so
 * that it serves virtual processes and real ones alike.
 */
import type { EntityManager } from '@mikro-orm/postgresql';
import type Stripe from 'stripe';
import { type AttentionList, checkAttention } from './attention-checks.js';
import { checkDeposits } from './deposit-checks.js';
import { checkDisputes, type StaffHeard } from './dispute-checks.js';
import { readFacts } from './facts.js';
import { checkFees } from './fee-checks.js';
import { checkGoodsOf, checkStock, readBookings } from './goods-checks.js';
import { checkMoney } from './money-checks.js';
import { checkOrder } from './order-checks.js';
import { Findings, type Violation } from './violation.js';
import { checkWithdrawals } from './withdrawal-checks.js';

export interface Subject {
  /** A fork of its own. */
  em: EntityManager;
  /** A client of the account that the orders were paid to. */
  stripe: Stripe;
  /** The orders to check; all of the database when absent. */
  orderIds?: readonly string[];
  /** Product id to the pieces that there were at first; without it, sold pieces are not counted. */
  initialStock?: ReadonlyMap<number, number>;
  /** The events whose delivery was acknowledged to Stripe. */
  acknowledgedEventIds?: readonly string[];
  /** The list of what waits for a person; looked at once all is quiet. */
  attention?: AttentionList;
  /** What responses about disputes staff have had. */
  staffHeard?: StaffHeard;
  /** PaymentIntents that somebody captured in the dashboard. */
  capturedInDashboard?: ReadonlySet<string>;
  /** By the clock of the shop. */
  now: Date;
}

/** @param isQuiet whether the system is idle: everything that was due has been done */
export async function findViolations(subject: Subject, { isQuiet }: { isQuiet: boolean }): Promise<Violation[]> {
  const { em, stripe, orderIds = null, initialStock = null, acknowledgedEventIds = [] } = subject;
  const { attention, staffHeard, capturedInDashboard = new Set(), now } = subject;
  const facts = await readFacts(em, stripe, orderIds);
  const bookings = await readBookings(
    em,
    facts.flatMap(({ lines }) => lines.map(({ id }) => id)),
  );
  return [
    ...facts.flatMap((order) => [
      ...checkOrder(order, isQuiet),
      ...checkGoodsOf(order, bookings),
      ...checkMoney(order, isQuiet),
      ...checkWithdrawals(order),
      ...(isQuiet ? checkDisputes(order, staffHeard) : []),
      ...(isQuiet ? checkDeposits(order, { now, capturedInDashboard }) : []),
      ...(isQuiet ? checkFees(order) : []),
    ]),
    ...(await checkStock(em, initialStock)),
    ...(await checkEvents(em, acknowledgedEventIds)),
    ...(isQuiet ? await checkInbox(em) : []),
    ...(isQuiet && attention ? await checkAttention(em, attention, { facts, now }) : []),
  ];
}

/** I6: an event whose delivery was acknowledged is stored. */
async function checkEvents(em: EntityManager, answered: readonly string[]): Promise<Violation[]> {
  const findings = new Findings();
  if (answered.length === 0) return [];
  const stored = await em.execute<{ id: string }[]>('select id from inbox_events where id in (?)', [[...answered]]);
  const known = new Set(stored.map(({ id }) => id));
  for (const id of answered) findings.expect(known.has(id), 'I6', `event ${id} was answered, and is not stored`);
  return findings.violations;
}

/** I6: no event stays unhandled, or is dead-lettered. */
async function checkInbox(em: EntityManager): Promise<Violation[]> {
  const findings = new Findings();
  const left = await em.execute<{ id: string; type: string; state: string; error: string | null }[]>(
    `select id, type, state, error from inbox_events where state not in ('PROCESSED', 'IGNORED') order by received_at limit 20`,
  );
  for (const { id, type, state, error } of left) {
    findings.expect(false, 'I6', `event ${id} ${type} stays ${state}${error === null ? '' : `: ${error}`}`);
  }
  return findings.violations;
}
