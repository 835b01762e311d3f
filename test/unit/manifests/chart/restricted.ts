/** The parts of a container that the restricted Pod Security Standard reads. */
export interface SecuredContainer {
  readonly name: string;
  readonly securityContext?: {
    readonly allowPrivilegeEscalation?: boolean;
    readonly privileged?: boolean;
    readonly readOnlyRootFilesystem?: boolean;
    readonly capabilities?: { readonly drop?: readonly string[]; readonly add?: readonly string[] };
  };
  readonly ports?: readonly { readonly hostPort?: number }[];
}

export interface SecuredPod {
  readonly containers: readonly SecuredContainer[];
  readonly initContainers?: readonly SecuredContainer[];
  readonly securityContext?: {
    readonly runAsNonRoot?: boolean;
    readonly runAsUser?: number;
    readonly seccompProfile?: { readonly type: string };
  };
  readonly volumes?: readonly Readonly<Record<string, unknown>>[];
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
}

const volumeSources = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
];

/** What of a pod the restricted Pod Security Standard refuses, and root file systems that can be written to. */
export function restrictedProblems(pod: SecuredPod): readonly string[] {
  const { securityContext: security } = pod;
  const ofPod: readonly (readonly [boolean, string])[] = [
    [pod.hostNetwork === true || pod.hostPID === true || pod.hostIPC === true, 'shares a namespace of the host'],
    [security?.runAsNonRoot !== true, 'may run as root'],
    [security?.runAsUser === 0, 'runs as root'],
    [security?.seccompProfile?.type !== 'RuntimeDefault', 'has no seccomp profile'],
    ...(pod.volumes ?? []).map((volume): readonly [boolean, string] => [
      Object.keys(volume).some((key) => key !== 'name' && !volumeSources.includes(key)),
      `volume ${String(volume['name'])} is not of a kind that restricted allows`,
    ]),
  ];
  const ofContainers = [...(pod.initContainers ?? []), ...pod.containers].flatMap((container) => {
    const own = container.securityContext;
    const checks: readonly (readonly [boolean, string])[] = [
      [own?.allowPrivilegeEscalation !== false, 'may escalate privileges'],
      [own?.privileged === true, 'is privileged'],
      [own?.capabilities?.drop?.includes('ALL') !== true, 'keeps capabilities'],
      [(own?.capabilities?.add ?? []).length > 0, 'adds capabilities'],
      [own?.readOnlyRootFilesystem !== true, 'can write to its root file system'],
      [(container.ports ?? []).some(({ hostPort }) => hostPort !== undefined), 'takes a port of the host'],
    ];
    return checks.map(([isWrong, what]) => [isWrong, `${container.name} ${what}`] as const);
  });
  return [...ofPod, ...ofContainers].filter(([isWrong]) => isWrong).map(([, what]) => what);
}
