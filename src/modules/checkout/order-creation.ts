/** The first phase of a checkout: validates, prices, holds and stores the order, or finds that of the same request. */
import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { actorOf, type Viewer } from '../../platform/auth/viewer.js';
import { inBuyersTransaction } from '../../platform/database/transaction.js';
import { addDays, type CalendarDate, startOfDay } from '../../platform/kernel/calendar-date.js';
import type { Clock } from '../../platform/kernel/clock.js';
import { DomainError } from '../../platform/kernel/domain-error.js';
import { failPoint } from '../../platform/kernel/fail-point.js';
import { parseCatalogueId } from '../../platform/kernel/identifier.js';
import { formatMoney } from '../../platform/kernel/money.js';
import { MAX_OPEN_HOLDS } from '../../platform/rate-limits/limits.js';
import { rateLimited } from '../../platform/rate-limits/rate-limiter.js';
import type { CheckoutDetailsLine, PaymentGateway } from '../../stripe/payment-gateway.js';
import { ItemType } from '../catalogue/item-type.js';
import type { AvailabilityService } from '../inventory/availability.service.js';
import type { CalendarBudget } from '../inventory/calendar-budget.js';
import { HoldState } from '../inventory/hold-state.js';
import { type InventoryService, UnitsNotAvailable } from '../inventory/inventory.service.js';
import { type BuyerState, findBuyerState, insertOrder } from '../orders/new-orders.repository.js';
import { type Customer, Order, type OrderState } from '../orders/order.entity.js';
import { OrderEventCause } from '../orders/order-event-cause.js';
import type { StoredLine } from '../orders/order-lines.repository.js';
import { newOrder, type OrderRecord, type OrderWithRequest } from '../orders/order-record.js';
import { findOpenHolds } from '../orders/orders.repository.js';
import type { CancellationService } from '../payments/cancellation.service.js';
import type { InstallationService } from '../payments/installation.service.js';
import type { ShopConfig } from '../shop/shop-config.js';
import { type Basket, type BasketLine, type BasketService, type RentalDays, toWantedLine } from './basket.service.js';
import type { CreateCheckoutSessionInput, CustomerInfoInput } from './checkout.input.js';
import type { CheckoutConfig } from './checkout-config.js';
import { countryCode } from './country.js';
import { fingerprintOf } from './fingerprint.js';
import { needsPostalCode } from './postal-code.js';
import { checkReturnUrl, withOrderId, withSessionIdPlaceholder } from './return-url.js';

// The original frontend sends no key: the same basket within a minute is a repeated click.
const KEYLESS_REPEAT_MS = 60_000;
// Delayed payments may take two weeks; equipment must not leave before they have succeeded.
const DELAYED_METHODS_NEED_DAYS = 14;

export interface CreatedOrder {
  orderId: string;
  /** As it was stored; null when an earlier request created it. */
  order: OrderWithRequest | null;
  /** The order that this one replaces: its goods are released; its session is still to be expired. */
  replacedOrderId: string | null;
}

/** Everything that an order is created from. */
interface Draft {
  viewer: Viewer;
  input: CreateCheckoutSessionInput;
  /** ISO 3166-1 alpha-2. */
  country: string;
  basket: Basket;
  fingerprint: string;
  /** Of the installation that creates it. */
  installationId: string;
  now: Date;
}

export class OrderCreation {
  constructor(
    private readonly baskets: BasketService,
    private readonly inventory: InventoryService,
    private readonly availability: AvailabilityService,
    private readonly cancellation: CancellationService,
    private readonly installation: InstallationService,
    private readonly gateway: PaymentGateway,
    private readonly config: { checkout: CheckoutConfig; shop: ShopConfig; rateLimit: boolean },
    private readonly clock: Clock,
  ) {}

  /**
   * @param budget what the request may still read of calendars
   * @throws DomainError `BAD_USER_INPUT`, `RETURN_URL_NOT_ALLOWED`, `NOT_FOUND`, `OUT_OF_STOCK`,
   *   `NOT_AVAILABLE`, `PRICE_CHANGED`, `DEPOSIT_TERMS_REQUIRED`, `IDEMPOTENCY_CONFLICT` or `RATE_LIMITED`; nothing is
   *   stored then
   */
  async create(
    em: EntityManager,
    viewer: Viewer,
    input: CreateCheckoutSessionInput,
    budget: CalendarBudget,
  ): Promise<CreatedOrder> {
    const rented = input.items.filter(({ type }) => type === ItemType.EQUIPMENT);
    // Before anything is locked: the rate limiter may be slow.
    const equipmentIds = rented.map(({ id }) => parseCatalogueId(id) ?? 0);
    await this.availability.spendOnStays(em, equipmentIds, budget);
    try {
      return await this.createInTransaction(em, viewer, input);
    } catch (error) {
      throw error instanceof UnitsNotAvailable ? await this.withDate(em, input, error, budget) : error;
    }
  }

  /** From when the line is available, as in the quote: looked up when no lock is held any more. */
  private async withDate(
    em: EntityManager,
    { items }: CreateCheckoutSessionInput,
    error: UnitsNotAvailable,
    budget: CalendarBudget,
  ): Promise<DomainError> {
    const fork = em.fork();
    const basket = await this.baskets.price(fork, items, this.clock.now());
    const lines = basket.lines.slice(0, error.line.position + 1).map(toWantedLine);
    return error.withDate(await this.availability.firstFreeDate(fork, lines, basket, budget));
  }

  private async createInTransaction(
    em: EntityManager,
    viewer: Viewer,
    input: CreateCheckoutSessionInput,
  ): Promise<CreatedOrder> {
    return inBuyersTransaction(em, viewer.id, async (transaction) => {
      // Read once the lock is held: the wait may have been long.
      const now = this.clock.now();
      const fingerprint = fingerprintOf(input);
      const [state, offers] = await Promise.all([
        this.stateOfBuyer(transaction, viewer, input, fingerprint, now),
        this.baskets.findOffers(transaction, input.items),
      ]);
      // Found before it is validated: what was valid when it was first sent may not be after midnight.
      if (state.earlier) {
        const replacedOrderId = await this.unfinished(transaction, state.earlier, input.replacesOrderId);
        return { orderId: state.earlier.id, order: null, replacedOrderId };
      }
      const country = this.check(input);
      const replaced = input.replacesOrderId
        ? await this.cancelReplaced(transaction, viewer, input.replacesOrderId)
        : null;
      // The order that is being replaced is cancelled by now, and not counted.
      if (replaced) await transaction.flush();
      const openHoldsMs = replaced ? await findOpenHolds(transaction, viewer.id, now) : state.openHoldsMs;
      this.checkOpenHolds(openHoldsMs);
      const basket = await this.baskets.price(transaction, input.items, now, offers);
      this.checkExpectedTotal(input, basket);
      checkTerms(input, basket);
      if (replaced) await this.releaseFor(transaction, replaced, basket);
      const installationId = await this.installation.id(transaction);
      const draft = { viewer, input, country, basket, fingerprint, installationId, now };
      const { order, stripeRequest } = this.createOrder(draft);
      const lines = basket.lines.map((line, position) => orderLine(order.id, line, position));
      await this.inventory.hold(transaction, lines, basket);
      insertOrder(transaction, order, lines, stripeRequest);
      await failPoint('checkout: before the order is committed');
      const replacedOrderId = replaced?.id ?? null;
      // Read from the very text that is stored, so that the first request to Stripe is the same as every repetition.
      const withRequest = Object.assign(order, { stripeRequest: JSON.parse(stripeRequest) });
      return { orderId: order.id, order: withRequest, replacedOrderId };
    });
  }

  /**
   * Exact, since they are counted under the buyer's lock.
   *
   * @throws DomainError `RATE_LIMITED` until the first of them ends
   */
  private checkOpenHolds([firstMs, ...others]: readonly number[]): void {
    const isFull = this.config.rateLimit && others.length + 1 >= MAX_OPEN_HOLDS;
    if (firstMs !== undefined && isFull) throw rateLimited(firstMs);
  }

  /**
   * The order to replace, locked and with its cancellation requested; null when it is over already.
   *
   * @throws DomainError `NOT_FOUND` or `ORDER_NOT_CANCELLABLE`
   */
  private async cancelReplaced(em: EntityManager, viewer: Viewer, orderId: string): Promise<Order | null> {
    // Staff cancel the orders of others by cancelOrder only, and not as a side effect.
    const order = await this.cancellation.lock(em, orderId, { buyerId: viewer.id });
    if (!order) {
      throw DomainError.ofFields('NOT_FOUND', { replacesOrderId: 'is not the id of an order of yours' });
    }
    return this.cancellation.request(order, actorOf(viewer), 'replacesOrderId') ? order : null;
  }

  /** The order that an earlier request replaced, where its session could not be expired then. */
  private async unfinished(em: EntityManager, earlier: OrderState, orderId?: string | null): Promise<string | null> {
    if (!orderId || !earlier.awaitsPayment()) return null;
    const order = await em.findOne(Order, { id: orderId, buyerId: earlier.buyerId, cancelRequestedAt: { $ne: null } });
    return order === null || order.isOver() ? null : order.id;
  }

  /** Puts the goods of the replaced order back on offer, with all rows locked that the new one will touch. */
  private async releaseFor(em: EntityManager, replaced: Order, { lines }: Basket): Promise<void> {
    const goods = await replaced.lines.loadItems();
    await this.inventory.lock(em, [...goods, ...lines.map(({ type, item }) => ({ type, itemId: item.id }))]);
    await this.inventory.release(em, goods);
  }

  /** Validates what the schema cannot express. @returns the country's code */
  private check(input: CreateCheckoutSessionInput): string {
    const country = countryCode(input.customerInfo.country);
    if (country === null) {
      throw DomainError.badInput(
        'customerInfo.country',
        'is not a country code, nor a French or English name of one country alone',
      );
    }
    if (input.customerInfo.postalCode == null && needsPostalCode(country)) {
      throw DomainError.badInput('customerInfo.postalCode', 'is needed in this country');
    }
    checkReturnUrl('successUrl', input.successUrl, this.config.checkout.returnOrigins);
    checkReturnUrl('cancelUrl', input.cancelUrl, this.config.checkout.returnOrigins);
    return country;
  }

  /**
   * Before anything is held: the buyer decides again, with the same key.
   *
   * @throws DomainError `PRICE_CHANGED`
   */
  private checkExpectedTotal({ expectedTotal }: CreateCheckoutSessionInput, { totalMinor: amount }: Basket): void {
    if (expectedTotal == null || expectedTotal === amount) return;
    const total = { amount, currency: this.config.shop.currency };
    throw new DomainError('PRICE_CHANGED', `The total is now ${formatMoney(total, 'en')}: ask the buyer again.`, {
      fields: { expectedTotal: `is not the total any more, which is ${amount}` },
      total,
    });
  }

  /**
   * The order that the same request of this buyer created before, and the buyer's open holds; runs under the buyer's
   * lock, in a statement of its own: one that waited for the lock would see what was there before.
   */
  private async stateOfBuyer(
    em: EntityManager,
    { id: buyerId }: Viewer,
    input: CreateCheckoutSessionInput,
    fingerprint: string,
    now: Date,
  ): Promise<BuyerState> {
    const idempotencyKey = input.idempotencyKey || null;
    const since = new Date(now.getTime() - KEYLESS_REPEAT_MS);
    const state = await findBuyerState(em, { buyerId, idempotencyKey, fingerprint, since, now });
    const { earlier } = state;
    if (idempotencyKey === null) return { ...state, earlier: earlier?.isPayable(now) ? earlier : null };
    if (earlier !== null && earlier.requestFingerprint !== fingerprint) {
      throw DomainError.ofFields('IDEMPOTENCY_CONFLICT', {
        idempotencyKey: 'was used for another request: use a new key for a new basket',
      });
    }
    return state;
  }

  /** When the session and the hold end: never later than a rental that is to be paid. */
  private holdEnd({ lines }: Basket, now: Date): Date {
    // Whole seconds, as Stripe counts them: the order and the session end at the same instant.
    const holdSeconds = this.config.checkout.holdMinutes * 60;
    const held = new Date((Math.floor(now.getTime() / 1000) + holdSeconds) * 1000);
    const ends = lines.flatMap(({ rental }) => rental?.endDate ?? []).sort();
    if (ends[0] === undefined) return held;
    const over = startOfDay(addDays(ends[0], 1), this.config.shop.timeZone);
    return over < held ? over : held;
  }

  private createOrder(draft: Draft): { order: OrderRecord; stripeRequest: string } {
    const { viewer, input, country, basket, fingerprint, installationId, now } = draft;
    const { currency } = this.config.shop;
    const id = randomUUID();
    const expiresAt = this.holdEnd(basket, now);
    const order = newOrder({
      id,
      buyerId: viewer.id,
      idempotencyKey: input.idempotencyKey ?? null,
      requestFingerprint: fingerprint,
      currency,
      totalMinor: basket.totalMinor,
      customer: customerOf(input.customerInfo, country),
      acceptedTermsVersion: input.acceptedTermsVersion ?? null,
      savesCard: basket.savesCard,
      customerIp: viewer.ip ?? null,
      createdAt: now,
      expiresAt,
      installationId,
    });
    order.recordCreation({ at: now, cause: OrderEventCause.CHECKOUT_CREATED, actor: actorOf(viewer) });
    const request = this.gateway.buildCheckoutRequest({
      ...{ purpose: 'order', rowId: null },
      orderId: id,
      installationId,
      currency,
      customerEmail: input.customerInfo.email,
      lines: basket.lines.map(toDetailsLine),
      successUrl: withSessionIdPlaceholder(withOrderId(input.successUrl, id)),
      cancelUrl: withOrderId(input.cancelUrl, id),
      expiresAt,
      excludeDelayedMethods: basket.lines.some((line) => leavesSoon(line, basket.today)),
      ...(basket.savesCard ? { card: 'save' as const } : {}),
    });
    return { order, stripeRequest: JSON.stringify(request) };
  }
}

/**
 * The terms say what may be charged to a card that is saved, and when.
 *
 * @throws DomainError `DEPOSIT_TERMS_REQUIRED`
 */
function checkTerms({ acceptedTermsVersion }: CreateCheckoutSessionInput, { savesCard }: Basket): void {
  if (!savesCard || acceptedTermsVersion) return;
  throw new DomainError(
    'DEPOSIT_TERMS_REQUIRED',
    'The card is saved for the deposit: the buyer has to accept the terms.',
    {
      fields: { acceptedTermsVersion: 'is required where the card is saved for a deposit' },
    },
  );
}

function customerOf({ phone, postalCode, ...info }: CustomerInfoInput, country: string): Customer {
  return { ...info, phone: phone ?? null, postalCode: postalCode ?? '', country };
}

function orderLine(
  orderId: string,
  { item, type, quantity, days, price, rental }: BasketLine,
  position: number,
): StoredLine {
  return {
    id: randomUUID(),
    orderId,
    position,
    type,
    itemId: item.id,
    name: item.name,
    quantity,
    days,
    startDate: rental?.startDate ?? null,
    endDate: rental?.endDate ?? null,
    returnDate: rental?.returnDate ?? null,
    unitPriceMinor: price.unitPriceMinor,
    rateMonths: price.months,
    rateWeeks: price.weeks,
    rateDays: price.days,
    rateMinor: price.rateMinor,
    depositMinor: price.depositMinor,
    amountMinor: price.amountMinor,
    holdState: HoldState.HELD,
    fulfilledQuantity: 0,
    returnedQuantity: 0,
    receivedBackQuantity: 0,
    refundedMinor: 0,
    withdrawalRight: item.withdrawalRight,
    withdrawnQuantity: 0,
  };
}

function toDetailsLine({ item, quantity, price, rental }: BasketLine): CheckoutDetailsLine {
  return { name: item.name, description: rental && daysForPeople(rental), quantity, rateMinor: price.rateMinor };
}

function daysForPeople({ startDate, endDate }: RentalDays): string {
  return startDate === endDate ? startDate : `${startDate} – ${endDate}`;
}

function leavesSoon({ rental }: BasketLine, today: CalendarDate): boolean {
  return rental !== null && rental.startDate < addDays(today, DELAYED_METHODS_NEED_DAYS);
}
