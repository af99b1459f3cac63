/** For `.ci/run`: prints the Debian packages of programs that tests run and this machine lacks, one a line. */
import { missingTestPrograms } from '../test/support/test-programs.js';

for (const { debianPackage, hint } of missingTestPrograms()) {
  console.error(hint);
  console.log(debianPackage);
}
