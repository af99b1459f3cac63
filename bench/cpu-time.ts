/** CPU time and memory of processes, from /proc: only Linux has it, and elsewhere there are no such figures. */
import { existsSync, readFileSync } from 'node:fs';
import type { EntityManager } from '@mikro-orm/postgresql';

// Of every Linux that Node runs on.
const TICKS_A_SECOND = 100;
const MICROSECONDS_A_TICK = 1_000_000 / TICKS_A_SECOND;

export const hasProcessFigures = existsSync('/proc/self/stat');

/** What the process has used so far, in microseconds; null where it cannot be known. */
export function cpuMicroseconds(pid: number | undefined): number | null {
  const stat = pid === undefined ? null : statOf(pid);
  return stat && (stat.user + stat.system) * MICROSECONDS_A_TICK;
}

/** The process that all others of the PostgreSQL server are children of; null where it is not on this machine. */
export async function postmasterOf(em: EntityManager): Promise<number | null> {
  const [row] = await em.fork().execute<{ pid: number }[]>('select pg_backend_pid() as pid');
  const backend = row === undefined ? null : statOf(row.pid);
  return backend?.command === 'postgres' ? backend.parent : null;
}

/** What a whole PostgreSQL server has used so far, in microseconds, with the processes of it that have ended. */
export function postgresCpuMicroseconds(pid: number | null): number | null {
  const postmaster = pid === null ? null : statOf(pid);
  if (postmaster === null) return null;
  const own = postmaster.user + postmaster.system + postmaster.ended;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  const ticks = children.map((child) => {
    const of = statOf(Number(child));
    return of === null ? 0 : of.user + of.system;
  });
  return ticks.reduce((sum, used) => sum + used, own) * MICROSECONDS_A_TICK;
}

/** Resident memory now, and the most that it ever was, in megabytes; null where it cannot be known. */
export function memoryMegabytes(pid: number | undefined): { now: number; peak: number } | null {
  const file = `/proc/${pid}/status`;
  if (!existsSync(file)) return null;
  const status = readFileSync(file, 'utf8');
  const megabytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
  return { now: megabytes('VmRSS'), peak: megabytes('VmHWM') };
}

interface Stat {
  command: string;
  parent: number;
  /** In ticks, as all that follow. */
  user: number;
  system: number;
  /** Of the children that have ended. */
  ended: number;
}

function statOf(pid: number): Stat | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    // It has ended, or there is no /proc.
    return null;
  }
  // The command is in brackets, and may hold blanks and brackets itself.
  const end = text.lastIndexOf(')');
  const fields = text.slice(end + 2).split(' ');
  const field = (index: number) => Number(fields[index]);
  return {
    command: text.slice(text.indexOf('(') + 1, end),
    parent: field(1),
    user: field(11),
    system: field(12),
    ended: field(13) + field(14),
  };
}
