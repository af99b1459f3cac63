/**
 * What must hold of disputes that staff answer: I2, what is known of them is what Stripe says; I12, evidence is submitted
 * once each time that the bank asks, only where staff have said so, and an acceptance is one.
 */
import type Stripe from 'stripe';
import type { Dispute } from '../../../src/modules/disputes/dispute.entity.js';
import { OrderEventCause } from '../../../src/modules/orders/order-event-cause.js';
import type { OrderFacts } from './facts.js';
import { Findings, type Violation } from './violation.js';

/** What staff were told, by the ids of disputes. */
export interface StaffHeard {
  /** How often the evidence has been submitted. */
  submitted: Map<string, number>;
  accepted: Set<string>;
}

const NOTHING: StaffHeard = { submitted: new Map(), accepted: new Set() };

/** To be checked once all is quiet. */
export function checkDisputes(facts: OrderFacts, heard: StaffHeard = NOTHING): Violation[] {
  const findings = new Findings(facts.order.id);
  for (const row of facts.disputes) {
    const dispute = facts.stripeDisputes.find(({ id }) => id === row.id);
    const events = facts.disputeEvents.filter(({ data }) => data.object.id === row.id);
    if (dispute === undefined) continue;
    checkRow(row, dispute, findings);
    checkSubmissions(facts, { row, dispute, events }, heard, findings);
    checkAcceptance(facts, { row, dispute, events }, heard, findings);
  }
  return findings.violations;
}

interface OneDispute {
  row: Dispute;
  dispute: Stripe.Dispute;
  events: readonly Stripe.Event[];
}

function checkRow(
  row: Dispute,
  { id, status, evidence_details: details, evidence }: Stripe.Dispute,
  findings: Findings,
) {
  const dueBy = details.due_by ? details.due_by * 1000 : null;
  const expected = `${status}, submitted ${details.submission_count} times, has evidence: ${details.has_evidence}, due ${dueBy}`;
  const known = `${row.providerStatus}, submitted ${row.submissionCount} times, has evidence: ${row.hasEvidence}, due ${row.dueBy?.getTime() ?? null}`;
  findings.expect(known === expected, 'I2', `dispute ${id} is ${expected}; its row says ${known}`);
  const staged = Object.entries(evidence).filter(([, value]) => typeof value === 'string');
  const isSame = sortedText(Object.fromEntries(staged)) === sortedText(row.evidence ?? {});
  findings.expect(isSame, 'I2', `dispute ${id} has other evidence than its row`);
}

function checkSubmissions(facts: OrderFacts, { dispute, events }: OneDispute, heard: StaffHeard, findings: Findings) {
  const { id, evidence_details: details } = dispute;
  const count = details.submission_count;
  const asked = events.filter(isAsking).length;
  findings.expect(
    count <= asked,
    'I12',
    `evidence of ${id} was submitted ${count} times, and asked for ${asked} times`,
  );
  const told = heard.submitted.get(id) ?? 0;
  findings.expect(told <= count, 'I12', `evidence of ${id} was submitted ${count} times, staff were told ${told}`);
  // Each by who claimed it: what nobody has submitted here is not noted.
  const entries = entriesOf(facts, OrderEventCause.DISPUTE_ANSWERED, id);
  findings.expect(
    entries === count,
    'I12',
    `evidence of ${id} was submitted ${count} times, the timeline says ${entries}`,
  );
}

function checkAcceptance(
  facts: OrderFacts,
  { dispute: { id }, events }: OneDispute,
  heard: StaffHeard,
  findings: Findings,
) {
  // Where Stripe failed while it was accepted and the bank decided, nobody can tell one from the other.
  const accepted = events.filter(
    ({ type, data }) => type === 'charge.dispute.closed' && (data.object as Stripe.Dispute).status === 'lost',
  ).length;
  const isTold = heard.accepted.has(id);
  findings.expect(!isTold || accepted > 0, 'I12', `staff were told that ${id} is accepted, and it is not`);
  const entries = entriesOf(facts, OrderEventCause.DISPUTE_ACCEPTED, id);
  findings.expect(entries <= accepted, 'I12', `${id} was accepted ${accepted} times, the timeline says ${entries}`);
  findings.expect(!isTold || entries > 0, 'I12', `${id} was accepted, and the timeline does not say so`);
}

/** Whether the bank begins to wait for an answer: to a dispute, to an inquiry that became one, to an appeal. */
function isAsking(event: Stripe.Event): boolean {
  const { object, previous_attributes: before } = event.data as {
    object: Stripe.Dispute;
    previous_attributes?: Partial<Stripe.Dispute>;
  };
  const isNew = event.type === 'charge.dispute.created' || before?.status !== undefined;
  return isNew && object.status.endsWith('needs_response');
}

function entriesOf({ timeline }: OrderFacts, cause: OrderEventCause, disputeId: string): number {
  return timeline.filter((entry) => entry.cause === cause && entry.note === disputeId).length;
}

function sortedText(evidence: object): string {
  return JSON.stringify(Object.entries(evidence).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
