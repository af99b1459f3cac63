/** Invariants of random schedules that hold of real processes as well, and are checked in the same way. */
import type { Check, Evidence, Snapshot, Violation } from './check.js';
import { checkAttention } from './invariants/attention-checks.js';
import { checkDisputes } from './invariants/dispute-checks.js';
import type { Violation as Finding } from './invariants/violation.js';

export const factChecks: readonly Check[] = [
  { invariant: 'I2', says: 'of a dispute is known what Stripe says, evidence included', find: disputeViolations('I2') },
  {
    invariant: 'I12',
    says: 'evidence is submitted once each time a bank asks, and where staff said so; an acceptance is one',
    find: disputeViolations('I12'),
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

async function unlisted({ em, attention, now }: Evidence, { facts }: Snapshot): Promise<Violation[]> {
  return (await checkAttention(em, attention, { facts, now })).map(toViolation);
}

function toViolation({ message, ...finding }: Finding): Violation {
  return { ...finding, what: message };
}
