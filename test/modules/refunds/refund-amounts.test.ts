/** However a line is refunded, piece by piece, it gives back exactly what was paid, and never more on the way. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { leftOf, shareOf } from '../../../src/modules/refunds/refund-amounts.js';

const lines = fc
  .record({ quantity: fc.integer({ min: 1, max: 100 }), amountMinor: fc.integer({ min: 0, max: 9_999_999_900 }) })
  .chain((line) => fc.record({ line: fc.constant(line), parts: partsOf(line.quantity) }));

/** Ways to refund so many pieces, some at a time. */
function partsOf(quantity: number): fc.Arbitrary<number[]> {
  const cuts = fc.uniqueArray(fc.integer({ min: 1, max: quantity }), { maxLength: 8 });
  return cuts.map((chosen) => {
    const ends = [...new Set([...chosen, quantity])].toSorted((a, b) => a - b);
    return ends.map((end, index) => end - (ends[index - 1] ?? 0));
  });
}

test('Parts add up to what was paid', () => {
  fc.assert(
    fc.property(lines, ({ line, parts }) => {
      let refunded = { refundedQuantity: 0, refundedMinor: 0 };
      for (const pieces of parts) {
        const share = shareOf({ ...line, ...refunded }, pieces);
        expect(share).toBeLessThanOrEqual(leftOf({ ...line, ...refunded }));
        // To the cent, what so many pieces cost.
        expect(Math.abs(share - (line.amountMinor * pieces) / line.quantity)).toBeLessThan(1);
        const { refundedQuantity, refundedMinor } = refunded;
        refunded = { refundedQuantity: refundedQuantity + pieces, refundedMinor: refundedMinor + share };
      }
      expect(refunded).toEqual({ refundedQuantity: line.quantity, refundedMinor: line.amountMinor });
    }),
  );
});

test('What staff gave back beyond the worth of pieces is not asked of the buyer again', () => {
  expect(shareOf({ quantity: 3, amountMinor: 3000, refundedQuantity: 1, refundedMinor: 2500 }, 1)).toBe(0);
});
