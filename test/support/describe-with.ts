/** Tests that need a program which not every machine has: skipped loudly without it, and failing in CI. */
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from '@jest/globals';
import { findTestProgram, hintFor, type TestProgramName } from './test-programs.js';

/**
 * Like `describe`, with the path of the program for the tests. Where TEST_PROGRAMS_REQUIRED is set, as `.ci/run` does,
 * a missing program is a failure: a proof that did not run proves nothing.
 */
export function describeWith(program: TestProgramName, name: string, tests: (programPath: string) => void): void {
  const programPath = findTestProgram(program);
  if (programPath !== null) {
    describe(name, () => tests(programPath));
  } else if (process.env.TEST_PROGRAMS_REQUIRED) {
    describe(name, () => {
      test(`needs ${program}`, () => {
        throw new Error(hintFor(program));
      });
    });
  } else {
    // Printed again at the end of the run, where it is read.
    const directory = process.env.TEST_RUN_DIRECTORY;
    if (directory) appendFileSync(path.join(directory, 'skipped.txt'), `SKIPPED: ${name}: ${hintFor(program)}\n`);
    describe.skip(name, () => tests(''));
  }
}
