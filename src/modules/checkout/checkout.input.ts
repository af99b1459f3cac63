/** What a frontend sends to open a checkout, with the limits of the contract. */
import { ArrayMaxSize, ArrayMinSize, IsEmail, IsOptional, Max, Min, ValidateNested } from 'class-validator';
import { GraphQLLocalDate, GraphQLSafeInt } from 'graphql-scalars';
import { Field, ID, InputType, Int } from 'type-graphql';
import { Lines, Text, UrlText } from '../../platform/graphql/text.input.js';
import type { CalendarDate } from '../../platform/kernel/calendar-date.js';
import { ItemType } from '../catalogue/item-type.js';

@InputType({ description: 'One line of a basket.' })
export class CheckoutItemInput {
  @Field(() => ID, { description: 'Id of the product or equipment in the catalogue.' })
  id!: string;

  @Field(() => ItemType, { description: 'Whether the id is that of a product or of equipment.' })
  type!: ItemType;

  @Field(() => Int, { defaultValue: 1, description: 'Pieces of the product or units of the equipment, 1 to 100.' })
  @Min(1)
  @Max(100)
  quantity!: number;

  @Field(() => Int, { defaultValue: 1, description: 'Rental days, 1 to 365; counts as 1 for a product.' })
  @Min(1)
  @Max(365)
  days!: number;

  @Field(() => GraphQLLocalDate, {
    nullable: true,
    description:
      'First rental day, for equipment only: today up to 730 days ahead, in the time zone of the shop. Today when absent.',
  })
  startDate?: CalendarDate | null;
}

@InputType({ description: 'The person the order is for.' })
export class CustomerInfoInput {
  @Field(() => String, { description: 'First name, 1 to 100 characters.' })
  @Text(100)
  firstName!: string;

  @Field(() => String, { description: 'Last name, 1 to 100 characters.' })
  @Text(100)
  lastName!: string;

  @Field(() => String, { description: 'E-mail address; prefilled on the payment page.' })
  @Text(254)
  @IsEmail({}, { message: 'must be an e-mail address' })
  email!: string;

  @Field(() => String, { nullable: true, description: 'Telephone number as people write it, up to 40 characters.' })
  @IsOptional()
  @Text(40)
  phone?: string | null;

  @Field(() => String, { description: 'Street and number, 1 to 300 characters.' })
  @Lines(300)
  address!: string;

  @Field(() => String, { description: 'City, 1 to 100 characters.' })
  @Text(100)
  city!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Postal code, 1 to 20 characters; may be absent or empty where addresses of the country need none.',
  })
  @IsOptional()
  @Text(20)
  postalCode?: string | null;

  @Field(() => String, {
    description: 'Country: an ISO 3166-1 alpha-2 code, or a French or English name of one country. Stored as the code.',
  })
  @Text(100)
  country!: string;
}

@InputType({ description: 'A basket, the customer, and where the payment page leads back to.' })
export class CreateCheckoutSessionInput {
  @Field(() => [CheckoutItemInput], {
    description: '1 to 50 lines; two lines with the same type, id and start date are rejected.',
  })
  @ArrayMinSize(1)
  @ArrayMaxSize(50)
  @ValidateNested({ each: true })
  items!: CheckoutItemInput[];

  @Field(() => CustomerInfoInput, { description: 'The person the order is for.' })
  @ValidateNested()
  customerInfo!: CustomerInfoInput;

  @Field(() => String, {
    description:
      "Where the buyer returns after paying: on one of the shop's origins, percent-encoded. {CHECKOUT_SESSION_ID} and {ORDER_ID}, also as %7B…%7D, are filled in; all else stays as it is.",
  })
  @UrlText(2000)
  successUrl!: string;

  @Field(() => String, {
    description:
      "Where the buyer returns without paying: on one of the shop's origins, percent-encoded. {ORDER_ID} is filled in, also as %7BORDER_ID%7D.",
  })
  @UrlText(2000)
  cancelUrl!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The same key by the same buyer gives the same order, 1 to 255 characters: makes retries safe.',
  })
  @IsOptional()
  @Text(255)
  idempotencyKey?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'An unpaid order of the buyer’s that this basket replaces: its goods are free for this one.',
  })
  replacesOrderId?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Version of the terms that the buyer accepted, kept with the order, 1 to 100 characters. Required where their card is saved: `savesCard` of the quote.',
  })
  @IsOptional()
  @Text(100)
  acceptedTermsVersion?: string | null;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description:
      'The total that the buyer has agreed to pay, in minor units: `quote.total.amount`. Where the total has changed since, nothing is held or stored: PRICE_CHANGED, with the new `total`. Compared only when the order is placed; a repetition of the request finds its order in any case.',
  })
  @IsOptional()
  @Min(0)
  expectedTotal?: number | null;
}
