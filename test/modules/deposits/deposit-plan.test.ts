/** What is to be done next for a deposit, whatever is known of it: a model of Stripe answers each step at random. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  CaptureState,
  DepositHoldState,
  DepositState,
  HoldKind,
} from '../../../src/modules/deposits/deposit.entity.js';
import {
  currentHold,
  type DepositFacts,
  type HoldFacts,
  nextStep,
  type Step,
  stateOf,
} from '../../../src/modules/deposits/deposit-plan.js';

const DAY_MS = 86_400_000;
const START = Date.parse('2026-12-01T11:00:00Z');
// A renewal with a page to be closed takes six; here, Stripe may have made none of some holds.
const MAX_STEPS = 20;

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
type Facts = Mutable<DepositFacts<HoldFacts>> & { holds: HoldFacts[]; looked: Set<string> };

const { SENT, OPEN, HELD, CAPTURED, EXPIRED, CANCELED, REFUSED, UNUSED, NOT_MADE } = DepositHoldState;

const instant = (days: number) => new Date(START + days * DAY_MS);

/** A hold as it may be found: of each state, made some days ago, with some days left. */
const someHold = fc
  .record({
    kind: fc.constantFrom(...Object.values(HoldKind)),
    state: fc.constantFrom(...Object.values(DepositHoldState)),
    madeDaysAgo: fc.nat(6),
    daysLeft: fc.option(fc.double({ min: -1, max: 7, noNaN: true })),
    isEnding: fc.boolean(),
  })
  .map(({ kind, state, madeDaysAgo, daysLeft, isEnding }) => ({
    ...{ id: '', kind, state: kind === HoldKind.SAVED_CARD && state === OPEN ? SENT : state },
    createdAt: instant(-madeDaysAgo),
    captureBefore: daysLeft === null ? null : instant(daysLeft),
    endRequestedAt: isEnding ? instant(0) : null,
    expiresAt: kind === HoldKind.SESSION ? instant(0.02) : null,
  }));

/** As the database keeps them: one way is open, and one hold stands. */
const someFacts: fc.Arbitrary<Facts> = fc
  .record({
    holds: fc.array(someHold, { maxLength: 5 }),
    captureState: fc.option(fc.constantFrom(...Object.values(CaptureState))),
    wantedMinor: fc.constantFrom(0, 20_000),
    returnedDaysAgo: fc.option(fc.nat(3)),
    dueInDays: fc.double({ min: -3, max: 3, noNaN: true }),
    releaseRequested: fc.boolean(),
  })
  .map(({ holds, captureState, wantedMinor, returnedDaysAgo, dueInDays, releaseRequested }) => {
    const kept = holds
      .filter((_hold, index) => isFirst(holds, index, isOpen) && isFirst(holds, index, isStanding))
      .map((hold, index) => ({ ...hold, id: `hold ${index}` }));
    const standing = currentHold(kept);
    return {
      ...{ now: instant(0), holds: kept, wantedMinor, releaseRequested, looked: new Set<string>() },
      capture: captureState && standing ? { holdId: standing.id, state: captureState } : null,
      lastReturnAt: returnedDaysAgo === null ? null : instant(-returnedDaysAgo),
      holdFrom: instant(dueInDays),
    };
  });

const isOpen = ({ state }: HoldFacts) => state === SENT || state === OPEN;
const isStanding = ({ state, endRequestedAt }: HoldFacts) => state === HELD && !endRequestedAt;

function isFirst(holds: readonly HoldFacts[], index: number, is: (hold: HoldFacts) => boolean): boolean {
  const hold = holds[index] as HoldFacts;
  return !is(hold) || holds.findIndex(is) === index;
}

type Asking = Exclude<Step, { kind: 'wait' | 'settle' }>;

/** What Stripe may say to each step, and what is stored then. */
function answer(facts: Facts, step: Asking, dice: number): void {
  const { now, holds } = facts;
  if (step.kind === 'hold') {
    const hold = { id: `hold ${holds.length}`, kind: HoldKind.SAVED_CARD, state: SENT, createdAt: now };
    holds.push({ ...hold, expiresAt: null, endRequestedAt: null, captureBefore: null });
    return;
  }
  const index = holds.findIndex(({ id }) => id === step.hold.id);
  const hold = holds[index] as HoldFacts;
  const state = stateAfter(step, dice);
  facts.looked.add(hold.id);
  if (step.kind === 'capture') {
    facts.capture = { holdId: hold.id, state: state === CAPTURED ? CaptureState.DONE : CaptureState.FAILED };
  }
  if (state === HELD && hold.state !== HELD) stand(facts, index);
  else holds[index] = { ...hold, state };
}

function stateAfter(step: Exclude<Asking, { kind: 'hold' }>, dice: number): DepositHoldState {
  const { state } = step.hold;
  switch (step.kind) {
    case 'send':
      return [REFUSED, NOT_MADE, HELD][dice % 3] as DepositHoldState;
    case 'look':
      if (state === OPEN) return dice % 2 === 0 ? HELD : OPEN;
      return dice % 4 === 0 ? EXPIRED : HELD;
    case 'capture':
      return dice % 3 === 0 ? EXPIRED : CAPTURED;
    case 'end':
      return state === HELD ? CANCELED : UNUSED;
  }
}

/** The sum is held: as the answers are applied. */
function stand(facts: Facts, index: number): void {
  const { holds, capture, now, releaseRequested } = facts;
  const before = holds.findIndex(isStanding);
  const isClaimed = capture?.state === CaptureState.REQUESTED;
  const isOver = releaseRequested || isClaimed || holds.some(({ state }) => state === CAPTURED);
  if (!isOver && before >= 0) holds[before] = { ...(holds[before] as HoldFacts), endRequestedAt: now };
  const endRequestedAt = isOver ? now : null;
  holds[index] = { ...(holds[index] as HoldFacts), state: HELD, captureBefore: instant(5), endRequestedAt };
}

/** Does one step after another, until nothing is to be done. */
function driven(facts: Facts, dice: readonly number[], check: (step: Step) => void = () => {}): Step {
  for (let steps = 0; ; steps += 1) {
    const step = nextStep(facts);
    check(step);
    if (step.kind === 'wait' || step.kind === 'settle') return step;
    // A bank that answers nothing useful for ever keeps nobody busy for ever.
    if (steps > MAX_STEPS) throw new Error(`Step ${steps} is still ${step.kind}.`);
    answer(facts, step, dice[steps] ?? 2);
  }
}

const someDice = fc.array(fc.nat(11), { minLength: 4, maxLength: MAX_STEPS });

test('It comes to an end, with one sum held at most and one way open at most', () => {
  fc.assert(
    fc.property(someFacts, someDice, (facts, dice) => {
      driven(facts, dice);
      expect(facts.holds.filter(({ state }) => state === HELD).length).toBeLessThanOrEqual(1);
      expect(facts.holds.filter(isOpen).length).toBeLessThanOrEqual(1);
    }),
  );
});

test('A settled deposit holds nothing, and no page of it is open', () => {
  fc.assert(
    fc.property(someFacts, someDice, (facts, dice) => {
      if (driven(facts, dice).kind !== 'settle') return;
      expect(facts.holds.filter((hold) => isOpen(hold) || hold.state === HELD)).toEqual([]);
    }),
  );
});

test('What is asked for without the buyer is asked for only where nothing else could hold a second sum', () => {
  fc.assert(
    fc.property(someFacts, someDice, (facts, dice) => {
      driven(facts, dice, (step) => {
        if (step.kind !== 'hold') return;
        expect(facts.holds.filter(isOpen)).toEqual([]);
        expect(facts.wantedMinor).toBeGreaterThan(0);
        expect(facts.releaseRequested).toBe(false);
        const standing = currentHold(facts.holds);
        if (standing?.captureBefore) expect(standing.captureBefore.getTime()).toBeLessThanOrEqual(START + DAY_MS);
      });
    }),
  );
});

test('The sum that stands is let go only once another stands, or nothing is wanted of it', () => {
  fc.assert(
    fc.property(someFacts, someDice, (facts, dice) => {
      driven(facts, dice, (step) => {
        if (step.kind !== 'end' || !isStanding(step.hold)) return;
        const isTaken = facts.holds.some(({ state }) => state === CAPTURED);
        expect(facts.releaseRequested || isTaken || facts.wantedMinor === 0).toBe(true);
        expect(facts.capture?.state).not.toBe(CaptureState.REQUESTED);
      });
    }),
  );
});

test('A deposit is AUTHORIZED exactly while a sum stands for another hour', () => {
  fc.assert(
    fc.property(someFacts, ({ holds, now }) => {
      const standing = currentHold(holds);
      const until = standing && (standing.captureBefore?.getTime() ?? standing.createdAt.getTime() + 2 * DAY_MS);
      const counts = until !== null && now.getTime() < until - 3_600_000;
      expect(stateOf({ holds, now }) === DepositState.AUTHORIZED).toBe(counts);
    }),
  );
});

test('Where it waits, it waits for a time to come, or for somebody', () => {
  fc.assert(
    fc.property(someFacts, someDice, (facts, dice) => {
      const step = driven(facts, dice);
      if (step.kind === 'wait' && step.until) expect(step.until.getTime()).toBeGreaterThan(facts.now.getTime());
    }),
  );
});
