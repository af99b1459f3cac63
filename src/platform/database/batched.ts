/** Reads the rows for many fields of a response with one statement. */
import type { EntityManager } from '@mikro-orm/postgresql';
import DataLoader from 'dataloader';

/**
 * @param readAll the rows of all these keys, those of each key in the order of the result
 * @returns reads the rows of one key, together with the other keys that are requested in the same tick; it caches
 *   nothing, since a mutation may change them
 */
export function batched<Row>(
  readAll: (em: EntityManager, keys: readonly string[]) => Promise<Row[]>,
  keyOf: (row: Row) => string,
): (em: EntityManager, key: string) => Promise<Row[]> {
  const loaders = new WeakMap<EntityManager, DataLoader<string, Row[]>>();
  const createLoader = (em: EntityManager) => {
    const loadAll = async (keys: readonly string[]) => {
      const rows = Map.groupBy(await readAll(em, keys), keyOf);
      return keys.map((key) => rows.get(key) ?? []);
    };
    const loader = new DataLoader(loadAll, { cache: false });
    loaders.set(em, loader);
    return loader;
  };
  return (em, key) => (loaders.get(em) ?? createLoader(em)).load(key);
}
