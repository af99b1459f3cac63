/** Events as Stripe sends them, signed, for what the simulator does not produce on its own. */
import { createHmac, randomUUID } from 'node:crypto';
import Stripe from 'stripe';
import type { TestApp } from './test-app.js';
import { WEBHOOK_SECRET } from './test-app.js';

export interface SignedDelivery {
  payload: string | Buffer;
  secret?: string;
  /** In seconds; now by default. */
  timestamp?: number;
}

export function eventId(): string {
  return `evt_${randomUUID().replaceAll('-', '')}`;
}

/** An event envelope around an object. */
export function eventOf(type: string, object: object, envelope: object = {}): object {
  return {
    id: eventId(),
    object: 'event',
    api_version: '2026-10-28.endive',
    created: Math.floor(Date.now() / 1000),
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type,
    data: { object },
    ...envelope,
  };
}

export function signatureOf({ payload, secret = WEBHOOK_SECRET, timestamp }: SignedDelivery): string {
  if (Buffer.isBuffer(payload)) return signatureOfBytes(payload, secret, timestamp ?? Math.floor(Date.now() / 1000));
  return Stripe.webhooks.generateTestHeaderString({
    payload,
    secret,
    ...(timestamp === undefined ? {} : { timestamp }),
  });
}

/** The SDK signs text, and bytes that are none would become another. */
function signatureOfBytes(payload: Buffer, secret: string, timestamp: number): string {
  const digest = createHmac('sha256', secret).update(`${timestamp}.`).update(payload).digest('hex');
  return `t=${timestamp},v1=${digest}`;
}

/** Posts bytes to the webhook; returns the HTTP status. */
export async function postWebhook(
  { app }: TestApp,
  payload: string | Buffer,
  headers: Record<string, string>,
): Promise<number> {
  const response = await app.inject({
    method: 'POST',
    url: '/api/webhook/stripe/',
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    payload,
  });
  return response.statusCode;
}

/** Delivers an event, well signed at the time of the API's clock; returns the HTTP status. */
export async function deliver(shop: TestApp, event: object): Promise<number> {
  const payload = JSON.stringify(event);
  const timestamp = Math.floor(shop.clock.now().getTime() / 1000);
  return postWebhook(shop, payload, { 'stripe-signature': signatureOf({ payload, timestamp }) });
}

export interface InboxRow {
  id: string;
  type: string;
  state: string;
  attempts: number;
  error: string | null;
  orderId: string | null;
}

export async function inboxRows({ orm }: TestApp, id: string): Promise<InboxRow[]> {
  return orm.em
    .fork()
    .execute('select id, type, state, attempts, error, order_id as "orderId" from inbox_events where id = ?', [id]);
}

/** What marks the objects at Stripe as made by this installation. */
export async function installationIdOf({ orm }: Pick<TestApp, 'orm'>): Promise<string> {
  const [row] = await orm.em.fork().execute<{ id: string }[]>('select installation_id as id from installations');
  return row?.id ?? '';
}
