/** What Stripe has of a rental: what is held and what arrived, by the metadata of its payments, and the refunds. */
import { formatMoney } from '../../src/platform/kernel/money.js';
import type { Statement } from '../refund-trial/figures.js';
import { listed } from '../refund-trial/shop-witnesses.js';
import { call, type List, refundsOf, type StripeApi } from '../refund-trial/stripe.js';
import { inWordsOfTheShop } from '../refund-trial/stripe-witnesses.js';
import type { RentedOrder } from './rental.js';

// Of what was held at some time; what the bank refused never was.
const HOLDS: Readonly<Record<string, string>> = { requires_capture: 'HELD', canceled: 'RELEASED', succeeded: 'TAKEN' };

interface PaymentIntent {
  id: string;
  status: string;
  amount_capturable: number;
  amount_received: number;
  metadata: { order_id?: string; purpose?: string };
  latest_charge: {
    status: string;
    amount_refunded: number;
    payment_method_details: { card?: { capture_before?: number } } | null;
  } | null;
}

export async function stripeWitnesses(stripe: StripeApi, { id, currency }: RentedOrder): Promise<Statement[]> {
  const money = (amount: number) => formatMoney({ amount, currency }, 'en');
  const intents = await intentsOf(stripe, id);
  const holds = intents.filter(({ metadata }) => metadata.purpose === 'deposit');
  const words = holds.map((intent) => (wasHeld(intent) ? (HOLDS[intent.status] ?? intent.status) : 'REFUSED'));
  const standing = holds.find(({ status }) => status === 'requires_capture');
  const captureBefore = standing?.latest_charge?.payment_method_details?.card?.capture_before;
  const arrived = intents.filter(({ status }) => status === 'succeeded');
  const paid = arrived.find(({ metadata }) => metadata.purpose === 'order');
  const refunds = paid ? await refundsOf(stripe, paid.id) : [];
  return [
    {
      witness: 'holds at Stripe',
      figures: {
        deposit: stateOf(holds),
        holds: words.join(' + ') || 'none',
        'times held': holds.filter(wasHeld).length,
        held: money(holds.reduce((sum, { amount_capturable: capturable }) => sum + capturable, 0)),
        'held until': captureBefore ? new Date(captureBefore * 1000).toISOString() : 'none',
        taken: money(holds.reduce((sum, { amount_received: received }) => sum + received, 0)),
      },
    },
    {
      witness: 'payments at Stripe',
      figures: {
        payments: listed(
          arrived.map(({ metadata, amount_received: received }) => `${purposeOf(metadata)} ${money(received)}`),
        ),
        'ids at Stripe': listed(arrived.map((intent) => intent.id)),
        refunded: money(paid?.latest_charge?.amount_refunded ?? 0),
        refunds: listed(refunds.map((refund) => `${money(refund.amount)} ${inWordsOfTheShop(refund)}`)),
        'refund ids': listed(refunds.map((refund) => refund.id)),
      },
    },
  ];
}

/** Of the order, in the order in which they were made. */
async function intentsOf(stripe: StripeApi, orderId: string): Promise<PaymentIntent[]> {
  const intents: PaymentIntent[] = [];
  for (let after = ''; ; ) {
    const path = `/v1/payment_intents?limit=100&expand[]=data.latest_charge${after}`;
    const page = await call<List<PaymentIntent> & { has_more: boolean }>(stripe, path);
    intents.push(...page.data.filter(({ metadata }) => metadata.order_id === orderId));
    const last = page.data.at(-1);
    // Newest first: the order is paid by the first of its payments.
    if (!page.has_more || !last || intents.some(({ metadata }) => metadata.purpose === 'order')) break;
    after = `&starting_after=${last.id}`;
  }
  return intents.toReversed();
}

function purposeOf({ purpose = 'order' }: PaymentIntent['metadata']): string {
  return purpose.toUpperCase();
}

function wasHeld({ latest_charge: charge }: PaymentIntent): boolean {
  return charge?.status === 'succeeded';
}

function stateOf(holds: readonly PaymentIntent[]): string {
  if (holds.length === 0) return 'SCHEDULED';
  const held = holds.filter(wasHeld);
  if (held.some(({ status }) => status === 'succeeded')) return 'CAPTURED';
  if (held.some(({ status }) => status === 'requires_capture')) return 'AUTHORIZED';
  return held.length === 0 ? 'ACTION_REQUIRED' : 'RELEASED';
}
