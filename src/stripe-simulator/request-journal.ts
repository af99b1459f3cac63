/** The API requests that arrived, for tests to assert on and for people to look at. */
import type { PlainValue } from './form-encoding.js';

export interface JournalEntry {
  method: string;
  path: string;
  idempotencyKey: string | null;
  /** Null when the connection was reset instead of answered. */
  status: number | null;
  /** Query and body as objects and arrays of strings; null where the wire had an empty value. */
  parameters: { [key: string]: PlainValue };
}

/** Entries hold whole requests, so they are kept in far smaller number than objects. */
const MAXIMUM_ENTRIES = 10_000;

export class RequestJournal {
  #entries: JournalEntry[] = [];
  readonly #capacity: number;

  constructor(maximumObjects: number) {
    this.#capacity = Math.min(maximumObjects, MAXIMUM_ENTRIES);
  }

  record(entry: JournalEntry): void {
    this.#entries.push(entry);
    // Cut in halves, so that each entry is moved about once and not at every request.
    if (this.#entries.length > 2 * this.#capacity) this.#entries = this.#entries.slice(-this.#capacity);
  }

  /** The latest entries, oldest first. */
  entries(): JournalEntry[] {
    return this.#entries.slice(-this.#capacity);
  }
}
