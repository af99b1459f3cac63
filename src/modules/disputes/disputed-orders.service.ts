/** What the shop knows of an order whose payment is disputed, as evidence. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { calendarDateAt } from '../../platform/kernel/calendar-date.js';
import type { DisputeEvidence } from '../../stripe/payment-gateway.js';
import { ItemType } from '../catalogue/item-type.js';
import type { FulfillmentService } from '../fulfillment/fulfillment.service.js';
import { Order } from '../orders/order.entity.js';
import type { RentalsService, RentedUnit } from '../rentals/rentals.service.js';
import type { ShopConfig } from '../shop/shop-config.js';
import { evidenceOf } from './dispute-evidence.js';

export class DisputedOrders {
  constructor(
    private readonly fulfillment: FulfillmentService,
    private readonly rentals: RentalsService,
    private readonly shop: ShopConfig,
  ) {}

  /** By Stripe's names; nothing of a customer who was forgotten. */
  async evidenceOf(em: EntityManager, orderId: string): Promise<DisputeEvidence> {
    const order = await em.findOneOrFail(Order, { id: orderId }, { populate: ['lines'] });
    if (order.anonymisedAt) return {};
    const { customer } = order;
    const lines = order.lines.getItems();
    const dayOf = (instant: Date) => calendarDateAt(instant, this.shop.timeZone);
    return evidenceOf({
      number: order.number ?? null,
      placedOn: dayOf(order.createdAt),
      customer: {
        name: `${customer.firstName} ${customer.lastName}`,
        email: customer.email,
        address: `${customer.address}, ${customer.postalCode} ${customer.city}, ${customer.country}`,
      },
      ip: order.customerIp ?? null,
      accountId: order.buyerId,
      termsVersion: order.acceptedTermsVersion ?? null,
      goods: lines.map(({ quantity, name, startDate = null, endDate = null }) => ({
        ...{ quantity, name, startDate, endDate },
      })),
      sent: (await this.fulfillment.fulfillmentsOf(em, orderId)).map(({ at, carrier, trackingNumber }) => ({
        ...{ on: dayOf(at), carrier: carrier ?? null, trackingNumber: trackingNumber ?? null },
      })),
      units: await this.unitsOf(
        em,
        lines.filter(({ type }) => type === ItemType.EQUIPMENT).map(({ id }) => id),
      ),
    });
  }

  private async unitsOf(em: EntityManager, lineIds: readonly string[]): Promise<RentedUnit[]> {
    return (await Promise.all(lineIds.map((id) => this.rentals.unitsOf(em, id)))).flat();
  }
}
