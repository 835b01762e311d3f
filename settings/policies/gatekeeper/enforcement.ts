import type { Field } from '../field.ts';
import type { Enforcement } from '../types.ts';
import { enforcementPoints } from './types.ts';
import type { EnforcementPoint, Enforcements } from './types.ts';

const actions = ['deny', 'warn', 'dryrun'] as const;

/**
 * Reads a constraint's `enforcementAction` (`deny` when it says none) and, when that is `scoped`, its
 * `scopedEnforcementActions`. Unknown actions and points are reported: Gatekeeper would not enforce them.
 */
export function readEnforcements(spec: Field): Enforcements {
  const action = spec.at('enforcementAction').oneOf([...actions, 'scoped']);
  const scoped = spec.at('scopedEnforcementActions');
  if (action !== 'scoped') return Object.fromEntries(enforcementPoints.map((point) => [point, [action ?? 'deny']]));
  if (scoped.isAbsent) scoped.refuse('a list of {action, enforcementPoints}, as enforcementAction is scoped');
  const byPoint = new Map<EnforcementPoint, Enforcement[]>();
  for (const item of scoped.items()) {
    const scopedAction = item.at('action').oneOf(actions);
    if (item.at('action').isAbsent) item.at('action').refuse(`one of ${actions.join(', ')}`);
    for (const point of readPoints(item.at('enforcementPoints'))) {
      const known = byPoint.get(point) ?? [];
      if (scopedAction !== undefined && !known.includes(scopedAction)) byPoint.set(point, [...known, scopedAction]);
    }
  }
  return Object.fromEntries(byPoint);
}

function readPoints(field: Field): readonly EnforcementPoint[] {
  const names = field.items().map((item) => {
    const name = item.at('name').oneOf([...enforcementPoints, '*']);
    if (item.at('name').isAbsent) item.at('name').refuse(`one of ${enforcementPoints.join(', ')}, *`);
    return name;
  });
  if (names.length === 0) field.refuse(`a list of {name}: ${enforcementPoints.join(', ')}, *`);
  return enforcementPoints.filter((point) => names.includes('*') || names.includes(point));
}

/** What violations do at a point; none where the constraint is not enforced. */
export function enforcementsAt(enforcements: Enforcements, point: EnforcementPoint): readonly Enforcement[] {
  return enforcements[point] ?? [];
}
