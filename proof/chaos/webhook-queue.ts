/** A queue of Stripe's webhook deliveries, which the schedule delivers late, in any order, twice, or never. */
import type Stripe from 'stripe';
import type { Random } from './random.js';

export interface Delivery {
  event: Stripe.Event;
  /** Stripe got a 2xx: the shop must never lose it. */
  isAcknowledged: boolean;
  isUnderWay: boolean;
}

const OTHER_API_VERSION = '2024-06-20';

export class WebhookQueue {
  readonly deliveries: Delivery[] = [];
  private newestKnown: string | null = null;

  constructor(
    private readonly stripe: Stripe,
    private readonly random: Random,
  ) {}

  /** Collects what has happened at Stripe since the last time. */
  async collect(): Promise<void> {
    const page = await this.stripe.events.list({
      limit: 100,
      ...(this.newestKnown === null ? {} : { ending_before: this.newestKnown }),
    });
    this.newestKnown = page.data[0]?.id ?? this.newestKnown;
    for (const event of page.data.toReversed()) {
      // Of what we do not handle a few are enough.
      const isHandled =
        /^(checkout\.|refund\.|charge\.(refunded|dispute|captured)|payment_intent\.(canceled|payment_failed))/;
      if (isHandled.test(event.type) || this.random.chance(0.05)) this.put(event);
    }
    if (page.has_more) await this.collect();
  }

  /** Those that Stripe still tries to deliver. */
  get pending(): Delivery[] {
    return this.deliveries.filter(({ isAcknowledged, isUnderWay }) => !isAcknowledged && !isUnderWay);
  }

  get acknowledged(): Delivery[] {
    return this.deliveries.filter(({ isAcknowledged }) => isAcknowledged);
  }

  private put(event: Stripe.Event): void {
    const isOld = this.random.chance(0.04);
    const sent = isOld ? { ...event, api_version: OTHER_API_VERSION } : event;
    this.deliveries.push({ event: sent, isAcknowledged: false, isUnderWay: false });
    if (!this.random.chance(0.04)) return;
    // As Stripe does now and then: two events with different ids report one change.
    const double = { ...event, id: `${event.id}Double` };
    this.deliveries.push({ event: double, isAcknowledged: false, isUnderWay: false });
  }
}
