/** Signs webhook bodies with Stripe's scheme v1: HMAC-SHA256 of the timestamp, a dot and the body. */
import { createHmac } from 'node:crypto';

/**
 * The value of the Stripe-Signature header, with a signature for each secret. `timestamp` is in seconds; a secret is
 * used whole, prefix included.
 */
export function signWebhook(payload: string, secrets: readonly string[], timestamp: number): string {
  const signatures = secrets.map((secret) => {
    const signature = createHmac('sha256', secret).update(`${timestamp}.${payload}`).digest('hex');
    return `v1=${signature}`;
  });
  return [`t=${timestamp}`, ...signatures].join(',');
}
