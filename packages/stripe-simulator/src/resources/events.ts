/** `/v1/events`: retrieve, and list those of the last 30 days. */
import type Stripe from 'stripe';
import { unixSeconds } from '../clock.js';
import { invalidParameter, missingObject } from '../errors.js';
import type { StoredEvent } from '../objects.js';
import { isWithin, paginate } from '../pagination.js';
import { boolean, expandField, list, paginationFields, range, text } from '../parameter-schema.js';
import type { Delivery } from '../public-types.js';
import { defineRoute, type Route } from '../routing.js';
import type { Simulation } from '../simulation.js';

const PATH = '/v1/events';
const LISTED_SECONDS = 30 * 24 * 60 * 60;

/** `deliveriesOf` tells what has become of an event. */
export function eventRoutes({ store, clock }: Simulation, deliveriesOf: (eventId: string) => Delivery[]): Route[] {
  const show = ({ id, payload }: StoredEvent): Stripe.EventBase => ({
    ...parseEvent(payload),
    pending_webhooks: deliveriesOf(id).filter(({ state }) => state === 'pending').length,
  });
  const isDelivered = ({ id }: StoredEvent) => deliveriesOf(id).every(({ state }) => state === 'delivered');
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
        delivery_success: boolean(),
        expand: expandField,
        type: text(),
        types: list<string>(text(), { maximumItems: 20 }),
      },
      handle: ({ parameters }) => {
        const { created, delivery_success: delivered, type, types } = parameters;
        if (type !== undefined && types !== undefined) {
          throw invalidParameter('You may only specify one of these parameters: type, types.', 'type');
        }
        const listedSince = unixSeconds(clock) - LISTED_SECONDS;
        const matches = (event: StoredEvent) =>
          event.created >= listedSince &&
          isWithin(event.created, created) &&
          matchesType(event.type, type, types) &&
          (delivered === undefined || isDelivered(event) === delivered);
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
