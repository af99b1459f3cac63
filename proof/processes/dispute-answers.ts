/** Staff answer a dispute: two of them stage evidence, upload a file, and submit it, or accept the dispute, at once. */
import { type Answer, ApiClient } from './api-client.js';
import type { Random } from './random.js';
import type { RunLog } from './run-log.js';
import { comesTrue } from './waiting.js';
import type { World } from './world.js';

// Its events may be dropped: then a job reads them, which the run requests now and then.
const KNOWN_WITHIN_MS = 20_000;
const PDF = Buffer.from('%PDF-1.4\nthe sheet that both have signed\n%%EOF\n');

const STAGE = `mutation ($input: StageDisputeEvidenceInput!) { stageDisputeEvidence(input: $input) { dispute { id } } }`;
const SUBMIT = `mutation ($input: SubmitDisputeEvidenceInput!) {
  submitDisputeEvidence(input: $input) { dispute { submissionCount } }
}`;
const ACCEPT = `mutation ($input: AcceptDisputeInput!) { acceptDispute(input: $input) { dispute { status } } }`;

interface Visit {
  world: World;
  runLog: RunLog;
  random: Random;
}

/** Does nothing where the shop does not know of a dispute in time. */
export async function answerDispute(visit: Visit, orderId: string): Promise<void> {
  const disputeId = await knownDispute(visit, orderId);
  if (disputeId === null) return;
  const { world, random } = visit;
  const both = ['one', 'other'].map((name) => new ApiClient(world, `staff-${name}`, random, ['staff']));
  if (random.chance(0.3)) await atOnce(visit, disputeId, both, accept);
  else {
    await atOnce(visit, disputeId, both, stage);
    await atOnce(visit, disputeId, both, submit);
  }
}

async function knownDispute({ world }: Visit, orderId: string): Promise<string | null> {
  let id: string | null = null;
  await comesTrue(KNOWN_WITHIN_MS, async () => {
    const [row] = await world.database.rows<{ id: string }>('select id from disputes where order_id = ?', [orderId]);
    id = row?.id ?? null;
    return id !== null;
  });
  return id;
}

async function atOnce(
  visit: Visit,
  disputeId: string,
  staff: readonly ApiClient[],
  act: (visit: Visit, disputeId: string, client: ApiClient) => Promise<void>,
): Promise<void> {
  await Promise.all(staff.map((client) => act(visit, disputeId, client)));
}

async function stage({ runLog }: Visit, disputeId: string, client: ApiClient): Promise<void> {
  const texts = [{ field: 'CANCELLATION_REBUTTAL', text: 'It was used.' }];
  count(runLog, 'evidence staged', await client.ask(STAGE, { input: { disputeId, texts } }));
  runLog.count(`evidence uploaded: ${await client.upload(disputeId, 'receipt', PDF)}`);
}

async function submit({ runLog }: Visit, disputeId: string, client: ApiClient): Promise<void> {
  const input = { disputeId, confirm: true };
  const answer = await client.ask<{ submitDisputeEvidence: { dispute: { submissionCount: number } } }>(SUBMIT, {
    input,
  });
  count(runLog, 'evidence submitted', answer);
  if ('code' in answer) return;
  const { submissionCount } = answer.data.submitDisputeEvidence.dispute;
  if (submissionCount !== 1) {
    runLog.violations.push(`Evidence of ${disputeId} is said to have been submitted ${submissionCount} times.`);
  }
  runLog.staffHeard.submitted.set(disputeId, submissionCount);
}

async function accept({ runLog }: Visit, disputeId: string, client: ApiClient): Promise<void> {
  const input = { disputeId, confirm: true };
  const answer = await client.ask<{ acceptDispute: { dispute: { status: string } } }>(ACCEPT, { input });
  count(runLog, 'disputes accepted', answer);
  if ('code' in answer) return;
  const { status } = answer.data.acceptDispute.dispute;
  if (status !== 'LOST') runLog.violations.push(`${disputeId} is said to have been accepted, and is ${status}.`);
  runLog.staffHeard.accepted.add(disputeId);
}

function count(runLog: Visit['runLog'], what: string, answer: Answer<unknown>): void {
  runLog.count('code' in answer ? `${what}: ${answer.code}` : what);
}
