/** Stripe's cursor pagination over objects that are sorted newest first. */
import type Stripe from 'stripe';
import { invalidParameter, missingObject } from './errors.js';

const DEFAULT_LIMIT = 10;

export interface Page {
  ending_before?: string;
  limit?: number;
  starting_after?: string;
}

export interface ListDescription<Item> {
  url: string;
  /** Names the objects in the error for a cursor that does not exist. */
  objectType: string;
  matches?: (item: Item) => boolean;
}

/** The cursor is looked up before the filter applies: an object that stopped matching is still a valid cursor. */
export function paginate<Item extends { id: string }>(
  newestFirst: readonly Item[],
  page: Page,
  { url, objectType, matches = () => true }: ListDescription<Item>,
): Stripe.ApiList<Item> {
  const { starting_after: after, ending_before: before, limit = DEFAULT_LIMIT } = page;
  if (after !== undefined && before !== undefined) {
    const message = 'You cannot use both `starting_after` and `ending_before`: use one or the other.';
    throw invalidParameter(message, 'ending_before');
  }
  if (before !== undefined) {
    const newer = newestFirst.slice(0, indexOf(newestFirst, before, 'ending_before', objectType)).filter(matches);
    return { object: 'list', data: newer.slice(-limit), has_more: newer.length > limit, url };
  }
  const start = after === undefined ? 0 : indexOf(newestFirst, after, 'starting_after', objectType) + 1;
  const older = newestFirst.slice(start).filter(matches);
  return { object: 'list', data: older.slice(0, limit), has_more: older.length > limit, url };
}

function indexOf(items: readonly { id: string }[], id: string, param: string, objectType: string): number {
  const index = items.findIndex((item) => item.id === id);
  if (index === -1) throw missingObject(objectType, id, param);
  return index;
}

/** The `created` filter of lists: a timestamp, or bounds. */
export function isWithin(created: number, filter: number | Stripe.RangeQueryParam | undefined): boolean {
  if (filter === undefined) return true;
  if (typeof filter === 'number') return created === filter;
  const { gt = -Infinity, gte = -Infinity, lt = Infinity, lte = Infinity } = filter;
  return created > gt && created >= gte && created < lt && created <= lte;
}
