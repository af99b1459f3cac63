/** Which statements a request sends to the database. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { jest } from '@jest/globals';
import { DatabaseClient } from '../../src/platform/database/database-client.js';

const VALUE = /'[^']*'/g;
const statementsOfRequest = new AsyncLocalStorage<string[]>();

/** @returns the statements of what it is given to run, without their values, and nothing of jobs that run meanwhile */
export function statementRecorder(): (run: () => Promise<unknown>) => Promise<string[]> {
  return async (run) => {
    const statements: string[] = [];
    const send = DatabaseClient.prototype.query;
    const spy = jest.spyOn(DatabaseClient.prototype, 'query');
    spy.mockImplementation(function (this: DatabaseClient, ...sent) {
      const [query] = sent;
      const text = typeof query === 'string' ? query : query.text;
      statementsOfRequest.getStore()?.push(text.replace(VALUE, '?'));
      return send.apply(this, sent);
    });
    try {
      await statementsOfRequest.run(statements, run);
    } finally {
      spy.mockRestore();
    }
    return statements;
  };
}
