# The pod that a request is about, and its containers, for policies that judge pods and what makes them.
package remora.lib.pod

# `object` of a pod itself; the template of a workload, whose pods would be refused later.
pod := input.object if input.kind.kind == "Pod"

pod := input.object.spec.template if {
	input.kind.kind in {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job"}
}

pod := input.object.spec.jobTemplate.spec.template if input.kind.kind == "CronJob"

is_pod if input.kind.kind == "Pod"

is_windows if pod.spec.os.name == "windows"

# Every container with its path within the pod: {"path": "spec.containers[0]", "container": {…}}.
containers contains {"path": sprintf("spec.%s[%d]", [list, at]), "container": container} if {
	some list in ["containers", "initContainers", "ephemeralContainers"]
	some at, container in pod.spec[list]
}

# `securityContext` of the pod and of each container, with paths.
contexts contains {"path": "spec.securityContext", "context": pod.spec.securityContext}

contexts contains {"path": sprintf("%s.securityContext", [path]), "context": container.securityContext} if {
	some {"path": path, "container": container} in containers
}
