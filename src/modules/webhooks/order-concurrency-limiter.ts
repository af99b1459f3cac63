/** Limits how many events of one order are applied at once: a locked order must not hold up the events of others. */
import type Stripe from 'stripe';
import { Semaphore } from '../../platform/database/semaphore.js';
import { currentWork } from '../../platform/database/workload.js';
import { referencesOf } from './event-references.js';

// They would wait for each other in the database anyway, and hold connections there that others need.
const AT_ONCE = 2;

export class OrderConcurrencyLimiter {
  private readonly busy = new Map<string, { semaphore: Semaphore; users: number }>();

  /** @throws DatabaseUnavailable when its turn did not come in time */
  async run<T>(event: Stripe.Event, work: () => Promise<T>): Promise<T> {
    const { orderId, checkoutSessionId, paymentIntentId } = referencesOf(event);
    const key = orderId ?? checkoutSessionId ?? paymentIntentId;
    if (key === null) return work();
    const order = this.busy.get(key) ?? { semaphore: new Semaphore(AT_ONCE), users: 0 };
    this.busy.set(key, order);
    order.users += 1;
    try {
      const current = currentWork();
      await current.wait(() => order.semaphore.acquire(current));
      return await work().finally(() => order.semaphore.release());
    } finally {
      order.users -= 1;
      if (order.users === 0) this.busy.delete(key);
    }
  }
}
