/** One of the two API processes: the production build, killed and started again on the same port. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { comesTrue } from './waiting.js';

// A start takes a second or two; the job queue waits for a database that is just coming back.
const READY_WITHIN_MS = 60_000;
const STOP_TIMEOUT_MS = 12_000;

export class ApiProcess {
  private child: ChildProcess | null = null;

  constructor(
    readonly url: string,
    readonly logFile: string,
    private readonly environment: Record<string, string>,
  ) {}

  /** @param failPoints where it is to kill itself, as FAIL_POINTS takes it; null for nowhere */
  start(failPoints: string | null): void {
    const log = fs.openSync(this.logFile, 'a');
    this.child = spawn(process.execPath, ['--enable-source-maps', 'dist/main.js'], {
      env: { ...this.environment, ...(failPoints === null ? {} : { FAIL_POINTS: failPoints }) },
      stdio: ['ignore', log, log],
    });
    fs.closeSync(log);
  }

  isRunning(): boolean {
    return this.child !== null && this.child.exitCode === null && this.child.signalCode === null;
  }

  async isReady(): Promise<boolean> {
    const response = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(2_000) });
    await response.text();
    return response.status === 200;
  }

  /** False when it died before. @throws Error when it lives and does not become ready */
  async becomesReady(): Promise<boolean> {
    const isDecided = await comesTrue(READY_WITHIN_MS, async () => !this.isRunning() || (await this.isReady()));
    if (!isDecided) throw new Error(`${this.url} runs and does not become ready.`);
    return this.isRunning();
  }

  /** Waits for the end that was planned for it. */
  async diesWithin(milliseconds: number): Promise<boolean> {
    return comesTrue(milliseconds, () => !this.isRunning());
  }

  /** How it ended, when that was not by SIGKILL: processes must survive all else. */
  unexpectedEnd(): string | null {
    if (this.child === null || this.isRunning() || this.child.signalCode === 'SIGKILL') return null;
    return `exit code ${this.child.exitCode}, signal ${this.child.signalCode}`;
  }

  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** As an orchestrator does it. @returns false when it had to be killed */
  async stop(): Promise<boolean> {
    const { child } = this;
    if (child === null || !this.isRunning()) return true;
    child.kill('SIGTERM');
    if (await comesTrue(STOP_TIMEOUT_MS, () => !this.isRunning())) return true;
    await this.kill();
    return false;
  }

  /** For the end of this program, when nothing can be waited for any more. */
  killNow(): void {
    this.child?.kill('SIGKILL');
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    if (this.child === null || !this.isRunning()) return;
    const exited = once(this.child, 'exit');
    this.child.kill(signal);
    await exited;
  }
}
