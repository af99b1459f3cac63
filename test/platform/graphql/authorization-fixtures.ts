/** A shop in which every field of the schema has a value for somebody, and every mutation something to change. */
import { expect } from '@jest/globals';
import { addDays } from '../../../src/platform/kernel/calendar-date.js';
import { requestFingerprint } from '../../../src/platform/kernel/request-fingerprint.js';
import { checkout, customerInfo, type ItemInput, moneyOf, orderBySession, submitCard } from '../../support/checkout.js';
import { eventually } from '../../support/eventually.js';
import { addEquipment, addProduct } from '../../support/shop.js';
import { shopDay } from '../../support/shop-time.js';
import { newBuyer, newStaff, type Person, type TestApp } from '../../support/test-app.js';

const PAYING_CARD = '4242424242424242';
const DECLINED_CARD = '4000000000009995';
const DISPUTED_CARD = '4000000000000259';

export type AuthorizationFixtures = Awaited<ReturnType<typeof createAuthorizationFixtures>>;

/** All orders are the owner's. */
export async function createAuthorizationFixtures(shop: TestApp) {
  const owner = await newBuyer();
  const other = await newBuyer();
  const staff = await newStaff();
  const today = shopDay();
  const product = await addProduct(shop.orm, { priceMinor: 1000, onHand: 100 });
  const productForAll = await addProduct(shop.orm, { onHand: 100 });
  const goods: ItemInput[] = [{ id: product, type: 'PRODUCT' }];
  const buy = (items: ItemInput[], basket: string) => place(shop, owner, items, basket);
  // First of all, since everything that the owner has by then is erased.
  const anonymised = await payFor(shop, owner, goods, 'anonymised');
  await letGoodsArrive(shop, anonymised);
  await run(shop, staff, `mutation { anonymizeCustomer(buyerId: "${owner.id}") { orderCount } }`);
  const leaver = await newBuyer();
  await letGoodsArrive(shop, await payFor(shop, leaver, goods, 'leaver'));
  const rentals = await createRentals(shop, { owner, staff, today, goods });
  const pending = await buy(goods, 'pending');
  const declined = await buy(goods, 'declined');
  await submitCard(declined.url, DECLINED_CARD);
  await becomes(shop, owner, declined.order.id, 'PAYMENT_FAILED');
  const rejected = await review(shop, owner, goods, 'rejected');
  await run(shop, staff, `mutation { rejectPayment(orderId: "${rejected}") { order { id } } }`);
  await eventually(async () =>
    expect(await moneyOf(shop, staff, rejected)).toMatchObject({ refunds: [{ state: 'SUCCEEDED' }] }),
  );
  const refund = (await moneyOf(shop, staff, rejected)).refunds[0]?.id ?? '';
  const toCancel = (await buy(goods, 'to cancel')).order.id;
  const toReplace = (await buy(goods, 'to replace')).order.id;
  const reviewed = await review(shop, owner, goods, 'reviewed');
  const toAccept = await review(shop, owner, goods, 'to accept');
  const toAcceptNext = await review(shop, owner, goods, 'to accept next');
  const toReject = await review(shop, owner, goods, 'to reject');
  const toRejectNext = await review(shop, owner, goods, 'to reject next');
  const management = await createManagement(shop, staff, today);
  const moneyOut = await createMoneyOut(shop, { owner, staff, product });
  return {
    people: { anonymous: null, owner, other, staff },
    ...{
      today,
      product,
      productForAll,
      pending: pending.order.id,
      session: pending.sessionId,
      declined: declined.order.id,
    },
    ...{ anonymised, leaver: leaver.id, rejected, refund, reviewed, toCancel, toReplace },
    ...{ toAccept, toAcceptNext, toReject, toRejectNext },
    ...rentals,
    ...management,
    ...moneyOut,
    ...(await createDisputes(shop, { owner, staff, goods })),
    ...(await events(shop)),
  };
}

async function run(shop: TestApp, person: Person, document: string): Promise<Record<string, never>> {
  const { data, errors } = await shop.graphql<Record<string, never>>(document, {}, person.token);
  if (errors || !data) throw new Error(JSON.stringify(errors));
  return data;
}

/** The baskets differ by name, since the same basket within a minute is the same order. */
function place(shop: TestApp, owner: Person, items: ItemInput[], basket: string) {
  return checkout(shop, owner, items, { idempotencyKey: basket, customerInfo });
}

/** Not by session, for which Stripe is asked: the event has to arrive, so that the timeline names it. */
async function becomes(shop: TestApp, owner: Person, id: string, status: string): Promise<void> {
  const query = `{ order(id: "${id}") { status } }`;
  await eventually(async () => expect(await run(shop, owner, query)).toEqual({ order: { status } }));
}

/** An order whose payment does not match it. */
async function review(shop: TestApp, owner: Person, items: ItemInput[], basket: string): Promise<string> {
  shop.simulator.webhooks.pause();
  const { order, sessionId, url } = await place(shop, owner, items, basket);
  await shop.orm.em.fork().execute('update orders set total_minor = 999 where id = ?', [order.id]);
  await submitCard(url, PAYING_CARD);
  shop.simulator.webhooks.resume();
  await eventually(async () => {
    expect((await orderBySession(shop, owner, sessionId))?.status).toBe('UNDER_REVIEW');
  });
  return order.id;
}

/** Rentals that are out and overdue, that they put at risk, that may be handed out, and that are back. */
async function createRentals(
  shop: TestApp,
  { owner, staff, today, goods }: { owner: Person; staff: Person; today: string; goods: ItemInput[] },
) {
  const em = shop.orm.em.fork();
  const bike = { type: 'EQUIPMENT' as const, startDate: today };
  const pair = await addEquipment(shop.orm, { units: 2, turnaroundDays: 1, depositMinor: 5000 });
  const paid = await payFor(shop, owner, [...goods, { ...bike, id: pair }], 'overdue');
  const next = await payFor(shop, owner, [{ ...bike, startDate: addDays(today, 2), id: pair, quantity: 2 }], 'at risk');
  // The first went out three days ago and is not back; the next is for tomorrow.
  const moveBack = `update bookings set period = daterange(lower(period) - ?::int, upper(period) - ?::int),
    return_date = return_date - ?::int, picked_up_at = ? where order_line_id in (select id from order_lines where order_id = ?)`;
  await em.execute(moveBack, [3, 3, 3, new Date(Date.now() - 3 * 86_400_000), paid]);
  await em.execute(moveBack, [1, 1, 1, null, next]);
  const [unit] = await em.execute<{ id: number }[]>(
    `select unit_id as id from bookings b join order_lines l on l.id = b.order_line_id where l.order_id = ?`,
    [paid],
  );
  // On the unit that is out: made before it was seen to be late.
  await em.execute(
    `insert into bookings (unit_id, kind, period, reason, created_by)
     values (?, 'BLOCK', daterange(?::date, ?::date + 1), 'repair', 'staff:x')`,
    [unit?.id, today, today],
  );
  const fleet = await addEquipment(shop.orm, { units: 6 });
  const rented = await payFor(shop, owner, [{ ...bike, id: fleet, quantity: 5 }], 'rented');
  const answer = await run(shop, staff, `{ order(id: "${rented}") { lines { id units { unitId } } } }`);
  const { order } = answer as unknown as { order: { lines: { id: string; units: { unitId: string }[] }[] } };
  const line = order.lines[0]?.id ?? '';
  const rentedUnits = order.lines[0]?.units.map(({ unitId }) => unitId) ?? [];
  const freeUnit = Number(rentedUnits.at(-1)) + 1;
  const [, toReturn, , returned, late] = rentedUnits;
  await run(
    shop,
    staff,
    `mutation { markPickedUp(input: { orderLineId: "${line}", unitIds: ["${toReturn}", "${returned}", "${late}"] }) { line { id } } }`,
  );
  await run(
    shop,
    staff,
    `mutation { markReturned(input: { orderLineId: "${line}", unitIds: ["${returned}", "${late}"] }) { line { id } } }`,
  );
  // Both a day late: one late fee is for staff to dismiss, one stays proposed.
  const dueBefore = 'update bookings set return_date = returned_on - 1 where order_line_id = ? and unit_id in (?)';
  await em.execute(dueBefore, [line, [Number(returned), Number(late)]]);
  return { paid, pair, line, rented, rentedUnits, freeUnit };
}

async function payFor(
  shop: TestApp,
  owner: Person,
  items: ItemInput[],
  basket: string,
  card = PAYING_CARD,
): Promise<string> {
  const { order, url } = await place(shop, owner, items, basket);
  await submitCard(url, card);
  await becomes(shop, owner, order.id, 'PAID');
  return order.id;
}

/** So long after the payment nobody owes anything any more, and the customer may be forgotten. */
async function letGoodsArrive(shop: TestApp, orderId: string): Promise<void> {
  const text = `update orders set paid_at = paid_at - interval '32 days' where id = ?`;
  await shop.orm.em.fork().execute(text, [orderId]);
}

/** Items for staff to change, one that is not on offer, and a row of the audit with all that one can have. */
async function createManagement(shop: TestApp, staff: Person, today: string) {
  const inactive = await addProduct(shop.orm, { active: false });
  const managedProduct = await addProduct(shop.orm);
  const managed = await addEquipment(shop.orm, {
    ...{ units: 4, depositMinor: 5000, pricePerWeekMinor: 20_000, pricePerMonthMinor: 60_000 },
  });
  const units = await shop.orm.em
    .fork()
    .execute<{ id: number }[]>('select id from equipment_units where equipment_id = ? order by id', [managed]);
  const managedUnits = units.map(({ id }) => id);
  await run(
    shop,
    staff,
    `mutation { retireUnit(input: { unitId: "${managedUnits[0]}", reason: "old" }) { equipment { id } } }`,
  );
  const days = `from: "${addDays(today, 30)}", to: "${addDays(today, 31)}"`;
  const blocked = await run(
    shop,
    staff,
    `mutation { blockUnit(input: { unitId: "${managedUnits[2]}", ${days}, reason: "repair" }) { block { id } } }`,
  );
  const { blockUnit } = blocked as unknown as { blockUnit: { block: { id: string } } };
  await run(
    shop,
    staff,
    'mutation { closeDate(input: { date: "2090-01-01", reason: "holiday" }) { closedDays { weekdays } } }',
  );
  return { inactive, managedProduct, managed, managedUnits, block: blockUnit.block.id };
}

/** An order of which something was handed over, and refunds that failed: one for staff to close, one that stays. */
async function createMoneyOut(
  shop: TestApp,
  { owner, staff, product }: { owner: Person; staff: Person; product: number },
) {
  const toRefund = await payFor(shop, owner, [{ id: product, type: 'PRODUCT', quantity: 9 }], 'to refund');
  const answer = await run(shop, staff, `{ order(id: "${toRefund}") { lines { id } } }`);
  const { order } = answer as unknown as { order: { lines: [{ id: string }] } };
  const lineToRefund = order.lines[0].id;
  await run(
    shop,
    staff,
    `mutation { markFulfilled(input: { orderId: "${toRefund}", lines: [{ lineId: "${lineToRefund}", quantity: 1 }],
      carrier: "La Poste", trackingNumber: "1", idempotencyKey: "before" }) { order { id } } }`,
  );
  const [closed, toCloseWithdrawal] = await createWithdrawals(shop, { owner, staff, toRefund, lineToRefund });
  const em = shop.orm.em.fork();
  const failed: string[] = [];
  for (let count = 0; count < 2; count += 1) {
    const [refund] = await em.execute<[{ id: string }]>(
      `insert into refunds (id, order_id, payment_intent_id, amount_minor, claimed_minor, currency, reason, note, is_ours,
         state, created_at, recorded_at, failed_at, next_attempt_at, failure_reason, reference, requested_by, withdrawal_id)
       select gen_random_uuid(), order_id, payment_intent_id, 10, 10, currency, 'LATE', 'x', false, 'FAILED', now(), now(),
         now(), now(), 'unknown', '123', 'staff:x', ?::uuid from payments where order_id = ? returning id`,
      [closed, toRefund],
    );
    failed.push(refund.id);
    await em.execute(
      `insert into refund_attempts (id, refund_id, number, amount_minor, created_at, state, stripe_refund_id, failure_reason)
       values (gen_random_uuid(), ?, 1, 10, now(), 'FAILED', ?, 'unknown')`,
      [refund.id, `re_of_${refund.id}`],
    );
    await em.execute(
      `insert into refund_lines (id, refund_id, order_line_id, quantity, amount_minor, goods)
       values (gen_random_uuid(), ?, ?, 1, 10, 'KEEP')`,
      [refund.id, lineToRefund],
    );
  }
  const toWaive = await createFees(shop, staff, toRefund);
  const deposits = await createDeposits(shop, toRefund);
  return { toRefund, lineToRefund, toClose: failed[0], toCloseWithdrawal, toWaive, ...deposits };
}

/** Four deposits: one for staff to release, one that was captured, one that is held, and one that waits for the buyer. */
async function createDeposits(shop: TestApp, orderId: string): Promise<{ toRelease: string; captured: string }> {
  const em = shop.orm.em.fork();
  const add = async (day: number, state: string, columns: string): Promise<string> => {
    const [deposit] = await em.execute<[{ id: string }]>(
      `insert into deposits (id, order_id, start_date, amount_minor, currency, state, token, created_at, release_at,
         held_until, waiting_since, settled_at)
       select gen_random_uuid(), ?, current_date + ?::int, 100, 'EUR', ?, rpad(?, 43, 'x'), now(), now() + interval '1 year',
         ${columns} returning id`,
      [orderId, day, state, `${orderId}${day}`],
    );
    return deposit.id;
  };
  const hold = (deposit: string, state: string, columns: string) =>
    em.execute<[{ id: string }]>(
      `insert into deposit_holds (id, deposit_id, number, kind, amount_minor, request, created_at, state, payment_intent_id,
         capture_before, refusal, received_minor)
       select gen_random_uuid(), ?, 1, 'SAVED_CARD', 100, '{}', now(), ?, ${columns} returning id`,
      [deposit, state],
    );
  const toRelease = await add(1, 'SCHEDULED', 'null, null, null');
  const captured = await add(2, 'CAPTURED', 'null, null, now()');
  const [taken] = await hold(captured, 'CAPTURED', `'pi_of_a_deposit', now(), null, 100`);
  await em.execute(
    `insert into deposit_captures (id, deposit_id, deposit_hold_id, amount_minor, reason, note, requested_by,
       idempotency_key, request_fingerprint, created_at, state)
     values (gen_random_uuid(), ?, ?, 100, 'OTHER', 'a test', 'staff:x', 'matrix', ?, now(), 'DONE')`,
    [captured, taken.id, requestFingerprint([100, 'OTHER', 'a test'])],
  );
  const held = await add(3, 'AUTHORIZED', `now() + interval '5 days', null, null`);
  await hold(held, 'HELD', `'pi_of_a_hold', now() + interval '5 days', null, null`);
  await hold(await add(4, 'ACTION_REQUIRED', 'null, now(), null'), 'REFUSED', `null, null, 'do_not_honor', null`);
  return { toRelease, captured };
}

/** Three fees: one that is paid, one for staff to waive, and one that stays. */
async function createFees(shop: TestApp, staff: Person, orderId: string): Promise<string> {
  const ids: string[] = [];
  for (const key of ['paid', 'to waive', 'unpaid']) {
    const input = `{ orderId: "${orderId}", kind: OTHER, amount: 100, note: "a test", idempotencyKey: "${key}" }`;
    const answer = await run(shop, staff, `mutation { chargeFee(input: ${input}) { fee { id } } }`);
    ids.push((answer as unknown as { chargeFee: { fee: { id: string } } }).chargeFee.fee.id);
  }
  await shop.orm.em
    .fork()
    .execute(
      "update fees set state = 'PAID', settled_at = now(), payment_intent_id = 'pi_of_a_fee', unit_id = 1 where id = ?",
      [ids[0]],
    );
  return ids[1] ?? '';
}

/** Two withdrawals: one that staff have closed, and one that waits. */
async function createWithdrawals(
  shop: TestApp,
  { owner, staff, toRefund, lineToRefund }: { owner: Person; staff: Person; toRefund: string; lineToRefund: string },
): Promise<string[]> {
  const ids: string[] = [];
  for (let count = 0; count < 2; count += 1) {
    const input = `{ orderId: "${toRefund}", lines: [{ lineId: "${lineToRefund}", quantity: 1 }], confirm: true }`;
    const answer = await run(shop, owner, `mutation { withdraw(input: ${input}) { withdrawal { id } } }`);
    ids.push((answer as unknown as { withdraw: { withdrawal: { id: string } } }).withdraw.withdrawal.id);
  }
  const input = `{ withdrawalId: "${ids[0]}", note: "a test" }`;
  await run(shop, staff, `mutation { closeWithdrawal(input: ${input}) { withdrawal { id } } }`);
  return ids;
}

/** Five disputes, with evidence that is staged: four are for mutations to end. */
async function createDisputes(
  shop: TestApp,
  { owner, staff, goods }: { owner: Person; staff: Person; goods: ItemInput[] },
) {
  const em = shop.orm.em.fork();
  const disputes: string[] = [];
  let disputedOrder = '';
  for (let count = 0; count < 5; count += 1) {
    disputedOrder = await payFor(shop, owner, goods, `disputed ${count}`, DISPUTED_CARD);
    await eventually(async () => {
      await shop.runJob('sync-payments');
      const [dispute] = await em.execute<{ id: string }[]>('select id from disputes where order_id = ?', [
        disputedOrder,
      ]);
      expect(dispute).toBeDefined();
      disputes[count] = dispute?.id ?? '';
    });
    const id = disputes[count];
    await run(shop, staff, `mutation { stageDisputeEvidence(input: { disputeId: "${id}" }) { dispute { id } } }`);
    if (count === 4) await uploadReceipt(shop, staff, id ?? '');
  }
  return { disputes, disputedOrder };
}

async function uploadReceipt(shop: TestApp, { token }: Person, dispute: string): Promise<void> {
  const { statusCode, body } = await shop.app.inject({
    ...{ method: 'PUT', url: `/api/disputes/${dispute}/evidence/receipt` },
    headers: { 'content-type': 'application/pdf', authorization: `Bearer ${token}` },
    payload: Buffer.from('%PDF-1.7\n%%EOF\n'),
  });
  if (statusCode !== 200) throw new Error(body);
}

/** Of the events that arrived, one to replay; and one that failed and waits for its next try. */
async function events(shop: TestApp) {
  const rows = await shop.orm.em
    .fork()
    .execute<{ id: string }[]>(
      `select id from inbox_events where state = 'PROCESSED' order by received_at desc limit 3`,
    );
  const [toReplay, failed, dead] = rows.map(({ id }) => id);
  await shop.orm.em
    .fork()
    .execute(
      `update inbox_events set state = 'FAILED', error = 'x', next_attempt_at = now() + interval '1 day' where id = ?`,
      [failed],
    );
  await shop.orm.em.fork().execute(`update inbox_events set state = 'DEAD', error = 'x' where id = ?`, [dead]);
  return { event: toReplay };
}
