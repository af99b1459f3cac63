/** One list of what waits for a person, from all modules: what has waited longest comes first. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Clock } from '../../platform/kernel/clock.js';
import { DomainError } from '../../platform/kernel/domain-error.js';
import { enumValue } from '../../platform/kernel/enum-value.js';
import { decodeCursor, encodeCursor, type Page, type PageRequest, pageSizeOf } from '../../platform/kernel/page.js';
import type { Waiting, WaitingPage } from '../../platform/kernel/waiting.js';
import { countWaitingDeposits, findWaitingDeposits, type WaitingDeposits } from '../deposits/deposits.repository.js';
import { countDisputesToAnswer, findDisputesToAnswer } from '../disputes/disputes.repository.js';
import { countUnpaidFees, findUnpaidFees } from '../fees/fees.repository.js';
import type { LateFeesService } from '../fees/late-fees.service.js';
import { countWaitingOrders, findWaitingOrders, type WaitingOrders } from '../orders/orders.repository.js';
import { countWaitingRefunds, findWaitingRefunds, type WaitingRefunds } from '../refunds/refunds.repository.js';
import type { RentalsService } from '../rentals/rentals.service.js';
import type { ShopConfig } from '../shop/shop-config.js';
import { countDeadEvents, findDeadEvents } from '../webhooks/stored-events.repository.js';
import { countOpenWithdrawals, findOpenWithdrawals } from '../withdrawals/withdrawals.repository.js';
import { AttentionKind } from './attention-kind.js';

export interface AttentionEntry extends Waiting {
  kind: AttentionKind;
}

export interface AttentionQuery extends PageRequest {
  kind?: AttentionKind | null | undefined;
}

/** How what waits of a kind is found. */
interface Source {
  find(em: EntityManager, page: WaitingPage): Promise<Waiting[]>;
  count(em: EntityManager): Promise<number>;
}

// A refund is made within seconds, and so is a charge; one that is not after an hour will not be by itself.
const STUCK_AFTER_MS = 3_600_000;

export class AttentionService {
  private readonly sources: Readonly<Record<AttentionKind, Source>>;

  constructor(
    rentals: RentalsService,
    lateFees: LateFeesService,
    private readonly shop: ShopConfig,
    private readonly clock: Clock,
  ) {
    this.sources = {
      [AttentionKind.PAYMENT_UNDER_REVIEW]: ordersThat('underReview'),
      [AttentionKind.REFUND_FAILED]: this.refundsThatAre('failed'),
      [AttentionKind.REFUND_BLOCKED]: this.refundsThatAre('blocked'),
      [AttentionKind.REFUND_STUCK]: this.refundsThatAre('stuck'),
      [AttentionKind.REFUNDED_STILL_BOOKED]: ordersThat('refundedStillBooked'),
      [AttentionKind.DISPUTED_STILL_BOOKED]: ordersThat('disputedStillBooked'),
      [AttentionKind.DISPUTE_RESPONSE_DUE]: {
        find: (em, page) => findDisputesToAnswer(em, clock.now(), page),
        count: (em) => countDisputesToAnswer(em, clock.now()),
      },
      [AttentionKind.DEPOSIT_ACTION_REQUIRED]: this.depositsThat('actionRequired'),
      [AttentionKind.DEPOSIT_EXPIRING]: this.depositsThat('expiring'),
      [AttentionKind.FEE_UNPAID]: {
        find: (em, page) => findUnpaidFees(em, this.stuckSince(), page),
        count: (em) => countUnpaidFees(em, this.stuckSince()),
      },
      [AttentionKind.LATE_FEE_PROPOSED]: listed((em) => lateFees.waiting(em)),
      [AttentionKind.WITHDRAWAL_REQUESTED]: { find: findOpenWithdrawals, count: countOpenWithdrawals },
      [AttentionKind.RENTAL_OVERDUE]: listed((em) => rentals.overdue(em)),
      [AttentionKind.BOOKING_AT_RISK]: listed((em) => rentals.waitingAtRisk(em)),
      [AttentionKind.WEBHOOK_EVENT_DEAD]: { find: findDeadEvents, count: countDeadEvents },
    };
  }

  /** @throws DomainError `BAD_USER_INPUT` on `first` or `after` */
  async list(em: EntityManager, { kind, ...page }: AttentionQuery): Promise<Page<AttentionEntry>> {
    const size = pageSizeOf(page);
    const after = page.after == null ? null : positionOf(page.after);
    const found: AttentionEntry[] = [];
    for (const one of kind == null ? Object.values(AttentionKind) : [kind]) {
      // Among those that have waited equally long, kinds come in the order of their names.
      const wanted = { after: after && startOf(one, after), limit: size + 1 };
      const entries = await this.sources[one].find(em, wanted);
      found.push(...entries.map((entry) => ({ ...entry, kind: one })));
    }
    found.sort(longestFirst);
    return {
      items: found.slice(0, size),
      hasNextPage: found.length > size,
      hasPreviousPage: after !== null,
      cursorOf: ({ since, kind: of, id }) => encodeCursor(since.toISOString(), of, id),
    };
  }

  /** How much waits, by kind. */
  async counts(em: EntityManager): Promise<Record<AttentionKind, number>> {
    const counts: Partial<Record<AttentionKind, number>> = {};
    for (const kind of Object.values(AttentionKind)) counts[kind] = await this.sources[kind].count(em);
    return counts as Record<AttentionKind, number>;
  }

  private depositsThat(why: WaitingDeposits): Source {
    const here = () => ({ now: this.clock.now(), timeZone: this.shop.timeZone });
    return {
      find: (em, page) => findWaitingDeposits(em, why, here(), page),
      count: (em) => countWaitingDeposits(em, why, here()),
    };
  }

  private refundsThatAre(why: WaitingRefunds): Source {
    return {
      find: (em, page) => findWaitingRefunds(em, why, this.stuckSince(), page),
      count: (em) => countWaitingRefunds(em, why, this.stuckSince()),
    };
  }

  private stuckSince(): Date {
    return new Date(this.clock.now().getTime() - STUCK_AFTER_MS);
  }
}

function ordersThat(why: WaitingOrders): Source {
  return {
    find: (em, page) => findWaitingOrders(em, why, page),
    count: (em) => countWaitingOrders(em, why),
  };
}

/** Of what is computed at each look, and never much. */
function listed(read: (em: EntityManager) => Promise<Waiting[]>): Source {
  return {
    find: async (em, { after, limit }) => {
      const all = (await read(em)).toSorted(bySince);
      return all.filter((waiting) => after === null || bySince(waiting, after) > 0).slice(0, limit);
    },
    count: async (em) => (await read(em)).length,
  };
}

interface Position {
  since: Date;
  kind: AttentionKind;
  id: string;
}

/** Where the entries of a kind go on. */
function startOf(kind: AttentionKind, after: Position): Pick<Waiting, 'since' | 'id'> {
  if (kind === after.kind) return after;
  // Those of kinds before it that have waited as long were on the page before; those of kinds after it were not.
  return kind < after.kind ? { since: after.since, id: LAST_ID } : { since: after.since, id: '' };
}

// Behind every id.
const LAST_ID = '\u{10FFFF}';

function longestFirst(one: AttentionEntry, other: AttentionEntry): number {
  return one.since.getTime() - other.since.getTime() || compare(one.kind, other.kind) || compare(one.id, other.id);
}

function bySince(one: Pick<Waiting, 'since' | 'id'>, other: Pick<Waiting, 'since' | 'id'>): number {
  return one.since.getTime() - other.since.getTime() || compare(one.id, other.id);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

function positionOf(cursor: string): Position {
  const [since = '', kind = '', id = ''] = decodeCursor(cursor, 3);
  const instant = new Date(since);
  const isKind = Object.values(AttentionKind).some((known) => known === kind);
  const isInstant = /^[1-9]\d{3}-\d\d-\d\dT[\d:.]{12}Z$/.test(since) && !Number.isNaN(instant.getTime());
  if (!isKind || !isInstant || id.includes('\0')) throw DomainError.badInput('after', 'is not a cursor of this list');
  return { since: instant, kind: enumValue(AttentionKind, kind, AttentionKind.PAYMENT_UNDER_REVIEW), id };
}
