/** Uploaded files: what Stripe takes as evidence, kept for nine months, with a bound on what they fill. */
import type Stripe from 'stripe';
import type { UploadedFile } from './api-parameters.js';
import { unixSeconds } from './clock.js';
import { invalidParameter } from './errors.js';
import { type FileFormat, formatOf, pageCount } from './file-formats.js';
import type { StoredFile } from './objects.js';
import { buildFile } from './resources/file-object.js';
import type { Simulation } from './simulation.js';
import type { Store } from './store.js';

const FILE_BYTES_MAXIMUM = 5 * 1024 * 1024;
const FILE_PAGES_MAXIMUM = 49;
const KEPT_MONTHS = 9;
/** Of all files. State files and snapshots hold them too, and are written whole. */
const CONTENTS_BYTES_MAXIMUM = 32 * 1024 * 1024;

export function expireFilesInTime({ store, timeline }: Simulation): void {
  timeline.on('expire_file', (id) => store.files.remove(id));
}

/** Throws Stripe's 400 for what banks do not read. */
export function storeEvidenceFile(simulation: Simulation, upload: UploadedFile): StoredFile {
  const { store, clock, timeline } = simulation;
  const { bytes, filename } = upload;
  const format = checkedFormat(upload);
  const expires = new Date(clock.now());
  expires.setUTCMonth(expires.getUTCMonth() + KEPT_MONTHS);
  const expiresAt = Math.floor(expires.getTime() / 1000);
  const stored: StoredFile = {
    ...buildFile({ filename, size: bytes.length, type: format.type, created: unixSeconds(clock), expiresAt }),
    contents: bytes.toString('base64'),
    pages: pageCount(bytes, format),
  };
  if (stored.pages > FILE_PAGES_MAXIMUM) {
    const limit = `Please upload a file with fewer than ${FILE_PAGES_MAXIMUM + 1} pages.`;
    throw invalidParameter(`The file you uploaded was too long. ${limit}`, 'file');
  }
  store.files.put(stored);
  timeline.schedule('expire_file', stored.id, expiresAt * 1000);
  forgetOldContents(store);
  return stored;
}

/** As the API shows it: where it is depends on where the simulator listens. */
export function showFile({ url }: Simulation, { file }: StoredFile): Stripe.File {
  return { ...file, url: `${url()}/v1/files/${file.id}/contents` };
}

function checkedFormat({ bytes, contentType }: UploadedFile): FileFormat {
  if (bytes.length === 0) throw invalidParameter('The file you uploaded is empty.', 'file');
  if (bytes.length > FILE_BYTES_MAXIMUM) {
    throw invalidParameter('The file you uploaded is too large. Please upload a file of at most 5 MB.', 'file');
  }
  const format = formatOf(bytes, contentType);
  if (format !== null) return format;
  throw invalidParameter(
    "We don't currently support that file type. Try uploading a file with one of the following mimetypes: " +
      'application/pdf, image/jpeg, image/png.',
    'file',
  );
}

/** The files stay and can be used as evidence: only what is in the oldest is no longer to be seen. */
function forgetOldContents({ files }: Store): void {
  let kept = 0;
  for (const stored of files.newestFirst()) {
    if (stored.contents === null) return;
    kept += stored.file.size;
    if (kept > CONTENTS_BYTES_MAXIMUM) files.put({ ...stored, contents: null });
  }
}
