{{/* config.yaml of both processes (webhook/config.ts, control/config.ts). */}}
{{- define "remora.config" -}}
settings:
  {{- range $key, $value := .Values.settings }}
  {{ $key }}: {{ $value | toString | quote }}
  {{- else }} {}
  {{- end }}
lock: {{ .Values.lock | toJson }}
excludedNamespaces: {{ include "remora.excludedNamespaces" . }}
warnNamespaces: {{ .Values.warnNamespaces | toJson }}
{{- with include "remora.telemetryEndpoint" . }}
collector:
  endpoint: {{ . | quote }}
{{- end }}
images:
  telemetry: {{ include "remora.image" (dict "root" . "image" "telemetry") | quote }}
  pullPolicy: {{ .Values.imagePullPolicy }}
  plainHttpRegistries: {{ .Values.plainHttpRegistries | toJson }}
sampler:
  ratio: {{ .Values.telemetry.samplerRatio }}
failurePolicy: {{ .Values.failurePolicy }}
policies:
  timeout: {{ .Values.policies.timeout | quote }}
  workers: {{ .Values.policies.workers | default (eq .Values.profile "small" | ternary 1 2) }}
  readable: {{ .Values.policies.readable | toJson }}
certificates:
  provider: {{ .Values.certificates.provider }}
  leaf: {{ .Values.certificates.leaf | quote }}
  root: {{ .Values.certificates.root | quote }}
  seal: {{ .Values.certificates.seal | quote }}
{{- end }}
