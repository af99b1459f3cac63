/** The first phase of a checkout: checks, prices, holds and stores, or finds what the same request stored. */
import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { actorOf, type Viewer } from '../auth/viewer.js';
import { type CatalogueItem, type CatalogueService, typeOf } from '../catalogue/catalogue.service.js';
import { Equipment } from '../catalogue/equipment.entity.js';
import { ItemType } from '../catalogue/item-type.js';
import type { Config } from '../config.js';
import { inTransaction, lockBuyer } from '../database/transaction.js';
import { HoldState } from '../inventory/hold-state.js';
import { type InventoryService, LATEST_START_DAYS } from '../inventory/inventory.service.js';
import { Order } from '../orders/order.entity.js';
import { OrderLine } from '../orders/order-line.entity.js';
import { OrderStatus } from '../orders/order-status.js';
import { LARGEST_CHARGE_MINOR, smallestChargeMinor } from '../pricing/charge-limits.js';
import { type PricedLine, priceLine, totalMinor } from '../pricing/pricing.js';
import { addDays, type CalendarDate, calendarDateAt } from '../shared/calendar-date.js';
import type { Clock } from '../shared/clock.js';
import { DomainError, type FieldErrors } from '../shared/domain-error.js';
import { formatMoney } from '../shared/money.js';
import type { CheckoutDetailsLine, PaymentGateway } from '../stripe/payment-gateway.js';
import type { CheckoutItemInput, CreateCheckoutSessionInput } from './checkout.input.js';
import { countryCode } from './country.js';
import { fingerprintOf } from './fingerprint.js';
import { checkReturnUrl, withOrderId } from './return-url.js';

// The original frontend sends no key: the same basket within a minute is the same click, repeated.
const KEYLESS_REPEAT_MS = 60_000;
// Money of a delayed method may take two weeks; equipment that leaves before it has arrived is gone unpaid.
const DELAYED_METHODS_NEED_DAYS = 14;

export interface Placement {
  orderId: string;
  /** False when an earlier request placed it. */
  isNew: boolean;
}

/** A basket line with its item and price. */
interface Line extends PricedLine {
  item: CatalogueItem;
}

/** All that an order is made of. */
interface Draft {
  viewer: Viewer;
  input: CreateCheckoutSessionInput;
  /** ISO 3166-1 alpha-2. */
  country: string;
  lines: Line[];
  fingerprint: string;
  now: Date;
  today: CalendarDate;
}

export class OrderPlacement {
  constructor(
    private readonly catalogue: CatalogueService,
    private readonly inventory: InventoryService,
    private readonly gateway: PaymentGateway,
    private readonly config: Pick<Config, 'checkout' | 'shop'>,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws DomainError `BAD_USER_INPUT`, `RETURN_URL_NOT_ALLOWED`, `NOT_FOUND`, `OUT_OF_STOCK`,
   *   `NOT_AVAILABLE` or `IDEMPOTENCY_CONFLICT`; nothing is stored then
   */
  async place(em: EntityManager, viewer: Viewer, input: CreateCheckoutSessionInput): Promise<Placement> {
    return inTransaction(em, async (transaction) => {
      await lockBuyer(transaction, viewer.id);
      // Read once it is this request's turn: the wait may have been long.
      const now = this.clock.now();
      const today = calendarDateAt(now, this.config.shop.timeZone);
      const fingerprint = fingerprintOf(input);
      const earlier = await this.findEarlier(transaction, viewer, input.idempotencyKey, fingerprint, now);
      // Found before it is checked: what was good when it was first sent may not be after midnight.
      if (earlier) return { orderId: earlier.id, isNew: false };
      const country = this.check(input, today);
      const lines = await this.price(transaction, input.items, today);
      const order = this.createOrder(transaction, { viewer, input, country, lines, fingerprint, now, today });
      await this.inventory.hold(transaction, order.lines.getItems(), today);
      return { orderId: order.id, isNew: true };
    });
  }

  /** What the schema cannot say; returns the country's code. */
  private check(input: CreateCheckoutSessionInput, today: CalendarDate): string {
    const fields: FieldErrors = {};
    const seen = new Set<string>();
    input.items.forEach((item, index) => {
      const problem = startDateProblem(item, today);
      if (problem) fields[`items[${index}].startDate`] = problem;
      const key = `${item.type} ${item.id} ${item.startDate ?? (item.type === ItemType.EQUIPMENT ? today : '')}`;
      if (seen.has(key)) fields[`items[${index}]`] = 'repeats an earlier line: raise the quantity of that one instead';
      seen.add(key);
    });
    const country = countryCode(input.customerInfo.country);
    if (country === null) fields['customerInfo.country'] = 'is not a country code, nor a French or English name';
    if (Object.keys(fields).length > 0) throw DomainError.ofFields('BAD_USER_INPUT', fields);
    checkReturnUrl('successUrl', input.successUrl, this.config.checkout.returnOrigins);
    checkReturnUrl('cancelUrl', input.cancelUrl, this.config.checkout.returnOrigins);
    return country as string;
  }

  /** The order that the same request of this buyer placed before; runs under the buyer's lock. */
  private async findEarlier(
    em: EntityManager,
    viewer: Viewer,
    idempotencyKey: string | null | undefined,
    requestFingerprint: string,
    now: Date,
  ): Promise<Order | null> {
    if (idempotencyKey) {
      const order = await em.findOne(Order, { buyerId: viewer.id, idempotencyKey });
      if (order && order.requestFingerprint !== requestFingerprint) {
        throw DomainError.ofFields('IDEMPOTENCY_CONFLICT', {
          idempotencyKey: 'was used for another request: take a new key for a new basket',
        });
      }
      return order;
    }
    const since = new Date(now.getTime() - KEYLESS_REPEAT_MS);
    const latest = await em.findOne(
      Order,
      { buyerId: viewer.id, idempotencyKey: null, requestFingerprint, createdAt: { $gte: since } },
      { orderBy: { createdAt: 'desc' } },
    );
    return latest?.isPayable(now) ? latest : null;
  }

  private async price(em: EntityManager, inputs: CheckoutItemInput[], today: CalendarDate): Promise<Line[]> {
    const items = await this.catalogue.findAll(em, inputs);
    const lines = items.map((item, index) => {
      const { quantity, days, startDate } = inputs[index] as CheckoutItemInput;
      const isRental = item instanceof Equipment;
      const priced = priceLine({
        type: typeOf(item),
        quantity,
        days,
        startDate: isRental ? (startDate ?? today) : null,
        unitPriceMinor: isRental ? item.pricePerDayMinor : item.priceMinor,
      });
      return { ...priced, item };
    });
    this.checkTotal(totalMinor(lines));
    return lines;
  }

  private checkTotal(amount: number): void {
    const { currency } = this.config.shop;
    const smallest = smallestChargeMinor(currency);
    if (amount >= smallest && amount <= LARGEST_CHARGE_MINOR) return;
    const [least, most] = [smallest, LARGEST_CHARGE_MINOR].map((limit) =>
      formatMoney({ amount: limit, currency }, 'en'),
    );
    throw DomainError.badInput('items', `the total must be between ${least} and ${most}`);
  }

  private createOrder(em: EntityManager, draft: Draft): Order {
    const { viewer, input, country, lines, fingerprint, now, today } = draft;
    const id = randomUUID();
    // Whole seconds, as Stripe counts them: the order and the session end at the same instant.
    const holdSeconds = this.config.checkout.holdMinutes * 60;
    const expiresAt = new Date((Math.floor(now.getTime() / 1000) + holdSeconds) * 1000);
    const order = em.create(Order, {
      id,
      buyerId: viewer.id,
      idempotencyKey: input.idempotencyKey ?? null,
      requestFingerprint: fingerprint,
      status: OrderStatus.PENDING,
      currency: this.config.shop.currency,
      totalMinor: totalMinor(lines),
      customer: { ...input.customerInfo, phone: input.customerInfo.phone ?? null, country },
      acceptedTermsVersion: input.acceptedTermsVersion ?? null,
      createdAt: now,
      expiresAt,
      stripeRequest: this.gateway.buildCheckoutRequest({
        orderId: id,
        currency: this.config.shop.currency,
        customerEmail: input.customerInfo.email,
        lines: lines.map(toDetailsLine),
        successUrl: withOrderId(input.successUrl, id),
        cancelUrl: withOrderId(input.cancelUrl, id),
        expiresAt,
        excludeDelayedMethods: lines.some(({ startDate }) => leavesSoon(startDate, today)),
      }),
    });
    for (const [position, line] of lines.entries()) em.create(OrderLine, orderLine(order, line, position));
    order.recordCreation({ at: now, cause: 'checkout created', actor: actorOf(viewer) });
    return order;
  }
}

function orderLine(order: Order, line: Line, position: number) {
  const { type, quantity, days, startDate, endDate, unitPriceMinor, amountMinor, item } = line;
  return {
    id: randomUUID(),
    order,
    position,
    type,
    itemId: item.id,
    name: item.name,
    quantity,
    days,
    startDate,
    endDate,
    unitPriceMinor,
    amountMinor,
    holdState: HoldState.HELD,
  };
}

function toDetailsLine({ item, quantity, rateMinor, startDate, endDate }: Line): CheckoutDetailsLine {
  const days = startDate === endDate ? startDate : `${startDate} – ${endDate}`;
  return { name: item.name, description: startDate === null ? null : days, quantity, rateMinor };
}

function leavesSoon(startDate: CalendarDate | null, today: CalendarDate): boolean {
  return startDate !== null && startDate < addDays(today, DELAYED_METHODS_NEED_DAYS);
}

function startDateProblem({ type, startDate }: CheckoutItemInput, today: CalendarDate): string | null {
  if (startDate == null) return null;
  if (type === ItemType.PRODUCT) return 'is for equipment only';
  const latest = addDays(today, LATEST_START_DAYS);
  return startDate < today || startDate > latest ? `must be between ${today} and ${latest}` : null;
}
