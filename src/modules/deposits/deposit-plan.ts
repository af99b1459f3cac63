/** What is to be done next for a deposit: pure functions of what is known of it. */
import { maxChargeMinor, minChargeMinor } from '../../platform/kernel/charge-limits.js';
import { MIN_SESSION_MS } from '../../stripe/payment-gateway.js';
import {
  CaptureState,
  type Deposit,
  type DepositHold,
  DepositHoldState,
  DepositState,
  HoldKind,
} from './deposit.entity.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
// A sum that is to be renewed has a working day for it.
const RENEW_BEFORE_MS = DAY_MS;
// Nothing is handed out against a sum that is about to go.
const SLACK_MS = HOUR_MS;
// Damage is found when the units are checked.
const RELEASED_AFTER_MS = DAY_MS;

/** What is known of a hold. */
export type HoldFacts = Pick<
  DepositHold,
  'id' | 'kind' | 'state' | 'createdAt' | 'captureBefore' | 'endRequestedAt' | 'expiresAt'
>;

export interface DepositFacts<Hold extends HoldFacts = HoldFacts> {
  now: Date;
  /** In the order in which they were asked for. */
  holds: readonly Hold[];
  /** Of the hold that it names; the latest one. */
  capture: { holdId: string; state: CaptureState } | null;
  /** The deposit of the units that are booked or out; 0 when there are none any more, or it is too little to be held. */
  wantedMinor: number;
  /** When the last unit came back; null where none was out. */
  lastReturnAt: Date | null;
  /** From when on the sum is to be held. */
  holdFrom: Date;
  releaseRequested: boolean;
  /** Holds of which Stripe was asked just now. */
  looked: ReadonlySet<string>;
}

export type Step<Hold extends HoldFacts = HoldFacts> =
  /** Ask Stripe for it, or ask again: whether it exists is not known. */
  | { kind: 'send'; hold: Hold }
  /** Read what has become of it. */
  | { kind: 'look'; hold: Hold }
  | { kind: 'capture'; hold: Hold }
  /** Release the sum, or expire the session. */
  | { kind: 'end'; hold: Hold }
  /** Hold this sum on the saved card. */
  | { kind: 'hold'; amountMinor: number }
  | { kind: 'settle'; state: DepositState.CAPTURED | DepositState.RELEASED }
  /** Nothing, until then. */
  | { kind: 'wait'; until: Date | null };

/** The next step; each makes the facts of the one after it. */
export function nextStep<Hold extends HoldFacts>(facts: DepositFacts<Hold>): Step<Hold> {
  const live = facts.holds.filter(isLive);
  const { capture, looked } = facts;
  const claimed = capture?.state === CaptureState.REQUESTED ? live.find(({ id }) => id === capture.holdId) : undefined;
  if (claimed) return { kind: 'capture', hold: claimed };
  // What is not known can be neither used nor ended.
  const sent = live.find(({ state, kind }) => state === DepositHoldState.SENT && kind === HoldKind.SAVED_CARD);
  if (sent) return { kind: 'send', hold: sent };
  const unseen = live.find(({ id, state }) => state !== DepositHoldState.SENT && !looked.has(id));
  if (unseen) return { kind: 'look', hold: unseen };
  const ending = live.find((hold) => hold.endRequestedAt || isForgotten(hold, facts.now));
  if (ending) return { kind: 'end', hold: ending };
  const isTaken = facts.holds.some(({ state }) => state === DepositHoldState.CAPTURED);
  if (isTaken || facts.releaseRequested || isBack(facts)) {
    const [left] = live;
    if (left) return { kind: 'end', hold: left };
    return { kind: 'settle', state: isTaken ? DepositState.CAPTURED : DepositState.RELEASED };
  }
  return isHoldDue(facts) ? holdOf(facts, live) : { kind: 'wait', until: nextLook(facts) };
}

/** One way at a time: a page on which the buyer could hold a second sum is closed first. */
function holdOf<Hold extends HoldFacts>({ wantedMinor }: DepositFacts<Hold>, live: readonly Hold[]): Step<Hold> {
  const open = live.find(({ state }) => state !== DepositHoldState.HELD);
  return open ? { kind: 'end', hold: open } : { kind: 'hold', amountMinor: wantedMinor };
}

function isHoldDue({ now, holds, wantedMinor, holdFrom }: DepositFacts): boolean {
  if (wantedMinor === 0 || now < holdFrom || isRefused(holds)) return false;
  const current = currentHold(holds);
  return current === null || now >= renewalOf(current);
}

/** Whether all units are back for a day, or none is booked any more. */
function isBack(facts: DepositFacts): boolean {
  const at = releaseOf(facts);
  return at !== null && facts.now >= at;
}

/**
 * When it is released; null while units are booked or out. What was to be captured, and could not be, is left to staff.
 */
export function releaseOf({ wantedMinor, lastReturnAt, capture, now }: DepositFacts): Date | null {
  if (wantedMinor > 0 || capture?.state === CaptureState.FAILED) return null;
  return lastReturnAt === null ? now : new Date(lastReturnAt.getTime() + RELEASED_AFTER_MS);
}

function nextLook(facts: DepositFacts): Date | null {
  const { holds, now, wantedMinor, holdFrom } = facts;
  const current = currentHold(holds);
  const isToBeHeld = wantedMinor > 0 && !isRefused(holds);
  const times = [
    releaseOf(facts),
    isToBeHeld ? (current ? renewalOf(current) : holdFrom) : null,
    current && lapseOf(current),
    ...holds.map(({ state, expiresAt }) => (state === DepositHoldState.OPEN && expiresAt ? later(expiresAt) : null)),
  ];
  const coming = times.flatMap((time) => (time && time > now ? time.getTime() : []));
  return coming.length === 0 ? null : new Date(Math.min(...coming));
}

/** The hold that stands; null where there is none. */
export function currentHold<Hold extends HoldFacts>(holds: readonly Hold[]): Hold | null {
  return holds.find(({ state, endRequestedAt }) => state === DepositHoldState.HELD && !endRequestedAt) ?? null;
}

/** Until when what is held can be captured. Where Stripe does not say, two days are safe with every brand. */
export function heldUntil({ captureBefore, createdAt }: HoldFacts): Date {
  return captureBefore ?? new Date(createdAt.getTime() + 2 * DAY_MS);
}

/** From when on a sum that is held until then does not count any more. */
export function lapseAt(until: Date): Date {
  return new Date(until.getTime() - SLACK_MS);
}

function lapseOf(hold: HoldFacts): Date {
  return lapseAt(heldUntil(hold));
}

function renewalOf(hold: HoldFacts): Date {
  return new Date(heldUntil(hold).getTime() - RENEW_BEFORE_MS);
}

// Its event comes first, usually.
function later(time: Date): Date {
  return new Date(time.getTime() + SLACK_MS);
}

/** Whether the bank refused it the last time: the buyer has to do something before it is tried again. */
export function isRefused(holds: readonly HoldFacts[]): boolean {
  const unused = [DepositHoldState.SENT, DepositHoldState.OPEN, DepositHoldState.UNUSED, DepositHoldState.NOT_MADE];
  return holds.findLast(({ state }) => !unused.includes(state))?.state === DepositHoldState.REFUSED;
}

/** Where a deposit that is not settled stands. */
export function stateOf({ holds, now }: Pick<DepositFacts, 'holds' | 'now'>): DepositState {
  const current = currentHold(holds);
  if (current && now < lapseOf(current)) return DepositState.AUTHORIZED;
  if (holds.some(({ state }) => state === DepositHoldState.HELD || state === DepositHoldState.EXPIRED)) {
    return DepositState.EXPIRED;
  }
  if (!isRefused(holds)) return DepositState.SCHEDULED;
  const isRejected = holds.at(-1)?.state === DepositHoldState.NOT_MADE;
  return isRejected ? DepositState.FAILED : DepositState.ACTION_REQUIRED;
}

/** A session that a process asked for and nobody was given, and that Stripe would not make any more. */
function isForgotten({ state, expiresAt }: HoldFacts, now: Date): boolean {
  const leftMs = expiresAt == null ? Number.POSITIVE_INFINITY : expiresAt.getTime() - now.getTime();
  return state === DepositHoldState.SENT && leftMs < MIN_SESSION_MS;
}

function isLive({ state }: HoldFacts): boolean {
  return state === DepositHoldState.SENT || state === DepositHoldState.OPEN || state === DepositHoldState.HELD;
}

/** A sum whose time is over does not count, also before a job has seen it. */
export function stateAt({ state, heldUntil }: Deposit, now: Date): DepositState {
  const isLapsed = state === DepositState.AUTHORIZED && heldUntil != null && lapseAt(heldUntil) <= now;
  return isLapsed ? DepositState.EXPIRED : state;
}

/** As much of a sum as Stripe can hold; null for less than its least charge. */
export function chargeable(amountMinor: number, currency: string): number | null {
  return amountMinor < minChargeMinor(currency) ? null : Math.min(amountMinor, maxChargeMinor(currency));
}
