/** The previous attributes of `*.updated` events: the old values of the fields that changed. */

export function changedFields<Item extends object>(before: Item, after: Item): Partial<Item> {
  const changed: Partial<Item> = {};
  for (const name in before) {
    if (JSON.stringify(before[name]) !== JSON.stringify(after[name])) changed[name] = before[name];
  }
  return changed;
}
