/** What staff change of the catalogue, and its audit, in the schema. */
import { GraphQLDateTime, GraphQLJSONObject } from 'graphql-scalars';
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { connectionTypeOf } from '../../platform/graphql/connection.types.js';
import { EquipmentType, ProductType } from './catalogue.types.js';
import { CatalogueChangeAction } from './catalogue-change.entity.js';
import type { Equipment } from './equipment.entity.js';
import type { Product } from './product.entity.js';

registerEnumType(CatalogueChangeAction, {
  name: 'CatalogueChangeAction',
  description: 'What staff did to an item.',
  valuesConfig: {
    CREATED: { description: 'It was added.' },
    UPDATED: { description: 'Its name, description, prices or the like changed.' },
    STOCK_CHANGED: { description: 'Its stock was adjusted or set.' },
    UNITS_ADDED: { description: 'Units were added.' },
    UNIT_RETIRED: { description: 'A unit was taken out of service.' },
    UNIT_BLOCKED: { description: 'A unit was kept back for days.' },
    UNIT_UNBLOCKED: { description: 'A block of a unit ended.' },
    OTHER: { description: 'Something else, recorded by another version of the shop: see `before` and `after`.' },
  },
});

@ObjectType('CatalogueChange', { description: 'One change of an item; never changed, never removed.' })
export class CatalogueChangeType {
  @Field(() => GraphQLDateTime, { description: 'When.' })
  at!: Date;

  @Field(() => String, { description: 'Who: `staff:…`.' })
  actor!: string;

  @Field(() => ID, { nullable: true, description: 'The unit, where it was one of the equipment’s.' })
  unitId!: number | null;

  @Field(() => GraphQLJSONObject, { nullable: true, description: 'The values that changed, as they were.' })
  before!: object | null;

  @Field(() => GraphQLJSONObject, { nullable: true, description: 'The same values, as they became.' })
  after!: object | null;

  @Field(() => String, { nullable: true, description: 'Why, in the words of the person who made the change.' })
  reason!: string | null;
}

/** One page of changes. */
export const CatalogueChangeConnectionType = connectionTypeOf('CatalogueChange', () => CatalogueChangeType);

@ObjectType({ description: 'A product after a change.' })
export class UpdateProductPayload {
  @Field(() => ProductType, { description: 'The product.' })
  product!: Product;
}

@ObjectType({ description: 'New equipment.' })
export class CreateEquipmentPayload {
  @Field(() => EquipmentType, { description: 'The equipment.' })
  equipment!: Equipment;
}

@ObjectType({ description: 'Equipment after a change.' })
export class UpdateEquipmentPayload {
  @Field(() => EquipmentType, { description: 'The equipment.' })
  equipment!: Equipment;
}

@ObjectType({ description: 'Equipment with new units.' })
export class AddUnitsPayload {
  @Field(() => EquipmentType, { description: 'The equipment.' })
  equipment!: Equipment;
}
