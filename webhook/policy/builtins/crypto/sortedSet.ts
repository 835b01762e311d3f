/** How constraints are ordered, how one holds another, and how one holds a name. */
export interface ConstraintOrder<Constraint, Name> {
  readonly compare: (a: Constraint, b: Constraint) => number;
  readonly holds: (a: Constraint, b: Constraint) => boolean;
  readonly compareName: (constraint: Constraint, name: Name) => number;
  readonly matches: (constraint: Constraint, name: Name) => boolean;
}

/**
 * Constraints in an order in which the last one before a name is the only one that can hold it, as Go searches them
 * (`x509.nameConstraintsSet`). Where a constraint is oddly written, this order decides.
 */
export class SortedConstraints<Constraint, Name> {
  readonly #order: ConstraintOrder<Constraint, Name>;
  readonly #constraints: readonly Constraint[];

  constructor(constraints: readonly Constraint[], order: ConstraintOrder<Constraint, Name>) {
    const kept: Constraint[] = [];
    for (const constraint of [...constraints].sort(order.compare)) {
      const last = kept.at(-1);
      if (last === undefined || !order.holds(last, constraint)) kept.push(constraint);
    }
    this.#order = order;
    this.#constraints = kept;
  }

  hold(name: Name): boolean {
    const { compareName, matches } = this.#order;
    const next = this.#constraints.findIndex((constraint) => compareName(constraint, name) >= 0);
    const exact = this.#constraints[next];
    if (exact !== undefined && compareName(exact, name) === 0) return true;
    const before = this.#constraints[next < 0 ? this.#constraints.length - 1 : Math.max(0, next - 1)];
    return before !== undefined && matches(before, name);
  }
}
