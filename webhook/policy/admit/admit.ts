import { isExcluded } from '../../../settings/scope.ts';
import type { Decision } from '../../admission/handler.ts';
import { decided } from '../../admission/handler.ts';
import { allowed } from '../../admission/response.ts';
import type { AdmissionRequest } from '../../admission/review.ts';
import { answerVerdicts } from '../answer/answer.ts';
import type { Verdict } from '../answer/answer.ts';
import type { LoadedPolicy } from '../registry/loaded.ts';
import { judge } from './judge.ts';
import type { JudgeDependencies } from './judge.ts';
import { ownerOf } from './owner.ts';

export interface AdmitDependencies extends JudgeDependencies {
  readonly policies: () => readonly LoadedPolicy[];
  readonly excludedNamespaces: readonly string[];
  /**
   * Called once for each request that is no dry run and not of an excluded namespace; `verdicts` is empty where no
   * policy is for it.
   */
  readonly observe: (request: AdmissionRequest, verdicts: readonly Verdict[]) => void;
}

/**
 * Judges a request by every policy that is for it: `/policies`, and what it says is what the API server answers.
 *
 * Nothing of kube-system or of Remora's own namespace is ever judged, whatever a configuration asks.
 */
export async function admit(request: AdmissionRequest, dependencies: AdmitDependencies): Promise<Decision> {
  const { excludedNamespaces, policies, observe } = dependencies;
  if (isExcluded(request.namespace ?? '', excludedNamespaces)) return decided(allowed());
  const verdicts = await judge(request, policies(), dependencies);
  if (!request.isDryRun) observe(request, verdicts);
  if (verdicts.length === 0) return decided(allowed());
  const response = answerVerdicts(verdicts);
  const subjectOfEvents = response.outcome === 'denied' ? ownerOf(request) : undefined;
  return { ...decided(response), ...(subjectOfEvents === undefined ? {} : { subject: subjectOfEvents }) };
}
