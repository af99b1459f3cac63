/** Signs webhook bodies with Stripe's scheme v1: HMAC-SHA256 of the timestamp, a dot and the body. */
import { createHmac } from 'node:crypto';

/** The value of the Stripe-Signature header. `timestamp` is in seconds; the secret is used whole, prefix included. */
export function signWebhook(payload: string, secret: string, timestamp: number): string {
  const signature = createHmac('sha256', secret).update(`${timestamp}.${payload}`).digest('hex');
  return `t=${timestamp},v1=${signature}`;
}
