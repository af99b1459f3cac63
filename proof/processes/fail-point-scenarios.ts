/** Scenarios that lead a process to fail points that buyers alone seldom reach. */
import type { FailPoint } from '../../src/platform/kernel/fail-point.js';
import { ApiClient } from './api-client.js';
import {
  buyAndBeCharged,
  buyAndBeRefunded,
  buyAndBeRefundedByStaff,
  buyAndDispute,
  buyTwice,
  rentAndBeAsked,
  rentAndBeCharged,
  rentWithDeposit,
} from './buyers.js';
import type { FaultInjector } from './fault-injector.js';
import type { JobTrigger } from './job-trigger.js';
import type { Random } from './random.js';
import type { RunLog } from './run-log.js';
import { sleep } from './waiting.js';
import type { World } from './world.js';

// An order is stalled once its request has ended, which is after eight seconds.
const REQUEST_ENDS_AFTER_MS = 8_500;
// Of fees that are paid by their link; the others are met by those that are charged to a saved card.
const LEFT_TO_LINKS: ReadonlySet<FailPoint> = new Set(['fee: session stored', 'fee: Stripe answered']);
const BETWEEN_ROUNDS_MS = 1_000;
const HEARD_AFTER_MS = 1_500;

export class FailPointScenarios {
  constructor(
    private readonly world: World,
    private readonly runLog: RunLog,
    private readonly faultInjector: FaultInjector,
    private readonly jobs: JobTrigger,
    private readonly random: Random,
  ) {}

  /** One attempt; the other process may be the one that does the work. */
  async reach(name: FailPoint): Promise<void> {
    if (name.startsWith('recover')) await this.leaveOrdersWithoutSession();
    else if (name.startsWith('expire')) await this.abandonCheckout();
    else if (name === 'refund: claim committed') await this.refundByStaff();
    else if (name.startsWith('refund')) await (this.random.chance(0.5) ? this.refundByStaff() : this.oweRefund());
    else if (name.startsWith('dispute')) await this.dispute();
    else if (name === 'deposit: session stored') await this.rent(rentAndBeAsked);
    else if (name.startsWith('deposit')) await this.rent(rentWithDeposit);
    else if (name.startsWith('fee') && !LEFT_TO_LINKS.has(name)) await this.rent(rentAndBeCharged);
    else if (name.startsWith('fee')) await buyAndBeCharged(this.world, this.runLog, this.nextRandom());
    else if (name.startsWith('payment sync')) await this.refund();
    else if (name.startsWith('missed events')) await this.jobs.trigger('read-missed-events');
    await sleep(BETWEEN_ROUNDS_MS);
  }

  /** Stripe is down until the requests have ended. Recovery acts after two minutes: the orders are made older. */
  private async leaveOrdersWithoutSession(): Promise<void> {
    const [waiting] = await this.world.database.rows<{ count: number }>(
      `select count(*)::int as count from orders
       where checkout_session_id is null and expired_at is null and created_at < now() - interval '10 seconds'`,
    );
    if (waiting?.count === 0) {
      await this.faultInjector.withStripeAway(async () => {
        await Promise.all([1, 2, 3].map(() => this.newClient().checkoutAndLeave(this.basket(), 3_000)));
        await sleep(REQUEST_ENDS_AFTER_MS);
      });
    }
    await this.world.database.rows(
      `update orders set created_at = created_at - interval '3 minutes', next_check_at = null
       where checkout_session_id is null and expired_at is null and created_at < now() - interval '8 seconds'`,
    );
    await this.jobs.trigger('recover-checkouts');
  }

  /** A checkout that nobody pays, and whose time is over: nobody can wait for the shortest of 35 minutes. */
  private async abandonCheckout(): Promise<void> {
    const answer = await this.newClient().checkout(this.basket());
    if ('code' in answer) return;
    this.runLog.count('checkouts that ran out of time');
    await this.world.database.rows(`update orders set expires_at = now() - interval '2 minutes' where id = ?`, [
      answer.data.order.id,
    ]);
    await this.jobs.trigger('expire-checkouts');
  }

  private async oweRefund(): Promise<void> {
    await buyTwice(this.world, this.runLog, this.nextRandom());
    await this.jobs.trigger('read-missed-events', 'issue-refunds');
  }

  private async refundByStaff(): Promise<void> {
    await buyAndBeRefundedByStaff(this.world, this.runLog, this.nextRandom());
    await this.jobs.trigger('issue-refunds');
  }

  private async refund(): Promise<void> {
    await buyAndBeRefunded(this.world, this.runLog, this.nextRandom());
    await this.jobs.trigger('read-missed-events', 'sync-payments');
  }

  /** Its events may be dropped, so they are read while staff wait for it. */
  private async dispute(): Promise<void> {
    const answered = buyAndDispute(this.world, this.runLog, this.nextRandom());
    await Promise.race([answered, sleep(HEARD_AFTER_MS)]);
    await this.jobs.trigger('read-missed-events', 'sync-payments');
    await answered;
  }

  /** The job that its payment requests may be left by a process that died: it is requested once more. */
  private async rent(visit: typeof rentWithDeposit): Promise<void> {
    const rented = visit(this.world, this.runLog, this.nextRandom());
    await Promise.race([rented, sleep(HEARD_AFTER_MS)]);
    await this.jobs.trigger('read-missed-events', 'hold-deposits');
    await rented;
  }

  private basket() {
    const [unlimited = 0] = this.world.goods.products.keys();
    return { key: 'first', items: [{ id: unlimited, type: 'PRODUCT' as const, quantity: 1 }] };
  }

  private newClient(): ApiClient {
    const random = this.nextRandom();
    return new ApiClient(this.world, `buyer-${random.whole(0, 2 ** 40).toString(36)}`, random);
  }

  private nextRandom(): Random {
    return this.random.fork(String(this.random.next()));
  }
}
