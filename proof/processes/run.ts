/** One run: kills and faults while buyers buy, then quiet, then the invariants. */
import { checkInvariants, type Findings } from '../chaos/process-invariants.js';
import { attentionOf } from './attention-list.js';
import { keepBursting } from './bursts.js';
import { keepBuying } from './buyers.js';
import { Convergence } from './convergence.js';
import { FailPointScenarios } from './fail-point-scenarios.js';
import { FaultInjector } from './fault-injector.js';
import { JobTrigger } from './job-trigger.js';
import { Killer } from './killer.js';
import type { ChaosOptions } from './options.js';
import { Random } from './random.js';
import { printDone, printFindings } from './report.js';
import { RunLog } from './run-log.js';
import { comesTrue } from './waiting.js';
import type { World } from './world.js';

const BUYERS = 4;
// From here on a run is long enough to wait for the jobs' own schedule.
const LONG_RUN_KILLS = 100;
const KILLS_BETWEEN_STOPS = { long: 20, short: 10 };
const READY_AGAIN_WITHIN_MS = 60_000;
const PROGRESS_EVERY = 10;
const SECRETS = [
  'Geheimnisvoll',
  'Verschwiegen',
  'verschwiegen+',
  'rue du Secret',
  'sk_test_chaos',
  'whsec_chaos',
  'eyJhbGciOi',
];

/** @returns whether everything held */
export async function run(world: World, { kills, seed }: ChaosOptions): Promise<boolean> {
  const runLog = new RunLog();
  const random = new Random(seed, 'run');
  await startBoth(world, runLog);
  // The first start has made the queues.
  const jobs = await JobTrigger.connect(world.database.url);
  try {
    await stopBoth(world, runLog);
    const missed = await killUnderLoad(world, runLog, random, jobs, kills);
    console.log(`The kills are over after ${seconds()}; waiting for quiet.`);
    const isLong = kills >= LONG_RUN_KILLS;
    const left = await new Convergence(world, runLog, random.fork('convergence'), isLong ? null : jobs).untilQuiet();
    if (left !== null) runLog.violations.push(`It did not become quiet: ${JSON.stringify(left)}.`);
    for (const name of missed) runLog.violations.push(`No process was killed at "${name}".`);
    return await report(world, runLog, random.fork('report'));
  } finally {
    await jobs.stop();
  }
}

async function startBoth({ apis }: World, runLog: RunLog): Promise<void> {
  const startedAt = Date.now();
  for (const api of apis) api.start(null);
  for (const api of apis) {
    if (!(await api.becomesReady())) throw new Error(`${api.url} did not start: ${api.logFile}`);
  }
  runLog.time('first start of both, ready', Date.now() - startedAt);
}

/** In good order; the killer starts them again, each with its fate. */
async function stopBoth({ apis }: World, runLog: RunLog): Promise<void> {
  const stopped = await Promise.all(apis.map((api) => api.stop()));
  if (stopped.includes(false)) runLog.violations.push('A process that was idle did not stop by itself.');
}

/** @returns the fail points at which nobody was killed, although there should have been */
async function killUnderLoad(
  world: World,
  runLog: RunLog,
  random: Random,
  jobs: JobTrigger,
  kills: number,
): Promise<string[]> {
  let isOver = false;
  const faultInjector = new FaultInjector(world.stripe, runLog, random.fork('faultInjector'));
  const failPointScenarios = new FailPointScenarios(
    world,
    runLog,
    faultInjector,
    jobs,
    random.fork('failPointScenarios'),
  );
  const stops = new DatabaseStops(world, runLog, kills);
  const killer = new Killer(kills, runLog, failPointScenarios, random.fork('killer'), (done) => {
    stops.after(done);
    if (done % PROGRESS_EVERY === 0) console.log(`${done} kills after ${seconds()}`);
  });
  const killing = Promise.all(world.apis.map((api) => killer.keepKilling(api))).finally(() => {
    isOver = true;
  });
  const buyers = Array.from({ length: BUYERS }, (_, index) =>
    keepBuying(world, runLog, random.fork(`buyers ${index}`), () => isOver),
  );
  await Promise.all([
    killing,
    faultInjector.keepChanging(() => isOver),
    keepBursting(world, runLog, random.fork('bursts'), () => isOver),
    ...buyers,
  ]);
  await stops.done();
  return killer.missed();
}

async function report(world: World, runLog: RunLog, random: Random): Promise<boolean> {
  const findings = await checkInvariants({
    rows: (sql, parameters) => world.database.rows(sql, parameters),
    em: world.database.orm.em.fork(),
    stripe: world.stripe.sdk,
    attention: attentionOf(world, random),
    staffHeard: runLog.staffHeard,
    capturedInDashboard: new Set(),
    now: new Date(),
    ...world.goods,
    acknowledgedEvents: await acknowledgedEvents(world, runLog),
    cancelledOrders: runLog.cancelledOrders,
    ambiguousKeys: runLog.ambiguousKeys(),
    logLines: (text) => world.logLines(text),
    secrets: SECRETS,
  });
  printDone(runLog, await tableCounts(world));
  printFindings(findings, runLog.violations, (text) => world.logLines(text));
  return summarize(findings, runLog);
}

function summarize({ held, violations }: Findings, runLog: RunLog): boolean {
  const count = violations.length + runLog.violations.length;
  const invariants = new Set(held.map(({ invariant }) => invariant));
  for (const { invariant } of violations) invariants.delete(invariant);
  const all = count === 0 ? 'no violation' : `${count} VIOLATIONS`;
  console.log(`\n${invariants.size} invariants hold (${[...invariants].join(', ')}), ${all}, after ${seconds()}`);
  return count === 0;
}

/** By what the simulator sent, and by what the bursts sent. */
async function acknowledgedEvents(world: World, { acknowledgedEvents: inBursts }: RunLog): Promise<Set<string>> {
  const isAnswered = ({ status }: { status: number | null }) => status !== null && status >= 200 && status < 300;
  const delivered = (await world.stripe.deliveries()).filter(({ attempts }) => attempts.some(isAnswered));
  return new Set([...inBursts, ...delivered.map(({ eventId }) => eventId)]);
}

async function tableCounts({ database, stripe }: World): Promise<[string, number][]> {
  const deliveries = await stripe.deliveries();
  const attempts = deliveries.reduce((sum, delivery) => sum + delivery.attempts.length, 0);
  const statuses = await database.rows<{ what: string; count: number }>(
    `select 'orders ' || status as what, count(*)::int as count from orders group by status
     union all select 'payments ' || state, count(*)::int from payments group by state
     union all select 'refunds ' || state, count(*)::int from refunds group by state
     union all select 'disputes ' || state, count(*)::int from disputes group by state
     union all select 'deposits ' || state, count(*)::int from deposits group by state
     union all select 'holds ' || state, count(*)::int from deposit_holds group by state
     union all select 'fees ' || state, count(*)::int from fees group by state
     union all select 'events stored as ' || state, count(*)::int from inbox_events group by state order by 1`,
  );
  return [
    ...statuses.map(({ what, count }): [string, number] => [what, count]),
    ['webhook deliveries', deliveries.length],
    ['webhook deliveries dropped', deliveries.filter(({ state }) => state === 'dropped').length],
    ['webhook attempts', attempts],
  ];
}

/** Stops PostgreSQL as a crash would, every so many kills; one stop at a time. */
class DatabaseStops {
  private stops: Promise<void> = Promise.resolve();

  constructor(
    private readonly world: World,
    private readonly runLog: RunLog,
    private readonly kills: number,
  ) {}

  after(kills: number): void {
    const every = this.kills >= LONG_RUN_KILLS ? KILLS_BETWEEN_STOPS.long : KILLS_BETWEEN_STOPS.short;
    if (kills % every === 0) this.stops = this.stops.then(() => this.stopOnce());
  }

  async done(): Promise<void> {
    await this.stops;
  }

  private async stopOnce(): Promise<void> {
    const { apis, database } = this.world;
    this.runLog.time('database stopped, answers again', await database.crash());
    const backAt = Date.now();
    const isReady = await comesTrue(READY_AGAIN_WITHIN_MS, () => Promise.any(apis.map(readiness)));
    if (isReady) this.runLog.time('database answers again, API ready', Date.now() - backAt);
    else this.runLog.violations.push('No API process was ready again after the database was back.');
    this.runLog.count('database stops');
  }
}

async function readiness(api: World['apis'][number]): Promise<true> {
  if (await api.isReady()) return true;
  throw new Error('not ready');
}

/** Since the start of this program. */
function seconds(): string {
  return `${Math.round(process.uptime())} s`;
}
