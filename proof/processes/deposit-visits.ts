/** Rentals whose deposit is held, and fees: staff take, release and waive, buyers open their links, several at once. */
import { type Answer, ApiClient } from './api-client.js';
import type { Random } from './random.js';
import type { RunLog } from './run-log.js';
import { comesTrue } from './waiting.js';
import type { World } from './world.js';

// A job that was just killed is taken up by the other process after about twenty seconds.
const HELD_WITHIN_MS = 30_000;
const OPENED_WITHIN_MS = 12_000;
const PLAIN_CARD = '4242424242424242';

const DEPOSITS = 'query ($id: ID!) { order(id: $id) { deposits { id state payPath } } }';
const CAPTURE = `mutation ($input: CaptureDepositInput!) {
  captureDeposit(input: $input) { deposit { state amountCaptured { amount } } }
}`;
const RELEASE = 'mutation ($input: ReleaseDepositInput!) { releaseDeposit(input: $input) { deposit { state } } }';
const CHARGE = 'mutation ($input: ChargeFeeInput!) { chargeFee(input: $input) { fee { id payPath } } }';
const WAIVE = 'mutation ($input: WaiveFeeInput!) { waiveFee(input: $input) { fee { id } } }';

interface Visit {
  world: World;
  runLog: RunLog;
  random: Random;
}

interface KnownDeposit {
  id: string;
  state: string;
  payPath: string | null;
}

/** What becomes of the deposit of a rental of today. */
export async function handleDeposit(visit: Visit, orderId: string): Promise<void> {
  const { runLog, random } = visit;
  const deposit = await decidedDeposit(visit, orderId);
  if (deposit === null) return;
  runLog.count(`deposits found ${deposit.state}`);
  if (deposit.payPath !== null) await payByLink(visit, deposit.payPath);
  if (random.chance(0.4)) await captureByTwo(visit, orderId, deposit.id);
  else if (random.chance(0.5)) await release(visit, orderId, deposit.id);
}

/** Paid by its link, while staff may waive it. */
export async function handleFee(visit: Visit, orderId: string): Promise<void> {
  const { world, runLog, random } = visit;
  const input = { orderId, kind: 'DAMAGE', amount: random.whole(50, 900), note: 'a note', idempotencyKey: 'first' };
  const answers = await Promise.all(
    staffOf(visit).map((client) =>
      client.ask<{ chargeFee: { fee: { id: string; payPath: string | null } } }>(CHARGE, { input }),
    ),
  );
  for (const answer of answers) count(runLog, 'fees charged', answer);
  const fees = answers.flatMap((answer) => ('data' in answer ? answer.data.chargeFee.fee : []));
  const [fee] = fees;
  if (fee === undefined) return;
  if (new Set(fees.map(({ id }) => id)).size > 1) runLog.violations.push(`One key charged two fees of ${orderId}.`);
  const paid = fee.payPath === null ? Promise.resolve() : payByLink(visit, fee.payPath);
  if (random.chance(0.4)) await waiveFee(world, runLog, random, fee.id);
  await paid;
}

export async function releaseDeposit(
  world: World,
  random: Random,
  orderId: string,
  depositId: string,
): Promise<Answer<unknown>> {
  const input = { orderId, depositId, note: 'a note' };
  return new ApiClient(world, 'staff-one', random, ['staff']).ask(RELEASE, { input });
}

export async function waiveFee(world: World, runLog: RunLog, random: Random, feeId: string): Promise<void> {
  const client = new ApiClient(world, 'staff-one', random, ['staff']);
  count(runLog, 'fees waived', await client.ask(WAIVE, { input: { feeId, note: 'a note' } }));
}

/** On Stripe's page, and on the bank's where that asks for the buyer. @returns whether the sum was taken, or is held */
export async function payAtPage(url: string, card: string): Promise<boolean> {
  const answer = await post(url, { card_number: card });
  const next = new URL(answer.headers.get('location') ?? '', url).href;
  if (!next.endsWith('/authenticate')) return answer.status === 303;
  return (await post(next, { outcome: 'complete' })).status === 303;
}

async function post(url: string, fields: Record<string, string>): Promise<Response> {
  const signal = AbortSignal.timeout(OPENED_WITHIN_MS);
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual', signal });
  await response.text();
  return response;
}

/** Null where it is not known in time whether the sum is held. */
async function decidedDeposit(visit: Visit, orderId: string): Promise<KnownDeposit | null> {
  const [client] = staffOf(visit);
  let deposit: KnownDeposit | null = null;
  await comesTrue(HELD_WITHIN_MS, async () => {
    const answer = await client?.ask<{ order: { deposits: KnownDeposit[] } }>(DEPOSITS, { id: orderId });
    const [found] = answer && 'data' in answer ? answer.data.order.deposits : [];
    if (found !== undefined && found.state !== 'SCHEDULED') deposit = found;
    return deposit !== null;
  });
  return deposit;
}

/** Opened twice at once, at both processes, and once more by who comes back. */
async function payByLink(visit: Visit, path: string): Promise<void> {
  const { world, runLog } = visit;
  const pages = await Promise.all(world.apis.map(({ url }) => open(visit, url + path)));
  const urls = new Set(pages.filter((page) => page !== null));
  // The first may have ended, and the other made another.
  for (const url of urls) {
    const isPaid = await payAtPage(url, PLAIN_CARD).catch(() => false);
    runLog.count(isPaid ? 'pages of links paid' : 'pages of links that could not be paid');
  }
  await open(visit, (world.apis[0]?.url ?? '') + path);
}

async function open({ runLog }: Visit, url: string): Promise<string | null> {
  const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(OPENED_WITHIN_MS) }).catch(
    () => null,
  );
  await response?.text().catch(() => '');
  runLog.count(`links opened: ${response?.status ?? 'no response'}`);
  return response?.status === 303 ? response.headers.get('location') : null;
}

/** With one key, or each with a key of their own. */
async function captureByTwo(visit: Visit, orderId: string, depositId: string): Promise<void> {
  const { runLog, random } = visit;
  const keys = random.chance(0.5) ? ['first', 'first'] : ['first', 'second'];
  const [amount, reason, note] = [random.whole(50, 2_000), 'DAMAGE', 'a dent'];
  const answers = await Promise.all(
    staffOf(visit).map((client, index) =>
      client.ask(CAPTURE, { input: { orderId, depositId, amount, reason, note, idempotencyKey: keys[index] } }),
    ),
  );
  for (const answer of answers) count(runLog, 'deposits captured', answer);
  const done = answers.filter((answer) => 'data' in answer).length;
  if (done > 1 && keys[0] !== keys[1]) runLog.violations.push(`Two people captured the deposit of ${orderId}.`);
}

async function release({ world, runLog, random }: Visit, orderId: string, depositId: string): Promise<void> {
  count(runLog, 'deposits released', await releaseDeposit(world, random, orderId, depositId));
}

function staffOf({ world, random }: Visit): ApiClient[] {
  return ['one', 'other'].map((name) => new ApiClient(world, `staff-${name}`, random, ['staff']));
}

function count(runLog: RunLog, what: string, answer: Answer<unknown>): void {
  runLog.count('code' in answer ? `${what}: ${answer.code}` : what);
}
