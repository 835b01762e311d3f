{{/*
matchConditions (KEP-3716) of the webhook configurations. An error in one follows the failurePolicy of its entry, so
every field that may be absent is read as optional.
*/}}

{{/* A static pod's copy: its kubelet runs it whatever the API server stores, and ignores copies that it did not make. */}}
{{- define "remora.notMirror" -}}
- name: not-a-mirror-pod
  expression: "!('kubernetes.io/config.mirror' in object.metadata.?annotations.orValue({}))"
{{- end }}

{{/*
Opting out is for pods that are to be made: a label that is put on an injected pod later does not end its proof. No
selector can say so, since it would have to look at label and operation at once.
*/}}
{{- define "remora.notOptedOutUninjected" -}}
- name: not-opted-out
  expression: >-
    object.metadata.?labels[?'remora.dev/inject'].orValue('') != 'disabled' ||
    (request.operation == 'UPDATE' && oldObject.metadata.?annotations[?'remora.dev/injected'].hasValue())
{{- end }}

{{/*
Of a pod's updates only those that change what the proof looks at: never status, finalizers or resources, which are
frequent, or stand between a pod and its deletion.
*/}}
{{- define "remora.podChanged" -}}
- name: changes-what-is-proved
  expression: >-
    request.operation == 'CREATE' ||
    [object.metadata.?annotations.orValue({}), oldObject.metadata.?annotations.orValue({})].exists(annotations,
    annotations.exists(key, key.startsWith('remora.dev/') &&
    object.metadata.?annotations[?key] != oldObject.metadata.?annotations[?key])) ||
    object.metadata.?labels[?'remora.dev/inject'] != oldObject.metadata.?labels[?'remora.dev/inject'] ||
    object.spec.containers.map(c, c.?image) != oldObject.spec.containers.map(c, c.?image) ||
    object.spec.?initContainers.orValue([]).map(c, c.?image) !=
    oldObject.spec.?initContainers.orValue([]).map(c, c.?image) ||
    object.spec.?ephemeralContainers.orValue([]).size() != oldObject.spec.?ephemeralContainers.orValue([]).size()
{{- end }}

{{- define "remora.notDeleting" -}}
- name: not-being-deleted
  expression: "!has(object.metadata.deletionTimestamp)"
{{- end }}

{{/* The same for objects of any kind, some of which (CONNECT) have no metadata. */}}
{{- define "remora.notBeingDeleted" -}}
- name: not-being-deleted
  expression: "!object.?metadata.?deletionTimestamp.hasValue()"
{{- end }}

{{/* What no policy may keep from being deleted: webhook/policy/admit/sheltered.ts says the same. */}}
{{- define "remora.mayBeKept" -}}
- name: not-by-cleaners
  expression: >-
    request.operation != 'DELETE' || !(request.userInfo.username in [
    'system:serviceaccount:kube-system:namespace-controller',
    'system:serviceaccount:kube-system:generic-garbage-collector', 'system:kube-controller-manager'])
- name: no-policy-and-no-namespace
  expression: >-
    request.operation != 'DELETE' || request.resource.group != '' || (request.resource.resource != 'namespaces' &&
    (request.resource.resource != 'configmaps' || !('remora.dev/policy' in oldObject.metadata.?labels.orValue({}))))
{{- end }}

{{/* A label or annotation of ours is new or has another value. Taking one away is never asked about. */}}
{{- define "remora.ownKeysChanged" -}}
(request.operation == 'CREATE' ?
[object.metadata.?labels.orValue({}), object.metadata.?annotations.orValue({})].exists(keys,
keys.exists(key, key.startsWith('remora.dev/'))) :
[[object.metadata.?labels.orValue({}), oldObject.metadata.?labels.orValue({})],
[object.metadata.?annotations.orValue({}), oldObject.metadata.?annotations.orValue({})]].exists(pair,
pair[0].exists(key, key.startsWith('remora.dev/') && pair[0][?key] != pair[1][?key])))
{{- end }}

{{/* A workload's template, of whichever kind, is new or has changed; scaling and status are not. */}}
{{- define "remora.templateChanged" -}}
(request.operation == 'CREATE' ||
object.spec.?template != oldObject.spec.?template ||
object.spec.?jobTemplate.?spec.?template != oldObject.spec.?jobTemplate.?spec.?template)
{{- end }}

{{/* A workload's template carries a key of ours. */}}
{{- define "remora.templateHasOwnKeys" -}}
[object.spec.?template.?metadata, object.spec.?jobTemplate.?spec.?template.?metadata].exists(metadata,
[metadata.?labels.orValue({}), metadata.?annotations.orValue({})].exists(keys,
keys.exists(key, key.startsWith('remora.dev/'))))
{{- end }}
