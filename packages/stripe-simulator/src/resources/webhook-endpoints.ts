/** `/v1/webhook_endpoints`: create, retrieve, update, delete and list. */
import type Stripe from 'stripe';
import { missingObject } from '../errors.js';
import type { StoredWebhookEndpoint } from '../objects.js';
import { paginate } from '../pagination.js';
import {
  boolean,
  enumeration,
  expandField,
  list,
  metadata,
  metadataUpdate,
  type Parsed,
  paginationFields,
  switchedOff,
  text,
} from '../parameter-schema.js';
import { mergeMetadata } from '../parameter-validation.js';
import { defineRoute, type Route } from '../routing.js';
import type { Simulation } from '../simulation.js';
import { checkUrl } from '../text-checks.js';
import { createWebhookEndpoint } from '../webhook-endpoints.js';
import { apiVersions, enabledEvents } from '../webhook-event-types.js';

type UpdateParameters = Parsed<Stripe.WebhookEndpointUpdateParams>;

const PATH = '/v1/webhook_endpoints';
const OBJECT_TYPE = 'webhook_endpoint';

/** `endDeliveries` sends nothing more to an endpoint. */
export function webhookEndpointRoutes(simulation: Simulation, endDeliveries: (endpointId: string) => void): Route[] {
  const { webhookEndpoints } = simulation.store;
  const find = (id: string): StoredWebhookEndpoint => {
    const stored = webhookEndpoints.get(id);
    if (stored === undefined) throw missingObject('webhook endpoint', id);
    return stored;
  };
  return [
    createRoute(simulation),
    defineRoute<Stripe.WebhookEndpointRetrieveParams>({
      method: 'GET',
      path: `${PATH}/:id`,
      answers: OBJECT_TYPE,
      parameters: { expand: expandField },
      handle: ({ id }) => find(id).endpoint,
    }),
    defineRoute<Stripe.WebhookEndpointUpdateParams>({
      method: 'POST',
      path: `${PATH}/:id`,
      answers: OBJECT_TYPE,
      parameters: {
        description: text({ unsettable: true }),
        disabled: boolean(),
        enabled_events: list(enumeration(enabledEvents)),
        expand: expandField,
        metadata: metadataUpdate(),
        url: text({ check: checkUrl }),
      },
      handle: ({ id, parameters }) => {
        const stored = find(id);
        const endpoint = applyUpdate(stored.endpoint, parameters);
        webhookEndpoints.put({ ...stored, endpoint });
        if (endpoint.status === 'disabled') endDeliveries(id);
        return endpoint;
      },
    }),
    defineRoute<Stripe.WebhookEndpointDeleteParams & { expand?: string[] }>({
      method: 'DELETE',
      path: `${PATH}/:id`,
      answers: OBJECT_TYPE,
      parameters: { expand: expandField },
      handle: ({ id }) => {
        find(id);
        webhookEndpoints.remove(id);
        endDeliveries(id);
        return { id, object: OBJECT_TYPE, deleted: true } satisfies Stripe.DeletedWebhookEndpoint;
      },
    }),
    defineRoute<Stripe.WebhookEndpointListParams>({
      method: 'GET',
      path: PATH,
      answers: `${OBJECT_TYPE}[]`,
      parameters: { ...paginationFields, expand: expandField },
      handle: ({ parameters }) => {
        const endpoints = webhookEndpoints.newestFirst().map(({ endpoint }) => endpoint);
        return paginate(endpoints, parameters, { url: PATH, objectType: 'webhook endpoint' });
      },
    }),
  ];
}

function createRoute(simulation: Simulation): Route {
  return defineRoute<Stripe.WebhookEndpointCreateParams>({
    method: 'POST',
    path: PATH,
    answers: OBJECT_TYPE,
    parameters: {
      api_version: enumeration(apiVersions),
      connect: switchedOff(),
      description: text(),
      enabled_events: list(enumeration(enabledEvents), { required: true }),
      expand: expandField,
      metadata: metadata(),
      url: text({ required: true, check: checkUrl }),
    },
    handle: ({ parameters }) => {
      const { endpoint, secrets } = createWebhookEndpoint(simulation, {
        url: parameters.url,
        enabledEvents: parameters.enabled_events,
        description: parameters.description ?? null,
        metadata: parameters.metadata ?? {},
        apiVersion: parameters.api_version ?? null,
      });
      // Shown this once: to see a secret later, roll it.
      return { ...endpoint, secret: secrets[0]?.value ?? '' } satisfies Stripe.WebhookEndpoint;
    },
  });
}

function applyUpdate(endpoint: Stripe.WebhookEndpoint, parameters: UpdateParameters): Stripe.WebhookEndpoint {
  const { description = endpoint.description, disabled, enabled_events: selected, url = endpoint.url } = parameters;
  return {
    ...endpoint,
    description: description === '' ? null : description,
    enabled_events: selected ?? endpoint.enabled_events,
    metadata: mergeMetadata(endpoint.metadata, parameters.metadata),
    status: disabled === undefined ? endpoint.status : disabled ? 'disabled' : 'enabled',
    url,
  };
}
