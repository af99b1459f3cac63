/** What the shop says of a rental: its API, and the order's timeline. */
import { formatMoney } from '../../src/platform/kernel/money.js';
import type { Figures, Statement } from '../refund-trial/figures.js';
import { kindsOf, listed } from '../refund-trial/shop-witnesses.js';
import { type Api, send } from '../running-server.js';
import type { RentedOrder } from './rental.js';

const ORDER_QUERY = `query TriedRental($id: ID!) {
  order(id: $id) {
    status refundStatus amountRefunded { amount } lines { units { pickedUpAt returnedAt } }
    deposits { state heldUntil amountHeld { amount } amountCaptured { amount } }
    fees { kind state amount { amount } } payments { id purpose state amount { amount } }
    refunds { state reason stripeRefundId amount { amount } } timeline { cause note }
  }
}`;

const STATES: Readonly<Record<string, string>> = {
  DEPOSIT_HELD: 'AUTHORIZED',
  DEPOSIT_REFUSED: 'ACTION_REQUIRED',
  DEPOSIT_EXPIRED: 'EXPIRED',
  DEPOSIT_CAPTURED: 'CAPTURED',
  DEPOSIT_RELEASED: 'RELEASED',
};
const PLACES: Readonly<Record<string, string>> = { UNIT_PICKED_UP: 'OUT', UNIT_RETURNED: 'BACK' };
const FEE_STATES: Readonly<Record<string, string>> = { FEE_CHARGED: 'ACTION_REQUIRED', FEE_PAID: 'PAID' };

interface Sum {
  amount: number;
}

interface OrderData {
  status: string;
  refundStatus: string;
  amountRefunded: Sum;
  lines: { units: { pickedUpAt: string | null; returnedAt: string | null }[] }[];
  deposits: { state: string; heldUntil: string | null; amountHeld: Sum | null; amountCaptured: Sum }[];
  fees: { kind: string; state: string; amount: Sum }[];
  payments: { id: string; purpose: string; state: string; amount: Sum }[];
  refunds: { state: string; reason: string; stripeRefundId: string | null; amount: Sum }[];
  timeline: { cause: string; note: string | null }[];
}

export async function shopWitnesses(staff: Api, { id, currency }: RentedOrder): Promise<Statement[]> {
  const { order } = await send<{ order: OrderData }>(staff, { query: ORDER_QUERY, variables: { id } });
  const attention = await kindsOf(staff, id);
  return [
    { witness: 'API', figures: { ...figuresOf(order, currency), attention } },
    { witness: 'timeline', figures: recordedIn(order.timeline, currency) },
  ];
}

function figuresOf(order: OrderData, currency: string): Figures {
  const money = ({ amount }: Sum) => formatMoney({ amount, currency }, 'en');
  const nothing = { amount: 0 };
  const [deposit] = order.deposits;
  const accepted = order.payments.filter(({ state }) => state === 'ACCEPTED');
  const units = order.lines.flatMap((line) => line.units);
  return {
    'order status': order.status,
    deposit: deposit?.state ?? 'none',
    held: money(deposit?.amountHeld ?? nothing),
    'held until': deposit?.heldUntil ? new Date(deposit.heldUntil).toISOString() : 'none',
    taken: money(deposit?.amountCaptured ?? nothing),
    unit: listed(units.map(({ pickedUpAt, returnedAt }) => placeOf(pickedUpAt !== null, returnedAt !== null))),
    fee: listed(order.fees.map(({ state }) => state)),
    fees: listed(order.fees.map(({ kind, amount }) => `${kind} ${money(amount)}`)),
    payments: listed(accepted.map(({ purpose, amount }) => `${purpose} ${money(amount)}`)),
    'ids at Stripe': listed(accepted.map(({ id }) => id)),
    refunded: money(order.amountRefunded),
    'refund status': order.refundStatus,
    refunds: listed(order.refunds.map(({ amount, state, reason }) => `${money(amount)} ${state} ${reason}`)),
    'refund ids': listed(order.refunds.map(({ stripeRefundId }) => stripeRefundId ?? 'none')),
  };
}

export function placeOf(isPickedUp: boolean, isReturned: boolean): string {
  if (isReturned) return 'BACK';
  return isPickedUp ? 'OUT' : 'BOOKED';
}

/** What its entries add up to. */
function recordedIn(timeline: OrderData['timeline'], currency: string): Figures {
  const last = (words: Readonly<Record<string, string>>) =>
    timeline.flatMap(({ cause }) => words[cause] ?? []).at(-1) ?? null;
  const notesOf = (wanted: string) => timeline.filter(({ cause }) => cause === wanted).map(({ note }) => note ?? '');
  return {
    deposit: last(STATES) ?? 'SCHEDULED',
    'times held': notesOf('DEPOSIT_HELD').length,
    taken: notesOf('DEPOSIT_CAPTURED').at(-1) ?? formatMoney({ amount: 0, currency }, 'en'),
    unit: last(PLACES) ?? 'BOOKED',
    fee: last(FEE_STATES) ?? 'none',
    'refund status': notesOf('REFUND_STATUS_CHANGED').at(-1) ?? 'NONE',
  };
}
