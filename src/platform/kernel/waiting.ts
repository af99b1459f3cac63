/** Something that waits for a person, as modules list it for `attention`. */

export interface Waiting {
  /** Of the row that waits, as text; unique among those of its kind. */
  id: string;
  /** Null for an event whose order is not known. */
  orderId: string | null;
  since: Date;
  /** When it is too late; null where nothing ends. */
  dueAt: Date | null;
}

/** Which of them: those that have waited longest come first. */
export interface WaitingPage {
  /** Where the page before ended. */
  after: Pick<Waiting, 'since' | 'id'> | null;
  limit: number;
}

/** The condition and the order of a page in SQL, for columns `since` and `id`, with their parameters. */
export function pageOf({ after, limit }: WaitingPage): [sql: string, ...parameters: unknown[]] {
  const since = after?.since ?? new Date(0);
  return [
    `(since, id collate "C") > (?::timestamptz, ?) order by since, id collate "C" limit ?`,
    since,
    after?.id ?? '',
    limit,
  ];
}

/** The driver gives timestamps of raw queries as it likes. */
export function toWaiting(row: Waiting): Waiting {
  const { since, dueAt } = row;
  return { ...row, since: new Date(since), dueAt: dueAt && new Date(dueAt) };
}
