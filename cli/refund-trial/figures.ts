/** What is compared: figures that several witnesses state, each by its own reading. Pure functions. */

/** By what they are called, in words for people. */
export type Figures = Readonly<Record<string, string | number>>;

export interface Statement {
  /** Who says so: the API, Stripe … */
  witness: string;
  figures: Figures;
}

/** What witnesses do not say alike, a line a figure: what only one of them states cannot differ. */
export function disagreements(statements: readonly Statement[]): string[] {
  const names = new Set(statements.flatMap(({ figures }) => Object.keys(figures)));
  return [...names].flatMap((name) => {
    const said = statements.flatMap(({ witness, figures }) => {
      const figure = figures[name];
      return figure === undefined ? [] : [{ witness, figure }];
    });
    if (new Set(said.map(({ figure }) => figure)).size < 2) return [];
    return [`${name}: ${said.map(({ witness, figure }) => `${witness} ${figure}`).join(', ')}`];
  });
}

/** `refunded €24.90, refundable €95.20` */
export function inWords(figures: Figures): string {
  return Object.entries(figures)
    .map(([name, figure]) => `${name} ${figure}`)
    .join(', ');
}
