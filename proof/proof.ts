/** `npm run proof -- NAME …`: what shows that the promises hold, beside the tests. */
import { runNamedProgram } from '../cli/named-programs.js';

const USAGE = `Usage: npm run proof -- NAME …
  chaos         random schedules of requests, events, jobs, faults and deaths, and the invariants after each
  processes     real processes, killed under load, and the invariants afterwards
  planted-bugs  bugs that the tests have to catch, planted one after the other
  fuzz          random input for every argument of the schema and for the webhook
NAME --help says more.`;

await runNamedProgram(USAGE, {
  chaos: () => import('./chaos.js'),
  processes: () => import('./processes.js'),
  'planted-bugs': () => import('./planted-bugs.js'),
  fuzz: () => import('./fuzz.js'),
});
