/** Queries over the catalogue, open to everyone. */
import { Arg, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';
import { type Connection, toConnection } from '../../platform/graphql/connection.types.js';
import type { GraphQLContext } from '../../platform/graphql/context.js';
import { MoneyType } from '../../platform/graphql/money.types.js';
import type { Money } from '../../platform/kernel/money.js';
import { DEFAULT_PAGE_SIZE } from '../../platform/kernel/page.js';
import type { CatalogueItem, CatalogueService } from './catalogue.service.js';
import { CatalogueConnectionType, CatalogueItemType, EquipmentType, ProductType } from './catalogue.types.js';
import type { Equipment } from './equipment.entity.js';
import { ItemType } from './item-type.js';
import type { Product } from './product.entity.js';

@Resolver()
export class CatalogueResolver {
  constructor(private readonly service: CatalogueService) {}

  @Query(() => CatalogueConnectionType, {
    description: 'What is on offer: products, then equipment, each in the order in which they were added.',
  })
  async catalogue(
    @Ctx() { em }: GraphQLContext,
    @Arg('first', () => Int, {
      nullable: true,
      defaultValue: DEFAULT_PAGE_SIZE,
      description: 'How many items, 1 to 100.',
    })
    first: number | null,
    @Arg('after', () => String, { nullable: true, description: 'The `endCursor` of the page before.' }) after?:
      | string
      | null,
    @Arg('type', () => ItemType, { nullable: true, description: 'Only products, or only equipment.' })
    type?: ItemType | null,
    @Arg('search', () => String, { nullable: true, description: 'Part of a name; case and accents do not matter.' })
    search?: string | null,
    @Arg('includeInactive', () => Boolean, {
      defaultValue: false,
      description: 'Also what is not on offer; for staff only.',
    })
    includeInactive = false,
  ): Promise<Connection<CatalogueItem>> {
    return toConnection(await this.service.list(em, { type, search, first, after, includeInactive }));
  }

  @Query(() => CatalogueItemType, {
    nullable: true,
    description: 'One item; null when it is not on offer, except to staff.',
  })
  async catalogueItem(
    @Ctx() { em, viewer }: GraphQLContext,
    @Arg('type', () => ItemType, { description: 'Whether the id is that of a product or of equipment.' })
    type: ItemType,
    @Arg('id', () => ID, { description: 'Id of the item.' }) id: string,
  ): Promise<CatalogueItem | null> {
    return this.service.find(em, { type, id }, { includeInactive: viewer?.isStaff === true });
  }
}

@Resolver(() => ProductType)
export class ProductResolver {
  @FieldResolver(() => MoneyType, { description: 'Price a piece.' })
  price(@Root() product: Product): Money {
    return { amount: product.priceMinor, currency: product.currency };
  }
}

@Resolver(() => EquipmentType)
export class EquipmentResolver {
  @FieldResolver(() => MoneyType, { description: 'Price a unit and day.' })
  pricePerDay(@Root() equipment: Equipment): Money {
    return { amount: equipment.pricePerDayMinor, currency: equipment.currency };
  }

  @FieldResolver(() => MoneyType, { nullable: true, description: 'Price a unit for seven days; null for none.' })
  pricePerWeek(@Root() { pricePerWeekMinor, currency }: Equipment): Money | null {
    return pricePerWeekMinor == null ? null : { amount: pricePerWeekMinor, currency };
  }

  @FieldResolver(() => MoneyType, { nullable: true, description: 'Price a unit for thirty days; null for none.' })
  pricePerMonth(@Root() { pricePerMonthMinor, currency }: Equipment): Money | null {
    return pricePerMonthMinor == null ? null : { amount: pricePerMonthMinor, currency };
  }

  @FieldResolver(() => MoneyType, { nullable: true, description: 'Deposit a unit; null for none.' })
  deposit(@Root() { depositMinor, currency }: Equipment): Money | null {
    return depositMinor == null ? null : { amount: depositMinor, currency };
  }
}
