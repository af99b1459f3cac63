/** The part of an operation's context for code that reads many items of the catalogue. */
import type { EntityManager } from '@mikro-orm/postgresql';
import DataLoader from 'dataloader';
import type { GraphQLContext } from '../../platform/graphql/context.js';
import { countUnits } from './catalogue.repository.js';

export interface CatalogueContext extends GraphQLContext {
  /** Units of an equipment in service, booked ones included. */
  unitCount: DataLoader<number, number>;
}

/** For one operation: caches what it has read. */
export function createUnitCountLoader(em: EntityManager): CatalogueContext['unitCount'] {
  return new DataLoader(async (ids) => {
    const rows = await countUnits(em, ids);
    const units = new Map(rows.map((row) => [row.id, row.units]));
    return ids.map((id) => units.get(id) ?? 0);
  });
}
