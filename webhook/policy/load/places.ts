import { answerFile } from '../../../settings/policies/gatekeeper/rego/module.ts';
import type { Template } from '../../../settings/policies/gatekeeper/types.ts';
import type { RegoProblem } from '../types.ts';

/** A mistake in a template's Rego, named by the place in the file that the template stands in. */
export function placedInTemplate(
  problem: RegoProblem,
  { places, kind }: Pick<Template, 'places' | 'kind'>,
): RegoProblem {
  const { file, line, column, message } = problem;
  if (file === answerFile) {
    // OPA found it where Gatekeeper's answer is made of what the template gives.
    const what = `the rule violation of ${kind} gives something else than objects with msg: ${message}`;
    return { ...problem, file: places[0]?.file ?? '', line: 0, column: 0, message: what, source: '' };
  }
  const place = places.find(({ name }) => name === file);
  if (place === undefined) return problem;
  return {
    ...problem,
    file: place.file,
    line: line === 0 ? place.line : place.line + line - 1,
    column: column === 0 ? 0 : place.column + column - 1,
  };
}
