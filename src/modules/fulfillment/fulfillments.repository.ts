/** What other modules ask of fulfillments by SQL. */
import type { EntityManager } from '@mikro-orm/postgresql';

/** When pieces of a line were handed over, or sent by a carrier. */
export interface Departure {
  at: Date;
  carrier: string | null;
}

/** What has left of orders, by the ids of their lines. */
export async function findDepartures(
  em: EntityManager,
  orderIds: readonly string[],
): Promise<Map<string, Departure[]>> {
  if (orderIds.length === 0) return new Map();
  const rows = await em.execute<(Departure & { lineId: string })[]>(
    `select l.order_line_id as "lineId", f.at, f.carrier
     from fulfillment_lines l join fulfillments f on f.id = l.fulfillment_id where f.order_id in (?)`,
    [orderIds],
  );
  return Map.groupBy(
    rows.map((row) => ({ ...row, at: new Date(row.at) })),
    ({ lineId }) => lineId,
  );
}

/** A carrier knows by its number where it has been; the digests of the requests are of them as well. */
export async function eraseTrackingNumbers(em: EntityManager, orderIds: readonly string[]): Promise<void> {
  if (orderIds.length === 0) return;
  await em.execute(
    `update fulfillments set tracking_number = null, request_fingerprint = repeat('0', 64)
     where order_id in (?) and tracking_number is not null`,
    [orderIds],
  );
}
