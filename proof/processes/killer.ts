/** Kills API processes: at every fail point at least once, then wherever chance wants it. */
import type { FailPoint } from '../../src/platform/kernel/fail-point.js';
import type { ApiProcess } from './api-process.js';
import type { FailPointScenarios } from './fail-point-scenarios.js';
import { KILL_POINTS } from './kill-points.js';
import type { Random } from './random.js';
import type { RunLog } from './run-log.js';
import { sleep } from './waiting.js';

/** Where chance, not a fail point, ended a process. */
export const ANY_MOMENT = 'any moment';

// A queue whose process was killed in the middle of a job waits for its heartbeat: about twenty seconds.
const REACHED_WITHIN_MS = 60_000;
const ATTEMPTS_AT_A_POINT = 5;
const MAX_LIFE_MS = 3_000;
const MAX_PAUSE_MS = 800;

type Step = { at: FailPoint; count: number; isOwed: boolean } | null;

/** In the order in which they are met: two of one queue lie apart, since the first leaves it blocked for a while. */
const JOB_POINTS: readonly FailPoint[] = [
  'refund: claimed',
  'deposit: step stored',
  'expire: Stripe answered',
  'recover: Stripe answered',
  'refund: lists read',
  'missed events: before the mark',
  'payment sync: Stripe answered',
  'refund: Stripe answered',
  'deposit: Stripe answered',
  'missed events: page stored',
  'refund: attempt stored',
];
const REQUEST_POINTS = KILL_POINTS.filter((name) => !JOB_POINTS.includes(name));

export class Killer {
  private readonly owed: FailPoint[];
  private readonly attempts = new Map<FailPoint, number>();
  private kills = 0;
  /** How many processes are on their way to a point that is owed. */
  private owedSteps = 0;

  constructor(
    private readonly wanted: number,
    private readonly runLog: RunLog,
    private readonly failPointScenarios: FailPointScenarios,
    private readonly random: Random,
    /** Called with the number of kills. */
    private readonly onKill: (kills: number) => void,
  ) {
    const requests = random.shuffled(REQUEST_POINTS);
    const mixed = requests.flatMap((name, index) => [JOB_POINTS[index], name]).filter((name) => name !== undefined);
    this.owed = mixed.slice(0, wanted);
  }

  /** Fail points that were never met, although there were kills enough. */
  missed(): FailPoint[] {
    if (this.wanted < KILL_POINTS.length) return [];
    return KILL_POINTS.filter((name) => this.runLog.countOf(killsAt(name)) === 0);
  }

  /** One process is killed and started again until there were kills enough; it is left running. */
  async keepKilling(api: ApiProcess): Promise<void> {
    // A process that runs for long takes every job before the other one, which has only just started.
    while (this.kills < this.wanted || this.owed.length > 0 || this.owedSteps > 0) {
      const step = this.nextStep();
      if (step?.isOwed) this.owedSteps += 1;
      await this.startAndWait(api, step);
      if (step === null) await sleep(this.random.next() * MAX_LIFE_MS);
      else await this.waitForDeath(api, step.at);
      await this.record(api, step);
      if (step?.isOwed) this.owedSteps -= 1;
      await sleep(this.random.next() * MAX_PAUSE_MS);
    }
    await this.startAndWait(api, null);
  }

  private nextStep(): Step {
    const owed = this.owed.shift();
    if (owed !== undefined) return { at: owed, count: 1, isOwed: true };
    if (this.random.chance(0.35)) return null;
    const at = this.random.chance(0.06) ? this.random.pick(JOB_POINTS) : this.random.pick(REQUEST_POINTS);
    return { at, count: JOB_POINTS.includes(at) ? 1 : this.random.whole(1, 4), isOwed: false };
  }

  private async startAndWait(api: ApiProcess, step: Step): Promise<void> {
    const startedAt = Date.now();
    api.start(step === null ? null : `${step.at}@${step.count}`);
    if (await api.becomesReady()) this.runLog.time('process started again, ready', Date.now() - startedAt);
  }

  private async waitForDeath(api: ApiProcess, at: FailPoint): Promise<void> {
    const deadline = Date.now() + REACHED_WITHIN_MS;
    while (api.isRunning() && Date.now() < deadline) {
      // What was begun may outlive the process; it fails, or ends by itself, later.
      const provoked = this.failPointScenarios.reach(at).catch(() => {});
      await Promise.race([provoked, api.diesWithin(deadline - Date.now())]);
    }
  }

  private async record(api: ApiProcess, step: Step): Promise<void> {
    const unexpected = api.unexpectedEnd();
    if (unexpected !== null) this.runLog.violations.push(`${api.url} ended by itself: ${unexpected}.`);
    const isReached = step !== null && !api.isRunning() && unexpected === null;
    await api.kill();
    this.kills += 1;
    this.runLog.count(killsAt(isReached ? step.at : ANY_MOMENT));
    if (step !== null && !isReached) this.tryAgain(step.at);
    this.onKill(this.kills);
  }

  private tryAgain(at: FailPoint): void {
    const attempts = (this.attempts.get(at) ?? 1) + 1;
    this.attempts.set(at, attempts);
    const isOwed = this.runLog.countOf(killsAt(at)) === 0 && this.wanted >= KILL_POINTS.length;
    if (isOwed && attempts <= ATTEMPTS_AT_A_POINT) this.owed.push(at);
  }
}

export function killsAt(place: string): string {
  return `kill at ${place}`;
}
