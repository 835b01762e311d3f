{{/*
Requests are what was measured at rest, limits what a start and a burst need (docs/operations.md, "What it needs").
There is no CPU limit: throttled admission is refused admission. The webhook's limit has room for the compiler of
policies, which may take 256 MiB for the seconds that it runs, beside what each thread may take for a moment.
*/}}
{{- define "remora.webhookResources" -}}
{{- if .Values.webhook.resources -}}
{{ toYaml .Values.webhook.resources }}
{{- else if eq .Values.profile "small" -}}
requests: { cpu: 20m, memory: 96Mi }
limits: { memory: 512Mi }
{{- else -}}
requests: { cpu: 100m, memory: 128Mi }
limits: { memory: 640Mi }
{{- end -}}
{{- end }}

{{- define "remora.controlResources" -}}
{{- if .Values.control.resources -}}
{{ toYaml .Values.control.resources }}
{{- else if eq .Values.profile "small" -}}
requests: { cpu: 10m, memory: 96Mi }
limits: { memory: 256Mi }
{{- else -}}
requests: { cpu: 50m, memory: 128Mi }
limits: { memory: 384Mi }
{{- end -}}
{{- end }}

{{- define "remora.collectorResources" -}}
{{- if .Values.collector.resources -}}
{{ toYaml .Values.collector.resources }}
{{- else if eq .Values.profile "small" -}}
requests: { cpu: 10m, memory: 64Mi }
limits: { memory: 256Mi }
{{- else -}}
requests: { cpu: 100m, memory: 128Mi }
limits: { memory: 512Mi }
{{- end -}}
{{- end }}
