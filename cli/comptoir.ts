/** `npm run comptoir -- NAME …`, in the image `node dist/comptoir.js NAME …`: commands for operators and developers. */
import { runNamedProgram } from './named-programs.js';

const USAGE = `Usage: npm run comptoir -- NAME …, or node dist/comptoir.js NAME … where there is a build
  webhooks      lists, shows and replays the events of Stripe that are stored
  reconcile     reads events that no webhook brought, compares orders with Stripe, and repairs what differs
  migrate       applies migrations, lists those that are pending, or reverts the last
  token         prints a bearer token for development
  safelist      lists the operations of a frontend, the only ones that are allowed
  sbom          prints what production is made of
  try-checkout  buys something from a server that runs
  try-refund    refunds and disputes what it buys there, and compares all sides
  try-rental    rents with a deposit there, keeps it too long, and compares all sides
NAME --help says more.`;

await runNamedProgram(USAGE, {
  webhooks: () => import('./webhooks.js'),
  reconcile: () => import('./reconcile.js'),
  migrate: () => import('./migration.js'),
  token: () => import('./token.js'),
  safelist: () => import('./safelist.js'),
  sbom: () => import('./sbom.js'),
  'try-checkout': () => import('./try-checkout.js'),
  'try-refund': () => import('./try-refund.js'),
  'try-rental': () => import('./try-rental.js'),
});
