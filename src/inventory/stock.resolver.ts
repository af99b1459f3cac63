/** Stock, as fields of the catalogue's items. */
import { Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import { EquipmentType, ProductType } from '../catalogue/catalogue.types.js';
import type { Equipment } from '../catalogue/equipment.entity.js';
import type { Product } from '../catalogue/product.entity.js';
import type { GraphQLContext } from '../graphql/context.js';

@Resolver(() => ProductType)
export class ProductStockResolver {
  @FieldResolver(() => Int, { nullable: true, description: 'Pieces that can be bought now; null is unlimited.' })
  stock(@Root() product: Product, @Ctx() { stock }: GraphQLContext): Promise<number | null> {
    return stock.piecesLeft.load(product.id);
  }
}

@Resolver(() => EquipmentType)
export class EquipmentStockResolver {
  @FieldResolver(() => Int, { description: 'Units in service, those that are rented out included.' })
  unitCount(@Root() equipment: Equipment, @Ctx() { stock }: GraphQLContext): Promise<number> {
    return stock.unitCount.load(equipment.id);
  }
}
