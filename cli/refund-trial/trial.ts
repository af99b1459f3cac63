/** Steps one after the other, and after each of them what all witnesses say: a line a step. */
import { CommandError } from '../program.js';
import { disagreements, type Figures, inWords, type Statement } from './figures.js';

// Often enough to be quick, and far from the rate limits.
const POLL_INTERVAL_MS = 500;
// What takes longer is worth a line that says what it is about.
const SILENT_MS = 3_000;

export interface TrialOptions {
  /** Each reads the order somewhere. A further place, such as the database, is a further one of these. */
  sources: readonly (() => Promise<Statement[]>)[];
  /** How long the witnesses may differ after a step: jobs and webhooks take a moment. */
  withinMs: number;
  print(line: string): void;
}

/** A step went wrong, and has been reported: those after it build on it. */
export class StepFailed extends Error {}

/** One order, and what is expected of it. */
export class Trial {
  private expected: Figures = {};

  constructor(private readonly options: TrialOptions) {}

  /**
   * @param changes what differs from the step before; everything else is to stay
   * @throws StepFailed
   */
  async step(title: string, act: () => Promise<unknown>, changes: Figures = {}): Promise<void> {
    this.expected = { ...this.expected, ...changes };
    const problems = await this.problemsOf(title, act);
    const { print } = this.options;
    if (problems.length > 0) {
      print(`FAILED  ${title}: ${problems.join('; ')}`);
      throw new StepFailed(title);
    }
    print(`ok      ${title}: ${inWords(changes) || 'nothing else has changed'}`);
  }

  private async problemsOf(title: string, act: () => Promise<unknown>): Promise<string[]> {
    try {
      await act();
      return await this.differences(title);
    } catch (error) {
      if (error instanceof CommandError) return [error.message];
      throw error;
    }
  }

  /** Once the witnesses agree none; else those at the end of the time. */
  private async differences(title: string): Promise<string[]> {
    const { sources, withinMs, print } = this.options;
    const begun = Date.now();
    for (let isSaid = false; ; ) {
      const said = (await Promise.all(sources.map((source) => source()))).flat();
      const differing = disagreements([{ witness: 'expected', figures: this.expected }, ...said]);
      const waitedMs = Date.now() - begun;
      if (differing.length === 0 || waitedMs >= withinMs) return differing;
      if (!isSaid && waitedMs >= SILENT_MS) {
        print(`…       ${title}: waiting, up to ${withinMs / 1000} s, for ${differing[0]}`);
        isSaid = true;
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
    }
  }
}
