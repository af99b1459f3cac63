/** Runs a piece of background work again and again, one run at a time, until it is stopped. */
import type { Logger } from '../shared/logger.js';

export class Ticker {
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;

  /** @param pauseMs between the end of one run and the start of the next */
  constructor(
    private readonly name: string,
    private readonly work: () => Promise<void>,
    private readonly pauseMs: number,
    private readonly logger: Logger,
  ) {}

  start(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.running = this.run();
    }, this.pauseMs);
  }

  /** Resolves when a run that had begun is over. */
  async stop(): Promise<void> {
    this.stopped = true;
    if (this.timer !== null) clearTimeout(this.timer);
    await this.running;
  }

  private async run(): Promise<void> {
    try {
      await this.work();
    } catch (error) {
      this.logger.error({ job: this.name, err: error }, 'Background work failed, and will be tried again');
    }
    this.start();
  }
}
