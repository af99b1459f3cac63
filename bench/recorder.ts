/** Sends the requests of a benchmark to its sides, round by round, and records what each operation takes. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { cpuMicroseconds, hasProcessFigures, postgresCpuMicroseconds, postmasterOf } from './cpu-time.js';
import { type Figures, type OperationResult, summarize } from './figures.js';
import { type LoadRequest, sendAll } from './load.js';
import type { Side } from './sides.js';
import { StatementCount } from './statement-count.js';

// To each process of a side, so that all are as busy: more than the ten connections of a pool, so that the database is
// never idle.
export const IN_FLIGHT = 16;
// What is done behind an answer, such as a line of the log (100 ms), is part of the operation.
const AFTERWARDS_MS = 250;
// For the compilers, and the connections of all.
const WARM_UP_ROUNDS = 2;

export class Recorder {
  private readonly rounds = new Map<string, Map<string, Figures[]>>();
  private isWarmUp = false;

  private constructor(
    private readonly postmaster: number | null,
    private readonly statements: StatementCount | null,
  ) {}

  static async on(em: EntityManager): Promise<Recorder> {
    if (!hasProcessFigures) console.log('This system has no /proc, so that there are no figures of CPU time.');
    const statements = await StatementCount.of(em);
    if (statements === null) console.log('This server has no pg_stat_statements, so that statements are not counted.');
    return new Recorder(await postmasterOf(em), statements);
  }

  /**
   * Every side in turn; the first rounds do not count.
   *
   * @param measure one round of one side, by `send`
   */
  async compare(sides: readonly Side[], rounds: number, measure: (side: Side) => Promise<void>): Promise<void> {
    for (let round = -WARM_UP_ROUNDS; round < rounds; round += 1) {
      this.isWarmUp = round < 0;
      for (const side of sides) await measure(side);
    }
  }

  /** @param check throws at an answer that does not count */
  async send(
    side: Side,
    operation: string,
    requests: readonly LoadRequest[],
    check?: (body: string) => void,
  ): Promise<void> {
    await this.statements?.restart();
    const before = this.used(side);
    const { perSecond, p50, p99 } = await sendAll(requests, IN_FLIGHT * processesOf(side).length, check);
    await new Promise((resolve) => setTimeout(resolve, AFTERWARDS_MS));
    const after = this.used(side);
    const statements = (await this.statements?.read()) ?? null;
    const each = (total: number | null) => (total === null ? null : total / requests.length);
    if (this.isWarmUp) return;
    this.add(side, operation, {
      serverUs: each(difference(after.server, before.server)),
      databaseUs: each(difference(after.database, before.database)),
      statements: each(statements),
      perSecond,
      p50Ms: p50,
      p99Ms: p99,
    });
  }

  results(): OperationResult[] {
    return [...this.rounds].map(([operation, sides]) =>
      summarize(
        operation,
        [...sides].map(([side, rounds]) => ({ side, rounds })),
      ),
    );
  }

  private add({ name }: Side, operation: string, figures: Figures): void {
    const sides = this.rounds.get(operation) ?? new Map<string, Figures[]>();
    this.rounds.set(operation, sides);
    sides.set(name, [...(sides.get(name) ?? []), figures]);
  }

  private used(side: Side) {
    const server = processesOf(side)
      .map(({ child }) => cpuMicroseconds(child.pid))
      .reduce(sum);
    return { server, database: postgresCpuMicroseconds(this.postmaster) };
  }
}

function processesOf(side: Side): readonly Side[] {
  return [side, ...(side.peers ?? [])];
}

function sum(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : one + other;
}

function difference(after: number | null, before: number | null): number | null {
  return after === null || before === null ? null : after - before;
}
