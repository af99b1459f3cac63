/** The searchable form of names: a column that PostgreSQL generates, and an index for any part of it. */
import { p } from '@mikro-orm/core';

/**
 * `search_key` is the database's own function, since `unaccent()` is not immutable and so may neither
 * generate a column nor stand in an index.
 */
export function searchName() {
  return p.text().generated('(search_key((name)::text)) stored').nullable().lazy();
}

/** Trigrams find a text wherever it stands in a name. */
export function searchIndex(table: string) {
  const name = `${table}_search_name_index`;
  return { name, expression: `create index "${name}" on "${table}" using gin ("search_name" gin_trgm_ops)` };
}
