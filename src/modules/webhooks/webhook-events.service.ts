/** The inbox for staff: listing, showing and replaying events. */
import type { EntityManager, FilterQuery } from '@mikro-orm/postgresql';
import { DomainError } from '../../platform/kernel/domain-error.js';
import { decodeCursor, encodeCursor, type Page, type PageRequest, pageSizeOf } from '../../platform/kernel/page.js';
import type { InboxService } from './inbox.service.js';
import { InboxEvent, type InboxState } from './inbox-event.entity.js';

export interface WebhookEventQuery extends PageRequest {
  status?: InboxState | null | undefined;
}

export class WebhookEventsService {
  constructor(private readonly inbox: InboxService) {}

  /** The newest first. Bodies, which hold personal data, are not read. */
  async list(em: EntityManager, { status, ...page }: WebhookEventQuery): Promise<Page<InboxEvent>> {
    const size = pageSizeOf(page);
    const conditions = [status ? { state: status } : {}, page.after == null ? {} : olderThan(page.after)];
    const options = { orderBy: { receivedAt: 'desc', id: 'desc' }, limit: size + 1 } as const;
    const events = await em.find(InboxEvent, { $and: conditions } as FilterQuery<InboxEvent>, options);
    return {
      items: events.slice(0, size),
      hasNextPage: events.length > size,
      hasPreviousPage: page.after != null,
      cursorOf: (event) => encodeCursor(event.receivedAt.toISOString(), event.id),
    };
  }

  async find(em: EntityManager, id: string): Promise<InboxEvent | null> {
    return em.findOne(InboxEvent, { id });
  }

  /** The bytes as they were signed. */
  async bodyOf(em: EntityManager, id: string): Promise<Buffer | null> {
    const event = await em.fork().findOne(InboxEvent, { id }, { populate: ['body'] });
    return event === null ? null : Buffer.from(event.body);
  }

  /**
   * Applies an event once more, which is safe any number of times.
   *
   * @throws DomainError `NOT_FOUND`
   */
  async replay(em: EntityManager, id: string): Promise<InboxEvent> {
    const state = await this.inbox.replay(em, id);
    if (state === null) throw DomainError.ofFields('NOT_FOUND', { id: 'is not the id of a stored event' });
    return em.fork().findOneOrFail(InboxEvent, { id });
  }
}

function olderThan(cursor: string): object {
  const [receivedAt = '', id = ''] = decodeCursor(cursor, 2);
  const instant = new Date(receivedAt);
  if (!/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/.test(receivedAt) || Number.isNaN(instant.getTime())) {
    throw DomainError.badInput('after', 'is not a cursor of this list');
  }
  // What all of it has in common is said first: the index begins there, while either part alone would be a filter.
  return { receivedAt: { $lte: instant }, $or: [{ receivedAt: { $lt: instant } }, { id: { $lt: id } }] };
}
