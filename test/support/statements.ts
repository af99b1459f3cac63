/** Which statements a request sends to the database. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { jest } from '@jest/globals';
import type { TestApp } from './test-app.js';

const VALUE = /'[^']*'/g;
const statementsOfRequest = new AsyncLocalStorage<string[]>();

/** @returns the statements of what it is given to run, without their values, and nothing of jobs that run meanwhile */
export function statementRecorder({ orm }: TestApp): (run: () => Promise<unknown>) => Promise<string[]> {
  const queries = orm.config.getLogger();
  queries.setDebugMode(['query']);
  jest.spyOn(queries, 'logQuery').mockImplementation(({ query = '' }) => {
    statementsOfRequest.getStore()?.push(query.replace(VALUE, '?'));
  });
  return async (run) => {
    const statements: string[] = [];
    await statementsOfRequest.run(statements, run);
    return statements;
  };
}
