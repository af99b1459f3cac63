/** The events that this process handled lately: Stripe may send each of them again, mostly soon. */
import { LRUCache } from 'lru-cache';

// An id takes about a hundred bytes.
const MAX_EVENTS = 50_000;

/** Only a hint where to look before anything is written: the database decides whether an event was handled. */
export class HandledEvents {
  private readonly ids = new LRUCache<string, true>({ max: MAX_EVENTS });

  has(eventId: string): boolean {
    return this.ids.has(eventId);
  }

  add(eventId: string): void {
    this.ids.set(eventId, true);
  }
}
