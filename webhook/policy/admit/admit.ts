import type { Timer } from '../../../runtime/clock.ts';
import { isRecord } from '../../../settings/policies/field.ts';
import type { KubeObject } from '../../../settings/policies/object.ts';
import { isExcluded } from '../../../settings/scope.ts';
import type { Decision } from '../../admission/handler.ts';
import { decided } from '../../admission/handler.ts';
import { allowed } from '../../admission/response.ts';
import type { Denied } from '../../admission/response.ts';
import type { AdmissionRequest } from '../../admission/review.ts';
import { answerVerdicts } from '../answer/answer.ts';
import type { Verdict } from '../answer/answer.ts';
import type { LoadedPolicy } from '../registry/loaded.ts';
import { judge } from './judge.ts';
import type { JudgeDependencies } from './judge.ts';
import { adviseFix } from '../fix/fix.ts';
import { ownerOf } from './owner.ts';
import { withoutSecretValues } from './secrets.ts';
import { isSheltered } from './sheltered.ts';

export interface AdmitDependencies extends JudgeDependencies {
  readonly timer: Timer;
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
 * Nothing of kube-system or of Remora's own namespace is ever judged, whatever a configuration asks; nor are deletions
 * that must never be blocked. Values of Secrets are seen by no policy.
 */
export async function admit(whole: AdmissionRequest, dependencies: AdmitDependencies): Promise<Decision> {
  if (isSheltered(whole)) return decided(allowed());
  const request = withoutSecretValues(whole);
  const { excludedNamespaces, policies, observe } = dependencies;
  if (isExcluded(request.namespace ?? '', excludedNamespaces)) return decided(allowed());
  const verdicts = await judge(request, policies(), dependencies);
  if (!request.isDryRun) observe(request, verdicts);
  if (verdicts.length === 0) return decided(allowed());
  const advice = await adviceFor(request, verdicts, dependencies);
  const response = answerVerdicts(verdicts, advice);
  if (response.outcome !== 'denied') return decided(response);
  const subject = ownerOf(request);
  const { message: note } = advice === undefined ? response : (answerVerdicts(verdicts) as Denied);
  return { ...decided(response), note, ...(subject === undefined ? {} : { subject }) };
}

/** What to change so that the object passes, where policies say so. */
async function adviceFor(
  request: AdmissionRequest,
  verdicts: readonly Verdict[],
  dependencies: AdmitDependencies,
): Promise<string | undefined> {
  const { object, operation } = request;
  if (operation === 'DELETE' || !isRecord(object)) return undefined;
  const judgeAgain = async (patched: KubeObject): Promise<readonly Verdict[]> =>
    await judge(
      { ...request, object: patched, source: { ...request.source, object: patched } },
      dependencies.policies(),
      dependencies,
    );
  return await adviseFix(object, verdicts, { judgeAgain, timer: dependencies.timer });
}
