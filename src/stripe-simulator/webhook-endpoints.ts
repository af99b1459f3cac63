/** The webhook endpoints and their secrets, whether they were configured at the start or created by the API. */
import type Stripe from 'stripe';
import { unixSeconds } from './clock.js';
import type { Complete } from './complete-object.js';
import { createId, createWebhookSecret } from './ids.js';
import type { StoredWebhookEndpoint } from './objects.js';
import type { Simulation } from './simulation.js';

/** An endpoint that the simulator is told of at its start, or by a test. */
export interface WebhookEndpoint {
  url: string;
  /** Signs every delivery; the receiver has to know it. */
  secret: string;
  /** The event types that it gets. Default: all. */
  enabledEvents?: readonly string[];
}

export interface NewWebhookEndpoint {
  url: string;
  enabledEvents: readonly string[];
  description: string | null;
  metadata: Stripe.Metadata;
  apiVersion: string | null;
}

/** Adds the endpoint, or renews the one with its URL that was configured before, also by an earlier run. */
export function configureWebhookEndpoint(simulation: Simulation, configured: WebhookEndpoint): string {
  const { url, secret, enabledEvents = ['*'] } = configured;
  if (!/^https?:/.test(url) || !URL.canParse(url)) {
    throw new Error(`'${url}' is not the address of a webhook endpoint.`);
  }
  if (secret === '') throw new Error(`The webhook endpoint ${url} needs a secret to sign with.`);
  const { webhookEndpoints } = simulation.store;
  const known = [...webhookEndpoints.oldestFirst()].find(
    (stored) => stored.isConfigured && stored.endpoint.url === url,
  );
  const description = { url, enabledEvents, description: null, metadata: {}, apiVersion: null };
  const endpoint = known?.endpoint ?? buildWebhookEndpoint(description, unixSeconds(simulation.clock));
  webhookEndpoints.put({
    id: endpoint.id,
    endpoint: { ...endpoint, enabled_events: [...enabledEvents], status: 'enabled' },
    secrets: [{ value: secret, expiresAt: null }],
    isConfigured: true,
  });
  return endpoint.id;
}

/** Forgets what an earlier run was configured with and this one is not: nobody may be listening there any more. */
export function forgetOtherConfiguredEndpoints({ store }: Simulation, configured: readonly WebhookEndpoint[]): void {
  const urls = new Set(configured.map(({ url }) => url));
  for (const { id, endpoint, isConfigured } of [...store.webhookEndpoints.oldestFirst()]) {
    if (isConfigured && !urls.has(endpoint.url)) store.webhookEndpoints.remove(id);
  }
}

/** `created` is in seconds. The secret is kept beside the endpoint, since Stripe shows it on creation only. */
export function buildWebhookEndpoint(endpoint: NewWebhookEndpoint, created: number): Stripe.WebhookEndpoint {
  const { url, enabledEvents, description, metadata, apiVersion } = endpoint;
  return {
    id: createId('webhookEndpoint'),
    object: 'webhook_endpoint',
    api_version: apiVersion,
    application: null,
    created,
    description,
    enabled_events: [...enabledEvents],
    livemode: false,
    metadata,
    status: 'enabled',
    url,
  } satisfies Complete<Stripe.WebhookEndpoint, 'deleted' | 'secret'>;
}

export function createStoredEndpoint(endpoint: Stripe.WebhookEndpoint): StoredWebhookEndpoint {
  const secrets = [{ value: createWebhookSecret(), expiresAt: null }];
  return { id: endpoint.id, endpoint, secrets, isConfigured: false };
}
