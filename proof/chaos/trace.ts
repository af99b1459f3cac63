/** What a schedule did, in lines that people can follow, and how often what happened over many schedules. */

// Ids differ in each run; what matters is which lines are about the same thing.
const IDS = /\b(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?:cs_test|evt|pi|re|du|ch|req|file)_\w{10,})\b/g;
const KINDS: Record<string, string> = {
  cs_test: 'session',
  evt: 'event',
  pi: 'payment',
  re: 'refund',
  du: 'dispute',
  ch: 'charge',
  req: 'request',
  file: 'file',
};

export class Trace {
  readonly lines: string[] = [];
  private readonly names = new Map<string, string>();
  private readonly counts = new Map<string, number>();

  /** @param now of the schedule's clock */
  constructor(private readonly now: () => Date) {}

  add(line: string): void {
    this.lines.push(`${this.now().toISOString().slice(5, 23)}  ${this.named(line)}`);
  }

  /** The text with `session-1` and the like in the place of ids. */
  named(text: string): string {
    return text.replace(IDS, (id) => this.nameOf(id));
  }

  private nameOf(id: string): string {
    const known = this.names.get(id);
    if (known !== undefined) return known;
    const prefix = /^(cs_test|[a-z]+)_/.exec(id)?.[1] ?? '';
    const kind = KINDS[prefix] ?? 'id';
    const count = (this.counts.get(kind) ?? 0) + 1;
    this.counts.set(kind, count);
    const name = `${kind}-${count}`;
    this.names.set(id, name);
    return name;
  }
}

/** How often something happened. */
export type Tally = Record<string, number>;

export function count(tally: Tally, what: string, times = 1): void {
  tally[what] = (tally[what] ?? 0) + times;
}

export function addTally(total: Tally, more: Tally): void {
  for (const [what, times] of Object.entries(more)) count(total, what, times);
}
