/** The list for those who come and go: it is what a plain array would be, and lets go of what left it. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Entry, LinkedList } from '../../../src/platform/kernel/linked-list.js';

test('It holds what was added and not removed, in the order of coming', () => {
  // A number below ten removes the entry at that place, if there is one; any other is added.
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 30 })), (steps) => {
      const list = new LinkedList<number>();
      const entries: Entry<number>[] = [];
      for (const step of steps) {
        if (step >= 10) entries.push(list.add(step));
        else for (const entry of entries.splice(step, 1)) expect(list.remove(entry)).toBe(true);
        expect(list.toArray()).toEqual(entries.map(({ value }) => value));
        expect(list.first).toBe(entries[0] ?? null);
        expect(list.size).toBe(entries.length);
      }
    }),
  );
});

test('An entry that was removed leads nowhere, and is not removed again', () => {
  const list = new LinkedList<string>();
  const [, middle] = ['first', 'middle', 'last'].map((name) => list.add(name)) as [unknown, Entry<string>];
  list.remove(middle);
  expect(middle).toMatchObject({ list: null, previous: null, next: null });
  expect(list.remove(middle)).toBe(false);
  expect(list.toArray()).toEqual(['first', 'last']);
});
