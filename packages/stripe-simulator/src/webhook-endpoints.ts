/** The webhook endpoints and their secrets, whether they were configured at the start or created by the API. */
import type Stripe from 'stripe';
import { unixSeconds } from './clock.js';
import type { Complete } from './complete-object.js';
import { createId, createWebhookSecret } from './ids.js';
import type { StoredWebhookEndpoint } from './objects.js';
import type { WebhookEndpoint, WebhookSecret } from './public-types.js';
import type { Simulation } from './simulation.js';

export interface NewWebhookEndpoint {
  url: string;
  enabledEvents: readonly string[];
  description: string | null;
  metadata: Stripe.Metadata;
  apiVersion: string | null;
}

/** What Stripe's dashboard offers when a secret is rolled. */
const DEFAULT_OVERLAP_SECONDS = 24 * 60 * 60;

/** Adds the endpoint, or renews the one with its URL that was configured before, also by an earlier run. */
export function configureWebhookEndpoint(simulation: Simulation, configured: WebhookEndpoint): string {
  const { url, secret, enabledEvents = ['*'] } = configured;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new Error(`'${url}' is not the address of a webhook endpoint.`);
  }
  if (secret === '') throw new Error(`The webhook endpoint ${url} needs a secret to sign with.`);
  const { webhookEndpoints } = simulation.store;
  const known = [...webhookEndpoints.oldestFirst()].find(
    (stored) => stored.isConfigured && stored.endpoint.url === url,
  );
  const description = { url, enabledEvents, description: null, metadata: {}, apiVersion: null };
  const stored = known ?? buildStoredEndpoint(simulation, description, secret);
  webhookEndpoints.put({
    ...stored,
    endpoint: { ...stored.endpoint, enabled_events: [...enabledEvents], status: 'enabled' },
    secrets: [{ value: secret, expiresAt: null }],
    isConfigured: true,
  });
  return stored.id;
}

/** Forgets what an earlier run was configured with and this one is not: nobody may be listening there any more. */
export function forgetOtherConfiguredEndpoints({ store }: Simulation, configured: readonly WebhookEndpoint[]): void {
  const urls = new Set(configured.map(({ url }) => url));
  for (const { id, endpoint, isConfigured } of [...store.webhookEndpoints.oldestFirst()]) {
    if (isConfigured && !urls.has(endpoint.url)) store.webhookEndpoints.remove(id);
  }
}

/** With a secret of its own. */
export function createWebhookEndpoint(simulation: Simulation, endpoint: NewWebhookEndpoint): StoredWebhookEndpoint {
  const stored = buildStoredEndpoint(simulation, endpoint, createWebhookSecret());
  simulation.store.webhookEndpoints.put(stored);
  return stored;
}

/**
 * Gives the endpoint a new secret and returns it. The one before signs as well until its time is over. Stripe offers
 * this in its dashboard only, so no resource of the API does it.
 */
export function rollSecret(
  { store, clock, timeline }: Simulation,
  endpointId: string,
  expiresInSeconds = DEFAULT_OVERLAP_SECONDS,
): string {
  const stored = store.webhookEndpoints.get(endpointId);
  if (stored === undefined) throw new Error(`No such webhook endpoint: '${endpointId}'`);
  const value = createWebhookSecret();
  const expiresAt = clock.now().getTime() + expiresInSeconds * 1000;
  const replaced = stored.secrets.filter(isCurrent).map((secret) => ({ ...secret, expiresAt }));
  store.webhookEndpoints.put({ ...stored, secrets: [{ value, expiresAt: null }, ...replaced] });
  timeline.schedule('expire_webhook_secret', endpointId, expiresAt);
  timeline.runDue();
  return value;
}

/** A secret that was rolled stops signing when its overlap ends. */
export function expireSecretsInTime({ store, timeline }: Simulation): void {
  timeline.on('expire_webhook_secret', (id) => {
    const stored = store.webhookEndpoints.get(id);
    if (stored !== undefined) store.webhookEndpoints.put({ ...stored, secrets: stored.secrets.filter(isCurrent) });
  });
}

function isCurrent({ expiresAt }: WebhookSecret): boolean {
  return expiresAt === null;
}

function buildStoredEndpoint(
  { store, clock }: Simulation,
  described: NewWebhookEndpoint,
  secret: string,
): StoredWebhookEndpoint {
  const endpoint = buildWebhookEndpoint(described, unixSeconds(clock));
  const secrets = [{ value: secret, expiresAt: null }];
  const ordinal = store.nextOrdinal('webhook_endpoint');
  return { id: endpoint.id, endpoint, secrets, isConfigured: false, ordinal };
}

/** `created` is in seconds. The secret is kept beside the endpoint, since Stripe shows it on creation only. */
function buildWebhookEndpoint(endpoint: NewWebhookEndpoint, created: number): Stripe.WebhookEndpoint {
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
