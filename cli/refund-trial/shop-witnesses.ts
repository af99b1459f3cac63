/** What the shop says of an order: its API, the order's timeline, and the catalogue. */
import { formatMoney } from '../../src/platform/kernel/money.js';
import { type Api, send } from '../running-server.js';
import type { Figures, Statement } from './figures.js';
import { readOffer, type SoldOrder } from './shop.js';

const ORDER_QUERY = `query TriedOrder($id: ID!) {
  order(id: $id) {
    refundStatus disputeStatus fulfillmentStatus amountRefunded { amount } amountRefundable { amount }
    lines { type quantity returnedQuantity amountRefunded { amount } }
    refunds { stripeRefundId state reason requestedById amount { amount } attempts { state stripeRefundId } }
    disputes { status hasEvidence submissionCount files { field } } timeline { cause note }
  }
}`;
const ATTENTION_QUERY = `query Waiting($after: String) {
  attention(first: 100, after: $after) { nodes { kind order { id } } pageInfo { hasNextPage endCursor } }
}`;

interface OrderData {
  refundStatus: string;
  disputeStatus: string;
  fulfillmentStatus: string;
  amountRefunded: { amount: number };
  amountRefundable: { amount: number };
  lines: {
    type: 'PRODUCT' | 'EQUIPMENT';
    quantity: number;
    returnedQuantity: number;
    amountRefunded: { amount: number };
  }[];
  refunds: RefundData[];
  disputes: { status: string; hasEvidence: boolean; submissionCount: number; files: { field: string }[] }[];
  timeline: { cause: string; note: string | null }[];
}

interface RefundData {
  stripeRefundId: string | null;
  state: string;
  reason: string;
  requestedById: string | null;
  amount: { amount: number };
  attempts: { state: string; stripeRefundId: string | null }[];
}

interface AttentionData {
  attention: {
    nodes: { kind: string; order: { id: string } | null }[];
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
  };
}

export async function shopWitnesses(staff: Api, sold: SoldOrder): Promise<Statement[]> {
  const { order } = await send<{ order: OrderData }>(staff, { query: ORDER_QUERY, variables: { id: sold.id } });
  const { pieces, units } = await readOffer(staff, sold.goods);
  const attention = await kindsOf(staff, sold.id);
  return [
    { witness: 'API', figures: { ...figuresOf(order, sold.currency), attention } },
    { witness: 'timeline', figures: recordedIn(order.timeline) },
    {
      witness: 'catalogue',
      figures: { 'pieces taken': sold.before.pieces - pieces, 'units taken': sold.before.units - units },
    },
  ];
}

function figuresOf(order: OrderData, currency: string): Figures {
  const money = ({ amount }: { amount: number }) => formatMoney({ amount, currency }, 'en');
  const taken = (wanted: string) =>
    order.lines
      .filter(({ type }) => type === wanted)
      .reduce((sum, { quantity, returnedQuantity }) => sum + quantity - returnedQuantity, 0);
  return {
    'refund status': order.refundStatus,
    'dispute status': order.disputeStatus,
    refunded: money(order.amountRefunded),
    refundable: money(order.amountRefundable),
    refunds: listed(order.refunds.map((refund) => `${money(refund.amount)} ${refund.state} ${refund.reason}`)),
    'ids at Stripe': listed(order.refunds.map(({ stripeRefundId }) => stripeRefundId ?? 'none')),
    'made by attempts': listed(order.refunds.flatMap(madeBy)),
    disputes: listed(order.disputes.map(({ status }) => status)),
    evidence: `${order.disputes.filter(({ hasEvidence }) => hasEvidence).length} staged`,
    receipts: order.disputes.flatMap(({ files }) => files).filter(({ field }) => field === 'RECEIPT').length,
    submissions: order.disputes.reduce((sum, { submissionCount }) => sum + submissionCount, 0),
    claims: order.refunds.filter(({ requestedById }) => requestedById !== null).length,
    fulfillment: order.fulfillmentStatus,
    returned: order.lines.map(({ returnedQuantity }) => returnedQuantity).join(' + '),
    'returned in all': order.lines.reduce((sum, { returnedQuantity }) => sum + returnedQuantity, 0),
    'refunded of lines': order.lines.map(({ amountRefunded }) => money(amountRefunded)).join(' + '),
    'pieces taken': taken('PRODUCT'),
    'units taken': taken('EQUIPMENT'),
  };
}

function madeBy({ attempts }: RefundData): string[] {
  return attempts.flatMap(({ state, stripeRefundId }) => (state === 'SUCCEEDED' ? [String(stripeRefundId)] : []));
}

/** What its entries add up to. */
function recordedIn(timeline: OrderData['timeline']): Figures {
  const notesOf = (wanted: string) => timeline.filter(({ cause }) => cause === wanted).map(({ note }) => note ?? '');
  return {
    'refund status': notesOf('REFUND_STATUS_CHANGED').at(-1) ?? 'NONE',
    'dispute status': notesOf('DISPUTE_STATUS_CHANGED').at(-1) ?? 'NONE',
    submissions: notesOf('DISPUTE_ANSWERED').length,
    claims: notesOf('REFUND_REQUESTED').length,
    'returned in all': notesOf('GOODS_RETURNED').reduce((sum, note) => sum + piecesIn(note), 0),
  };
}

/** `2 of line 1, 1 of line 2: why` */
function piecesIn(note: string): number {
  return [...note.matchAll(/(\d+) of line \d+/g)].reduce((sum, [, pieces]) => sum + Number(pieces), 0);
}

/** Why the order waits for a person. */
export async function kindsOf(staff: Api, orderId: string): Promise<string> {
  const kinds: string[] = [];
  for (let after: string | null = null; ; ) {
    const { attention }: AttentionData = await send(staff, { query: ATTENTION_QUERY, variables: { after } });
    kinds.push(...attention.nodes.filter(({ order }) => order?.id === orderId).map(({ kind }) => kind));
    if (!attention.pageInfo.hasNextPage) return listed(kinds);
    after = attention.pageInfo.endCursor;
  }
}

/** In an order that does not depend on who lists them. */
export function listed(texts: readonly string[]): string {
  return texts.toSorted().join(' + ') || 'none';
}
