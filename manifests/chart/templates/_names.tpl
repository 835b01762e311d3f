{{/* Labels of every object. The selector is the part that never changes between versions. */}}
{{- define "remora.selector" -}}
app.kubernetes.io/name: {{ .component }}
app.kubernetes.io/part-of: remora
{{- end }}

{{- define "remora.labels" -}}
{{ include "remora.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end }}

{{/* metadata of a namespaced object: dict root, component, name (default: component). */}}
{{- define "remora.metadata" -}}
name: {{ .name | default .component }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "remora.labels" . | nindent 2 }}
{{- end }}

{{/* metadata of a cluster-scoped object. */}}
{{- define "remora.clusterMetadata" -}}
name: {{ .name | default .component }}
labels:
  {{- include "remora.labels" . | nindent 2 }}
{{- end }}

{{/* Reference of an image: dict root, image (key of .Values.images). A digest wins over a tag. */}}
{{- define "remora.image" -}}
{{- $image := index .root.Values.images .image -}}
{{- $repository := printf "%s/%s" (trimSuffix "/" .root.Values.imagePrefix) $image.name -}}
{{- if $image.digest -}}
{{ $repository }}@{{ $image.digest }}
{{- else -}}
{{ $repository }}:{{ $image.tag | default .root.Chart.AppVersion }}
{{- end -}}
{{- end }}

{{/* Namespaces that are never injected, as JSON. The first four are in settings/scope.ts too. */}}
{{- define "remora.excludedNamespaces" -}}
{{- $always := list "kube-system" "kube-public" "kube-node-lease" "remora-system" .Release.Namespace -}}
{{- concat $always .Values.excludedNamespaces | uniq | toJson -}}
{{- end }}

{{/* Namespaces in which nothing of ours may ever refuse anything, as JSON. */}}
{{- define "remora.untouchedNamespaces" -}}
{{- list "kube-system" .Release.Namespace | uniq | toJson -}}
{{- end }}

{{/* OTLP endpoint of injected pods; empty when there is none. */}}
{{- define "remora.telemetryEndpoint" -}}
{{- if .Values.telemetry.endpoint -}}
{{ .Values.telemetry.endpoint }}
{{- else if .Values.collector.enabled -}}
http://remora-collector.{{ .Release.Namespace }}.svc.cluster.local:4318
{{- end -}}
{{- end }}
