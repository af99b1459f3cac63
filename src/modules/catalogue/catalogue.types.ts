/** The catalogue in the schema. */
import { Field, ID, Int, InterfaceType, ObjectType, registerEnumType } from 'type-graphql';
import { connectionTypeOf } from '../../platform/graphql/connection.types.js';
import { ItemType } from './item-type.js';
import { Product } from './product.entity.js';

registerEnumType(ItemType, {
  name: 'ItemType',
  description: 'The two kinds of things the shop deals in.',
  valuesConfig: {
    PRODUCT: { description: 'Sold by the piece.' },
    EQUIPMENT: { description: 'Rented by the day.' },
  },
});

@InterfaceType('CatalogueItem', {
  description: 'Something the shop offers.',
  resolveType: (item: object) => (item instanceof Product ? 'Product' : 'Equipment'),
})
export abstract class CatalogueItemType {
  @Field(() => ID, { description: 'Unique among items of the same type.' })
  id!: number;

  @Field(() => String, { description: 'Name for people.' })
  name!: string;

  @Field(() => String, { description: 'What it is, in a sentence or two; may be empty.' })
  description!: string;

  @Field(() => Boolean, { description: 'Whether it is on offer; only staff see what is not.' })
  active!: boolean;

  @Field(() => Boolean, {
    description: 'Whether buyers can withdraw from the contract, within fourteen days: see `withdraw`.',
  })
  withdrawalRight!: boolean;

  @Field(() => Int, { description: 'Counts the changes; staff send it back with theirs.' })
  version!: number;
}

@ObjectType('Product', { implements: CatalogueItemType, description: 'A product, sold by the piece.' })
export class ProductType extends CatalogueItemType {}

@ObjectType('Equipment', { implements: CatalogueItemType, description: 'Equipment, rented by the day.' })
export class EquipmentType extends CatalogueItemType {
  @Field(() => Int, { description: 'Days in the shop between two rentals.' })
  turnaroundDays!: number;
}

/** One page of the catalogue. */
export const CatalogueConnectionType = connectionTypeOf('Catalogue', () => CatalogueItemType);
