/** How staff answer a dispute in a trial: texts that the order fills in, a PDF, and one submission. */
import { CommandError } from '../program.js';
import { ask, reach, send } from '../running-server.js';
import type { TrialApi } from './shop.js';

const STAGE_MUTATION =
  'mutation Stage($input: StageDisputeEvidenceInput!) { stageDisputeEvidence(input: $input) { dispute { id } } }';
const SUBMIT_MUTATION =
  'mutation Submit($input: SubmitDisputeEvidenceInput!) { submitDisputeEvidence(input: $input) { dispute { id } } }';
const RECEIPT = Buffer.from('%PDF-1.4\n% The sheet of the hand-over, as both have signed it.\n%%EOF\n');

export async function stageEvidence({ staff }: TrialApi, disputeId: string): Promise<void> {
  const texts = [{ field: 'REFUND_REFUSAL_EXPLANATION', text: 'The goods are kept ready for the buyer.' }];
  await send(staff, { query: STAGE_MUTATION, variables: { input: { disputeId, texts } } });
}

export async function uploadReceipt(api: TrialApi, disputeId: string): Promise<void> {
  const response = await put(api, disputeId, RECEIPT);
  if (!response.ok) throw new CommandError(`The PDF: HTTP ${response.status}: ${await response.text()}`);
}

/** @throws CommandError unless bytes that are no PDF are rejected */
export async function rejectsFile(api: TrialApi, disputeId: string): Promise<void> {
  const response = await put(api, disputeId, Buffer.from('GIF89a'));
  if (response.status !== 400) throw new CommandError(`A GIF: expected HTTP 400, API ${response.status}`);
}

export async function submitEvidence({ staff }: TrialApi, disputeId: string): Promise<void> {
  await send(staff, { query: SUBMIT_MUTATION, variables: { input: { disputeId, confirm: true } } });
}

/** @throws CommandError unless the bank's one answer is known to have been given */
export async function rejectsSecondAnswer({ staff }: TrialApi, disputeId: string): Promise<void> {
  const variables = { input: { disputeId, confirm: true } };
  const { errors } = await ask<unknown>(staff, { query: SUBMIT_MUTATION, variables });
  const code = errors?.[0]?.extensions?.code ?? 'evidence submitted again';
  if (code === 'EVIDENCE_ALREADY_SUBMITTED') return;
  throw new CommandError(`submitDisputeEvidence: expected EVIDENCE_ALREADY_SUBMITTED, API ${code}`);
}

function put({ staff }: TrialApi, disputeId: string, body: Buffer): Promise<Response> {
  const url = new URL(`/api/disputes/${disputeId}/evidence/receipt`, staff.url);
  const headers = { authorization: `Bearer ${staff.token}`, 'content-type': 'application/octet-stream' };
  return reach(url.href, { method: 'PUT', headers, body: new Uint8Array(body) });
}
