/** One page of a list, and the cursors that lead on from it. */
import { DomainError } from './domain-error.js';

export interface Page<Item> {
  items: Item[];
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  /** The opaque cursor of an item: the next page begins after it. */
  cursorOf(item: Item): string;
}

export const DEFAULT_PAGE_SIZE = 20;
const MAX_PAGE_SIZE = 100;

/** How the caller of a list asks for one page of it; absent and null mean the same. */
export interface PageRequest {
  first?: number | null | undefined;
  after?: string | null | undefined;
}

/**
 * How many items to read.
 *
 * @throws DomainError `BAD_USER_INPUT` on `first`
 */
export function pageSizeOf({ first }: PageRequest): number {
  const size = first ?? DEFAULT_PAGE_SIZE;
  if (size < 1 || size > MAX_PAGE_SIZE) {
    throw DomainError.badInput('first', `must be between 1 and ${MAX_PAGE_SIZE}`);
  }
  return size;
}

/** Cursors hold the sort key of an item, so that rows added meanwhile shift nothing. */
export function encodeCursor(...key: (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** @throws DomainError `BAD_USER_INPUT` on `after`, for a cursor that was not made by this API */
export function decodeCursor(cursor: string, length: number): string[] {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(key) && key.length === length) return key.map(String);
  } catch {
    // Falls through to the same error as for any other invalid cursor.
  }
  throw DomainError.badInput('after', 'is not a cursor of this list');
}
