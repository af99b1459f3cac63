/** Reads events from Stripe's list and puts those that no webhook brought into the inbox. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { failPoint } from '../../platform/kernel/fail-point.js';
import type { Logger } from '../../platform/kernel/logger.js';
import type { Span } from '../../stripe/object-mark.js';
import type { ListedEvent, PaymentGateway } from '../../stripe/payment-gateway.js';
import { parseStripeEvent } from '../../stripe/stripe-event.js';
import type { InboxService } from '../webhooks/inbox.service.js';
import { InboxEvent } from '../webhooks/inbox-event.entity.js';

export interface EventsSummary {
  listed: number;
  /** Events that no webhook had brought. */
  missed: number;
}

export class MissedEventsService {
  constructor(
    private readonly inbox: InboxService,
    private readonly gateway: PaymentGateway,
    private readonly logger: Logger,
  ) {}

  /** What `read` would store; changes nothing. */
  async find(em: EntityManager, span: Span): Promise<EventsSummary> {
    const summary = { listed: 0, missed: 0 };
    for await (const page of this.gateway.listEvents(this.inbox.handledTypes, span)) {
      summary.listed += page.length;
      summary.missed += (await unknownEvents(em, page)).length;
    }
    return summary;
  }

  /**
   * Stores and applies events that the inbox does not have. An event whose handler fails is stored, and stops nothing.
   *
   * @param signal ends it after a page
   */
  async read(em: EntityManager, span: Span, signal?: AbortSignal): Promise<EventsSummary> {
    const summary = { listed: 0, missed: 0 };
    for await (const page of this.gateway.listEvents(this.inbox.handledTypes, span)) {
      const missed = await unknownEvents(em, page);
      summary.listed += page.length;
      summary.missed += missed.length;
      // Listed newest first; timelines are easier to read when events are applied in the order in which they happened.
      for (const { body } of missed.reverse()) {
        const event = parseStripeEvent(body);
        if (event !== null) await this.inbox.receive(em, event, body);
      }
      await failPoint('missed events: page stored');
      if (signal?.aborted) break;
    }
    if (summary.missed > 0) this.logger.warn(summary, 'Missed events were read from Stripe’s list');
    return summary;
  }
}

async function unknownEvents(em: EntityManager, page: readonly ListedEvent[]): Promise<ListedEvent[]> {
  const ids = page.map(({ id }) => id);
  const known = await em.fork().find(InboxEvent, { id: { $in: ids } }, { fields: ['id'] });
  const knownIds = new Set(known.map(({ id }) => id));
  return page.filter(({ id }) => !knownIds.has(id));
}
