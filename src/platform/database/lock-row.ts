/** One row as an entity, locked until the transaction ends. */
import type { EntityClass, EntityKey, EntityMetadata, EntityProperty } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';

// What is selected depends on the entity alone.
const selects = new WeakMap<object, string>();

/**
 * Read fresh, since a row that was read before the lock may have changed since. Not by `findOne`, whose query builder
 * takes longer to put this statement together than PostgreSQL to answer it.
 *
 * @param property a unique one with a single column, such as the id
 * @returns null when there is no such row
 */
export async function lockRow<Entity extends object>(
  em: EntityManager,
  entity: EntityClass<Entity>,
  property: EntityKey<Entity>,
  value: string,
): Promise<Entity | null> {
  const metadata = em.getMetadata(entity);
  const select = selects.get(metadata) ?? selectOf(metadata);
  selects.set(metadata, select);
  const key = quoted(metadata.properties[property]);
  const [row] = await em.execute<[Record<string, unknown>?]>(`${select} where ${key} = ? for update`, [value]);
  return row ? em.map(entity, row as Parameters<typeof em.map<Entity>>[1]) : null;
}

function selectOf<Entity>({ tableName, props }: EntityMetadata<Entity>): string {
  return `select ${props.filter(isColumn).map(quoted).join(', ')} from "${tableName}"`;
}

/** Whether it is loaded with the row: what is lazy is only ever asked for by name. */
function isColumn({ fieldNames, lazy, persist, kind }: EntityProperty): boolean {
  return fieldNames?.length === 1 && !lazy && persist !== false && kind !== 'embedded';
}

function quoted({ fieldNames }: Pick<EntityProperty, 'fieldNames'>): string {
  return `"${fieldNames[0]}"`;
}
