/** All that changed of entities, written in one statement. */
import { type ChangeSet, ChangeSetType, type EntityProperty } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';

/** One part of the statement: its text, and what goes into its placeholders. */
interface Part {
  sql: string;
  parameters: unknown[];
}

/**
 * Like `em.flush()`, which takes a statement for each table and then makes its entities ready to be changed further.
 * Here they are not: the caller clears the EntityManager.
 *
 * @throws Error for entities that were removed
 */
export async function flushAtOnce(em: EntityManager): Promise<void> {
  const unitOfWork = em.getUnitOfWork();
  unitOfWork.computeChangeSets();
  const changeSets = unitOfWork.getChangeSets();
  const neither = changeSets.find((changeSet) => !isCreation(changeSet) && !isUpdate(changeSet));
  if (neither) throw new Error(`A ${neither.type} of ${neither.meta.className} has to be flushed by itself.`);
  const parts = [...insertionsOf(changeSets), ...changeSets.filter(isUpdate).map(updateOf)];
  if (parts.length === 0) return;
  // PostgreSQL checks what spans tables when the statement ends: the order of its parts does not matter.
  const named = parts.map(({ sql }, index) => `part_${index} as (${sql})`);
  const parameters = parts.flatMap((part) => part.parameters);
  await em.execute(`with ${named.join(', ')} select`, parameters);
}

/** One a table, since rows get their numbers in order only within one: a timeline is read by them. */
function insertionsOf(changeSets: readonly ChangeSet<object>[]): Part[] {
  const byTable = Map.groupBy(changeSets.filter(isCreation), ({ meta }) => meta.tableName);
  return [...byTable.values()].map(insertionOf);
}

function insertionOf(creations: readonly ChangeSet<object>[]): Part {
  const [first] = creations as [ChangeSet<object>];
  const properties = [...new Set(creations.flatMap(({ payload }) => Object.keys(payload)))];
  const columns = properties.map((property) => columnOf(first, property)).join(', ');
  const rows = creations.map(({ payload }) => properties.map((property) => (property in payload ? '?' : 'default')));
  const values = rows.map((places) => `(${places.join(', ')})`).join(', ');
  const parameters = creations.flatMap(({ payload }) => {
    return properties.filter((property) => property in payload).map((property) => payload[property as never]);
  });
  return { sql: `insert into "${first.meta.tableName}" (${columns}) values ${values}`, parameters };
}

function updateOf(changeSet: ChangeSet<object>): Part {
  const { meta, payload } = changeSet;
  const assignments = Object.keys(payload).map((property) => `${columnOf(changeSet, property)} = ?`);
  const [key = ''] = meta.primaryKeys;
  return {
    sql: `update "${meta.tableName}" set ${assignments.join(', ')} where ${columnOf(changeSet, key)} = ?`,
    parameters: [...Object.values(payload), changeSet.getPrimaryKey()],
  };
}

function isCreation({ type }: ChangeSet<object>): boolean {
  return type === ChangeSetType.CREATE;
}

function isUpdate({ type }: ChangeSet<object>): boolean {
  return type === ChangeSetType.UPDATE;
}

function columnOf({ meta }: ChangeSet<object>, property: string): string {
  const [column] = (meta.properties as Record<string, EntityProperty>)[property]?.fieldNames ?? [];
  if (column === undefined) throw new Error(`${meta.className}.${property} is no single column.`);
  return `"${column}"`;
}
