/** `/v1/events`: retrieve, and list those of the last 30 days. */
import type Stripe from 'stripe';
import { unixSeconds } from '../clock.js';
import { invalidParameter, missingObject } from '../errors.js';
import type { StoredEvent } from '../objects.js';
import { isWithin, paginate } from '../pagination.js';
import { expandField, list, notImplementedYet, paginationFields, range, text } from '../parameter-schema.js';
import { defineRoute, type Route } from '../routing.js';
import type { Simulation } from '../simulation.js';

const PATH = '/v1/events';
const LISTED_SECONDS = 30 * 24 * 60 * 60;

/** `pendingCount` tells how many endpoints still wait for an event. */
export function eventRoutes({ store, clock }: Simulation, pendingCount: (eventId: string) => number): Route[] {
  const show = ({ id, payload }: StoredEvent): Stripe.EventBase => ({
    ...parseEvent(payload),
    pending_webhooks: pendingCount(id),
  });
  return [
    defineRoute<Stripe.EventRetrieveParams>({
      method: 'GET',
      path: `${PATH}/:id`,
      answers: 'event',
      parameters: { expand: expandField },
      handle: ({ id }) => {
        const event = store.events.get(id);
        if (event === undefined) throw missingObject('event', id);
        return show(event);
      },
    }),
    defineRoute<Stripe.EventListParams>({
      method: 'GET',
      path: PATH,
      answers: 'event[]',
      parameters: {
        ...paginationFields,
        created: range(),
        delivery_success: notImplementedYet(),
        expand: expandField,
        type: text(),
        types: list<string>(text(), { maximumItems: 20 }),
      },
      handle: ({ parameters }) => {
        const { created, type, types } = parameters;
        if (type !== undefined && types !== undefined) {
          throw invalidParameter('You may only specify one of these parameters: type, types.', 'type');
        }
        const listedSince = unixSeconds(clock) - LISTED_SECONDS;
        const matches = (event: StoredEvent) =>
          event.created >= listedSince && isWithin(event.created, created) && matchesType(event.type, type, types);
        const page = paginate(store.events.newestFirst(), parameters, { url: PATH, objectType: 'event', matches });
        return { ...page, data: page.data.map(show) };
      },
    }),
  ];
}

/** The recorder wrote the payload, so its shape is known. */
function parseEvent(payload: string): Stripe.EventBase {
  const event: Stripe.EventBase = JSON.parse(payload);
  return event;
}

/** `type` may end in a wildcard: `payment_intent.*`. */
function matchesType(actual: string, type: string | undefined, types: string[] | undefined): boolean {
  if (types !== undefined) return types.includes(actual);
  if (type === undefined) return true;
  return type.endsWith('*') ? actual.startsWith(type.slice(0, -1)) : actual === type;
}
