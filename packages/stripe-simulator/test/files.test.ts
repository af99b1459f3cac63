/** Files for evidence: uploaded by the real SDK, checked, kept for a while, and shown. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import type { StripeSimulator } from '../src/index.js';
import { atEnd, JPEG, PDF, PNG, pdfOf, rawPost, start, startSimulator, stripeClient, stripeError } from './support.js';

const purpose = 'dispute_evidence';
const MEGABYTE = 1024 * 1024;

function upload(stripe: Stripe, data: Buffer, { name = 'receipt.pdf', type = 'application/octet-stream' } = {}) {
  return stripe.files.create({ purpose, file: { data, name, type } });
}

async function contentsAt(url: string | null): Promise<Buffer | null> {
  const response = await fetch(url ?? '', { headers: { Authorization: 'Bearer sk_test_x' } });
  return response.status === 200 ? Buffer.from(await response.arrayBuffer()) : null;
}

describe('A file', () => {
  test.each([
    ['pdf', 'application/pdf', PDF],
    ['jpg', 'image/jpeg', JPEG],
    ['png', 'image/png', PNG],
  ])('of type %s is uploaded, retrieved and read', async (type, mimeType, data) => {
    const { simulator, stripe } = await start();
    simulator.clock.freeze();
    const file = await upload(stripe, data, { name: 'reçu "1".x', type: mimeType });
    const expires = new Date(file.created * 1000);
    expires.setUTCMonth(expires.getUTCMonth() + 9);
    expect(file).toEqual({
      id: expect.stringMatching(/^file_1[A-Za-z0-9]{23}$/),
      object: 'file',
      created: Math.floor(simulator.clock.now().getTime() / 1000),
      expires_at: Math.floor(expires.getTime() / 1000),
      filename: 'reçu "1".x',
      links: { object: 'list', data: [], has_more: false, url: `/v1/file_links?file=${file.id}` },
      purpose,
      size: data.length,
      title: null,
      type,
      url: `${simulator.url}/v1/files/${file.id}/contents`,
    });
    expect(await stripe.files.retrieve(file.id)).toEqual(file);
    expect(await contentsAt(file.url)).toEqual(data);
    expect((await fetch(file.url ?? '')).status).toBe(401);
  });

  test('is listed, the newest first, by time and purpose', async () => {
    const { simulator, stripe } = await start();
    simulator.clock.freeze();
    const first = await upload(stripe, PDF);
    await simulator.clock.advance(60);
    const second = await upload(stripe, PNG);
    const ids = async (parameters: Stripe.FileListParams) =>
      (await stripe.files.list(parameters)).data.map(({ id }) => id);
    expect(await ids({ purpose })).toEqual([second.id, first.id]);
    expect(await ids({ created: { lt: second.created } })).toEqual([first.id]);
    expect(await ids({ starting_after: second.id })).toEqual([first.id]);
    expect(await ids({ purpose: 'business_logo' })).toEqual([]);
  });

  test('is gone after nine months', async () => {
    const { simulator, stripe } = await start();
    simulator.clock.freeze();
    const { id, expires_at: expiresAt, created } = await upload(stripe, PDF);
    await simulator.clock.advance(Number(expiresAt) - created - 1);
    expect((await stripe.files.retrieve(id)).id).toBe(id);
    await simulator.clock.advance(1);
    expect(await stripeError(stripe.files.retrieve(id))).toMatchObject({ statusCode: 404, code: 'resource_missing' });
  });

  test('of another kind, or of another than was declared, is rejected', async () => {
    const { stripe } = await start();
    const rejected = {
      statusCode: 400,
      param: 'file',
      message: /mimetypes: application\/pdf, image\/jpeg, image\/png/,
    };
    for (const data of [Buffer.from('plain text'), Buffer.from('GIF89a'), Buffer.from('%PD')]) {
      expect(await stripeError(upload(stripe, data))).toMatchObject(rejected);
    }
    expect(await stripeError(upload(stripe, PDF, { type: 'image/png' }))).toMatchObject(rejected);
    expect(await stripeError(upload(stripe, PDF, { type: 'text/plain' }))).toMatchObject(rejected);
    expect((await upload(stripe, JPEG, { type: 'image/jpg' })).type).toBe('jpg');
  });

  test('that is empty, larger than 5 MB or longer than 49 pages is rejected', async () => {
    const { stripe } = await start();
    const padded = (size: number) => Buffer.concat([PDF, Buffer.alloc(size - PDF.length, ' ')]);
    expect((await upload(stripe, padded(5 * MEGABYTE))).size).toBe(5 * MEGABYTE);
    for (const data of [Buffer.alloc(0), padded(5 * MEGABYTE + 1), padded(9 * MEGABYTE), pdfOf(50)]) {
      expect(await stripeError(upload(stripe, data))).toMatchObject({ statusCode: 400, param: 'file' });
    }
    expect((await upload(stripe, pdfOf(49))).type).toBe('pdf');
  });

  test('for anything but evidence is not taken yet', async () => {
    const { stripe } = await start();
    const logo = stripe.files.create({ purpose: 'business_logo', file: { data: PNG, name: 'a', type: 'image/png' } });
    expect(await stripeError(logo)).toMatchObject({ code: 'simulator_not_implemented', param: 'purpose' });
    const odd = stripe.files.create({ purpose: 'fun', file: { data: PNG, name: 'a', type: 'image/png' } });
    expect(await stripeError(odd)).toMatchObject({ statusCode: 400, param: 'purpose' });
  });
});

describe('An upload', () => {
  const post = (simulator: StripeSimulator, body: string, contentType: string) =>
    rawPost(simulator, '/v1/files', body, { 'Content-Type': contentType });

  test.each([
    ['no multipart body', 'purpose=dispute_evidence', 'application/x-www-form-urlencoded', 'file'],
    [
      'only a description of a file',
      'purpose=dispute_evidence&file[size]=1',
      'application/x-www-form-urlencoded',
      'file',
    ],
    [
      'no file',
      '--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\ndispute_evidence\r\n--b--',
      'multipart/form-data; boundary=b',
      'file',
    ],
    ['a broken body', '--b\r\n', 'multipart/form-data; boundary=b', undefined],
    ['no boundary', '--b--', 'multipart/form-data', undefined],
    [
      'two files',
      `${'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n%PDF-\r\n'.repeat(2)}--b--`,
      'multipart/form-data; boundary=b',
      undefined,
    ],
    [
      'a file under another name',
      '--b\r\nContent-Disposition: form-data; name="document"; filename="a"\r\n\r\n%PDF-\r\n--b--',
      'multipart/form-data; boundary=b',
      'document',
    ],
  ])('with %s is a 400', async (_what, body, contentType, param) => {
    const simulator = await startSimulator();
    const response = await post(simulator, body, contentType);
    expect(response.status).toBe(400);
    const { error } = await response.json();
    expect(error).toMatchObject({ type: 'invalid_request_error' });
    expect(error.param).toBe(param);
  });

  test('is made once for an idempotency key, and is another with other bytes', async () => {
    const { stripe } = await start();
    const create = (data: Buffer) =>
      stripe.files.create({ purpose, file: { data, name: 'a.pdf', type: 'application/pdf' } }, { idempotencyKey: 'k' });
    const [first, second] = [await create(PDF), await create(PDF)];
    expect(second.id).toBe(first.id);
    const sameLength = Buffer.from(PDF.toString().replace('1.7', '1.4'));
    expect(await stripeError(create(sameLength))).toMatchObject({ rawType: 'idempotency_error' });
  });

  test('is in the journal by what it was, and not with its bytes', async () => {
    const { simulator, stripe } = await start();
    await upload(stripe, PDF, { name: 'receipt.pdf' });
    expect(simulator.requests()).toMatchObject([
      { path: '/v1/files', parameters: { purpose, file: { filename: 'receipt.pdf', size: String(PDF.length) } } },
    ]);
  });
});

describe('What is in files', () => {
  test('survives a restart, and a snapshot', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stripe-simulator-files-'));
    atEnd(() => rm(folder, { recursive: true, force: true }));
    const stateFile = join(folder, 'state.json');
    const before = await startSimulator({ stateFile });
    const { id } = await upload(stripeClient(before), PNG);
    const snapshot = JSON.parse(JSON.stringify(before.snapshot()));
    await before.close();
    const again = await start({ stateFile });
    expect(await contentsAt((await again.stripe.files.retrieve(id)).url)).toEqual(PNG);
    const other = await start();
    other.simulator.restore(snapshot);
    expect(await contentsAt((await other.stripe.files.retrieve(id)).url)).toEqual(PNG);
  });

  test('gives way to newer files beyond 32 MB, and the files stay', async () => {
    const { stripe } = await start();
    const large = Buffer.concat([PDF, Buffer.alloc(5 * MEGABYTE - PDF.length)]);
    const first = await upload(stripe, large);
    for (let count = 0; count < 6; count += 1) await upload(stripe, large);
    expect((await contentsAt(first.url))?.length).toBeUndefined();
    expect((await stripe.files.retrieve(first.id)).size).toBe(large.length);
    const [newest, ...rest] = (await stripe.files.list({ limit: 6 })).data;
    expect((await contentsAt(newest?.url ?? null))?.length).toBe(large.length);
    expect((await contentsAt(rest.at(-1)?.url ?? null))?.length).toBe(large.length);
  });
});
