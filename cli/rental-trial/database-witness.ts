/** What the database of a trial says of a rental, by its tables. */
import type { MikroORM } from '@mikro-orm/postgresql';
import { formatMoney } from '../../src/platform/kernel/money.js';
import { CommandError } from '../program.js';
import type { Statement } from '../refund-trial/figures.js';
import { listed } from '../refund-trial/shop-witnesses.js';
import { openTrialDatabase } from '../trial-database.js';
import type { RentedOrder } from './rental.js';
import { placeOf } from './shop-witnesses.js';

const ORDER = `select o.status, o.refund_status as "refundStatus", o.refunded_minor::int as "refundedMinor", d.state as deposit,
    d.held_until as "heldUntil" from orders o join deposits d on d.order_id = o.id where o.id = ?`;
const HOLDS = `select h.state, h.amount_minor::int as "amountMinor", h.received_minor::int as "receivedMinor",
    h.end_requested_at is not null as "isEnding"
  from deposit_holds h join deposits d on d.id = h.deposit_id where d.order_id = ? order by h.number`;
const UNITS = `select b.picked_up_at is not null as "isPickedUp", b.returned_at is not null as "isReturned"
  from bookings b join order_lines l on l.id = b.order_line_id where l.order_id = ?`;
const FEES = 'select kind, state, amount_minor::int as "amountMinor" from fees where order_id = ?';
const PAYMENTS = `select payment_intent_id as id, purpose, amount_minor::int as "amountMinor" from payments
  where order_id = ? and state = 'ACCEPTED'`;
const REFUNDS = `select state, reason, amount_minor::int as "amountMinor", stripe_refund_id as id from refunds
  where order_id = ?`;

const HOLD_STATES: Readonly<Record<string, string>> = { CANCELED: 'RELEASED', CAPTURED: 'TAKEN' };

interface OrderRow {
  status: string;
  refundStatus: string;
  refundedMinor: number;
  deposit: string;
  heldUntil: Date | string | null;
}

interface HoldRow {
  state: string;
  amountMinor: number;
  receivedMinor: number | null;
  isEnding: boolean;
}

interface SumRow {
  id: string | null;
  kind: string;
  purpose: string;
  state: string;
  reason: string;
  amountMinor: number;
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

  async statements({ id, currency }: RentedOrder): Promise<Statement[]> {
    const em = this.orm.em.fork();
    const [order] = await em.execute<OrderRow[]>(ORDER, [id]);
    if (!order) throw new CommandError(`The database has no deposit of order ${id}: it is another one’s.`);
    const holds = await em.execute<HoldRow[]>(HOLDS, [id]);
    const units = await em.execute<{ isPickedUp: boolean; isReturned: boolean }[]>(UNITS, [id]);
    const fees = await em.execute<SumRow[]>(FEES, [id]);
    const payments = await em.execute<SumRow[]>(PAYMENTS, [id]);
    const refunds = await em.execute<SumRow[]>(REFUNDS, [id]);
    const money = (amount: number) => formatMoney({ amount, currency }, 'en');
    const standing = holds.filter(({ state, isEnding }) => state === 'HELD' && !isEnding);
    return [
      {
        witness: 'database',
        figures: {
          ...{ 'order status': order.status, deposit: order.deposit },
          holds: holds.map(({ state }) => HOLD_STATES[state] ?? state).join(' + ') || 'none',
          'times held': holds.filter(({ state }) => state !== 'REFUSED').length,
          held: money(standing.reduce((sum, { amountMinor }) => sum + amountMinor, 0)),
          'held until': order.heldUntil === null ? 'none' : new Date(order.heldUntil).toISOString(),
          taken: money(holds.reduce((sum, { receivedMinor }) => sum + (receivedMinor ?? 0), 0)),
          unit: listed(units.map(({ isPickedUp, isReturned }) => placeOf(isPickedUp, isReturned))),
          fee: listed(fees.map(({ state }) => state)),
          fees: listed(fees.map(({ kind, amountMinor }) => `${kind} ${money(amountMinor)}`)),
          payments: listed(payments.map(({ purpose, amountMinor }) => `${purpose} ${money(amountMinor)}`)),
          'ids at Stripe': listed(payments.map((payment) => payment.id ?? 'none')),
          ...{ refunded: money(order.refundedMinor), 'refund status': order.refundStatus },
          refunds: listed(refunds.map(({ amountMinor, state, reason }) => `${money(amountMinor)} ${state} ${reason}`)),
          'refund ids': listed(refunds.map((refund) => refund.id ?? 'none')),
        },
      },
    ];
  }
}
