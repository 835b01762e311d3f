/** One thing that a document has wrong. */
export interface SchemaError {
  /** OPA's name of the mistake, like `invalid_type`. */
  readonly type: string;
  /** Names from the root on, with points between; `(Root)` for the document itself. */
  readonly field: string;
  readonly description: string;
}

/** What was found, and a score that says how nearly a document matches: of several schemas the nearest speaks. */
export class Result {
  readonly errors: SchemaError[] = [];
  score = 0;

  get isValid(): boolean {
    return this.errors.length === 0;
  }

  /** A step was taken. */
  count(): void {
    this.score += 1;
  }

  add(type: string, path: Path, description: string): void {
    this.errors.push({ type, field: fieldOf(path), description });
    this.score -= 2;
  }

  merge(other: Result): void {
    this.errors.push(...other.errors);
    this.score += other.score;
  }
}

/** Names from the root on; none for the document itself. */
export type Path = readonly string[];

export function fieldOf(path: Path): string {
  return path.length === 0 ? '(Root)' : path.join('.');
}
