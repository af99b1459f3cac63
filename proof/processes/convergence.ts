/** After the faults: all processes run, nothing fails any more, and whatever was left over is finished. */
import { TYPES_WITH_EFFECT } from '../chaos/money-checks.js';
import { ApiClient } from './api-client.js';
import { releaseDeposit, waiveFee } from './deposit-visits.js';
import type { JobTrigger } from './job-trigger.js';
import type { Random } from './random.js';
import type { RunLog } from './run-log.js';
import { sleep } from './waiting.js';
import type { World } from './world.js';

const QUIET_WITHIN_MS = 300_000;
const LOOK_AGAIN_MS = 1_000;
const PAID_CARD = '4242424242424242';

interface Leftovers {
  open: number;
  processing: number;
  refunds: number;
  money: number;
  events: number;
  deposits: number;
  fees: number;
  unread: boolean;
}

/** What the jobs have still to do. */
const LEFTOVERS = `
  select
    (select count(*)::int from orders where status in ('PENDING', 'PAYMENT_FAILED')
       and completed_unpaid_at is null and async_failed_at is null) as open,
    (select count(*)::int from orders where status = 'PROCESSING') as processing,
    (select count(*)::int from refunds where state in ('DUE', 'REQUESTED', 'PENDING')) as refunds,
    (select count(*)::int from orders where payment_sync_requested > payment_sync_completed) as money,
    (select count(*)::int from inbox_events where state in ('RECEIVED', 'FAILED', 'UNMATCHED')) as events,
    (select count(*)::int from deposits d where settled_at is null and (next_look_at <= now() or release_requested_at is not null
       or exists (select from deposit_holds where deposit_id = d.id and (state in ('SENT', 'OPEN') or (state = 'HELD' and end_requested_at is not null)))
       or exists (select from deposit_captures where deposit_id = d.id and state = 'REQUESTED'))) as deposits,
    (select count(*)::int from fees f where settled_at is null and (state = 'DUE' or waive_requested_at is not null
       or exists (select from fee_sessions where fee_id = f.id and state in ('SENT', 'OPEN')))) as fees,
    (select events_read_until is null or events_read_until <= to_timestamp(?) from stripe_accounts) as unread`;

export class Convergence {
  constructor(
    private readonly world: World,
    private readonly runLog: RunLog,
    private readonly random: Random,
    /** Null for the jobs' own schedule. */
    private readonly jobs: JobTrigger | null,
  ) {}

  /** @returns what is left when it does not become quiet; null when it does */
  async untilQuiet(): Promise<Leftovers | null> {
    const startedAt = Date.now();
    await this.world.stripe.setChaos({});
    const lost = await this.payWithoutEvents();
    const isLostFound = this.watch(lost.orderId, lost.paidAt);
    await this.endOpenOrders();
    await this.endOpenPages();
    let left = await this.leftovers();
    while (!isQuiet(left) && Date.now() - startedAt < QUIET_WITHIN_MS) {
      await this.jobs?.trigger('read-missed-events', 'retry-events', 'issue-refunds', 'sync-payments');
      await this.jobs?.trigger('hold-deposits', 'settle-fees');
      await sleep(LOOK_AGAIN_MS);
      left = await this.leftovers();
    }
    await isLostFound;
    this.runLog.time('kills over, everything finished', Date.now() - startedAt);
    return isQuiet(left) ? null : left;
  }

  /** A payment of which no webhook tells, and whose buyer never comes back. */
  private async payWithoutEvents(): Promise<{ orderId: string; paidAt: number }> {
    const [unlimited = 0] = this.world.goods.products.keys();
    const client = new ApiClient(this.world, 'buyer-whose-events-are-lost', this.random);
    const items = [{ id: unlimited, type: 'PRODUCT' as const, quantity: 1 }];
    const answer = await client.checkout({ key: 'first', items });
    if ('code' in answer || answer.data.url === null) throw new Error(`The last checkout: ${JSON.stringify(answer)}`);
    await this.world.stripe.setChaos({ deliveries: { drop: 1 } });
    await this.pay(answer.data.url);
    await this.world.stripe.setChaos({});
    return { orderId: answer.data.order.id, paidAt: Date.now() };
  }

  private async watch(orderId: string, paidAt: number): Promise<void> {
    while (Date.now() - paidAt < QUIET_WITHIN_MS) {
      const [order] = await this.world.database.rows<{ status: string }>('select status from orders where id = ?', [
        orderId,
      ]);
      if (order?.status === 'PAID') return this.runLog.time('all webhooks lost, order right', Date.now() - paidAt);
      await sleep(100);
    }
    this.runLog.violations.push(`Order ${orderId}, whose webhooks were lost, was never found to be paid.`);
  }

  /** Their buyers pay them, or cancel them; also those that never received a session. */
  private async endOpenOrders(): Promise<void> {
    const open = await this.world.database.rows<{ id: string; buyerId: string; url: string | null }>(
      `select id, buyer_id as "buyerId", case when expires_at > now() and cancel_requested_at is null then checkout_url end as url
       from orders where status in ('PENDING', 'PAYMENT_FAILED') and completed_unpaid_at is null and expired_at is null
         and buyer_id <> 'buyer-whose-events-are-lost'`,
    );
    this.runLog.count('orders left open by the faults', open.length);
    for (const { id, buyerId, url } of open) {
      if (url !== null && this.random.chance(0.5)) {
        await this.pay(url);
        continue;
      }
      const answer = await new ApiClient(this.world, buyerId, this.random).cancel(id);
      if ('data' in answer) this.runLog.cancelledOrders.add(id);
    }
  }

  /** Of fees and deposits, which stay open for an hour: some are paid, and the others ended by staff. */
  private async endOpenPages(): Promise<void> {
    const { world, runLog, random } = this;
    const open = await world.database.rows<{ id: string; orderId: string; url: string | null; isFee: boolean }>(
      `select d.id, d.order_id as "orderId", h.url, false as "isFee" from deposits d join deposit_holds h on h.deposit_id = d.id
         where h.state in ('SENT', 'OPEN') and h.kind = 'SESSION'
       union all select f.id, f.order_id, s.url, true from fees f join fee_sessions s on s.fee_id = f.id where s.state in ('SENT', 'OPEN')`,
    );
    runLog.count('pages of links left open by the faults', open.length);
    for (const { id, orderId, url, isFee } of open) {
      if (url !== null && random.chance(0.5)) await this.pay(url);
      else if (isFee) await waiveFee(world, runLog, random, id);
      else await releaseDeposit(world, random, orderId, id);
    }
  }

  private async pay(url: string): Promise<void> {
    const body = new URLSearchParams({ card_number: PAID_CARD });
    await (await fetch(url, { method: 'POST', body, redirect: 'manual' })).text();
  }

  private async leftovers(): Promise<Leftovers> {
    const { data } = await this.world.stripe.sdk.events.list({ limit: 1, types: [...TYPES_WITH_EFFECT] });
    const [left] = await this.world.database.rows<Leftovers>(LEFTOVERS, [data[0]?.created ?? 0]);
    if (!left) throw new Error('Nothing is known of what is left.');
    return left;
  }
}

function isQuiet({ open, processing, refunds, money, events, deposits, fees, unread }: Leftovers): boolean {
  return open + processing + refunds + money + events + deposits + fees === 0 && !unread;
}
