/** Staff change the catalogue. What also changes stock or units in service is the inventory's. */
import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { type Connection, toConnection } from '../../platform/graphql/connection.types.js';
import { type GraphQLContext, signedIn } from '../../platform/graphql/context.js';
import { enumValue } from '../../platform/kernel/enum-value.js';
import { DEFAULT_PAGE_SIZE } from '../../platform/kernel/page.js';
import { type CatalogueChange, CatalogueChangeAction } from './catalogue-change.entity.js';
import type { CatalogueContext } from './catalogue-context.js';
import { ItemType } from './item-type.js';
import { AddUnitsInput, CreateEquipmentInput, UpdateEquipmentInput, UpdateProductInput } from './management.input.js';
import type { CatalogueManagementService } from './management.service.js';
import {
  AddUnitsPayload,
  CatalogueChangeConnectionType,
  CatalogueChangeType,
  CreateEquipmentPayload,
  UpdateEquipmentPayload,
  UpdateProductPayload,
} from './management.types.js';

@Resolver()
export class CatalogueManagementResolver {
  constructor(private readonly service: CatalogueManagementService) {}

  @Mutation(() => UpdateProductPayload, {
    description: 'Changes a product (staff). VERSION_CONFLICT, with `currentVersion`, when somebody else was faster.',
  })
  async updateProduct(
    @Ctx() context: GraphQLContext,
    @Arg('input', () => UpdateProductInput, { description: 'What changes.' }) input: UpdateProductInput,
  ): Promise<UpdateProductPayload> {
    return { product: await this.service.updateProduct(context.em, signedIn(context), input) };
  }

  @Mutation(() => CreateEquipmentPayload, { description: 'Adds equipment with its units (staff).' })
  async createEquipment(
    @Ctx() context: GraphQLContext,
    @Arg('input', () => CreateEquipmentInput, { description: 'The equipment.' }) input: CreateEquipmentInput,
  ): Promise<CreateEquipmentPayload> {
    return { equipment: await this.service.createEquipment(context.em, signedIn(context), input) };
  }

  @Mutation(() => UpdateEquipmentPayload, {
    description: 'Changes equipment (staff). VERSION_CONFLICT, with `currentVersion`, when somebody else was faster.',
  })
  async updateEquipment(
    @Ctx() context: GraphQLContext,
    @Arg('input', () => UpdateEquipmentInput, { description: 'What changes.' }) input: UpdateEquipmentInput,
  ): Promise<UpdateEquipmentPayload> {
    return { equipment: await this.service.updateEquipment(context.em, signedIn(context), input) };
  }

  @Mutation(() => AddUnitsPayload, { description: 'Adds numbered units to an equipment (staff).' })
  async addUnits(
    @Ctx() context: CatalogueContext,
    @Arg('input', () => AddUnitsInput, { description: 'The labels.' }) input: AddUnitsInput,
  ): Promise<AddUnitsPayload> {
    const equipment = await this.service.addUnits(context.em, signedIn(context), input);
    // What this operation has cached of it is outdated.
    context.unitCount.clear(equipment.id);
    return { equipment };
  }

  @Query(() => CatalogueChangeConnectionType, {
    description: 'What staff changed of an item, the latest first (staff).',
  })
  async catalogueChanges(
    @Ctx() { em }: GraphQLContext,
    @Arg('type', () => ItemType, { description: 'Whether the id is that of a product or of equipment.' })
    type: ItemType,
    @Arg('id', () => ID, { description: 'Id of the item.' }) id: string,
    @Arg('first', () => Int, {
      nullable: true,
      defaultValue: DEFAULT_PAGE_SIZE,
      description: 'How many changes, 1 to 100.',
    })
    first: number | null,
    @Arg('after', () => String, { nullable: true, description: 'The `endCursor` of the page before.' }) after?:
      | string
      | null,
  ): Promise<Connection<CatalogueChange>> {
    return toConnection(await this.service.changes(em, { type, id }, { first, after }));
  }
}

@Resolver(() => CatalogueChangeType)
export class CatalogueChangeResolver {
  @FieldResolver(() => CatalogueChangeAction, { description: 'What was done.' })
  action(@Root() { action }: CatalogueChange): CatalogueChangeAction {
    return enumValue(CatalogueChangeAction, action, CatalogueChangeAction.OTHER);
  }
}
