/** What the database of a trial says of an order, by its tables. */
import type { MikroORM } from '@mikro-orm/postgresql';
import { formatMoney } from '../../src/platform/kernel/money.js';
import { CommandError } from '../program.js';
import { openTrialDatabase } from '../trial-database.js';
import type { Statement } from './figures.js';
import type { SoldOrder } from './shop.js';
import { listed } from './shop-witnesses.js';

const ORDER = `select refund_status as "refundStatus", dispute_status as "disputeStatus", refunded_minor::int as "refundedMinor",
    case when status in ('EXPIRED', 'CANCELLED') then 'CANCELED' else fulfillment_status end as fulfillment,
    (select coalesce(sum(p.amount_minor), 0)::int from payments p where p.order_id = o.id and p.state = 'ACCEPTED') as "receivedMinor",
    (select coalesce(sum(d.taken_minor), 0)::int from disputes d where d.order_id = o.id) as "takenMinor",
    (select coalesce(sum(d.submission_count), 0)::int from disputes d where d.order_id = o.id) as submissions,
    (select count(*)::int from disputes d where d.order_id = o.id and d.has_evidence) as staged
  from orders o where o.id = ?`;
const REFUNDS = `select amount_minor::int as "amountMinor", state, reason, claimed_minor is not null as "isClaim"
  from refunds where order_id = ?`;
const LINES = `select type, quantity, returned_quantity as returned, refunded_minor::int as "refundedMinor",
    (select count(*)::int from bookings b where b.order_line_id = l.id and b.active) as booked
  from order_lines l where order_id = ? order by position`;

interface OrderRow {
  refundStatus: string;
  disputeStatus: string;
  refundedMinor: number;
  receivedMinor: number;
  takenMinor: number;
  fulfillment: string;
  submissions: number;
  staged: number;
}

interface RefundRow {
  amountMinor: number;
  state: string;
  reason: string;
  isClaim: boolean;
}

interface LineRow {
  type: string;
  quantity: number;
  returned: number;
  refundedMinor: number;
  booked: number;
}

export class DatabaseWitness {
  private constructor(private readonly orm: MikroORM) {}

  /** @throws CommandError where it does not answer */
  static async at(databaseUrl: string): Promise<DatabaseWitness> {
    return new DatabaseWitness(await openTrialDatabase(databaseUrl));
  }

  async close(): Promise<void> {
    await this.orm.close();
  }

  async statements({ id, currency }: SoldOrder): Promise<Statement[]> {
    const em = this.orm.em.fork();
    const [order] = await em.execute<OrderRow[]>(ORDER, [id]);
    if (!order) throw new CommandError(`The database has no order ${id}: it is another one than the server's.`);
    const refunds = await em.execute<RefundRow[]>(REFUNDS, [id]);
    const lines = await em.execute<LineRow[]>(LINES, [id]);
    const money = (amount: number) => formatMoney({ amount, currency }, 'en');
    const kept = lines.filter(({ type }) => type === 'PRODUCT').map(({ quantity, returned }) => quantity - returned);
    const left = order.receivedMinor - order.refundedMinor - order.takenMinor;
    return [
      {
        witness: 'database',
        figures: {
          ...{ 'refund status': order.refundStatus, 'dispute status': order.disputeStatus },
          ...{ refunded: money(order.refundedMinor), refundable: money(left), fulfillment: order.fulfillment },
          refunds: listed(refunds.map((refund) => `${money(refund.amountMinor)} ${refund.state} ${refund.reason}`)),
          claims: refunds.filter(({ isClaim }) => isClaim).length,
          returned: lines.map(({ returned }) => returned).join(' + '),
          'refunded of lines': lines.map(({ refundedMinor }) => money(refundedMinor)).join(' + '),
          'pieces taken': kept.reduce((sum, pieces) => sum + pieces, 0),
          'units taken': lines.reduce((sum, { booked }) => sum + booked, 0),
          ...{ evidence: `${order.staged} staged`, submissions: order.submissions },
        },
      },
    ];
  }
}
