/** Reads one row as an entity, locked until the transaction ends. */
import type { EntityClass, EntityKey, EntityMetadata, EntityProperty } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';

// The columns depend on the entity only.
const selects = new WeakMap<object, string>();

/**
 * Always read again, since a row that was read before the lock may have changed. Not by `findOne`, whose query builder
 * takes longer to build this statement than PostgreSQL to run it.
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

/** Whether it is loaded with the row: lazy properties are read only when they are named. */
function isColumn({ fieldNames, lazy, persist, kind }: EntityProperty): boolean {
  return fieldNames?.length === 1 && !lazy && persist !== false && kind !== 'embedded';
}

function quoted({ fieldNames }: Pick<EntityProperty, 'fieldNames'>): string {
  return `"${fieldNames[0]}"`;
}
