import type { Problem } from '../../runtime/problem.ts';
import type { Settings } from '../../settings/types.ts';
import type { Facts } from './facts.ts';
import type { Container, EnvVar, Pod, Volume, VolumeMount } from './pod.ts';

/** Features that can inject into a pod. Each has a folder under `webhook/plan/`. */
export type Feature = 'telemetry';

/** A feature, or a part of one, that was left out, and why. Codes are listed in docs/errors.md. */
export interface Skip {
  readonly feature: Feature | 'all';
  readonly code: string;
  readonly message: string;
  /** The container it concerns; absent when it is the whole pod. */
  readonly container?: string;
  /** The part of the feature, such as a telemetry runtime. */
  readonly part?: string;
}

/**
 * One environment variable that a feature wants in a container.
 *
 * `set`: the user's own variable of that name wins; with `before`, a new one is put in front of the user's variable
 * of that name, whose value refers to it by `$(NAME)` (a reference sees only what stands before it). `merge`: a list-like variable; `merge` receives the user's
 * literal value (undefined when there is none) and returns the value that has our part in it exactly once, so
 * that applying it twice changes nothing.
 */
export type EnvironmentAddition =
  | { readonly how: 'set'; readonly variable: EnvVar; readonly before?: string }
  | { readonly how: 'merge'; readonly name: string; readonly merge: (current: string | undefined) => string };

/** What a feature wants to put into one of the user's containers. */
export interface ContainerAdditions {
  readonly container: string;
  readonly environment: readonly EnvironmentAddition[];
  readonly mounts: readonly VolumeMount[];
}

/** Order of injected init containers; all stand before the user's own. */
export type Phase = 'network' | 'files' | 'secrets';

export interface InitContainerAddition {
  readonly phase: Phase;
  readonly container: Container;
}

/** What a feature wants to add to a pod. Names of containers and volumes start with `remora-`. */
export interface Additions {
  readonly outcome: 'additions';
  readonly feature: Feature;
  readonly volumes: readonly Volume[];
  readonly initContainers: readonly InitContainerAddition[];
  readonly containers: readonly ContainerAdditions[];
  /** Parts of the feature that were left out although the feature as a whole is in. */
  readonly skipped: readonly Skip[];
  /** What `remora.dev/injected` says of this feature; small, readable, part of the API. */
  readonly summary: Readonly<Record<string, unknown>>;
}

export interface Skipped {
  readonly outcome: 'skipped';
  readonly skips: readonly Skip[];
}

export interface Refused {
  readonly outcome: 'refused';
  readonly problems: readonly Problem[];
}

/** Shape of every feature module: a pure function of the pod, its settings and what is known of the cluster. */
export type Plan = (pod: Pod, settings: Settings, facts: Facts) => Additions | Skipped | Refused;
