/** What a file is, by its first bytes, and how many pages a bank has to read. */

export interface FileFormat {
  /** As Stripe names it. */
  type: 'pdf' | 'jpg' | 'png';
  mimeType: string;
}

const FORMATS: [signature: string, format: FileFormat][] = [
  ['255044462d', { type: 'pdf', mimeType: 'application/pdf' }],
  ['ffd8ff', { type: 'jpg', mimeType: 'image/jpeg' }],
  ['89504e470d0a1a0a', { type: 'png', mimeType: 'image/png' }],
];

/** What clients declare that do not know the type. */
const UNDECLARED = new Set(['', 'application/octet-stream', 'application.octet-stream']);
/** Wrong, and common. */
const ALIASES = new Map([['image/jpg', 'image/jpeg']]);

/** Null for any other file, and for one that is not what its client says. */
export function formatOf(bytes: Buffer, contentType: string | null): FileFormat | null {
  const format = FORMATS.find(
    ([signature]) => bytes.subarray(0, signature.length / 2).toString('hex') === signature,
  )?.[1];
  const [mimeType = ''] = (contentType ?? '').toLowerCase().split(';');
  const declared = ALIASES.get(mimeType.trim()) ?? mimeType.trim();
  if (format === undefined) return null;
  return UNDECLARED.has(declared) || declared === format.mimeType ? format : null;
}

export function mimeTypeOf(type: string | null): string {
  return FORMATS.find(([, format]) => format.type === type)?.[1].mimeType ?? 'application/octet-stream';
}

/** An image is a page; a PDF names its pages, unless it packs them, when it counts as one. */
export function pageCount(bytes: Buffer, { type }: FileFormat): number {
  if (type !== 'pdf') return 1;
  const pages = bytes.toString('latin1').match(/\/Type\s*\/Page(?![A-Za-z])/g) ?? [];
  return Math.max(1, pages.length);
}
