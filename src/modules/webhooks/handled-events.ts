/** The events that this process handled lately: Stripe may send each of them again, mostly soon. */

// An id takes about a hundred bytes.
const MAX_EVENTS = 10_000;

/** Only a hint where to look before anything is written: the database decides whether an event was handled. */
export class HandledEvents {
  private readonly ids = new Set<string>();

  has(eventId: string): boolean {
    return this.ids.has(eventId);
  }

  /** Evicts the oldest. */
  add(eventId: string): void {
    this.ids.add(eventId);
    if (this.ids.size <= MAX_EVENTS) return;
    const [oldest = ''] = this.ids;
    this.ids.delete(oldest);
  }
}
