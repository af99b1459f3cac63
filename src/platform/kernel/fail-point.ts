/** Fail points: named places at which tests make a process die, to show that the others recover. */

export const FAIL_POINTS = [
  'checkout: before the order is committed',
  'checkout: order committed',
  'checkout: Stripe answered',
  'checkout: before the session is committed',
  'checkout: session committed',
  'cancel: request committed',
  'cancel: Stripe answered',
  'webhook: event stored',
  'webhook: inside a handler',
  'webhook: before the commit',
  'webhook: committed',
  'return page: Stripe answered',
  'recover: Stripe answered',
  'expire: Stripe answered',
  'refund: claim committed',
  'refund: claimed',
  'refund: lists read',
  'refund: attempt stored',
  'refund: Stripe answered',
  'dispute: submission claimed',
  'dispute: Stripe answered',
  'fee: session stored',
  'fee: Stripe answered',
  'deposit: step stored',
  'deposit: Stripe answered',
  'deposit: session stored',
  'fee: before the charge is committed',
  'fee: charge committed',
  'fee: before the outcome is committed',
  'fee: outcome committed',
  'payment sync: Stripe answered',
  'missed events: page stored',
  'missed events: before the mark',
] as const;

export type FailPoint = (typeof FAIL_POINTS)[number];

/** Where a process is to die. */
export interface Death {
  at: FailPoint;
  /** How often the point is reached until then, that time included. */
  count: number;
}

type Hook = (name: FailPoint) => Promise<void> | void;

let hook: Hook | null = null;

/** Only for tests, and for processes with FAIL_POINTS set, which production rejects. */
export function onFailPoint(reached: Hook | null): void {
  hook = reached;
}

/** Does nothing, unless a test makes the process die, or wait, here. */
export async function failPoint(name: FailPoint): Promise<void> {
  if (hook !== null) await hook(name);
}

/** Kills this process at the first of these points, as a power cut would: nothing is closed, nothing is flushed. */
export function dieAtFailPoints(deaths: readonly Death[]): void {
  const reached = new Map<FailPoint, number>();
  onFailPoint((name) => {
    const count = (reached.get(name) ?? 0) + 1;
    reached.set(name, count);
    if (deaths.some((death) => death.at === name && death.count === count)) process.kill(process.pid, 'SIGKILL');
  });
}

/** `checkout: Stripe answered@3, webhook: committed`: comma-separated, with a count where it is not 1. */
export function parseDeaths(text: string): { deaths: Death[]; unknown: string[] } {
  const deaths: Death[] = [];
  const unknown: string[] = [];
  for (const part of text.split(',').map((piece) => piece.trim())) {
    const [, name = '', count = '1'] = /^(.*?)(?:@([1-9]\d*))?$/.exec(part) ?? [];
    const at = FAIL_POINTS.find((candidate) => candidate === name);
    if (at === undefined) unknown.push(part);
    else deaths.push({ at, count: Number(count) });
  }
  return { deaths, unknown };
}
