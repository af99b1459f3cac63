/** The part of the driver that is used here; it brings no types. */
declare module 'pg' {
  import type { EventEmitter } from 'node:events';
  import type { Socket } from 'node:net';

  export interface ClientConfig {
    [option: string]: unknown;
  }

  export interface QueryConfig {
    text: string;
    name?: string;
    values?: readonly unknown[];
  }

  export interface QueryResult {
    /** What was done, such as COMMIT. */
    command: string;
    /** Null for statements that concern no rows. */
    rowCount: number | null;
    rows: Record<string, unknown>[];
  }

  /** The protocol's messages; each waits for the next `sync`, which a query sends at its end. */
  export interface Connection extends EventEmitter {
    readonly stream: Socket;
    parse(statement: { text: string }): void;
    bind(values: { values: readonly unknown[] }): void;
    execute(portal: { rows: number }): void;
  }

  /** What a client sends, and what it reports the results to. */
  export class Query {
    constructor(config: QueryConfig);
    submit(connection: Connection): Error | null;
  }

  export type QueryCallback = (error: Error | null, result?: QueryResult | QueryResult[]) => void;

  export class Client extends EventEmitter {
    constructor(config: ClientConfig);
    /** As the server, or a pooler in its place, reported it. */
    readonly processID: number | null;
    readonly connection: Connection;
    connect(): Promise<unknown>;
    end(): Promise<void>;
    query(
      query: string | QueryConfig | Query,
      values?: readonly unknown[],
      callback?: QueryCallback,
    ): Promise<QueryResult | QueryResult[]>;
    /** I: no transaction is open. Null before the first answer. */
    getTransactionStatus(): 'I' | 'T' | 'E' | null;
  }

  const pg: { Client: typeof Client; Query: typeof Query };
  export default pg;
}
