/** Reads the refunds and disputes of orders of which there was news, and writes them down as Stripe has them. */
import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { inTransaction } from '../database/transaction.js';
import { Dispute, DisputeState } from '../disputes/dispute.entity.js';
import { workOff } from '../jobs/backlog.js';
import type { Job, JobRequests, Round } from '../jobs/job.js';
import type { Order } from '../orders/order.entity.js';
import { Payment } from '../orders/payment.entity.js';
import type { SettlementService } from '../orders/settlement.service.js';
import type { Clock } from '../shared/clock.js';
import { failPoint } from '../shared/fail-point.js';
import type { Logger } from '../shared/logger.js';
import {
  type DisputeSnapshot,
  type PaymentGateway,
  PaymentProviderError,
  type RefundSnapshot,
} from '../stripe/payment-gateway.js';
import { summarize } from './money-summary.js';
import { Refund, RefundState } from './refund.entity.js';

const REFRESH_MONEY = 'refresh-money';
const CALLS_WITHIN_MS = 8_000;
// Where Stripe does not answer; the first pause is longer than the calls of most orders take, and each is twice as long
// as the one before. News of a payment is not to wait longer than the last.
const FIRST_PAUSE_SECONDS = 15;
const LONGEST_PAUSE_SECONDS = 600;

interface PaymentNews {
  paymentIntentId: string;
  refunds: RefundSnapshot[];
  disputes: DisputeSnapshot[];
}

/**
 * Notes that Stripe has news of an order's refunds or disputes. Part of the caller's transaction, and never more than
 * that: what the news is, the job reads from Stripe, so that events may come in any order.
 */
export async function announceMoneyNews(
  em: EntityManager,
  jobs: JobRequests,
  orderId: string,
  stripeEventId: string | null,
): Promise<void> {
  await em.execute(
    'update orders set money_news = money_news + 1, money_news_event_id = coalesce(?, money_news_event_id) where id = ?',
    [stripeEventId, orderId],
  );
  await jobs.request(em, REFRESH_MONEY);
}

export class RefreshMoneyJob implements Job {
  readonly name = REFRESH_MONEY;
  readonly schedule = '* * * * *';

  constructor(
    private readonly settlement: SettlementService,
    private readonly gateway: PaymentGateway,
    private readonly jobs: JobRequests,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async runOnce(em: EntityManager, round: Round) {
    return workOff<{ id: string }>(em, round, {
      findDue: (fork, limit) => this.findStale(fork, limit),
      work: (fork, { id }) => this.refresh(fork, id),
    });
  }

  private async findStale(em: EntityManager, limit: number): Promise<{ id: string }[]> {
    return em.execute(
      `select id from orders
       where money_news > money_news_read and (money_read_due_at is null or money_read_due_at <= ?)
       order by money_read_due_at nulls first limit ?`,
      [this.clock.now(), limit],
    );
  }

  private async refresh(em: EntityManager, orderId: string): Promise<void> {
    const claim = await this.claim(em, orderId);
    if (claim === null) return;
    try {
      const payments = await em.fork().find(Payment, { order: orderId });
      const deadline = this.clock.now().getTime() + CALLS_WITHIN_MS;
      const read: PaymentNews[] = [];
      for (const { paymentIntentId } of payments) read.push(await this.read(paymentIntentId, deadline));
      await failPoint('refresh: Stripe answered');
      await inTransaction(em, (transaction) => this.write(transaction, orderId, claim.news, read));
    } catch (error) {
      if (!(error instanceof PaymentProviderError)) throw error;
      this.logger.warn({ orderId, kind: error.kind }, 'The refunds and disputes of an order could not be read');
      const options = { afterSeconds: claim.pauseSeconds };
      await inTransaction(em, (transaction) => this.jobs.request(transaction, REFRESH_MONEY, options));
    }
  }

  /**
   * Whoever claims an order reads it alone. One that cannot be read comes again later and later, behind those that were
   * not tried yet.
   *
   * @returns up to which news the order is read; null when another was faster
   */
  private async claim(em: EntityManager, orderId: string): Promise<{ news: number; pauseSeconds: number } | null> {
    const now = this.clock.now();
    const [claimed] = await em.execute<{ news: number; dueAt: string }[]>(
      `update orders set money_read_attempts = money_read_attempts + 1,
         money_read_due_at = ?::timestamptz + least(? * power(2, least(money_read_attempts, 20)), ?) * interval '1 second'
       where id = ? and money_news > money_news_read and (money_read_due_at is null or money_read_due_at <= ?)
       returning money_news as news, money_read_due_at as "dueAt"`,
      [now, FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, orderId, now],
    );
    if (!claimed) return null;
    return { news: claimed.news, pauseSeconds: (new Date(claimed.dueAt).getTime() - now.getTime()) / 1000 };
  }

  private async read(paymentIntentId: string, deadline: number): Promise<PaymentNews> {
    const refunds = await this.gateway.refundsOf(paymentIntentId, deadline);
    return { paymentIntentId, refunds, disputes: await this.gateway.disputesOf(paymentIntentId, deadline) };
  }

  /** Only if there was no more news since: what was read may be older than that. */
  private async write(em: EntityManager, orderId: string, news: number, read: PaymentNews[]): Promise<void> {
    const order = await this.settlement.lockOrderOf(em, { orderId });
    if (!order || order.moneyNewsRead >= news) return;
    if (order.moneyNews !== news) {
      Object.assign(order, { moneyReadDueAt: null, moneyReadAttempts: 0 });
      return this.jobs.request(em, REFRESH_MONEY);
    }
    for (const { paymentIntentId, refunds, disputes } of read) {
      await this.writeRefunds(em, order, paymentIntentId, refunds);
      for (const dispute of disputes) await writeDispute(em, order, paymentIntentId, dispute);
    }
    await em.flush();
    await this.summarize(em, order);
    Object.assign(order, { moneyNewsRead: news, moneyReadDueAt: null, moneyReadAttempts: 0 });
  }

  private async writeRefunds(em: EntityManager, order: Order, paymentIntentId: string, refunds: RefundSnapshot[]) {
    for (const refund of refunds) {
      const { stripeRefundId, refundId, status, amountMinor, currency, createdAt } = refund;
      const known = [{ stripeRefundId }, ...(refundId === null ? [] : [{ id: refundId }])];
      const row =
        (await em.findOne(Refund, { $or: known })) ??
        em.create(Refund, {
          id: randomUUID(),
          order,
          paymentIntentId,
          amountMinor,
          currency,
          reason: 'made at Stripe',
          isOurs: false,
          createdAt,
          nextAttemptAt: createdAt,
          issuedAt: createdAt,
        });
      if (row.isFollowedUp()) continue;
      Object.assign(row, { stripeRefundId, state: row.stateFor(status), issuedAt: row.issuedAt ?? createdAt });
    }
  }

  private async summarize(em: EntityManager, order: Order): Promise<void> {
    const [payments, refunds, disputes] = await Promise.all([
      em.find(Payment, { order }),
      em.find(Refund, { order }),
      em.find(Dispute, { order }),
    ]);
    const summary = summarize(order.currency, payments, refunds, disputes);
    const occurrence = { at: this.clock.now(), actor: 'stripe', stripeEventId: order.moneyNewsEventId ?? undefined };
    if (summary.refundStatus !== order.refundStatus || summary.refundedMinor !== order.refundedMinor) {
      order.note({ ...occurrence, cause: `refunds: ${summary.refundStatus}` });
    }
    if (summary.disputeStatus !== order.disputeStatus) {
      order.note({ ...occurrence, cause: `dispute: ${summary.disputeStatus}` });
      this.logger.warn({ orderId: order.id, disputeStatus: summary.disputeStatus }, 'A payment is disputed');
    }
    if (refunds.some(({ state }) => state === RefundState.FAILED)) {
      this.logger.error({ orderId: order.id }, 'A refund failed: staff have to look at it');
    }
    Object.assign(order, summary);
  }
}

async function writeDispute(em: EntityManager, order: Order, paymentIntentId: string, dispute: DisputeSnapshot) {
  const { stripeDisputeId: id, amountMinor, currency, reason, status, createdAt } = dispute;
  const state = DisputeState[status.toUpperCase() as keyof typeof DisputeState];
  await em.upsert(Dispute, { id, order, paymentIntentId, amountMinor, currency, reason, state, createdAt });
}
