/** Disputes for staff: listing, evidence that is staged and submitted once, and acceptance. */
import type { EntityManager, FilterQuery } from '@mikro-orm/postgresql';
import { actorOf, type Viewer } from '../../platform/auth/viewer.js';
import { batched } from '../../platform/database/batched.js';
import { lockRow } from '../../platform/database/lock-row.js';
import { inTransaction } from '../../platform/database/transaction.js';
import type { JobRequests } from '../../platform/jobs/job.js';
import type { Clock } from '../../platform/kernel/clock.js';
import { DomainError } from '../../platform/kernel/domain-error.js';
import { failPoint } from '../../platform/kernel/fail-point.js';
import { decodeCursor, encodeCursor, type Page, type PageRequest, pageSizeOf } from '../../platform/kernel/page.js';
import { isPlainText } from '../../platform/kernel/plain-text.js';
import { CallContext } from '../../stripe/call-context.js';
import {
  type DisputeEvidence,
  type DisputeSnapshot,
  type EvidenceFile,
  type PaymentGateway,
  PaymentProviderError,
} from '../../stripe/payment-gateway.js';
import { Order } from '../orders/order.entity.js';
import { OrderEvent } from '../orders/order-event.entity.js';
import { OrderEventCause } from '../orders/order-event-cause.js';
import { requestPaymentSync } from '../payments/payment-sync-requests.js';
import { paymentsSuspended } from '../payments/payments-suspended.js';
import { Dispute, DisputeState, NEEDS_RESPONSE, UNDER_REVIEW } from './dispute.entity.js';
import { type EvidenceFileField, type EvidenceTextField, providerField } from './dispute-evidence.js';
import type { DisputedOrders } from './disputed-orders.service.js';
import { storeDispute } from './disputes.repository.js';

/** Not decided, as far as is known: what Stripe may add counts as open. */
const UNDECIDED = [DisputeState.INQUIRY, DisputeState.OPEN];

// As for a checkout: below the ten seconds that a shutdown grants to requests in flight.
const RESPONSE_TIMEOUT_MS = 8_000;
// Each of them had a failure that Stripe keeps: so many for one request are not bad luck.
const MAX_KEYS = 5;

/** Where a dispute stands for the shop. */
export enum DisputeStanding {
  NEEDS_RESPONSE = 'NEEDS_RESPONSE',
  /** Nobody answered in time, or it cannot be answered. */
  MISSED = 'MISSED',
  UNDER_REVIEW = 'UNDER_REVIEW',
  CLOSED = 'CLOSED',
}

export interface DisputeQuery extends PageRequest {
  standing?: DisputeStanding | null | undefined;
}

export interface EvidenceText {
  field: EvidenceTextField;
  text: string;
}

export class DisputesService {
  constructor(
    private readonly gateway: PaymentGateway,
    private readonly disputedOrders: DisputedOrders,
    private readonly jobs: JobRequests,
    private readonly clock: Clock,
  ) {}

  /** The disputes of an order, by its id, the earliest first. */
  readonly disputesOf = batched<Dispute>(
    (em, orders) => em.find(Dispute, { order: { $in: [...orders] } }, { orderBy: { createdAt: 'asc', id: 'asc' } }),
    ({ order }) => order.id,
  );

  private readonly byId = batched<Dispute>(
    (em, ids) => em.find(Dispute, { id: { $in: [...ids] } }),
    ({ id }) => id,
  );

  /** Null for an unknown one. */
  async findById(em: EntityManager, id: string): Promise<Dispute | null> {
    const [dispute = null] = await this.byId(em, id);
    return dispute;
  }

  /** What has to be answered first comes first, then what cannot be answered. */
  async list(em: EntityManager, { standing, ...page }: DisputeQuery): Promise<Page<Dispute>> {
    const size = pageSizeOf(page);
    const conditions = [
      standing == null ? {} : this.conditionOf(standing),
      page.after == null ? {} : behind(page.after),
    ];
    const disputes = await em.find(Dispute, { $and: conditions } as FilterQuery<Dispute>, {
      orderBy: { dueBy: 'asc nulls last', id: 'asc' },
      limit: size + 1,
    });
    return {
      items: disputes.slice(0, size),
      hasNextPage: disputes.length > size,
      hasPreviousPage: page.after != null,
      cursorOf: ({ dueBy, id }) => encodeCursor(dueBy?.toISOString() ?? '', id),
    };
  }

  /** Evidence that the order itself gives, by Stripe's names. */
  async suggestedEvidence(em: EntityManager, dispute: Dispute): Promise<DisputeEvidence> {
    return this.disputedOrders.evidenceOf(em, dispute.order.id);
  }

  /**
   * Stages texts at Stripe, which is not told to the bank yet. Fields that were never staged are filled in from the order.
   *
   * @throws DomainError `NOT_FOUND`, `BAD_USER_INPUT`, `DISPUTE_NOT_ANSWERABLE`, `EVIDENCE_ALREADY_SUBMITTED` or
   *   `PAYMENT_PROVIDER_UNAVAILABLE`
   */
  async stageTexts(em: EntityManager, disputeId: string, texts: readonly EvidenceText[]): Promise<Dispute> {
    const dispute = await this.answerable(em, disputeId);
    const given = Object.fromEntries(texts.map(({ field, text }) => [providerField(field), text]));
    const suggested = Object.entries(await this.suggestedEvidence(em, dispute));
    const { evidence: known } = dispute;
    // Some fields have what Stripe itself knows of the buyer, but never this one, which the order always gives.
    const isFilledIn = known?.uncategorized_text !== undefined;
    const missing = suggested.filter(([field]) => !isFilledIn || known[field] === undefined);
    return this.stage(em, dispute, { ...Object.fromEntries(missing), ...given }, { field: 'texts', call: this.call() });
  }

  /** Uploads a file, and stages it. @throws DomainError as `stageTexts` */
  async stageFile(em: EntityManager, disputeId: string, field: EvidenceFileField, upload: EvidenceUpload) {
    const dispute = await this.answerable(em, disputeId);
    const name = providerField(field);
    const { digest, ...file } = upload;
    const key = `comptoir-evidence-${disputeId}-${name}-${digest}`;
    const asked = { field: 'body', call: this.call() };
    const send = (underKey: string) => this.gateway.uploadEvidence(file, underKey, asked.call);
    const fileId = await ask(() => underKeys(key, send), disputeId, asked.field);
    return this.stage(em, dispute, { [name]: fileId }, asked);
  }

  /**
   * Submits what is staged, which can be done once. It is claimed before Stripe is called; after a crash, Stripe's count
   * of submissions tells whether it was done, and the same request goes on.
   *
   * @throws DomainError as `stageTexts`
   */
  async submit(em: EntityManager, viewer: Viewer, disputeId: string): Promise<Dispute> {
    const claimed = await this.claimSubmission(em, viewer, disputeId);
    await failPoint('dispute: submission claimed');
    const snapshot = await ask(() => this.submitOnce(em, claimed), disputeId);
    await failPoint('dispute: Stripe answered');
    return this.record(em, claimed, snapshot);
  }

  /**
   * Accepts a dispute for good: the buyer keeps the money.
   *
   * @throws DomainError as `stageTexts`
   */
  async accept(em: EntityManager, viewer: Viewer, disputeId: string): Promise<Dispute> {
    const dispute = await this.answerable(em, disputeId);
    if (dispute.state === DisputeState.INQUIRY) {
      throw DomainError.badInput('disputeId', 'is an inquiry, which a full refund ends');
    }
    const call = this.call();
    // One that is appealed is due again, and accepted once more.
    const key = `comptoir-dispute-accept-${disputeId}-${dispute.dueBy?.getTime()}`;
    const accept = (underKey: string) => this.gateway.acceptDispute(disputeId, underKey, call);
    const accepted = async () => found(await this.gateway.dispute(disputeId, call), ({ status }) => status === 'lost');
    const snapshot = await ask(() => underKeys(key, accept, accepted), disputeId);
    await failPoint('dispute: Stripe answered');
    return this.record(em, dispute, snapshot, { acceptedBy: actorOf(viewer) });
  }

  /** What others stage meanwhile stays: only what is new is sent. */
  private async stage(
    em: EntityManager,
    dispute: Dispute,
    evidence: DisputeEvidence,
    { field, call }: { field: string; call: CallContext },
  ): Promise<Dispute> {
    const snapshot = await ask(() => this.gateway.stageEvidence(dispute.id, evidence, call), dispute.id, field);
    return this.record(em, dispute, snapshot);
  }

  /** Asks Stripe first whether an earlier request has arrived: it would be taken for a second one. */
  private async submitOnce(em: EntityManager, claimed: Dispute): Promise<DisputeSnapshot> {
    const call = this.call();
    const submit = (underKey: string) => this.gateway.submitEvidence(claimed.id, underKey, call);
    const submitted = async () =>
      found(await this.gateway.dispute(claimed.id, call), ({ submissionCount }) => claimed.hasArrived(submissionCount));
    try {
      return (await submitted()) ?? (await underKeys(claimed.submissionKey(), submit, submitted));
    } catch (error) {
      // Stripe would repeat it for the key, also once staff have corrected what was wrong.
      if (error instanceof PaymentProviderError && error.kind === 'rejected') await this.endSubmission(em, claimed);
      throw error;
    }
  }

  private async endSubmission(em: EntityManager, claimed: Dispute): Promise<void> {
    await inTransaction(em, async (transaction) => {
      await lockRow(transaction, Order, 'id', claimed.order.id);
      const dispute = await transaction.findOneOrFail(Dispute, { id: claimed.id }, { refresh: true });
      if (dispute.submissionKey() === claimed.submissionKey()) dispute.endSubmission();
      // It may be closed already.
      await requestPaymentSync(transaction, this.jobs, claimed.order.id, null);
    });
  }

  private async claimSubmission(em: EntityManager, viewer: Viewer, disputeId: string): Promise<Dispute> {
    const { order } = await this.answerable(em, disputeId);
    return inTransaction(em, async (transaction) => {
      await lockRow(transaction, Order, 'id', order.id);
      const dispute = await transaction.findOneOrFail(Dispute, { id: disputeId }, { refresh: true });
      this.checkAnswerable(dispute);
      if (!dispute.hasEvidence) throw DomainError.badInput('disputeId', 'has no evidence: stage some first');
      dispute.claimSubmission(actorOf(viewer), this.clock.now());
      return dispute;
    });
  }

  /** Stores what Stripe said, under the lock of the order; the summary of the order follows from a sync. */
  private async record(
    em: EntityManager,
    { id, order: { id: orderId }, paymentIntentId }: Dispute,
    snapshot: DisputeSnapshot,
    { acceptedBy }: { acceptedBy?: string } = {},
  ): Promise<Dispute> {
    return inTransaction(em, async (transaction) => {
      const order = await lockRow(transaction, Order, 'id', orderId);
      if (!order) throw new Error(`Order ${orderId} is gone.`);
      const now = this.clock.now();
      const before = await transaction.findOneOrFail(Dispute, { id }, { refresh: true });
      const { evidence: known } = before;
      const dispute = await storeDispute(transaction, order, paymentIntentId, snapshot, now);
      // What others staged meanwhile may be newer than this response: the sync reads all of it.
      if (dispute.evidence) dispute.evidence = { ...known, ...dispute.evidence };
      const entry = { cause: OrderEventCause.DISPUTE_ACCEPTED, note: id };
      // Noted once, however many send the same.
      if (acceptedBy !== undefined && (await transaction.count(OrderEvent, { order: orderId, ...entry })) === 0) {
        order.addTimelineEntry({ at: now, ...entry, actor: acceptedBy });
      }
      await transaction.flush();
      await requestPaymentSync(transaction, this.jobs, orderId, null);
      return dispute;
    });
  }

  private async answerable(em: EntityManager, disputeId: string): Promise<Dispute> {
    const dispute = await em.findOne(Dispute, { id: disputeId }, { refresh: true });
    if (!dispute) throw DomainError.ofFields('NOT_FOUND', { disputeId: 'is not the id of a dispute' });
    this.checkAnswerable(dispute);
    return dispute;
  }

  private checkAnswerable(dispute: Dispute): void {
    if (dispute.isAnswerable(this.clock.now())) return;
    const wasAnswered = dispute.submissionCount > 0 && UNDER_REVIEW.includes(dispute.providerStatus);
    throw wasAnswered ? alreadySubmitted() : notAnswerable(dispute);
  }

  private conditionOf(standing: DisputeStanding): object {
    const now = this.clock.now();
    switch (standing) {
      case DisputeStanding.NEEDS_RESPONSE:
        return { providerStatus: { $in: NEEDS_RESPONSE }, dueBy: { $gt: now } };
      case DisputeStanding.MISSED:
        return { providerStatus: { $in: NEEDS_RESPONSE }, $or: [{ dueBy: null }, { dueBy: { $lte: now } }] };
      case DisputeStanding.UNDER_REVIEW:
        return { state: { $in: UNDECIDED }, providerStatus: { $nin: NEEDS_RESPONSE } };
      case DisputeStanding.CLOSED:
        return { state: { $nin: UNDECIDED } };
    }
  }

  private call(): CallContext {
    return CallContext.forPerson(RESPONSE_TIMEOUT_MS, this.clock);
  }
}

/** A file, with the digest of its bytes: the same file for the same field is uploaded once. */
export interface EvidenceUpload extends EvidenceFile {
  digest: string;
}

/**
 * Sends a request under a key, and where Stripe only repeats a failure of its own under it, as it does for a day, under
 * another: the next to ask goes the same way.
 *
 * @param done what Stripe has to show for the request, if it was done in spite of the failure
 */
async function underKeys<Answer>(
  key: string,
  send: (key: string) => Promise<Answer>,
  done: () => Promise<Answer | null> = async () => null,
): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send(attempt === 1 ? key : `${key}-${attempt}`);
    } catch (error) {
      const isRepeated = error instanceof PaymentProviderError && error.kind === 'broken';
      if (!isRepeated || attempt === MAX_KEYS) throw error;
      const answer = await done();
      if (answer !== null) return answer;
    }
  }
}

function found(dispute: DisputeSnapshot, isDone: (dispute: DisputeSnapshot) => boolean): DisputeSnapshot | null {
  return isDone(dispute) ? dispute : null;
}

/**
 * In the words of the API.
 *
 * @param field of the input, where Stripe may reject what it holds
 * @throws DomainError
 */
async function ask<Answer>(send: () => Promise<Answer>, disputeId: string, field = 'disputeId'): Promise<Answer> {
  try {
    return await send();
  } catch (error) {
    if (!(error instanceof PaymentProviderError)) throw error;
    if (error.kind === 'suspended') throw paymentsSuspended();
    if (error.kind !== 'rejected') throw unavailable();
    // Of an upload, or of what is staged.
    if (error.parameter === 'file' || error.parameter?.startsWith('evidence')) {
      throw DomainError.badInput(field, `is rejected by the payment provider: ${error.parameter}`);
    }
    throw notAnswerable({ id: disputeId, providerStatus: 'rejected by the payment provider' });
  }
}

function unavailable(): DomainError {
  const message = 'The payment provider does not respond. Send the same request again: nothing is done twice.';
  return new DomainError('PAYMENT_PROVIDER_UNAVAILABLE', message);
}

function notAnswerable({
  id,
  providerStatus,
  dueBy,
}: Pick<Dispute, 'id' | 'providerStatus'> & { dueBy?: Date | null | undefined }) {
  return new DomainError('DISPUTE_NOT_ANSWERABLE', `The dispute ${id} can no longer be answered: ${providerStatus}.`, {
    fields: { disputeId: 'is a dispute that cannot be answered, or no longer' },
    dueBy: dueBy?.toISOString() ?? null,
  });
}

function alreadySubmitted(): DomainError {
  return DomainError.ofFields('EVIDENCE_ALREADY_SUBMITTED', {
    disputeId: 'is a dispute whose evidence was submitted, which can be done once',
  });
}

/** What comes after a dispute in the list. */
function behind(cursor: string): object {
  const [dueBy = '', id = ''] = decodeCursor(cursor, 2);
  const instant = new Date(dueBy);
  const isInstant = /^[1-9]\d{3}-\d\d-\d\dT[\d:.]{12}Z$/.test(dueBy) && !Number.isNaN(instant.getTime());
  if (!(isInstant || dueBy === '') || !isPlainText(id)) {
    throw DomainError.badInput('after', 'is not a cursor of this list');
  }
  if (dueBy === '') return { dueBy: null, id: { $gt: id } };
  return { $or: [{ dueBy: { $gt: instant } }, { dueBy: instant, id: { $gt: id } }, { dueBy: null }] };
}
