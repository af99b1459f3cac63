/** What staff send to change the catalogue, with its limits. */
import { ArrayMaxSize, ArrayMinSize, IsOptional, Max, Min, NotEquals } from 'class-validator';
import { GraphQLSafeInt } from 'graphql-scalars';
import { Field, ID, InputType, Int } from 'type-graphql';
import { Lines, LinesOrEmpty, Text } from '../../platform/graphql/text.input.js';

/** Pieces; beyond any shop, and far from the end of the column. */
export const MAX_STOCK = 1_000_000_000;
const MAX_UNITS_AT_ONCE = 200;

const KEEPS_PRICE = 'orders that exist keep theirs.';
const PER_WEEK = 'Price a unit for seven days; null for none.';
const PER_MONTH = 'Price a unit for thirty days; null for none.';
const WITHDRAWAL_RIGHT =
  'Whether buyers can withdraw from the contract: the law names what is exempt, such as cars for fixed days, and goods made to measure.';
const DEPOSIT = 'Deposit a unit; recorded on orders. Null for none.';

/** A field with its validation, required or not: what is set when an item is created is changed by the same rules. */
function withRules(field: PropertyDecorator, { nullable = false }: ItemFieldOptions, ...rules: PropertyDecorator[]) {
  const decorators = [field, ...rules, ...(nullable ? [IsOptional()] : [])];
  return (target: object, property: string | symbol) => {
    for (const decorate of decorators) decorate(target, property);
  };
}

interface ItemFieldOptions {
  nullable?: boolean;
  defaultValue?: unknown;
  description?: string;
}

function NameField(options: ItemFieldOptions = {}): PropertyDecorator {
  const description = 'Name for people, 1 to 200 characters.';
  return withRules(
    Field(() => String, { description, ...options }),
    options,
    Text(200),
  );
}

function DescriptionField(options: ItemFieldOptions): PropertyDecorator {
  const description = 'What it is, up to 2000 characters.';
  return withRules(
    Field(() => String, { description, ...options }),
    options,
    LinesOrEmpty(2000),
  );
}

/** An amount in minor units of the shop's currency. */
function PriceField(description: string, options: ItemFieldOptions = {}): PropertyDecorator {
  return withRules(
    Field(() => GraphQLSafeInt, { description, ...options }),
    options,
    Min(0),
  );
}

function TurnaroundField(options: ItemFieldOptions): PropertyDecorator {
  const description = 'Days in the shop between two rentals, 0 to 30.';
  return withRules(
    Field(() => Int, { description, ...options }),
    options,
    Min(0),
    Max(30),
  );
}

@InputType()
abstract class NewItemInput {
  @NameField()
  name!: string;

  @DescriptionField({ defaultValue: '' })
  description!: string;

  @Field(() => Boolean, { defaultValue: true, description: 'Whether it is on offer at once.' })
  active!: boolean;

  @Field(() => Boolean, { defaultValue: true, description: WITHDRAWAL_RIGHT })
  withdrawalRight!: boolean;
}

// Without the description: type-graphql forgets of inherited fields that an empty text is a value.
@InputType()
abstract class ItemChangeInput {
  @Field(() => ID, { description: 'Id of the item.' })
  id!: string;

  @Field(() => Int, { description: 'The version that the change is based on.' })
  version!: number;

  @NameField({ nullable: true })
  name?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'False takes it off the catalogue; what was ordered of it stays.',
  })
  active?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: `${WITHDRAWAL_RIGHT} Orders that exist keep theirs.` })
  withdrawalRight?: boolean | null;
}

@InputType({ description: 'A new product.' })
export class CreateProductInput extends NewItemInput {
  @PriceField('Price a piece, in minor units of the shop’s currency, up to what Stripe charges at once.')
  price!: number;

  @Field(() => Int, { nullable: true, description: 'Pieces in the shop; null, or absent, is unlimited.' })
  @IsOptional()
  @Min(0)
  @Max(MAX_STOCK)
  stock?: number | null;
}

@InputType({ description: 'What changes of a product; what is absent stays.' })
export class UpdateProductInput extends ItemChangeInput {
  @DescriptionField({ nullable: true })
  description?: string | null;

  @PriceField(`Price a piece, in minor units; ${KEEPS_PRICE}`, { nullable: true })
  price?: number | null;
}

@InputType({ description: 'Pieces that came in, or are missing.' })
export class AdjustStockInput {
  @Field(() => ID, { description: 'Id of a product with limited stock.' })
  productId!: string;

  @Field(() => Int, { description: 'Pieces added; negative for pieces that are gone. Not 0.' })
  @NotEquals(0)
  @Min(-MAX_STOCK)
  @Max(MAX_STOCK)
  change!: number;

  @Field(() => String, { description: 'Why, 1 to 300 characters.' })
  @Lines(300)
  reason!: string;
}

@InputType({ description: 'The stock of a product, as it was counted.' })
export class SetStockInput {
  @Field(() => ID, { description: 'Id of the product.' })
  productId!: string;

  @Field(() => Int, { nullable: true, description: 'Pieces in the shop, held ones included; null is unlimited.' })
  @IsOptional()
  @Min(0)
  @Max(MAX_STOCK)
  onHand?: number | null;

  @Field(() => String, { description: 'Why, 1 to 300 characters.' })
  @Lines(300)
  reason!: string;
}

@InputType({ description: 'New equipment with its units.' })
export class CreateEquipmentInput extends NewItemInput {
  @PriceField('Price a unit and day, in minor units of the shop’s currency.')
  pricePerDay!: number;

  @PriceField(PER_WEEK, { nullable: true })
  pricePerWeek?: number | null;

  @PriceField(PER_MONTH, { nullable: true })
  pricePerMonth?: number | null;

  @PriceField(DEPOSIT, { nullable: true })
  deposit?: number | null;

  @TurnaroundField({ defaultValue: 0 })
  turnaroundDays!: number;

  @Field(() => [String], { description: 'What the labels on the units say, each 1 to 40 characters; up to 200.' })
  @ArrayMaxSize(MAX_UNITS_AT_ONCE)
  unitLabels!: string[];
}

@InputType({
  description: 'What changes of an equipment; what is absent stays, and null takes a price or deposit away.',
})
export class UpdateEquipmentInput extends ItemChangeInput {
  @DescriptionField({ nullable: true })
  description?: string | null;

  @PriceField(`Price a unit and day, in minor units; ${KEEPS_PRICE}`, { nullable: true })
  pricePerDay?: number | null;

  @PriceField(PER_WEEK, { nullable: true })
  pricePerWeek?: number | null;

  @PriceField(PER_MONTH, { nullable: true })
  pricePerMonth?: number | null;

  @PriceField(DEPOSIT, { nullable: true })
  deposit?: number | null;

  @TurnaroundField({ nullable: true })
  turnaroundDays?: number | null;
}

@InputType({ description: 'New units of an equipment.' })
export class AddUnitsInput {
  @Field(() => ID, { description: 'Id of the equipment.' })
  equipmentId!: string;

  @Field(() => [String], { description: 'What their labels say, each 1 to 40 characters; 1 to 200.' })
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_UNITS_AT_ONCE)
  labels!: string[];
}
