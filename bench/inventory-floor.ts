/** The floor of `npm run bench -- inventory`: each question about rentals as one statement by hand, on the same tables. */
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';

/** Further than anybody looks for a date. */
const SEARCHED_DAYS = 400;

const FREE_BY_DAY = `select day::date::text as day, count(*) filter (where not exists (
    select from bookings b where b.unit_id = u.id and b.active and b.period @> day::date
  ))::int as free
  from generate_series($2::date, $3::date, '1 day') day, equipment_units u where u.equipment_id = $1 and u.active
  group by day order by day`;

const NEXT_DATE = `select start::date::text as start
  from generate_series($2::date, $2::date + ${SEARCHED_DAYS}, '1 day') start
  where (select count(*) from equipment_units u where u.equipment_id = $1 and u.active and not exists (
    select from bookings b where b.unit_id = u.id and b.active
      and b.period && daterange(start::date, start::date + $3::int)
  )) >= $4 order by start limit 1`;

const HOLD = `with free as (
    select u.id from equipment_units u where u.equipment_id = $1 and u.active and not exists (
      select from bookings b where b.unit_id = u.id and b.active and b.period && daterange($3::date, $3::date + $4::int)
    ) order by u.id limit 1 for update
  )
  insert into bookings (unit_id, order_line_id, period, return_date)
  select id, $2, daterange($3::date, $3::date + $4::int), $3::date + $4::int - 2 from free`;

export class InventoryFloor {
  private constructor(private readonly client: Client) {}

  static async connect(databaseUrl: string): Promise<InventoryFloor> {
    const client = new Client({ connectionString: databaseUrl });
    await client.connect();
    return new InventoryFloor(client);
  }

  async freeByDay(equipmentId: number, from: string, to: string): Promise<void> {
    await this.query('free by day', FREE_BY_DAY, [equipmentId, from, to]);
  }

  /** @param days with those that a unit rests for */
  async nextDate(equipmentId: number, from: string, { days, quantity }: { days: number; quantity: number }) {
    await this.query('next date', NEXT_DATE, [equipmentId, from, days, quantity]);
  }

  /** Taken back, as the other side's. */
  async hold(equipmentId: number, startDate: string, days: number): Promise<void> {
    await this.client.query('begin');
    await this.query('hold', HOLD, [equipmentId, randomUUID(), startDate, days]);
    await this.client.query('rollback');
  }

  async close(): Promise<void> {
    await this.client.end();
  }

  private async query(name: string, text: string, values: readonly unknown[]): Promise<void> {
    await this.client.query({ name, text, values });
  }
}
