/** Rows that the database refuses to take, as it does where the code got something wrong. */
import type { MikroORM } from '@mikro-orm/postgresql';

let count = 0;

/**
 * Until it is mended, no row of the table can be written whose column has this value.
 *
 * @returns what mends it
 */
export async function rejectRows(
  orm: MikroORM,
  { table, column, value, message = 'no' }: { table: string; column: string; value: string | number; message?: string },
): Promise<() => Promise<void>> {
  const em = orm.em.fork();
  count += 1;
  const name = `refuse_${process.pid}_${count}`;
  await em.execute(
    `create function ${name}() returns trigger as $$
     begin if new.${column} = '${value}' then raise exception '${message}'; end if; return new; end $$ language plpgsql;
     create trigger ${name} before insert or update on ${table} for each row execute function ${name}()`,
  );
  return async () => {
    await em.execute(`drop trigger ${name} on ${table}; drop function ${name}`);
  };
}
