/**
 * A list that entries leave again from anywhere, for those who come and go with each request or statement. In a `Set`
 * they would stay in memory for much longer: each time it grows or is cleaned up, its old table leads to the next one,
 * so that the garbage collector's quick runs keep all of them, with whatever the entries lead to.
 */

/** Its place in the list; an entry that was removed leads nowhere. */
export interface Entry<T> {
  readonly value: T;
  /** Null once it was removed. */
  list: LinkedList<T> | null;
  previous: Entry<T> | null;
  next: Entry<T> | null;
}

export class LinkedList<T> {
  private head: Entry<T> | null = null;
  private tail: Entry<T> | null = null;
  private count = 0;

  get size(): number {
    return this.count;
  }

  get first(): Entry<T> | null {
    return this.head;
  }

  /** Adds at the end. */
  add(value: T): Entry<T> {
    const entry: Entry<T> = { value, list: this, previous: this.tail, next: null };
    if (this.tail === null) this.head = entry;
    else this.tail.next = entry;
    this.tail = entry;
    this.count += 1;
    return entry;
  }

  /** @returns false when it was removed before */
  remove(entry: Entry<T>): boolean {
    if (entry.list !== this) return false;
    const { previous, next } = entry;
    if (previous === null) this.head = next;
    else previous.next = next;
    if (next === null) this.tail = previous;
    else next.previous = previous;
    entry.list = null;
    entry.previous = null;
    entry.next = null;
    this.count -= 1;
    return true;
  }

  /** As it is now: who iterates may add and remove. */
  toArray(): T[] {
    const values: T[] = [];
    for (let entry = this.head; entry !== null; entry = entry.next) values.push(entry.value);
    return values;
  }
}
