/** Staff answer disputes: they stage texts and files as evidence, submit it, or give in. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { DisputeState } from '../../../src/modules/disputes/dispute.entity.js';
import { EvidenceTextField } from '../../../src/modules/disputes/dispute-evidence.js';
import { sendTo } from '../dispute-requests.js';
import { uploadEvidence } from '../evidence-upload.js';
import type { ShopProcess } from '../shop-process.js';
import type { World } from '../world.js';
import type { Step } from './step.js';

// Only few schedules have a dispute that the shop knows of: there they are chosen often, elsewhere another step is.
export const disputeSteps: readonly Step[] = [
  { weight: 5, take: stageTexts },
  { weight: 4, take: stageFile },
  { weight: 7, take: submit },
  { weight: 2, take: accept },
  { weight: 2, take: repeat },
];

// By the first three, Stripe's bank decides a few seconds later.
const TEXTS = ['winning_evidence', 'losing_evidence', 'escalate_inquiry_evidence', 'It was delivered.', 'It was used.'];
const FILE_FIELDS = ['receipt', 'service_documentation'];
const FILES = ['a receipt', 'the sheet that both have signed'].map((text) => Buffer.from(`%PDF-1.4\n${text}\n%%EOF\n`));

async function stageTexts(world: World): Promise<boolean> {
  const { random } = world;
  const dispute = await disputeToAnswer(world);
  if (dispute === null) return false;
  const texts = [
    { field: EvidenceTextField.UNCATEGORIZED_TEXT, text: random.pick(TEXTS) },
    { field: EvidenceTextField.CUSTOMER_NAME, text: random.pick(['Jeanne Martin', 'J. Martin']) },
  ].filter(() => random.chance(0.6));
  request(world, { name: 'staff stage evidence', disputeId: dispute.id }, async ({ running }, em) => {
    await running.disputes.stageTexts(em, dispute.id, texts);
  });
  return true;
}

async function stageFile(world: World): Promise<boolean> {
  const dispute = await disputeToAnswer(world);
  if (dispute === null) return false;
  const [field, body] = [world.random.pick(FILE_FIELDS), world.random.pick(FILES)];
  request(world, { name: 'staff upload evidence', disputeId: dispute.id }, (process) =>
    uploadEvidence(world, process, { disputeId: dispute.id, field, body }),
  );
  return true;
}

async function submit(world: World): Promise<boolean> {
  const dispute = await disputeToAnswer(world, (known) => known.hasEvidence);
  if (dispute === null) return false;
  const { id } = dispute;
  const isByTwo = world.random.chance(0.4);
  request(
    world,
    { name: 'staff submit the evidence', disputeId: id },
    async ({ running }, em) => {
      const { submissionCount } = await running.disputes.submit(em, world.staff, id);
      const { submitted } = world.staffHeard;
      submitted.set(id, Math.max(submitted.get(id) ?? 0, submissionCount));
      if (submissionCount === 0) world.violated('I12', `the evidence of ${id} is said to be submitted, and is not`);
    },
    isByTwo ? world.processes : undefined,
  );
  return true;
}

async function accept(world: World): Promise<boolean> {
  const dispute = await disputeToAnswer(world, ({ state }) => state !== DisputeState.INQUIRY);
  if (dispute === null) return false;
  const { id } = dispute;
  const isByTwo = world.random.chance(0.3);
  request(
    world,
    { name: 'staff accept the dispute', disputeId: id },
    async ({ running }, em) => {
      const { state } = await running.disputes.accept(em, world.staff, id);
      world.staffHeard.accepted.add(id);
      if (state !== DisputeState.LOST) world.violated('I12', `${id} is said to be accepted, and is ${state}`);
    },
    isByTwo ? world.processes : undefined,
  );
  return true;
}

/** Sends the same again: mostly what was not answered, as staff are told to. */
function repeat(world: World): boolean {
  const { disputeRequests: all, random } = world;
  const unanswered = all.filter(({ isAnswered }) => !isAnswered);
  const candidates = unanswered.length > 0 && random.chance(0.8) ? unanswered : all;
  if (candidates.length === 0) return false;
  sendTo(world.anyProcess(), world, random.pick(candidates));
  return true;
}

type Ask = (process: ShopProcess, em: EntityManager) => Promise<void>;

/** @param processes several for a request that two people send at once */
function request(
  world: World,
  { name, disputeId }: { name: string; disputeId: string },
  ask: Ask,
  processes: readonly ShopProcess[] = [world.anyProcess()],
): void {
  const askAt = (process: ShopProcess) => ask(process, process.entityManager());
  const sent = { name: `${name} of ${disputeId}`, disputeId, ask: askAt, isAnswered: false };
  for (const process of processes) sendTo(process, world, sent);
}

interface KnownDispute {
  id: string;
  state: DisputeState;
  hasEvidence: boolean;
  needsResponse: boolean;
}

/** One that the shop knows of: mostly one that can be answered, and that it makes sense to. */
async function disputeToAnswer(
  world: World,
  makesSense: (dispute: KnownDispute) => boolean = () => true,
): Promise<KnownDispute | null> {
  // The ids at Stripe differ each time a seed is played.
  const known = await world.entityManager().execute<KnownDispute[]>(
    `select d.id, d.state, d.has_evidence as "hasEvidence", d.provider_status like '%needs_response' as "needsResponse"
     from disputes d join orders o on o.id = d.order_id
     where o.buyer_id in (?) order by d.created_at, o.created_at, o.id, d.amount_minor, d.id`,
    [world.buyers.map(({ id }) => id)],
  );
  if (known.length === 0) return null;
  if (world.random.chance(0.1)) return world.random.pick(known);
  const sensible = known.filter((dispute) => dispute.needsResponse && makesSense(dispute));
  return sensible.length === 0 ? null : world.random.pick(sensible);
}
