/** Random numbers from one seed, which the order of what else goes on does not change. */
import { createHash } from 'node:crypto';
import type { Store } from './store.js';

/** The answers to the questions about one happening, each from 0 up to, but not including, 1. */
export type Draw = (question: string) => number;

/**
 * Each number is a hash of the seed, the name of its stream and its ordinal there. So two streams never disturb each
 * other, and all there is to remember are the ordinals, which the store keeps.
 */
export class Randomness {
  constructor(
    private readonly store: Store,
    public seed: number,
  ) {}

  next(stream: string): Draw {
    const ordinal = this.store.nextOrdinal(stream);
    return (question) => uniform([this.seed, stream, ordinal, question].join(' '));
  }
}

const BYTES = 6;

function uniform(name: string): number {
  return createHash('sha256').update(name).digest().readUIntBE(0, BYTES) / 256 ** BYTES;
}
