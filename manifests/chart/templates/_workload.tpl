{{/* How many replicas: dict root, part (webhook or control). */}}
{{- define "remora.replicas" -}}
{{- $values := index .root.Values .part -}}
{{- if kindIs "invalid" $values.replicas -}}
{{ ternary 1 2 (eq .root.Values.profile "small") }}
{{- else -}}
{{ int $values.replicas }}
{{- end -}}
{{- end }}

{{/* Pod securityContext that passes the restricted Pod Security Standard. */}}
{{- define "remora.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "remora.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/* Environment of both processes. */}}
{{- define "remora.environment" -}}
- { name: REMORA_NAMESPACE, valueFrom: { fieldRef: { fieldPath: metadata.namespace } } }
- { name: REMORA_POD_NAME, valueFrom: { fieldRef: { fieldPath: metadata.name } } }
- { name: REMORA_LOG_LEVEL, value: {{ .Values.logLevel | quote }} }
{{- end }}

{{/*
Where pods go: dict root, part, component. Preferred only: on a single node both replicas must still start.
*/}}
{{- define "remora.placement" -}}
{{- $values := index .root.Values .part -}}
{{- with .root.Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
nodeSelector:
  kubernetes.io/os: linux
  {{- with $values.nodeSelector }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with $values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
affinity:
  podAntiAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 100
        podAffinityTerm:
          topologyKey: kubernetes.io/hostname
          labelSelector:
            matchLabels:
              {{- include "remora.selector" . | nindent 14 }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: topology.kubernetes.io/zone
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "remora.selector" . | nindent 8 }}
{{- end }}

{{/* Probes of a process that serves /healthz and /readyz on 9090. */}}
{{- define "remora.probes" -}}
startupProbe:
  httpGet: { path: /healthz, port: metrics }
  periodSeconds: 1
  failureThreshold: 60
livenessProbe:
  httpGet: { path: /healthz, port: metrics }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
readinessProbe:
  httpGet: { path: /readyz, port: metrics }
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: 2
{{- end }}

{{/* Annotations of a pod template: dict root, part, checksum (rolls the pods when it changes). */}}
{{- define "remora.podAnnotations" -}}
{{- $values := index .root.Values .part -}}
checksum/config: {{ .checksum }}
prometheus.io/scrape: 'true'
prometheus.io/port: {{ .metricsPort | quote }}
{{- with $values.podAnnotations }}
{{ toYaml . }}
{{- end }}
{{- end }}
