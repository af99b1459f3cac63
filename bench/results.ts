/** Results of benchmarks as files, with the machine that they are of, for `npm run bench -- report`. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import type { EntityManager } from '@mikro-orm/postgresql';
import { orExit, readArguments } from '../cli/program.js';
import { type OperationResult, printResult } from './figures.js';

export interface SavedBenchmark {
  machine: string;
  /** ISO 8601, UTC. */
  measuredOn: string;
  /** Whether it was a short run, whose figures are rough. */
  isQuick: boolean;
  results: OperationResult[];
}

/** By the name of the benchmark. */
export type SavedBenchmarks = Record<string, SavedBenchmark>;

export interface BenchOptions {
  name: string;
  isQuick: boolean;
  /** The file that results are added to; null for none. */
  savePath: string | null;
}

const COMMON = { quick: { type: 'boolean', default: false }, save: { type: 'string' } } as const;

/** The command line of a benchmark; it ends at once where that is not understood, as those that follow. */
export function readBenchOptions(name: string): BenchOptions {
  return orExit(() => {
    const { quick, save } = readArguments(`Usage: npm run bench -- ${name} [--quick] [--save FILE]`, COMMON).values;
    return { name, isQuick: quick, savePath: save ?? null };
  });
}

/** The command line of `start`. */
export function readStartOptions(): BenchOptions & { isWithInstallation: boolean } {
  return orExit(() => {
    const usage = 'Usage: npm run bench -- start [--quick] [--all] [--save FILE]';
    const { quick, save, all } = readArguments(usage, { ...COMMON, all: { type: 'boolean', default: false } }).values;
    return { name: 'start', isQuick: quick, savePath: save ?? null, isWithInstallation: all };
  });
}

/** The command line of `report`. */
export function readReportOptions(): { isQuick: boolean; files: string[] } {
  return orExit(() => {
    const usage = 'Usage: npm run bench -- report [--quick] [FILE…]';
    const options = { quick: { type: 'boolean', default: false } } as const;
    const { values, positionals } = readArguments(usage, options, Number.POSITIVE_INFINITY);
    return { isQuick: values.quick, files: positionals };
  });
}

/** Prints the results, and adds them to the file that the user has named. */
export async function publish(
  { name, isQuick, savePath }: BenchOptions,
  em: EntityManager,
  results: OperationResult[],
): Promise<void> {
  for (const result of results) printResult(result);
  const machine = await describeMachine(em);
  console.log(`\n${machine}`);
  if (savePath === null) return;
  const saved = existsSync(savePath) ? readResults(savePath) : {};
  saved[name] = { machine, measuredOn: new Date().toISOString(), isQuick, results };
  writeFileSync(savePath, `${JSON.stringify(saved, null, 2)}\n`);
}

export function readResults(file: string): SavedBenchmarks {
  return JSON.parse(readFileSync(file, 'utf8')) as SavedBenchmarks;
}

/** Nothing that tells whose machine it is. */
async function describeMachine(em: EntityManager): Promise<string> {
  const [server] = await em.fork().execute<{ server_version: string }[]>('show server_version');
  const cores = os.cpus();
  const isVirtual = existsSync('/proc/cpuinfo') && readFileSync('/proc/cpuinfo', 'utf8').includes(' hypervisor');
  const version = server?.server_version.split(' ')[0];
  const shared = isVirtual ? ' shared' : '';
  return `${cores.length}${shared} cores, ${cores[0]?.model.trim()}, PostgreSQL ${version}, Node ${process.versions.node}`;
}
