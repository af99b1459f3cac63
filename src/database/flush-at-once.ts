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
 * Here they are not: whoever calls this clears the EntityManager.
 *
 * @throws Error for entities that were removed
 */
export async function flushAtOnce(em: EntityManager): Promise<void> {
  const unitOfWork = em.getUnitOfWork();
  unitOfWork.computeChangeSets();
  const parts = unitOfWork.getChangeSets().map(partOf);
  if (parts.length === 0) return;
  // PostgreSQL checks what spans tables when the statement ends: the order of its parts does not matter.
  const named = parts.map(({ sql }, index) => `part_${index} as (${sql})`);
  const parameters = parts.flatMap((part) => part.parameters);
  await em.execute(`with ${named.join(', ')} select`, parameters);
}

function partOf(changeSet: ChangeSet<object>): Part {
  const { type, meta, payload } = changeSet;
  const values = Object.values(payload);
  const columns = Object.keys(payload).map((property) => columnOf(changeSet, property));
  if (type === ChangeSetType.CREATE) {
    const places = columns.map(() => '?').join(', ');
    return { sql: `insert into ${meta.tableName} (${columns.join(', ')}) values (${places})`, parameters: values };
  }
  if (type !== ChangeSetType.UPDATE) throw new Error(`A ${type} of ${meta.className} has to be flushed by itself.`);
  const assignments = columns.map((column) => `${column} = ?`).join(', ');
  const [key = ''] = meta.primaryKeys;
  return {
    sql: `update ${meta.tableName} set ${assignments} where ${columnOf(changeSet, key)} = ?`,
    parameters: [...values, changeSet.getPrimaryKey()],
  };
}

function columnOf({ meta }: ChangeSet<object>, property: string): string {
  const [column] = (meta.properties as Record<string, EntityProperty>)[property]?.fieldNames ?? [];
  if (column === undefined) throw new Error(`${meta.className}.${property} is no single column.`);
  return `"${column}"`;
}
