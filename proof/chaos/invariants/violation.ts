/** Something that must hold, and does not. */
export interface Violation {
  /** Of the list in which the invariants are numbered. */
  invariant: string;
  orderId: string | null;
  message: string;
}

/** Collects what is wrong with one order. */
export class Findings {
  readonly violations: Violation[] = [];

  constructor(private readonly orderId: string | null = null) {}

  /** Notes a violation unless the condition holds. */
  expect(condition: boolean, invariant: string, message: string): void {
    if (!condition) this.violations.push({ invariant, orderId: this.orderId, message });
  }
}
