import { describeProblem } from '../../runtime/problem.ts';
import type { Problem } from '../../runtime/problem.ts';
import { allowed, deniedForProblems, warned } from './response.ts';
import type { AdmissionResponse } from './response.ts';
import type { AdmissionRequest } from './review.ts';

/** Whether a request writes the object itself: the only thing that is validated. Deletions never are. */
export function isWrite(request: AdmissionRequest): boolean {
  return request.subResource === undefined && (request.operation === 'CREATE' || request.operation === 'UPDATE');
}

/** Problems that the stored object did not have: what this request would bring in. */
export function newProblems(problems: readonly Problem[], before: readonly Problem[]): readonly Problem[] {
  const old = new Set(before.map(describeProblem));
  return problems.filter((problem) => !old.has(describeProblem(problem)));
}

/** Lets the object in, and says what is wrong with it. */
export function allowedWithWarnings(problems: readonly Problem[], warnings: readonly string[]): AdmissionResponse {
  return warned(allowed(), [...problems.map(describeProblem), ...warnings]);
}

/** Refuses for `refused`, and warns of the rest; lets the object in when nothing is to be refused. */
export function refusedFor(
  refused: readonly Problem[],
  others: readonly Problem[],
  warnings: readonly string[],
): AdmissionResponse {
  if (refused.length === 0) return allowedWithWarnings(others, warnings);
  return warned(deniedForProblems(refused), [...others.map(describeProblem), ...warnings]);
}
