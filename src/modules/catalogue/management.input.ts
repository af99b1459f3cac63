/** What staff send to change the catalogue, with its limits. */
import { ArrayMaxSize, ArrayMinSize, IsOptional, Max, Min, NotEquals } from 'class-validator';
import { GraphQLSafeInt } from 'graphql-scalars';
import { Field, ID, InputType, Int } from 'type-graphql';
import { Lines, LinesOrEmpty, Text } from '../../platform/graphql/text.input.js';

/** Pieces; beyond any shop, and far from the end of the column. */
export const MAX_STOCK = 1_000_000_000;
const MAX_UNITS_AT_ONCE = 200;

@InputType({ description: 'A new product.' })
export class CreateProductInput {
  @Field(() => String, { description: 'Name for people, 1 to 200 characters.' })
  @Text(200)
  name!: string;

  @Field(() => String, { defaultValue: '', description: 'What it is, up to 2000 characters.' })
  @LinesOrEmpty(2000)
  description!: string;

  @Field(() => GraphQLSafeInt, {
    description: 'Price a piece, in minor units of the shop’s currency, up to what Stripe charges at once.',
  })
  @Min(0)
  price!: number;

  @Field(() => Int, { nullable: true, description: 'Pieces in the shop; null, or absent, is unlimited.' })
  @IsOptional()
  @Min(0)
  @Max(MAX_STOCK)
  stock?: number | null;

  @Field(() => Boolean, { defaultValue: true, description: 'Whether it is on offer at once.' })
  active!: boolean;
}

@InputType({ description: 'What changes of a product; what is absent stays.' })
export class UpdateProductInput {
  @Field(() => ID, { description: 'Id of the product.' })
  id!: string;

  @Field(() => Int, { description: 'The version that the change is based on.' })
  version!: number;

  @Field(() => String, { nullable: true, description: 'Name for people, 1 to 200 characters.' })
  @IsOptional()
  @Text(200)
  name?: string | null;

  @Field(() => String, { nullable: true, description: 'What it is, up to 2000 characters.' })
  @IsOptional()
  @LinesOrEmpty(2000)
  description?: string | null;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'Price a piece, in minor units; orders that exist keep theirs.',
  })
  @IsOptional()
  @Min(0)
  price?: number | null;

  @Field(() => Boolean, { nullable: true, description: 'False takes it off sale.' })
  active?: boolean | null;
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

@InputType({ description: 'The stock of a product, counted anew.' })
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
export class CreateEquipmentInput {
  @Field(() => String, { description: 'Name for people, 1 to 200 characters.' })
  @Text(200)
  name!: string;

  @Field(() => String, { defaultValue: '', description: 'What it is, up to 2000 characters.' })
  @LinesOrEmpty(2000)
  description!: string;

  @Field(() => GraphQLSafeInt, { description: 'Price a unit and day, in minor units of the shop’s currency.' })
  @Min(0)
  pricePerDay!: number;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'Price a unit for seven days; null for none.' })
  @IsOptional()
  @Min(0)
  pricePerWeek?: number | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'Price a unit for thirty days; null for none.' })
  @IsOptional()
  @Min(0)
  pricePerMonth?: number | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'Deposit a unit; recorded on orders. Null for none.' })
  @IsOptional()
  @Min(0)
  deposit?: number | null;

  @Field(() => Int, { defaultValue: 0, description: 'Days in the shop between two rentals, 0 to 30.' })
  @Min(0)
  @Max(30)
  turnaroundDays!: number;

  @Field(() => [String], { description: 'What the labels on the units say, each 1 to 40 characters; up to 200.' })
  @ArrayMaxSize(MAX_UNITS_AT_ONCE)
  unitLabels!: string[];

  @Field(() => Boolean, { defaultValue: true, description: 'Whether it is on offer at once.' })
  active!: boolean;
}

@InputType({
  description: 'What changes of an equipment; what is absent stays, and null takes a price or deposit away.',
})
export class UpdateEquipmentInput {
  @Field(() => ID, { description: 'Id of the equipment.' })
  id!: string;

  @Field(() => Int, { description: 'The version that the change is based on.' })
  version!: number;

  @Field(() => String, { nullable: true, description: 'Name for people, 1 to 200 characters.' })
  @IsOptional()
  @Text(200)
  name?: string | null;

  @Field(() => String, { nullable: true, description: 'What it is, up to 2000 characters.' })
  @IsOptional()
  @LinesOrEmpty(2000)
  description?: string | null;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'Price a unit and day, in minor units; orders that exist keep theirs.',
  })
  @IsOptional()
  @Min(0)
  pricePerDay?: number | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'Price a unit for seven days; null for none.' })
  @IsOptional()
  @Min(0)
  pricePerWeek?: number | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'Price a unit for thirty days; null for none.' })
  @IsOptional()
  @Min(0)
  pricePerMonth?: number | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'Deposit a unit; null for none.' })
  @IsOptional()
  @Min(0)
  deposit?: number | null;

  @Field(() => Int, { nullable: true, description: 'Days in the shop between two rentals, for rentals to come.' })
  @IsOptional()
  @Min(0)
  @Max(30)
  turnaroundDays?: number | null;

  @Field(() => Boolean, { nullable: true, description: 'False takes it off the catalogue; its rentals stay.' })
  active?: boolean | null;
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
