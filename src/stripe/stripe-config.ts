/** Configuration of Stripe. */
import type { BlockList } from 'node:net';

export interface StripeConfig {
  secretKey: string;
  publishableKey: string;
  /** The secrets that a webhook may be signed with: several while one is rotated. */
  webhookSecrets: string[];
  /** The only addresses that webhooks are accepted from; null for any. */
  webhookAddresses: BlockList | null;
  /** Another host that speaks Stripe's API, for the simulator; null is Stripe itself. */
  apiUrl: URL | null;
  livemode: boolean;
}
