/**
 * `npm run comptoir -- reconcile --since 72h [--dry-run]`: reads Stripe's events of that time that are not in the
 * inbox, and
 * compares its sessions, refunds and disputes with the orders. Repairs the discrepancies, or only prints them.
 */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Discrepancy } from '../src/modules/reconciliation/reconciliation.service.js';
import type { Shop } from '../src/modules.js';
import { withServices } from './command-services.js';
import { CommandError, readArguments, runProgram, UsageError } from './program.js';

const USAGE = 'Usage: npm run comptoir -- reconcile --since 72h [--dry-run]     (minutes, hours or days: 90m, 72h, 7d)';
const UNIT_MS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 24 * 3_600_000 };
const MAX_SPAN_MS = 29 * 24 * 3_600_000;

await runProgram(async () => {
  const { since, 'dry-run': isDryRun } = readArguments(USAGE, {
    since: { type: 'string', default: '48h' },
    'dry-run': { type: 'boolean', default: false },
  }).values;
  const lengthMs = millisecondsOf(since);
  await withServices(async (services, orm) => compare(services, orm.em.fork(), lengthMs, isDryRun));
});

async function compare(
  { account, missedEvents, reconciliation }: Shop,
  em: EntityManager,
  lengthMs: number,
  isDryRun: boolean,
): Promise<void> {
  if (!(await account.isOurs())) throw new CommandError('Nothing was done.');
  const to = new Date();
  const span = { from: new Date(to.getTime() - lengthMs), to };
  console.log(`Reconciling with Stripe since ${span.from.toISOString()}${isDryRun ? '; nothing is changed' : ''} …`);
  const events = isDryRun ? await missedEvents.find(em, span) : await missedEvents.read(em, span);
  console.log(
    `${events.listed} events listed, ${events.missed} of them not in the inbox${isDryRun ? '' : ' and now applied'}.`,
  );
  const discrepancies = isDryRun
    ? await reconciliation.findDiscrepancies(em, span)
    : await reconciliation.reconcile(em, span);
  for (const discrepancy of discrepancies) console.log(line(discrepancy));
  console.log(`${discrepancies.length} discrepancies.`);
  if (discrepancies.some(({ canBeRepaired }) => !canBeRepaired)) process.exitCode = 1;
}

function millisecondsOf(text: string): number {
  const match = /^(\d+)([mhd])$/.exec(text);
  const milliseconds = Number(match?.[1]) * (UNIT_MS[match?.[2] ?? ''] ?? Number.NaN);
  if (milliseconds > 0 && milliseconds <= MAX_SPAN_MS) return milliseconds;
  throw new UsageError(`"${text}" is not a time of up to 29 days, which is as long as Stripe lists events.\n${USAGE}`);
}

function line({ object, what, orderId, canBeRepaired }: Discrepancy): string {
  return `${object}  ${what}${orderId ? `  (order ${orderId})` : ''}${canBeRepaired ? '' : '  → staff must look into it'}`;
}
