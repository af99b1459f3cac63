/** What evidence may hold: texts of a bounded length, files that were uploaded for it, an appeal where there is one. */
import type Stripe from 'stripe';
import { isAppeal } from './dispute-states.js';
import { checkEnhancedEvidence } from './enhanced-evidence.js';
import { invalidParameter, missingObject } from './errors.js';
import type { StoredFile } from './objects.js';
import type { Store } from './store.js';

/** What one update names; null takes back what was staged. */
export type GivenEvidence = Partial<Stripe.Dispute.Evidence>;

/** The fields that take the id of a file. */
export const EVIDENCE_FILE_FIELDS = [
  'cancellation_policy',
  'customer_communication',
  'customer_signature',
  'duplicate_charge_documentation',
  'receipt',
  'refund_policy',
  'service_documentation',
  'shipping_documentation',
  'uncategorized_file',
] as const satisfies (keyof Stripe.Dispute.Evidence)[];

/** In characters, of one text and of all together. */
export const EVIDENCE_TEXT_LENGTH_MAXIMUM = 20_000;
const EVIDENCE_LENGTH_MAXIMUM = 150_000;
/** Of all files together. */
const FILES_BYTES_MAXIMUM = 4.5 * 1024 * 1024;
const MASTERCARD_PAGES_MAXIMUM = 19;

/** Throws Stripe's 400 for what does not belong to the dispute, or would be too much with what is staged already. */
export function checkEvidence(store: Store, dispute: Stripe.Dispute, given: GivenEvidence): void {
  if (given.appeal !== undefined && !isAppeal(dispute)) {
    const message = `Appeal evidence can only be given to a dispute that is appealed: this one is \`${dispute.status}\`.`;
    throw invalidParameter(message, 'evidence[appeal]');
  }
  // A file that was staged and has expired since is not missed; one that is named now has to be there.
  for (const [param, id] of filesOf(given)) {
    if (!store.files.get(id)) throw missingObject('file', id, param);
  }
  if (given.enhanced_evidence !== undefined) checkEnhancedEvidence(store, dispute, given.enhanced_evidence);
  const all = mergeEvidence(dispute, given);
  checkLength(all);
  const files = filesOf(all).flatMap(([, id]) => store.files.get(id) ?? []);
  checkFiles(files, dispute.payment_method_details?.card?.brand === 'mastercard');
}

/** What is given takes the place of what was staged, field by field. */
export function mergeEvidence({ evidence }: Stripe.Dispute, given: GivenEvidence): Stripe.Dispute.Evidence {
  const enhanced = { ...evidence.enhanced_evidence, ...given.enhanced_evidence };
  return { ...evidence, ...given, enhanced_evidence: enhanced };
}

/** Each with the name of its parameter. */
export function filesOf(evidence: GivenEvidence): [param: string, id: string][] {
  const named = EVIDENCE_FILE_FIELDS.map((field): [string, unknown] => [`evidence[${field}]`, evidence[field]]);
  const supporting = evidence.appeal?.card?.supporting_files ?? [];
  const numbered = supporting.map((id, index): [string, unknown] => {
    return [`evidence[appeal][card][supporting_files][${index}]`, id];
  });
  return [...named, ...numbered].filter((entry): entry is [string, string] => typeof entry[1] === 'string');
}

function checkLength(evidence: Stripe.Dispute.Evidence): void {
  const length = Object.values(evidence).reduce((sum, value) => sum + textLength(value), 0);
  if (length <= EVIDENCE_LENGTH_MAXIMUM) return;
  const message = `The combined character count of all evidence fields is limited to ${EVIDENCE_LENGTH_MAXIMUM}; yours is ${length}.`;
  throw invalidParameter(message, 'evidence');
}

function textLength(value: unknown): number {
  return typeof value === 'string' ? [...value].length : 0;
}

function checkFiles(files: StoredFile[], isMastercard: boolean): void {
  const size = files.reduce((sum, { file }) => sum + file.size, 0);
  if (size > FILES_BYTES_MAXIMUM) {
    throw invalidParameter(
      "The files you've attached to this dispute as evidence will exceed the limit for a dispute's total size. Try using " +
        "smaller files as evidence. Hint: if you've attached images, you might want to try providing them in lower " +
        'resolutions.',
      'evidence',
    );
  }
  const pageCount = files.reduce((sum, { pages }) => sum + pages, 0);
  if (isMastercard && pageCount > MASTERCARD_PAGES_MAXIMUM) {
    const message = `Evidence for a Mastercard dispute can have up to ${MASTERCARD_PAGES_MAXIMUM} pages; yours has ${pageCount}.`;
    throw invalidParameter(message, 'evidence', 'dispute_evidence_page_limit_exceeded');
  }
}
