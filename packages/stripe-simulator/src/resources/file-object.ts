/** The File as the API shows it; its address is added when it is shown. */
import type Stripe from 'stripe';
import type { Complete } from '../complete-object.js';
import { createId } from '../ids.js';

export interface NewFile {
  filename: string;
  /** Bytes. */
  size: number;
  type: string;
  /** Both in seconds. */
  created: number;
  expiresAt: number;
}

export function buildFile({ filename, size, type, created, expiresAt }: NewFile): { id: string; file: Stripe.File } {
  const id = createId('file');
  const file = {
    id,
    object: 'file',
    created,
    expires_at: expiresAt,
    filename,
    links: { object: 'list', data: [], has_more: false, url: `/v1/file_links?file=${id}` },
    purpose: 'dispute_evidence',
    size,
    title: null,
    type,
    url: null,
  } satisfies Complete<Stripe.File>;
  return { id, file };
}
