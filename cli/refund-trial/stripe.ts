/** Stripe's side of a trial: the simulator's API, with a secret key as the dashboard would, and its control API. */
import { CommandError } from '../program.js';
import { reach } from '../running-server.js';

export interface StripeApi {
  /** Of the simulator. */
  url: string;
  secretKey: string;
}

export interface StripeRefund {
  id: string;
  amount: number;
  status: string;
  metadata: { refund_id?: string; reason?: string };
}

export interface StripeDispute {
  id: string;
  status: string;
  evidence: { receipt: string | null };
  evidence_details: { has_evidence: boolean; submission_count: number };
  balance_transactions: { amount: number }[];
}

export interface StripeCharge {
  id: string;
  amount: number;
  amount_refunded: number;
}

export interface List<Item> {
  data: Item[];
}

export async function paymentIntentOf(stripe: StripeApi, sessionId: string): Promise<string> {
  const session = await call<{ payment_intent: string }>(stripe, `/v1/checkout/sessions/${sessionId}`);
  return session.payment_intent;
}

export async function chargeOf(stripe: StripeApi, paymentIntent: string): Promise<StripeCharge> {
  const { data } = await call<List<StripeCharge>>(stripe, `/v1/charges?payment_intent=${paymentIntent}`);
  const [charge] = data;
  if (!charge) throw new CommandError(`${stripe.url} has no charge of ${paymentIntent}: is the simulator another one?`);
  return charge;
}

export async function refundsOf(stripe: StripeApi, paymentIntent: string): Promise<StripeRefund[]> {
  return (await call<List<StripeRefund>>(stripe, `/v1/refunds?limit=100&payment_intent=${paymentIntent}`)).data;
}

export async function disputesOf(stripe: StripeApi, paymentIntent: string): Promise<StripeDispute[]> {
  return (await call<List<StripeDispute>>(stripe, `/v1/disputes?limit=100&payment_intent=${paymentIntent}`)).data;
}

/** As the dashboard does: all that is left, with nothing in it of the shop. */
export async function refundInDashboard(stripe: StripeApi, paymentIntent: string): Promise<void> {
  await call(stripe, '/v1/refunds', { body: new URLSearchParams({ payment_intent: paymentIntent }) });
}

/** @returns the id of the dispute */
export async function openDispute(stripe: StripeApi, chargeId: string, amount: number): Promise<string> {
  const body = JSON.stringify({ kind: 'product_not_received', amount });
  return (await call<{ id: string }>(stripe, `/_simulator/charges/${chargeId}/dispute`, { body })).id;
}

/** In the bank's place. */
export async function closeDispute(stripe: StripeApi, disputeId: string, outcome: 'won' | 'lost'): Promise<void> {
  await call(stripe, `/_simulator/disputes/${disputeId}/close`, { body: JSON.stringify({ outcome }) });
}

/** A form for Stripe's API, JSON for the simulator's. @throws CommandError where it is rejected */
export async function call<Answer>(
  { url, secretKey }: StripeApi,
  path: string,
  request: { body?: string | URLSearchParams } = {},
): Promise<Answer> {
  const authorization = `Basic ${Buffer.from(`${secretKey}:`).toString('base64')}`;
  const headers = { authorization, ...(typeof request.body === 'string' && { 'content-type': 'application/json' }) };
  const response = await reach(`${url}${path}`, { ...request, headers, method: request.body ? 'POST' : 'GET' });
  const text = await response.text();
  if (response.ok) return JSON.parse(text) as Answer;
  throw new CommandError(`${url}${path} responds with HTTP ${response.status}: ${text.slice(0, 300)}`);
}
