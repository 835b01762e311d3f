{{/* Selectors by which the API server decides whom to ask; nobody else ever notices that Remora is there. */}}

{{- define "remora.labelledNamespaces" -}}
matchExpressions:
  - { key: remora.dev/inject, operator: In, values: [enabled] }
  - { key: kubernetes.io/metadata.name, operator: NotIn, values: {{ include "remora.excludedNamespaces" . }} }
{{- end }}

{{- define "remora.otherNamespaces" -}}
matchExpressions:
  - { key: remora.dev/inject, operator: NotIn, values: [enabled] }
  - { key: kubernetes.io/metadata.name, operator: NotIn, values: {{ include "remora.excludedNamespaces" . }} }
{{- end }}

{{- define "remora.touchableNamespaces" -}}
matchExpressions:
  - { key: kubernetes.io/metadata.name, operator: NotIn, values: {{ include "remora.untouchedNamespaces" . }} }
{{- end }}

{{/* Where a policy may stand: Remora's own namespace too, whose policies are for all. */}}
{{- define "remora.policyNamespaces" -}}
matchExpressions:
  - { key: kubernetes.io/metadata.name, operator: NotIn, values: [kube-system] }
{{- end }}

{{- define "remora.notOptedOut" -}}
matchExpressions:
  - { key: remora.dev/inject, operator: NotIn, values: [disabled] }
{{- end }}

{{- define "remora.optedIn" -}}
matchLabels: { remora.dev/inject: enabled }
{{- end }}

{{- define "remora.optedOut" -}}
matchLabels: { remora.dev/inject: disabled }
{{- end }}

{{/* What every entry has: dict root, path, timeoutSeconds (default: 3). caBundle is left out: control writes and owns it. */}}
{{- define "remora.entry" -}}
clientConfig:
  service: { name: remora-webhook, namespace: {{ .root.Release.Namespace }}, path: {{ .path }}, port: 443 }
admissionReviewVersions: [v1]
sideEffects: NoneOnDryRun
timeoutSeconds: {{ .timeoutSeconds | default 3 }}
matchPolicy: Equivalent
{{- end }}
