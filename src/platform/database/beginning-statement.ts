/** The first statement of a transaction, with `begin` in front of it in one round trip. */
import pg, { type Connection } from 'pg';

/**
 * Both belong to one batch of the protocol, whose rest is skipped after an error: unless the transaction has begun, the
 * statement is not run. Its results are those of both.
 */
export class BeginningStatement extends pg.Query {
  override submit(connection: Connection): Error | null {
    connection.stream.cork();
    try {
      connection.parse({ text: 'begin' });
      connection.bind({ values: [] });
      connection.execute({ rows: 0 });
      return super.submit(connection);
    } finally {
      connection.stream.uncork();
    }
  }
}
