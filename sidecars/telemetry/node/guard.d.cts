export interface ProcessFacts {
  readonly versions: Readonly<Record<string, string | undefined>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly executableArguments: readonly string[];
  readonly program: string | undefined;
  readonly isMainThread: boolean;
}

export type Decision =
  { readonly outcome: 'start' } | { readonly outcome: 'leave'; readonly code: string; readonly message?: string };

export function decide(facts: ProcessFacts): Decision;
export function isSupported(version: string): boolean;
