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

  export type QueryCallback = (error: Error | null, result?: QueryResult | QueryResult[]) => void;

  export class Client extends EventEmitter {
    constructor(config: ClientConfig);
    /** As the server, or a pooler in its place, reported it. */
    readonly processID: number | null;
    readonly connection: EventEmitter & { readonly stream: Socket };
    connect(): Promise<unknown>;
    end(): Promise<void>;
    query(
      query: string | QueryConfig,
      values?: readonly unknown[],
      callback?: QueryCallback,
    ): Promise<QueryResult | QueryResult[]>;
    /** I: no transaction is open. Null before the first answer. */
    getTransactionStatus(): 'I' | 'T' | 'E' | null;
  }

  const pg: {
    Client: typeof Client;
    /** The text as a literal of SQL, with its quotes. */
    escapeLiteral: (text: string) => string;
  };
  export default pg;
}
