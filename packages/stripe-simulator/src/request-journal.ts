/** The API requests that arrived, for tests to assert on and for people to look at. */
import { type PlainValue, parseForm, toPlainObject } from './form-encoding.js';

interface RecordedRequest {
  /** Rises with every request that arrives and every delivery attempt that is sent. */
  sequence: number;
  requestId: string;
  method: string;
  path: string;
  idempotencyKey: string | null;
  /** Null when the connection was reset instead of answered. */
  status: number | null;
  encodedParameters: string;
}

export interface JournalEntry extends Omit<RecordedRequest, 'encodedParameters'> {
  /** Query or body as objects and arrays of strings; null where the wire had an empty value. */
  parameters: { [key: string]: PlainValue };
}

/** Entries hold whole requests, so they are kept in far smaller number than objects. */
const MAXIMUM_ENTRIES = 10_000;

export class RequestJournal {
  #entries: RecordedRequest[] = [];
  readonly #capacity: number;

  constructor(
    maximumObjects: number,
    private readonly onRecord: (entry: RecordedRequest) => void = () => {},
  ) {
    this.#capacity = Math.min(maximumObjects, MAXIMUM_ENTRIES);
  }

  record(entry: RecordedRequest): void {
    this.onRecord(entry);
    this.#entries.push(entry);
    // Cut in halves, so that each entry is moved about once and not at every request.
    if (this.#entries.length > 2 * this.#capacity) this.#entries = this.#entries.slice(-this.#capacity);
  }

  /** The latest entries, oldest first. Parameters are decoded for those who look: nearly no request is looked at. */
  entries(): JournalEntry[] {
    // They are recorded when they are answered; what was delayed came in before what overtook it.
    const inOrder = this.#entries.slice(-this.#capacity).sort((left, right) => left.sequence - right.sequence);
    return inOrder.map(({ encodedParameters, ...entry }) => {
      return { ...entry, parameters: toPlainObject(parseForm(encodedParameters)) };
    });
  }

  clear(): void {
    this.#entries = [];
  }
}
