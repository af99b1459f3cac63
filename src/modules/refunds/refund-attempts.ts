/** The attempts of refunds. Every function is part of a transaction that has locked the order. */
import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { RefundSnapshot } from '../../stripe/payment-gateway.js';
import type { Refund } from './refund.entity.js';
import { RefundState, refundStateOf } from './refund.entity.js';
import { RefundAttempt, RefundAttemptState } from './refund-attempt.entity.js';

const STANDING = [RefundAttemptState.PENDING, RefundAttemptState.SUCCEEDED];

export interface FrozenAttempt {
  attempt: RefundAttempt;
  /** Whether an earlier run stored it: Stripe may have answered it already, and repeats that answer. */
  isRepeated: boolean;
}

/**
 * The attempt that Stripe is asked for next: the current one, if it asks for the same; else another, since for one key
 * Stripe accepts one request only. Stripe's list has shown that the current one was not made.
 *
 * @param amountMinor null for all that is left
 */
export async function freezeAttempt(
  em: EntityManager,
  refund: Refund,
  amountMinor: number | null,
  now: Date,
): Promise<FrozenAttempt> {
  const current = await em.findOne(RefundAttempt, { refund, number: refund.keyNumber });
  const isOpen = current?.state === RefundAttemptState.SENT;
  if (isOpen && (current.amountMinor ?? null) === amountMinor) return { attempt: current, isRepeated: true };
  if (isOpen) current.state = RefundAttemptState.NOT_MADE;
  if (current !== null || (await mayHaveBeenSent(em, refund))) refund.keyNumber += 1;
  return { attempt: newAttempt(em, refund, refund.keyNumber, { amountMinor, createdAt: now }), isRepeated: false };
}

/** Before attempts were stored, one may have been sent under the number of the first. */
async function mayHaveBeenSent(em: EntityManager, refund: Refund): Promise<boolean> {
  return refund.isOurs && refund.attempts > 1 && (await em.count(RefundAttempt, { refund })) === 0;
}

/** What Stripe's list says of an attempt. */
export async function recordAttempt(em: EntityManager, refund: Refund, made: RefundSnapshot): Promise<void> {
  const attempt =
    (await attemptThatMade(em, refund, made)) ?? newAttempt(em, refund, await numberOf(em, refund, made), made);
  attempt.state = RefundAttemptState[refundStateOf(made.status) as keyof typeof RefundAttemptState];
  attempt.stripeRefundId = made.stripeRefundId;
  attempt.amountMinor = made.amountMinor;
  attempt.failureReason = made.failureReason;
}

/** An attempt was rejected, or it is certain that it was not made: the next one has a key of its own. */
export async function endAttempt(
  em: EntityManager,
  refund: Refund,
  number: number,
  failureReason: string | null,
): Promise<void> {
  const attempt = await em.findOne(RefundAttempt, { refund, number });
  if (attempt?.state !== RefundAttemptState.SENT) return;
  Object.assign(attempt, { state: RefundAttemptState.NOT_MADE, failureReason });
}

/** After a failure, so that another attempt can follow under a key of its own. */
export async function beginAgain(em: EntityManager, refund: Refund): Promise<void> {
  const { stripeRefundId, keyNumber, amountMinor, createdAt } = refund;
  const isStored = (await em.count(RefundAttempt, { refund, number: keyNumber })) > 0;
  if (!isStored && stripeRefundId) {
    // It failed before attempts were stored.
    const failed = newAttempt(em, refund, keyNumber, { amountMinor, createdAt });
    Object.assign(failed, { stripeRefundId, state: RefundAttemptState.FAILED });
  }
  refund.stripeRefundId = null;
  refund.failureReason = null;
  refund.keyNumber += 1;
}

/** A refund is where its attempts are. One that failed before the current one says nothing of it. */
export async function applyAttempts(em: EntityManager, refund: Refund, now: Date): Promise<void> {
  const attempts = await em.find(RefundAttempt, { refund }, { orderBy: { number: 'asc' } });
  const standing = attempts.filter(({ state }) => STANDING.includes(state));
  const last =
    standing.at(-1) ?? attempts.find(({ number, stripeRefundId }) => stripeRefundId && number === refund.keyNumber);
  if (!last?.stripeRefundId) return;
  refund.stripeRefundId = last.stripeRefundId;
  refund.failureReason = last.failureReason ?? null;
  refund.amountMinor =
    standing.reduce((sum, { amountMinor }) => sum + (amountMinor ?? 0), 0) || (last.amountMinor ?? refund.amountMinor);
  const isPending = standing.some(({ state }) => state === RefundAttemptState.PENDING);
  refund.moveTo(
    standing.length === 0 ? RefundState.FAILED : isPending ? RefundState.PENDING : RefundState.SUCCEEDED,
    now,
  );
}

async function attemptThatMade(em: EntityManager, refund: Refund, made: RefundSnapshot): Promise<RefundAttempt | null> {
  const { stripeRefundId } = made;
  const known = await em.findOne(RefundAttempt, { stripeRefundId });
  if (known !== null) return known;
  return em.findOne(RefundAttempt, { refund, number: made.attempt ?? refund.keyNumber, stripeRefundId: null });
}

/** For one that was sent before attempts were stored. */
async function numberOf(em: EntityManager, refund: Refund, { attempt }: RefundSnapshot): Promise<number> {
  const number = attempt ?? refund.keyNumber;
  const isTaken = (await em.count(RefundAttempt, { refund, number })) > 0;
  if (!isTaken) return number;
  const [last] = await em.find(RefundAttempt, { refund }, { orderBy: { number: 'desc' }, limit: 1 });
  return (last?.number ?? number) + 1;
}

function newAttempt(
  em: EntityManager,
  refund: Refund,
  number: number,
  { amountMinor, createdAt }: { amountMinor: number | null; createdAt: Date },
): RefundAttempt {
  return em.create(RefundAttempt, { id: randomUUID(), refund, number, amountMinor, createdAt });
}
