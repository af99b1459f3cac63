/** Invariants of random schedules that hold of real processes as well, and are checked in the same way. */
import type { Check, Evidence, Snapshot, Violation } from './check.js';
import { checkAttention } from './invariants/attention-checks.js';
import { checkDeposits } from './invariants/deposit-checks.js';
import { checkDisputes } from './invariants/dispute-checks.js';
import { checkFees } from './invariants/fee-checks.js';
import type { Violation as Finding } from './invariants/violation.js';
import { checkWithdrawals } from './invariants/withdrawal-checks.js';

export const factChecks: readonly Check[] = [
  { invariant: 'I2', says: 'of a dispute is known what Stripe says, evidence included', find: disputeViolations('I2') },
  {
    invariant: 'I12',
    says: 'evidence is submitted once each time a bank asks, and where staff said so; an acceptance is one',
    find: disputeViolations('I12'),
  },
  {
    invariant: 'I2',
    says: 'of deposits and fees is known what Stripe says, and what was taken of them are payments of their own',
    find: violationsBeside('I2'),
  },
  { invariant: 'I3', says: 'each piece is withdrawn from once, and frees what is booked', find: withdrawalViolations },
  {
    invariant: 'I4',
    says: 'a fee is paid once, and what came beyond it, or for a waived one, goes back',
    find: violationsBeside('I4'),
  },
  {
    invariant: 'I12',
    says: 'a hold, and a session of a fee, is made once; a deposit is captured once, for what staff asked for',
    find: violationsBeside('I12'),
  },
  {
    invariant: 'I15',
    says: 'one sum is held of a deposit, for goods that are booked or out; it is settled, or looked at',
    find: violationsBeside('I15'),
  },
  { invariant: 'I17', says: 'what waits for a person is on the attention list, and nothing else', find: unlisted },
];

function disputeViolations(invariant: string): Check['find'] {
  return ({ staffHeard }, { facts }) =>
    facts
      .flatMap((order) => checkDisputes(order, staffHeard))
      .filter((finding) => finding.invariant === invariant)
      .map(toViolation);
}

/** Of deposits and fees. */
function violationsBeside(invariant: string): Check['find'] {
  return ({ now, capturedInDashboard }, { facts }) =>
    facts
      .flatMap((order) => [...checkDeposits(order, { now, capturedInDashboard }), ...checkFees(order)])
      .filter((finding) => finding.invariant === invariant)
      .map(toViolation);
}

function withdrawalViolations(_: Evidence, { facts }: Snapshot): Violation[] {
  return facts.flatMap(checkWithdrawals).map(toViolation);
}

async function unlisted({ em, attention, now }: Evidence, { facts }: Snapshot): Promise<Violation[]> {
  return (await checkAttention(em, attention, { facts, now })).map(toViolation);
}

function toViolation({ message, ...finding }: Finding): Violation {
  return { ...finding, what: message };
}
