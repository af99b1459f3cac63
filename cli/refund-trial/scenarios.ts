/** What is tried, an order each: a further scenario is a further entry of the list. */
import { randomUUID } from 'node:crypto';
import { formatMoney } from '../../src/platform/kernel/money.js';
import { rejectsFile, rejectsSecondAnswer, stageEvidence, submitEvidence, uploadReceipt } from './evidence.js';
import type { Figures } from './figures.js';
import { refund, rejectsHandover, rejectsMoreThan, release, type SoldOrder, type TrialApi } from './shop.js';
import { chargeOf, closeDispute, openDispute, refundInDashboard, type StripeApi } from './stripe.js';
import type { Trial } from './trial.js';

/** Where a scenario acts: on an order that is sold and paid. */
interface Scene {
  api: TrialApi;
  stripe: StripeApi;
  order: SoldOrder;
  paymentIntent: string;
  trial: Trial;
}

export interface Scenario {
  title: string;
  pieces: number;
  rents: boolean;
  play(scene: Scene): Promise<void>;
}

export const SCENARIOS: readonly Scenario[] = [
  { title: 'Refunds by staff and in the dashboard', pieces: 3, rents: true, play: refunds },
  { title: 'A dispute for a part, lost', pieces: 2, rents: false, play: lostDispute },
  { title: 'A dispute that is answered with a PDF, won', pieces: 2, rents: true, play: answeredDispute },
];

/** Of a scenario that sells the most. */
export const MAX_PIECES = Math.max(...SCENARIOS.map(({ pieces }) => pieces));

async function refunds({ api, stripe, order, paymentIntent, trial }: Scene): Promise<void> {
  const { goods, totalMinor, lines } = order;
  const { priceMinor } = goods.product;
  const goodwillMinor = Math.min(500, priceMinor);
  const restMinor = totalMinor - priceMinor - goodwillMinor;
  const money = (amount: number) => formatMoney({ amount, currency: order.currency }, 'en');
  const byLine = `${money(priceMinor)} SUCCEEDED BUYER_CANCELED`;
  const byAmount = `${money(goodwillMinor)} SUCCEEDED GOODWILL`;
  const inDashboard = `${money(restMinor)} SUCCEEDED MADE_AT_STRIPE`;
  const piece = { lineId: lines[0]?.id, quantity: 1, goods: 'RETURN_TO_STOCK' };
  const request = { lines: [piece], reason: 'BUYER_CANCELED', idempotencyKey: randomUUID() };

  await trial.step('three pieces and a rental are sold', async () => {}, asSold(order, 3, 1));
  await trial.step('one piece is refunded by its line', () => refund(api, order, request), {
    ...{ refunded: money(priceMinor), refundable: money(totalMinor - priceMinor), 'refund status': 'PARTIAL' },
    ...{ refunds: byLine, claims: 1, 'refunded of lines': `${money(priceMinor)} + ${money(0)}` },
    ...{ returned: '1 + 0', 'pieces taken': 2 },
  });
  await trial.step('the same request again is the same refund', () => refund(api, order, request));
  await trial.step('goodwill is refunded by amount', () => refund(api, order, { amount: goodwillMinor }), {
    ...{ refunded: money(priceMinor + goodwillMinor), refundable: money(restMinor), claims: 2 },
    refunds: inOrder(byLine, byAmount),
  });
  await trial.step('more than what is left is rejected', () => rejectsMoreThan(api, order, restMinor));
  await trial.step('the rest is refunded in the dashboard', () => refundInDashboard(stripe, paymentIntent), {
    ...{ refunded: money(totalMinor), refundable: money(0), 'refund status': 'FULL' },
    ...{ refunds: inOrder(byLine, byAmount, inDashboard), attention: 'REFUNDED_STILL_BOOKED' },
  });
  await trial.step('nothing is handed over for it', () => rejectsHandover(api, order, 'ORDER_REFUNDED'));
  await trial.step('what is still booked is released', () => release(api, order), {
    ...{ returned: '3 + 1', fulfillment: 'CANCELED', attention: 'none', 'pieces taken': 0, 'units taken': 0 },
  });
}

async function lostDispute({ api, stripe, order, paymentIntent, trial }: Scene): Promise<void> {
  const { goods, totalMinor } = order;
  const disputedMinor = goods.product.priceMinor;
  const restMinor = totalMinor - disputedMinor;
  const money = (amount: number) => formatMoney({ amount, currency: order.currency }, 'en');
  let dispute = '';
  const disputePart = async () => {
    const charge = await chargeOf(stripe, paymentIntent);
    dispute = await openDispute(stripe, charge.id, disputedMinor);
  };

  await trial.step('two pieces are sold', async () => {}, asSold(order, 2, 0));
  await trial.step('the buyer disputes a part', disputePart, {
    ...{
      'dispute status': 'OPEN',
      disputes: 'NEEDS_RESPONSE',
      refundable: money(restMinor),
      attention: inOrder('DISPUTE_RESPONSE_DUE', 'DISPUTED_STILL_BOOKED'),
    },
  });
  await trial.step('nothing is handed over for it', () => rejectsHandover(api, order, 'ORDER_DISPUTED'));
  await trial.step('the dispute is lost', () => closeDispute(stripe, dispute, 'lost'), {
    ...{ 'dispute status': 'LOST', disputes: 'LOST', attention: 'DISPUTED_STILL_BOOKED' },
  });
  await trial.step('more than the rest is rejected', () => rejectsMoreThan(api, order, restMinor));
  await trial.step('exactly the rest is refunded', () => refund(api, order, { amount: restMinor }), {
    ...{ refunded: money(restMinor), refundable: money(0), 'refund status': 'PARTIAL', claims: 1 },
    refunds: `${money(restMinor)} SUCCEEDED GOODWILL`,
  });
  await trial.step('what is still booked is released', () => release(api, order), {
    ...{ returned: '2', fulfillment: 'CANCELED', attention: 'none', 'pieces taken': 0 },
  });
}

async function answeredDispute({ api, stripe, order, paymentIntent, trial }: Scene): Promise<void> {
  const { totalMinor } = order;
  const money = (amount: number) => formatMoney({ amount, currency: order.currency }, 'en');
  let dispute = '';
  const disputeAll = async () => {
    const charge = await chargeOf(stripe, paymentIntent);
    dispute = await openDispute(stripe, charge.id, totalMinor);
  };
  const waiting = inOrder('DISPUTE_RESPONSE_DUE', 'DISPUTED_STILL_BOOKED');

  await trial.step('two pieces and a rental are sold', async () => {}, asSold(order, 2, 1));
  await trial.step('the buyer disputes all of it', disputeAll, {
    ...{ 'dispute status': 'OPEN', disputes: 'NEEDS_RESPONSE', refundable: money(0), attention: waiting },
  });
  await trial.step('nothing can be refunded meanwhile', () => rejectsMoreThan(api, order, 0));
  await trial.step('evidence is staged from the order', () => stageEvidence(api, dispute), { evidence: '1 staged' });
  await trial.step('a PDF is uploaded', () => uploadReceipt(api, dispute), { receipts: 1 });
  await trial.step('a file that is none is rejected', () => rejectsFile(api, dispute));
  await trial.step('it is submitted, once', () => submitEvidence(api, dispute), {
    ...{ disputes: 'UNDER_REVIEW', submissions: 1, attention: 'DISPUTED_STILL_BOOKED' },
  });
  await trial.step('a second answer is rejected', () => rejectsSecondAnswer(api, dispute));
  await trial.step('the bank decides for the shop', () => closeDispute(stripe, dispute, 'won'), {
    ...{ 'dispute status': 'WON', disputes: 'WON', refundable: money(totalMinor), attention: 'none' },
  });
  await trial.step('the goods are on offer again', () => release(api, order), {
    ...{ returned: '2 + 1', fulfillment: 'CANCELED', 'pieces taken': 0, 'units taken': 0 },
  });
}

/** Every figure that a scenario expects, as it is once the order is paid. */
function asSold({ totalMinor, currency, lines }: SoldOrder, pieces: number, units: number): Figures {
  const nothing = formatMoney({ amount: 0, currency }, 'en');
  return {
    ...{ refunded: nothing, refundable: formatMoney({ amount: totalMinor, currency }, 'en') },
    ...{ 'refund status': 'NONE', 'dispute status': 'NONE', refunds: 'none', claims: 0 },
    ...{ disputes: 'none', evidence: '0 staged', receipts: 0, submissions: 0 },
    ...{ fulfillment: 'UNFULFILLED', returned: lines.map(() => 0).join(' + '), attention: 'none' },
    ...{ 'refunded of lines': lines.map(() => nothing).join(' + '), 'pieces taken': pieces, 'units taken': units },
  };
}

/** As the witnesses list them. */
function inOrder(...refunds: string[]): string {
  return refunds.toSorted().join(' + ');
}
