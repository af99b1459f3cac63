/** The audit of the catalogue in the schema. */
import { GraphQLDateTime, GraphQLJSONObject } from 'graphql-scalars';
import { Field, ID, ObjectType } from 'type-graphql';
import { connectionTypeOf } from '../../platform/graphql/connection.types.js';

@ObjectType('CatalogueChange', { description: 'One change of an item; never changed, never removed.' })
class CatalogueChangeType {
  @Field(() => GraphQLDateTime, { description: 'When.' })
  at!: Date;

  @Field(() => String, { description: 'Who: `staff:…`.' })
  actor!: string;

  @Field(() => ID, { nullable: true, description: 'The unit, where it was one of the equipment’s.' })
  unitId!: number | null;

  @Field(() => String, { description: 'What was done, such as `updated` or `stock changed`.' })
  action!: string;

  @Field(() => GraphQLJSONObject, { nullable: true, description: 'The values that changed, as they were.' })
  before!: object | null;

  @Field(() => GraphQLJSONObject, { nullable: true, description: 'The same values, as they became.' })
  after!: object | null;

  @Field(() => String, { nullable: true, description: 'Why, in the words of the person who made the change.' })
  reason!: string | null;
}

/** One page of changes. */
export const CatalogueChangeConnectionType = connectionTypeOf('CatalogueChange', () => CatalogueChangeType);
