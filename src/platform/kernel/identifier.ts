/** Parses identifiers from outside. */

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const MAX_INTEGER_COLUMN = 2_147_483_647;

/** Whether PostgreSQL would take the text as a uuid; anything else cannot be the id of a row. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** The catalogue id that the text stands for, or null where no row can have it. */
export function parseCatalogueId(text: string): number | null {
  if (!/^[1-9][0-9]{0,9}$/.test(text)) return null;
  const id = Number(text);
  return id <= MAX_INTEGER_COLUMN ? id : null;
}
