import { cutTo } from './cut.ts';
import type { Facts } from './facts.ts';
import type { Pod } from './pod.ts';
import { planTelemetry } from './telemetry/plan.ts';
import { describeTelemetry } from './telemetry/preview.ts';
import { describeProblem } from '../../runtime/problem.ts';
import type { Problem } from '../../runtime/problem.ts';
import type { Settings } from '../../settings/types.ts';
import type { Additions, Feature, Plan, Skip, Skipped } from './types.ts';

interface FeatureModule {
  readonly plan: Plan;
  /** What the additions are, in the words of a preview. */
  readonly describe: (additions: Additions) => string;
}

/** Every feature, in the order in which they are planned. A new feature is a row here. */
const features: Readonly<Record<Feature, FeatureModule>> = {
  telemetry: { plan: planTelemetry, describe: describeTelemetry },
};

export type Planned =
  | { readonly outcome: 'planned'; readonly plans: readonly (Additions | Skipped)[] }
  | { readonly outcome: 'refused'; readonly problems: readonly Problem[] };

/** Asks every feature, and gives all of their problems at once. */
export function planFeatures(pod: Pod, settings: Settings, facts: Facts): Planned {
  const plans: (Additions | Skipped)[] = [];
  const problems: Problem[] = [];
  for (const { plan } of Object.values(features)) {
    const outcome = plan(pod, settings, facts);
    if (outcome.outcome === 'refused') problems.push(...outcome.problems);
    else plans.push(outcome);
  }
  return problems.length > 0 ? { outcome: 'refused', problems } : { outcome: 'planned', plans };
}

/** Kubernetes shows warnings of 256 characters in any case; longer ones only while all of them are short. */
const maxWarningLength = 256;
/** Beyond that a preview is no longer read. */
const maxWarnings = 8;

/**
 * What injection would do to a pod of this template, as warning lines for the one who applies it.
 *
 * A skip of the same kind in several containers is one line.
 */
export function preview(pod: Pod, settings: Settings, facts: Facts): readonly string[] {
  const planned = planFeatures(pod, settings, facts);
  const lines =
    planned.outcome === 'refused'
      ? planned.problems.map((problem) => `Remora would refuse its pods: ${describeProblem(problem)}`)
      : planned.plans.flatMap(previewPlan);
  const shownLines = lines.map((line) => cutTo(line, maxWarningLength));
  const rest = shownLines.length - maxWarnings;
  return rest > 0 ? [...shownLines.slice(0, maxWarnings), `Remora has ${rest} more to say`] : shownLines;
}

function previewPlan(plan: Additions | Skipped): readonly string[] {
  if (plan.outcome === 'skipped') return previewSkips(plan.skips);
  const what = features[plan.feature].describe(plan);
  return [`Remora would inject ${plan.feature} ${what}`, ...previewSkips(plan.skipped)];
}

function previewSkips(skips: readonly Skip[]): readonly string[] {
  const groups = new Map<string, { readonly skip: Skip; readonly containers: string[] }>();
  for (const skip of skips) {
    const key = [skip.feature, skip.part, skip.code].join('/');
    const group = groups.get(key) ?? { skip, containers: [] };
    groups.set(key, group);
    if (skip.container !== undefined) group.containers.push(skip.container);
  }
  return [...groups.values()].map(({ skip, containers }) => {
    const what = skip.part === undefined ? skip.feature : `${skip.feature} ${skip.part}`;
    const where =
      containers.length === 0 ? '' : ` of container${containers.length === 1 ? '' : 's'} ${containers.join(', ')}`;
    return `Remora would leave out ${what}${where}: ${skip.message} [${skip.code}]`;
  });
}
