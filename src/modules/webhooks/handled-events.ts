/** The events that this process has settled lately: Stripe may send each of them again, and mostly soon. */

// An id takes about a hundred bytes.
const MAX_EVENTS = 10_000;

/** A hint where to look before anything is written: what was settled is decided by the database alone. */
export class HandledEvents {
  private readonly ids = new Set<string>();

  has(eventId: string): boolean {
    return this.ids.has(eventId);
  }

  /** The oldest makes way. */
  add(eventId: string): void {
    this.ids.add(eventId);
    if (this.ids.size <= MAX_EVENTS) return;
    const [oldest = ''] = this.ids;
    this.ids.delete(oldest);
  }
}
