/**
 * What Apollo Server and type-graphql cost alone: the checkout and the return page as their clients ask for them, with
 * the same types, from resolvers that know nothing but one order.
 */
import { ApolloServer } from '@apollo/server';
import fastifyApollo from '@as-integrations/fastify';
import type { FastifyInstance } from 'fastify';
import { Arg, buildSchema, Field, ID, InputType, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';

@ObjectType()
class Money {
  @Field(() => Int)
  amount!: number;

  @Field(() => String)
  currency!: string;

  @Field(() => String)
  formatted!: string;
}

@ObjectType()
class Customer {
  @Field(() => String)
  firstName!: string;

  @Field(() => String)
  lastName!: string;

  @Field(() => String)
  email!: string;

  @Field(() => String)
  city!: string;

  @Field(() => String)
  postalCode!: string;

  @Field(() => String)
  country!: string;
}

@ObjectType()
class OrderLine {
  @Field(() => ID)
  id!: string;

  @Field(() => String)
  name!: string;

  @Field(() => Int)
  quantity!: number;

  @Field(() => Money)
  unitPrice!: Money;

  @Field(() => Money)
  amount!: Money;
}

@ObjectType()
class Order {
  @Field(() => ID)
  id!: string;

  @Field(() => String)
  number!: string;

  @Field(() => String)
  status!: string;

  @Field(() => ID)
  checkoutSessionId!: string;

  @Field(() => Date)
  createdAt!: Date;

  @Field(() => Date)
  expiresAt!: Date;

  @Field(() => Date)
  paidAt!: Date;

  @Field(() => String)
  refundStatus!: string;

  @Field(() => Money)
  total!: Money;

  @Field(() => Customer)
  customer!: Customer;

  @Field(() => [OrderLine])
  lines!: OrderLine[];
}

@ObjectType()
class CheckoutSession {
  @Field(() => ID)
  sessionId!: string;

  @Field(() => String)
  url!: string;

  @Field(() => Date)
  expiresAt!: Date;

  @Field(() => Order)
  order!: Order;
}

@InputType()
class CheckoutItemInput {
  @Field(() => Int)
  id!: number;

  @Field(() => String)
  type!: string;

  @Field(() => Int)
  quantity!: number;
}

@InputType()
class CustomerInfoInput {
  @Field(() => String)
  firstName!: string;

  @Field(() => String)
  lastName!: string;

  @Field(() => String)
  email!: string;

  @Field(() => String)
  phone!: string;

  @Field(() => String)
  address!: string;

  @Field(() => String)
  city!: string;

  @Field(() => String)
  postalCode!: string;

  @Field(() => String)
  country!: string;
}

@InputType()
class CreateCheckoutSessionInput {
  @Field(() => [CheckoutItemInput])
  items!: CheckoutItemInput[];

  @Field(() => CustomerInfoInput)
  customerInfo!: CustomerInfoInput;

  @Field(() => String)
  successUrl!: string;

  @Field(() => String)
  cancelUrl!: string;

  @Field(() => String)
  idempotencyKey!: string;
}

const at = new Date();
const money = { amount: 2_500, currency: 'EUR', formatted: '25,00 €' };
const line = {
  id: '6a1f0a4e-51c8-4c7b-9a53-0c9f0a9c2f10',
  name: 'Product',
  quantity: 1,
  unitPrice: money,
  amount: money,
};
const order: Order = {
  id: '4bc5d5e4-2eda-4b5c-bfb2-018fc7acf4a3',
  number: '2026-000001',
  status: 'PAID',
  checkoutSessionId: 'cs_test_a1b2c3d4e5f6',
  createdAt: at,
  expiresAt: at,
  paidAt: at,
  refundStatus: 'NONE',
  total: money,
  customer: {
    firstName: 'Ana',
    lastName: 'Lima',
    email: 'ana@example.com',
    city: 'Paris',
    postalCode: '75002',
    country: 'FR',
  },
  lines: [line, line],
};

@Resolver(() => Order)
class FloorResolver {
  @Query(() => Order, { nullable: true })
  async orderBySession(@Arg('sessionId', () => ID) checkoutSessionId: string): Promise<Order> {
    return { ...order, checkoutSessionId };
  }

  @Mutation(() => CheckoutSession)
  async createCheckoutSession(
    @Arg('input', () => CreateCheckoutSessionInput) { idempotencyKey }: CreateCheckoutSessionInput,
  ): Promise<CheckoutSession> {
    return { sessionId: idempotencyKey, url: 'https://checkout.example/', expiresAt: at, order };
  }
}

export async function addGraphQLRoute(app: FastifyInstance): Promise<void> {
  const apollo = new ApolloServer({ schema: await buildSchema({ resolvers: [FloorResolver], validate: false }) });
  await apollo.start();
  await app.register(fastifyApollo(apollo), { path: '/graphql' });
}
