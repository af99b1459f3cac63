/** What the floors use of the driver beside the API. */
declare module 'pg' {
  import type { EventEmitter } from 'node:events';

  export interface PoolClient {
    query(query: string | QueryConfig): Promise<QueryResult>;
    release(): void;
  }

  export class Pool extends EventEmitter {
    constructor(config: ClientConfig);
    connect(): Promise<PoolClient>;
    query(query: string | QueryConfig): Promise<QueryResult>;
  }
}
