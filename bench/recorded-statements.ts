/** Which statements something sends to the database, as they are sent, and how the database runs them. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { DatabaseClient } from '../src/platform/database/database-client.js';
import type { TransactionConnection } from '../src/platform/database/transaction-connection.js';

const CONTROL = /^(?:begin|commit|rollback|savepoint|release|set|start)\b/i;
const WRITE = /\b(?:insert\s+into|update\s+"?\w+"?\s+(?:\w+\s+)?set|delete\s+from)\b/i;

/** One statement as the driver sent it. */
export interface SentStatement {
  text: string;
  values: readonly unknown[];
  /** From sending it to its result. */
  milliseconds: number;
}

interface Recording {
  statements: SentStatement[];
  sendsWrites: boolean;
  /** Whether a statement that writes was there: neither it nor what follows is sent. */
  hasEnded: boolean;
}

const current = new AsyncLocalStorage<Recording>();
const send = DatabaseClient.prototype.query;

DatabaseClient.prototype.query = async function record(this: DatabaseClient, ...sent) {
  const [query, given] = sent;
  const { text, values } = typeof query === 'string' ? { text: query, values: given } : query;
  const recording = current.getStore();
  if (recording === undefined || CONTROL.test(text)) return send.apply(this, sent);
  if (recording.hasEnded) throw new Error('Nothing is sent any more.');
  const statement = { text, values: values ?? [], milliseconds: Number.NaN };
  recording.statements.push(statement);
  recording.hasEnded = !recording.sendsWrites && WRITE.test(text);
  if (recording.hasEnded) throw new Error('What writes is not sent.');
  const started = performance.now();
  const result = await send.apply(this, sent);
  statement.milliseconds = performance.now() - started;
  return result;
};

/**
 * What is run up to its first change of the database, which is recorded and not sent: so that all of it can be looked at
 * afterwards in the database as it was.
 */
export async function recordUntilWrite(run: () => Promise<unknown>): Promise<SentStatement[]> {
  const recording = { statements: [], sendsWrites: false, hasEnded: false };
  await current.run(recording, run).catch((error: unknown) => {
    if (!recording.hasEnded) throw error;
  });
  return recording.statements;
}

/** All that is run, for real. */
export async function recordAll(run: () => Promise<unknown>): Promise<SentStatement[]> {
  const recording = { statements: [], sendsWrites: true, hasEnded: false };
  await current.run(recording, run);
  return recording.statements;
}

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  Plans?: PlanNode[];
}

interface Explained {
  Plan: PlanNode;
  'Execution Time': number;
  'Planning Time': number;
}

/** How the database ran a statement. */
export interface Plan {
  milliseconds: number;
  /** Each way to a table, with the rows that it gave. */
  accesses: string[];
  /** The tables that were read from one end to the other. */
  scanned: string[];
}

/** Runs a statement as `explain analyze` does, twice: the second time, what it reads is in memory. Changes nothing. */
export async function explain(connection: TransactionConnection, { text, values }: SentStatement): Promise<Plan> {
  const run = async () => {
    await connection.query('begin');
    try {
      const { rows } = await connection.query({ text: `explain (analyze, format json) ${text}`, values });
      return (rows as [{ 'QUERY PLAN': [Explained] }])[0]['QUERY PLAN'][0];
    } finally {
      await connection.query('rollback');
    }
  };
  await run();
  const { Plan: root, 'Execution Time': execution, 'Planning Time': planning } = await run();
  const nodes = withChildren(root);
  return {
    milliseconds: execution + planning,
    accesses: [...new Set(nodes.filter(readsTable).map(describe))],
    scanned: nodes.filter((node) => node['Node Type'] === 'Seq Scan' && node['Actual Loops'] > 0).map(tableOf),
  };
}

function withChildren(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(withChildren)];
}

function readsTable({ 'Node Type': type }: PlanNode): boolean {
  return type.includes('Scan') && type !== 'CTE Scan' && type !== 'Subquery Scan';
}

function tableOf({ 'Relation Name': table = '' }: PlanNode): string {
  return table;
}

function describe(node: PlanNode): string {
  const { 'Node Type': type, 'Index Name': index, 'Actual Rows': rows, 'Actual Loops': loops } = node;
  const way = type === 'Seq Scan' ? `ALL OF ${tableOf(node)}` : (index ?? `${type} ${tableOf(node)}`);
  return `${way} ${Math.round(rows * loops)}`;
}
