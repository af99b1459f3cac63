/** Disputes: listed by when they are due, answered once with evidence that the order fills in, accepted, and warned of. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { type FailPoint, onFailPoint } from '../../../src/platform/kernel/fail-point.js';
import { customerInfo } from '../../support/checkout.js';
import { eventually } from '../../support/eventually.js';
import { addEquipment, addProduct } from '../../support/shop.js';
import { shopDay } from '../../support/shop-time.js';
import { disputePart, orderView, type PaidOrder, paidOrder, refundOrder, shows } from '../../support/staff-refunds.js';
import { newBuyer, newStaff, type Person, startTestApp, stripeOf, type TestApp } from '../../support/test-app.js';

const DISPUTE = `id status reason dueBy hasEvidence submissionCount amount { amount } amountTaken { amount } order { id }
  texts { field text } files { field fileId } suggestedTexts { field text }`;
const OF_ORDER = `query ($id: ID!) { order(id: $id) { disputes { ${DISPUTE} } } }`;
const LIST = `query ($filter: DisputeFilterInput, $first: Int, $after: String) {
  disputes(filter: $filter, first: $first, after: $after) { nodes { id dueBy } pageInfo { hasNextPage endCursor } }
}`;
const STAGE = `mutation ($input: StageDisputeEvidenceInput!) { stageDisputeEvidence(input: $input) { dispute { ${DISPUTE} } } }`;
const SUBMIT = `mutation ($input: SubmitDisputeEvidenceInput!) { submitDisputeEvidence(input: $input) { dispute { ${DISPUTE} } } }`;
const ACCEPT = `mutation ($input: AcceptDisputeInput!) { acceptDispute(input: $input) { dispute { ${DISPUTE} } } }`;
const ATTENTION = '{ attention(kind: DISPUTE_RESPONSE_DUE, first: 100) { nodes { dueAt actions dispute { id } } } }';
const PDF = Buffer.from('%PDF-1.4\nthe sheet that both have signed\n%%EOF\n');
const JPEG = Buffer.from('ffd8ffe000104a464946', 'hex');
const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

interface DisputeView {
  id: string;
  status: string;
  dueBy: string | null;
  hasEvidence: boolean;
  submissionCount: number;
  amount: { amount: number };
  amountTaken: { amount: number };
  texts: { field: string; text: string }[];
  files: { field: string; fileId: string }[];
  suggestedTexts: { field: string; text: string }[];
}

let shop: TestApp;
let stripe: Stripe;
let staff: Person;

beforeAll(async () => {
  shop = await startTestApp();
  staff = await newStaff();
  stripe = stripeOf(shop);
});
afterEach(() => {
  onFailPoint(null);
  shop.simulator.faults.clear();
  shop.simulator.clock.reset();
  shop.clock.reset();
});
afterAll(() => shop.close());

async function control(path: string, body: object = {}): Promise<void> {
  const response = await fetch(`${shop.simulator.url}/_simulator${path}`, {
    ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
  });
  expect(response.status).toBe(200);
}

async function disputedOrder(amount = 1000, kind?: string) {
  const order = await paidOrder(shop, [{ id: await addProduct(shop.orm, { priceMinor: 1000 }), type: 'PRODUCT' }]);
  const dispute = await disputePart(shop, order, amount, kind);
  await shows(shop, staff, order.id, { disputeStatus: kind === 'inquiry' ? 'INQUIRY' : 'OPEN' });
  return { ...order, dispute };
}

async function disputeOf({ id }: PaidOrder): Promise<DisputeView> {
  const { data } = await shop.graphql<{ order: { disputes: DisputeView[] } }>(OF_ORDER, { id }, staff.token);
  const [dispute] = data?.order.disputes ?? [];
  if (!dispute) throw new Error('The order has no dispute.');
  return dispute;
}

/** How often the timeline says that the dispute was answered. */
async function answersIn({ id }: PaidOrder): Promise<number> {
  const { timeline } = await orderView(shop, staff, id);
  return timeline.filter(({ cause }) => cause === 'DISPUTE_ANSWERED').length;
}

function pdfOfPages(count: number): Buffer {
  return Buffer.from(`%PDF-1.4\n${'<< /Type /Page >>\n'.repeat(count)}%%EOF\n`);
}

/** Who did it, as often as it is noted. */
async function timelineOf({ id }: PaidOrder, cause: string): Promise<string[]> {
  const entries = `select actor from order_events where order_id = ? and cause = ? order by id`;
  return (await shop.orm.em.fork().execute<{ actor: string }[]>(entries, [id, cause])).map(({ actor }) => actor);
}

async function run(document: string, input: object, viewer = staff) {
  const { data, errors } = await shop.graphql<Record<string, { dispute: DisputeView }>>(
    document,
    { input },
    viewer.token,
  );
  return { dispute: Object.values(data ?? {})[0]?.dispute, error: errors?.[0]?.extensions };
}

async function upload(dispute: string, field: string, body: Buffer, token: string | undefined = staff.token) {
  const response = await shop.app.inject({
    method: 'PUT',
    url: `/api/disputes/${dispute}/evidence/${field}`,
    headers: {
      'content-type': 'application/octet-stream',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    payload: body,
  });
  return { status: response.statusCode, ...(response.json() as { error?: { code: string; fields?: object } }) };
}

describe('A dispute', () => {
  test('is shown with when it is due, waits on the list of staff, and is nobody else’s business', async () => {
    const order = await disputedOrder(400);
    const shown = await disputeOf(order);
    expect(shown).toMatchObject({
      ...{ id: order.dispute, status: 'NEEDS_RESPONSE', hasEvidence: false, submissionCount: 0 },
      ...{ amount: { amount: 400 }, amountTaken: { amount: 400 }, dueBy: expect.any(String) },
    });
    const { data } = await shop.graphql<{ attention: { nodes: { dueAt: string; dispute: { id: string } }[] } }>(
      ATTENTION,
      {},
      staff.token,
    );
    const entry = data?.attention.nodes.find(({ dispute }) => dispute.id === order.dispute);
    expect(entry).toMatchObject({
      dueAt: shown.dueBy,
      actions: ['STAGE_DISPUTE_EVIDENCE', 'SUBMIT_DISPUTE_EVIDENCE', 'ACCEPT_DISPUTE'],
    });
    const { errors } = await shop.graphql(OF_ORDER, { id: order.id }, order.buyer.token);
    expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  });

  test('is listed by when it is due, page by page', async () => {
    for (let count = 0; count < 3; count += 1) await disputedOrder();
    const filter = { standing: 'NEEDS_RESPONSE' };
    type List = {
      disputes: { nodes: { id: string; dueBy: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
    };
    const all = (await shop.graphql<List>(LIST, { filter, first: 100 }, staff.token)).data?.disputes.nodes ?? [];
    expect(all.map(({ dueBy }) => dueBy)).toEqual(all.map(({ dueBy }) => dueBy).toSorted());
    const paged: object[] = [];
    for (let after: string | null = null; ; ) {
      const page: List['disputes'] | undefined = (
        await shop.graphql<List>(LIST, { filter, first: 2, after }, staff.token)
      ).data?.disputes;
      paged.push(...(page?.nodes ?? []));
      if (!page?.pageInfo.hasNextPage) break;
      after = page.pageInfo.endCursor;
    }
    expect(paged).toEqual(all);
  });
});

describe('A dispute that Stripe calls', () => {
  const listed = async (standing: string, dispute: string) => {
    const variables = { filter: { standing }, first: 100 };
    const { data } = await shop.graphql<{ disputes: { nodes: { id: string }[] } }>(LIST, variables, staff.token);
    return data?.disputes.nodes.some(({ id }) => id === dispute);
  };
  const product = async () => ({ id: await addProduct(shop.orm, { priceMinor: 1000 }), type: 'PRODUCT' as const });

  test('prevented was lost where the money has gone back', async () => {
    const order = await paidOrder(shop, [await product()]);
    const dispute = await disputePart(shop, order, 1000, 'prevented');
    await shows(shop, staff, order.id, { disputeStatus: 'LOST', amountRefundable: { amount: 0 } });
    expect(await disputeOf(order)).toMatchObject({ status: 'PREVENTED', dueBy: null, amountTaken: { amount: 1000 } });
    const fulfill = 'mutation ($input: MarkFulfilledInput!) { markFulfilled(input: $input) { order { id } } }';
    const { errors } = await shop.graphql(fulfill, { input: { orderId: order.id, idempotencyKey: 'k' } }, staff.token);
    expect(errors?.[0]?.extensions.code).toBe('ORDER_DISPUTED');
    expect(await listed('CLOSED', dispute)).toBe(true);
  });

  test('prevented never was one where no money has moved', async () => {
    const order = await paidOrder(shop, [await product()]);
    await disputePart(shop, order, 1000, 'blocked');
    await eventually(async () => {
      await shows(shop, staff, order.id, { disputeStatus: 'NONE', amountRefundable: { amount: 1000 } });
      expect(await disputeOf(order)).toMatchObject({ status: 'PREVENTED' });
    });
  });

  test('by a word of its own later is open until it is decided', async () => {
    const order = await disputedOrder();
    const em = shop.orm.em.fork();
    await em.execute(`update disputes set provider_status = 'added_by_stripe' where id = ?`, [order.dispute]);
    expect(await disputeOf(order)).toMatchObject({ status: 'OTHER' });
    expect(await listed('UNDER_REVIEW', order.dispute)).toBe(true);
    expect(await listed('CLOSED', order.dispute)).toBe(false);
  });
});

describe('Evidence', () => {
  test('is filled in from the order, with the address that it came from, and staged only', async () => {
    const bike = await addEquipment(shop.orm, { name: 'Perceuse' });
    const order = await paidOrder(shop, [{ id: bike, type: 'EQUIPMENT', startDate: shopDay() }]);
    const [line] = order.lines;
    await shop.graphql(
      'mutation ($id: ID!) { markPickedUp(input: { orderLineId: $id }) { line { id } } }',
      { id: line },
      staff.token,
    );
    const dispute = await disputePart(shop, order, 500);
    await shows(shop, staff, order.id, { disputeStatus: 'OPEN' });
    const staged = await run(STAGE, {
      disputeId: dispute,
      texts: [{ field: 'CANCELLATION_REBUTTAL', text: 'It was used.' }],
    });
    const texts = Object.fromEntries(staged.dispute?.texts.map(({ field, text }) => [field, text]) ?? []);
    expect(texts).toMatchObject({
      PRODUCT_DESCRIPTION: expect.stringContaining('1 × Perceuse, rented from'),
      CUSTOMER_NAME: `${customerInfo.firstName} ${customerInfo.lastName}`,
      CUSTOMER_EMAIL_ADDRESS: customerInfo.email,
      CUSTOMER_PURCHASE_IP: '127.0.0.1',
      SERVICE_DATE: shopDay(),
      CANCELLATION_REBUTTAL: 'It was used.',
      UNCATEGORIZED_TEXT: expect.stringMatching(/Unit U-\d was picked up at/),
    });
    expect(staged.dispute).toMatchObject({ hasEvidence: true, submissionCount: 0, status: 'NEEDS_RESPONSE' });
    const there = await stripe.disputes.retrieve(dispute);
    expect(there.evidence).toMatchObject({ customer_name: texts.CUSTOMER_NAME, cancellation_rebuttal: 'It was used.' });
    expect(there.evidence_details).toMatchObject({ has_evidence: true, submission_count: 0 });
  });

  test('takes a PDF, once for the same bytes, beside what is staged', async () => {
    const order = await disputedOrder();
    await run(STAGE, { disputeId: order.dispute });
    expect(await upload(order.dispute, 'receipt', PDF)).toMatchObject({ status: 200, hasEvidence: true });
    await upload(order.dispute, 'receipt', PDF);
    const shown = await disputeOf(order);
    expect(shown.files).toEqual([{ field: 'RECEIPT', fileId: expect.stringMatching(/^file_/) }]);
    expect(shown.texts.length).toBeGreaterThan(3);
    const { evidence } = await stripe.disputes.retrieve(order.dispute);
    expect(evidence).toMatchObject({ receipt: shown.files[0]?.fileId, customer_name: expect.any(String) });
    expect(await stripe.files.retrieve(String(evidence.receipt))).toMatchObject({ size: PDF.length, type: 'pdf' });
  });

  test.each([
    ['JPEG', JPEG, 'jpg'],
    ['PNG', PNG, 'png'],
  ])('takes a %s for what its first bytes say that it is', async (_what, body, type) => {
    const order = await disputedOrder();
    expect(await upload(order.dispute, 'receipt', body)).toMatchObject({ status: 200, hasEvidence: true });
    const { evidence } = await stripe.disputes.retrieve(order.dispute);
    const file = await stripe.files.retrieve(String(evidence.receipt));
    expect(file).toMatchObject({ type, filename: `receipt.${type}`, size: body.length });
  });

  test('that several upload at once is all there', async () => {
    const order = await disputedOrder();
    const fields = ['CUSTOMER_SIGNATURE', 'RECEIPT', 'SERVICE_DOCUMENTATION'];
    const uploads = await Promise.all(fields.map((field) => upload(order.dispute, field.toLowerCase(), PDF)));
    expect(uploads.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await disputeOf(order)).files.map(({ field }) => field)).toEqual(fields);
  });

  test('is submitted once, also by two at once, and the bank decides', async () => {
    const order = await disputedOrder();
    await run(STAGE, { disputeId: order.dispute, texts: [{ field: 'UNCATEGORIZED_TEXT', text: 'winning_evidence' }] });
    const both = await Promise.all([1, 2].map(() => run(SUBMIT, { disputeId: order.dispute, confirm: true })));
    expect(both.some(({ dispute }) => dispute?.submissionCount === 1)).toBe(true);
    expect((await stripe.disputes.retrieve(order.dispute)).evidence_details.submission_count).toBe(1);
    expect(await answersIn(order)).toBe(1);
    expect((await run(SUBMIT, { disputeId: order.dispute, confirm: true })).error?.code).toBe(
      'EVIDENCE_ALREADY_SUBMITTED',
    );
    expect((await run(STAGE, { disputeId: order.dispute })).error?.code).toBe('EVIDENCE_ALREADY_SUBMITTED');
    expect((await upload(order.dispute, 'receipt', PDF)).error?.code).toBe('EVIDENCE_ALREADY_SUBMITTED');
    await control(`/disputes/${order.dispute}/close`, { outcome: 'won' });
    await shows(shop, staff, order.id, { disputeStatus: 'WON', amountRefundable: { amount: 1000 } });
  });

  test('is what Stripe has, also from elsewhere, and what was staged is not filled in again', async () => {
    const order = await disputedOrder();
    await run(STAGE, { disputeId: order.dispute, texts: [{ field: 'CUSTOMER_NAME', text: 'J. Martin' }] });
    // As if the process that staged it had died before it could store that.
    const elsewhere = { evidence: { cancellation_rebuttal: 'It was used.' }, submit: false };
    await stripe.disputes.update(order.dispute, elsewhere);
    await eventually(async () => {
      await shop.runJob('sync-payments');
      expect((await disputeOf(order)).texts).toContainEqual({ field: 'CANCELLATION_REBUTTAL', text: 'It was used.' });
    });
    const { dispute } = await run(STAGE, { disputeId: order.dispute });
    const name = { field: 'CUSTOMER_NAME', text: 'J. Martin' };
    expect(dispute?.texts).toEqual(
      expect.arrayContaining([name, { field: 'CANCELLATION_REBUTTAL', text: 'It was used.' }]),
    );
  });

  test('is uploaded and submitted although Stripe repeats a failure under the key of the first attempt', async () => {
    const order = await disputedOrder();
    const brokenAt = (path: string) => ({ method: 'POST', path, kind: 'status-after-work' as const, status: 500 });
    shop.simulator.faults.failNext(brokenAt('/v1/files'));
    expect(await upload(order.dispute, 'receipt', PDF)).toMatchObject({ status: 200 });
    shop.simulator.faults.failNext(brokenAt(`/v1/disputes/${order.dispute}`));
    expect((await run(SUBMIT, { disputeId: order.dispute, confirm: true })).dispute?.submissionCount).toBe(1);
  });

  test.each<FailPoint>(['dispute: submission claimed', 'dispute: Stripe answered'])(
    'whose submission is cut off (%s) is submitted once by the same request',
    async (point) => {
      const order = await disputedOrder();
      await run(STAGE, { disputeId: order.dispute });
      onFailPoint((name) => {
        if (name === point) throw new Error('The process is gone.');
      });
      expect((await run(SUBMIT, { disputeId: order.dispute, confirm: true })).error?.code).toBe(
        'INTERNAL_SERVER_ERROR',
      );
      onFailPoint(null);
      expect((await run(SUBMIT, { disputeId: order.dispute, confirm: true })).dispute?.submissionCount).toBe(1);
      expect((await stripe.disputes.retrieve(order.dispute)).evidence_details.submission_count).toBe(1);
    },
  );

  test('whose submission nobody heard of is in the timeline once Stripe has told', async () => {
    const order = await disputedOrder();
    await run(STAGE, { disputeId: order.dispute });
    onFailPoint((name) => {
      if (name === 'dispute: Stripe answered') throw new Error('The process is gone.');
    });
    await run(SUBMIT, { disputeId: order.dispute, confirm: true });
    onFailPoint(null);
    await shows(shop, staff, order.id, {
      timeline: expect.arrayContaining([expect.objectContaining({ cause: 'DISPUTE_ANSWERED', note: order.dispute })]),
    });
    expect(await answersIn(order)).toBe(1);
  });

  test('that Stripe rejected is submitted once its fault is corrected', async () => {
    const order = await disputedOrder(1000, 'compliance');
    await run(STAGE, { disputeId: order.dispute });
    const submit = () => run(SUBMIT, { disputeId: order.dispute, confirm: true });
    expect((await submit()).error).toMatchObject({
      code: 'DISPUTE_NOT_ANSWERABLE',
      fields: { disputeId: expect.any(String) },
    });
    // In the dashboard.
    const acknowledged = { enhanced_evidence: { visa_compliance: { fee_acknowledged: true } } };
    await stripe.disputes.update(order.dispute, { evidence: acknowledged, submit: false });
    expect((await submit()).dispute).toMatchObject({ status: 'UNDER_REVIEW', submissionCount: 1 });
    expect(await answersIn(order)).toBe(1);
  });

  test('of an inquiry is asked for again when it becomes a dispute', async () => {
    const order = await disputedOrder(1000, 'inquiry');
    await run(STAGE, { disputeId: order.dispute });
    await run(SUBMIT, { disputeId: order.dispute, confirm: true });
    expect(await disputeOf(order)).toMatchObject({ status: 'WARNING_UNDER_REVIEW', submissionCount: 1 });
    await control(`/disputes/${order.dispute}/escalate`);
    await shows(shop, staff, order.id, { disputeStatus: 'OPEN' });
    expect(await disputeOf(order)).toMatchObject({ status: 'NEEDS_RESPONSE' });
    await run(STAGE, { disputeId: order.dispute });
    expect((await run(SUBMIT, { disputeId: order.dispute, confirm: true })).dispute).toMatchObject({
      status: 'UNDER_REVIEW',
    });
    expect(await answersIn(order)).toBe(2);
  });
});

describe('A file that is no evidence', () => {
  test.each([
    ['of another type', Buffer.from('GIF89a')],
    ['without a byte', Buffer.alloc(0)],
    ['that begins like a PDF, and breaks off', PDF.subarray(0, 4)],
    ['that is a PDF behind something else', Buffer.concat([Buffer.from('\n'), PDF])],
    ['that begins like a JPEG', Buffer.concat([JPEG.subarray(0, 2), PDF])],
    ['that is a PNG whose line ends were converted', Buffer.from(PNG.toString('latin1').replace('\r', ''), 'latin1')],
  ])('%s is rejected by its first bytes, without asking Stripe, which does not respond', async (_what, body) => {
    const { dispute } = await disputedOrder();
    const down = { method: 'POST', path: '/v1/files', kind: 'status' as const, status: 503 };
    shop.simulator.faults.failNext(...Array.from({ length: 20 }, () => down));
    expect(await upload(dispute, 'receipt', body)).toMatchObject({
      status: 400,
      error: { code: 'BAD_USER_INPUT', fields: { body: 'must be a PDF, JPEG or PNG file of up to 5 MB' } },
    });
  });

  test.each([
    ['for a field that takes none', 'customer_name', PDF, 400, 'field'],
    ['of more pages than a bank reads', 'receipt', pdfOfPages(50), 400, 'body'],
  ])('%s is rejected by its field', async (_what, field, body, status, at) => {
    const { dispute } = await disputedOrder();
    expect(await upload(dispute, field, body)).toMatchObject({
      status,
      error: { code: 'BAD_USER_INPUT', fields: { [at]: expect.any(String) } },
    });
  });

  test('that is too large, of an unknown dispute, or of somebody else is rejected', async () => {
    const { dispute } = await disputedOrder();
    const large = Buffer.concat([PDF, Buffer.alloc(5 * 1024 * 1024)]);
    expect(await upload(dispute, 'receipt', large)).toMatchObject({
      ...{ status: 413, error: { code: 'BODY_TOO_LARGE', fields: { body: expect.stringContaining('5 MB') } } },
    });
    expect(await upload('%00', 'receipt', PDF)).toMatchObject({ status: 404, error: { code: 'NOT_FOUND' } });
    expect(await upload('du_unknown', 'receipt', PDF)).toMatchObject({ status: 404, error: { code: 'NOT_FOUND' } });
    const { token } = await newBuyer();
    expect(await upload(dispute, 'receipt', PDF, token)).toMatchObject({ status: 403, error: { code: 'FORBIDDEN' } });
    expect(await upload(dispute, 'receipt', PDF, '')).toMatchObject({ status: 401 });
  });
});

describe('Bad input', () => {
  test.each([
    ['2026-01-02T03:04:05.000Z', 'du_\0'],
    ['', 'du_\0'],
    ['0000-01-02T03:04:05.000Z', 'du_1'],
  ])('such as a cursor of %j and %j is rejected by its field', async (...key) => {
    const after = Buffer.from(JSON.stringify(key)).toString('base64url');
    const { errors } = await shop.graphql(LIST, { after }, staff.token);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: { after: expect.any(String) } });
  });

  test('is rejected by its field, and nothing is submitted or accepted', async () => {
    const order = await disputedOrder();
    const disputeId = order.dispute;
    const text = { field: 'CUSTOMER_NAME', text: 'x' };
    expect((await run(STAGE, { disputeId, texts: [text, text] })).error?.fields).toHaveProperty(['texts[1].field']);
    expect((await run(STAGE, { disputeId, texts: [{ ...text, text: 'x'.repeat(20_001) }] })).error?.code).toBe(
      'BAD_USER_INPUT',
    );
    expect((await run(SUBMIT, { disputeId, confirm: true })).error?.fields).toHaveProperty('disputeId');
    for (const document of [SUBMIT, ACCEPT]) {
      expect((await run(document, { disputeId, confirm: false })).error?.fields).toHaveProperty('confirm');
      expect((await run(document, { disputeId: 'du_x', confirm: true })).error?.code).toBe('NOT_FOUND');
    }
    expect(await disputeOf(order)).toMatchObject({ status: 'NEEDS_RESPONSE', submissionCount: 0 });
  });
});

test('An acceptance of which nobody heard is known by what Stripe says', async () => {
  const order = await disputedOrder(400);
  onFailPoint((name) => {
    if (name === 'dispute: Stripe answered') throw new Error('The process is gone.');
  });
  expect((await run(ACCEPT, { disputeId: order.dispute, confirm: true })).error?.code).toBe('INTERNAL_SERVER_ERROR');
  onFailPoint(null);
  await shows(shop, staff, order.id, { disputeStatus: 'LOST', amountRefundable: { amount: 600 } });
});

test('A dispute that Stripe cannot be asked about stays as it was, and the same request answers it later', async () => {
  const order = await disputedOrder();
  await run(STAGE, { disputeId: order.dispute });
  const path = `/v1/disputes/${order.dispute}`;
  const down = { method: 'POST', path, kind: 'status' as const, status: 503 };
  shop.simulator.faults.failNext(...Array.from({ length: 20 }, () => down));
  const { error } = await run(SUBMIT, { disputeId: order.dispute, confirm: true });
  expect(error?.code).toBe('PAYMENT_PROVIDER_UNAVAILABLE');
  shop.simulator.faults.clear();
  expect((await run(SUBMIT, { disputeId: order.dispute, confirm: true })).dispute?.submissionCount).toBe(1);
});

test('A dispute that staff accept is lost at once, and its rest can be refunded', async () => {
  const order = await disputedOrder(400);
  expect((await run(ACCEPT, { disputeId: order.dispute, confirm: true })).dispute).toMatchObject({ status: 'LOST' });
  await shows(shop, staff, order.id, { disputeStatus: 'LOST', amountRefundable: { amount: 600 } });
  await refundOrder(shop, staff, { orderId: order.id, amount: 600 });
  await shows(shop, staff, order.id, { amountRefunded: { amount: 600 }, amountRefundable: { amount: 0 } });
  expect((await run(ACCEPT, { disputeId: order.dispute, confirm: true })).error?.code).toBe('DISPUTE_NOT_ANSWERABLE');
});

test('A dispute that two accept at once is accepted once, and once more when it is appealed', async () => {
  const order = await disputedOrder(400);
  const close = `/v1/disputes/${order.dispute}/close`;
  // Stripe repeats it under the same key.
  shop.simulator.faults.failNext({ method: 'POST', path: close, kind: 'status-after-work', status: 500 });
  const both = await Promise.all([1, 2].map(() => run(ACCEPT, { disputeId: order.dispute, confirm: true })));
  expect(both.map(({ dispute }) => dispute?.status)).toEqual(['LOST', 'LOST']);
  expect(await timelineOf(order, 'DISPUTE_ACCEPTED')).toEqual([`staff:${staff.id}`]);
  await control(`/disputes/${order.dispute}/appeal`);
  await shows(shop, staff, order.id, { disputeStatus: 'OPEN' });
  expect((await run(ACCEPT, { disputeId: order.dispute, confirm: true })).dispute?.status).toBe('LOST');
  expect((await stripe.disputes.retrieve(order.dispute)).status).toBe('lost');
});

test('A warning of fraud keeps goods in the shop, and is not shown to the buyer', async () => {
  const order = await paidOrder(shop, [{ id: await addProduct(shop.orm), type: 'PRODUCT' }]);
  const { latest_charge: charge } = await stripe.paymentIntents.retrieve(order.paymentIntent);
  await control(`/charges/${String(charge)}/early_fraud_warning`);
  await shows(shop, staff, order.id, {
    timeline: expect.arrayContaining([expect.objectContaining({ cause: 'FRAUD_WARNED' })]),
  });
  const { timeline } = await orderView(shop, order.buyer, order.id);
  expect(timeline.map(({ cause }) => cause)).not.toContain('FRAUD_WARNED');
  const fulfill = 'mutation ($input: MarkFulfilledInput!) { markFulfilled(input: $input) { order { id } } }';
  const { errors } = await shop.graphql(fulfill, { input: { orderId: order.id, idempotencyKey: 'k' } }, staff.token);
  expect(errors?.[0]?.extensions.code).toBe('ORDER_DISPUTED');
});

test('Evidence, and the address that an order came from, are forgotten with the customer', async () => {
  const order = await disputedOrder();
  await run(STAGE, { disputeId: order.dispute });
  const em = shop.orm.em.fork();
  const kept = `select evidence::text as evidence, customer_ip as ip from disputes d join orders o on o.id = d.order_id where d.id = ?`;
  expect(await em.execute(kept, [order.dispute])).toMatchObject([
    { evidence: expect.stringContaining(customerInfo.email), ip: '127.0.0.1' },
  ]);
  await control(`/disputes/${order.dispute}/close`, { outcome: 'won' });
  await shows(shop, staff, order.id, { disputeStatus: 'WON' });
  // So long ago that nobody owes anything any more.
  await em.execute(`update orders set paid_at = paid_at - interval '32 days' where id = ?`, [order.id]);
  const erase = 'mutation ($id: ID!) { anonymizeCustomer(buyerId: $id) { orderCount } }';
  const { data } = await shop.graphql(erase, { id: order.buyer.id }, staff.token);
  expect(data).toEqual({ anonymizeCustomer: { orderCount: 1 } });
  expect(await em.execute(kept, [order.dispute])).toEqual([{ evidence: null, ip: null }]);
  expect((await disputeOf(order)).suggestedTexts).toEqual([]);
});

test('Evidence that was on its way while its customer was forgotten is not kept', async () => {
  const order = await disputedOrder();
  const path = `/v1/disputes/${order.dispute}`;
  shop.simulator.faults.failNext({ method: 'POST', path, kind: 'delay', ms: 1_500 });
  const staging = run(STAGE, { disputeId: order.dispute });
  const em = shop.orm.em.fork();
  await eventually(async () => {
    // As if the bank had decided.
    await em.execute(`update disputes set state = 'WON', taken_minor = 0 where id = ?`, [order.dispute]);
    await em.execute(`update orders set paid_at = paid_at - interval '32 days' where id = ?`, [order.id]);
    const erase = 'mutation ($id: ID!) { anonymizeCustomer(buyerId: $id) { orderCount } }';
    const { data } = await shop.graphql(erase, { id: order.buyer.id }, staff.token);
    expect(data).toEqual({ anonymizeCustomer: { orderCount: 1 } });
  });
  expect((await staging).dispute?.hasEvidence).toBe(true);
  expect(await em.execute('select evidence from disputes where id = ?', [order.dispute])).toEqual([{ evidence: null }]);
});
