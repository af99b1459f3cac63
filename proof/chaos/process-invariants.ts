/** The invariants, checked from outside: from the tables and from what Stripe lists, once all is quiet. */
import type { Check, Evidence, Violation } from './check.js';
import { factChecks } from './fact-checks.js';
import { moneyChecks } from './money-checks.js';
import { takeSnapshot } from './snapshot.js';
import { tableChecks } from './table-checks.js';

export interface Findings {
  held: Check[];
  violations: Violation[];
  /** How much was looked at: a check over nothing proves nothing. */
  looked: { orders: number; sessions: number; events: number };
}

export async function checkInvariants(evidence: Evidence): Promise<Findings> {
  const snapshot = await takeSnapshot(evidence);
  const checks = [...tableChecks, ...moneyChecks, ...factChecks].sort((a, b) => rank(a) - rank(b));
  const findings: Findings = { held: [], violations: [], looked: snapshot.sizes() };
  for (const check of checks) {
    const violations = await check.find(evidence, snapshot);
    findings.violations.push(...violations);
    if (violations.length === 0) findings.held.push(check);
  }
  return findings;
}

function rank({ invariant }: Check): number {
  return Number(invariant.slice(1));
}
