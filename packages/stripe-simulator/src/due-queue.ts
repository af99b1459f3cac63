/** A priority queue of what is due when: a binary heap, since a simulator may hold a hundred thousand expiry times. */

export interface Due {
  /** Milliseconds since the epoch. */
  dueAt: number;
  /** Breaks ties: what was put in first comes out first. */
  sequence: number;
}

export class DueQueue<Entry extends Due> {
  #heap: Entry[] = [];

  get size(): number {
    return this.#heap.length;
  }

  peek(): Entry | undefined {
    return this.#heap[0];
  }

  push(entry: Entry): void {
    let index = this.#heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#isBefore(index, parent)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  pop(): Entry | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return first;
    this.#heap[0] = last;
    this.#sink();
    return first;
  }

  replaceAll(entries: Entry[]): void {
    // A sorted array is a heap.
    this.#heap = entries.sort((left, right) => left.dueAt - right.dueAt || left.sequence - right.sequence);
  }

  #sink(): void {
    let index = 0;
    for (;;) {
      const [left, right] = [2 * index + 1, 2 * index + 2];
      let first = index;
      if (this.#isBefore(left, first)) first = left;
      if (this.#isBefore(right, first)) first = right;
      if (first === index) return;
      this.#swap(index, first);
      index = first;
    }
  }

  #isBefore(left: number, right: number): boolean {
    const [one, other] = [this.#heap[left], this.#heap[right]];
    if (one === undefined || other === undefined) return false;
    return one.dueAt < other.dueAt || (one.dueAt === other.dueAt && one.sequence < other.sequence);
  }

  #swap(left: number, right: number): void {
    const [one, other] = [this.#heap[left], this.#heap[right]];
    if (one === undefined || other === undefined) return;
    this.#heap[left] = other;
    this.#heap[right] = one;
  }
}
