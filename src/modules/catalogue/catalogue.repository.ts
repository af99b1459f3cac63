/** What other modules ask of equipment and its units by SQL. */
import type { EntityManager } from '@mikro-orm/postgresql';

/** A unit with what its equipment says of it. */
export interface UnitDetails {
  id: number;
  label: string;
  turnaroundDays: number;
  /** Whether it is in service. */
  active: boolean;
}

/** How many units in service each equipment has; one without any is absent. */
export async function countUnits(
  em: EntityManager,
  equipmentIds: readonly number[],
): Promise<{ id: number; units: number }[]> {
  return em.execute(
    `select equipment_id as id, count(*)::int as units from equipment_units
     where equipment_id in (?) and active group by equipment_id`,
    [equipmentIds],
  );
}

/** Units by their ids, those out of service as well. */
export async function findUnits(em: EntityManager, ids: readonly number[]): Promise<Map<number, UnitDetails>> {
  if (ids.length === 0) return new Map();
  const units = await em.execute<UnitDetails[]>(
    `select u.id, u.label, u.active, e.turnaround_days as "turnaroundDays"
     from equipment_units u join equipment e on e.id = u.equipment_id where u.id in (?)`,
    [ids],
  );
  return new Map(units.map((unit) => [unit.id, unit]));
}

/** Locks equipment in the order of ids. */
export async function lockAllEquipment(em: EntityManager, ids: readonly number[]): Promise<void> {
  await em.execute('select 1 from equipment where id in (?) order by id for update', [ids]);
}

/** Locks one equipment. @returns its turnaround days */
export async function lockTurnaroundDays(em: EntityManager, equipmentId: number): Promise<number> {
  const [equipment] = await em.execute<{ turnaround: number }[]>(
    'select turnaround_days as turnaround from equipment where id = ? for update',
    [equipmentId],
  );
  if (!equipment) throw new Error(`Equipment ${equipmentId} is gone.`);
  return equipment.turnaround;
}
