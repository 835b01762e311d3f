import type { TelemetryRuntime } from '../../../settings/types.ts';

/** Where the agents' files are in a container. */
export const mountPath = '/remora/telemetry';

/**
 * How one language's agent is switched on: by one list-like variable that every other language ignores, so that no
 * one has to know what a container runs.
 */
export interface Runtime {
  readonly name: TelemetryRuntime;
  readonly variable: string;
  /** Our entry of the list. */
  readonly entry: string;
  readonly separator: ' ' | ':';
  /** PYTHONPATH: first, so that our sitecustomize is found; options: last, after what the user loads. */
  readonly place: 'first' | 'last';
  /** Matches lists that load another agent: two agents in one process patch the same functions. */
  readonly otherAgents: RegExp;
  /**
   * Whether `auto` may set the variable although the image's own value of it, which ours hides, has not been read.
   * Images seldom set options of Node and the JVM, and what is lost then is tuning; a lost PYTHONPATH is an
   * application that does not start.
   */
  readonly mayHideImage: boolean;
}

export const runtimes: readonly Runtime[] = [
  {
    name: 'node',
    variable: 'NODE_OPTIONS',
    // Two words: Node 8 refuses `--require=<file>` here, and would not start.
    entry: `--require ${mountPath}/node/remora.cjs`,
    separator: ' ',
    place: 'last',
    otherAgents:
      /dd-trace|newrelic|elastic-apm-node|appdynamics|applicationinsights|oneagent|@splunk\/otel|@opentelemetry\/|otel-auto-instrumentation/i,
    mayHideImage: true,
  },
  {
    name: 'java',
    variable: 'JAVA_TOOL_OPTIONS',
    entry: `-javaagent:${mountPath}/java/remora.jar`,
    separator: ' ',
    place: 'last',
    otherAgents:
      /-(?:javaagent:|agentpath:)\S*(?:opentelemetry|otel|dd-java-agent|newrelic|elastic-apm|applicationinsights|appdynamics|javaagent\.jar|oneagent|dynatrace|splunk|skywalking)/i,
    mayHideImage: true,
  },
  {
    name: 'python',
    variable: 'PYTHONPATH',
    entry: `${mountPath}/python`,
    separator: ':',
    place: 'first',
    otherAgents: /ddtrace|newrelic|elasticapm|appdynamics|otel-auto-instrumentation|opentelemetry/i,
    mayHideImage: false,
  },
];

/** Variables that are merged with a value from elsewhere: of ConfigMaps, informers keep the values of these. */
export const listLikeVariables: readonly string[] = [
  ...runtimes.map(({ variable }) => variable),
  'OTEL_RESOURCE_ATTRIBUTES',
];

/** Puts our entry into a list exactly once; everything else stays as it is. */
export function mergeEntry({ entry, separator, place }: Runtime, list: string): string {
  const words = separator === ' ' ? list.trim().replaceAll(/\s+/g, ' ') : list;
  // An entry may be two words, so it is looked for between separators rather than among the words.
  if (`${separator}${words}${separator}`.includes(`${separator}${entry}${separator}`)) return list;
  // An empty PYTHONPATH and an absent one are the same; a stray separator would mean the working directory.
  if (list.trim() === '') return entry;
  return place === 'first' ? `${entry}${separator}${list}` : `${list}${separator}${entry}`;
}
