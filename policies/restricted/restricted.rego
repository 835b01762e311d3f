# METADATA
# title: Pod Security, restricted
# description: |
#   What the Pod Security Standard "restricted" asks for beyond "baseline"; apply both. Pods are refused; workloads whose
#   pods would be refused are answered with a warning.
# custom:
#   remora:
#     kinds: [Pod, apps/Deployment, apps/StatefulSet, apps/DaemonSet, apps/ReplicaSet, batch/Job, batch/CronJob]
package remora.restricted

import data.remora.lib.pod

deny contains problem if {
	pod.is_pod
	some problem in problems
}

warn contains problem if {
	not pod.is_pod
	some problem in problems
}

allowed_volumes := {
	"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret",
}

problems contains sprintf("spec.volumes[%d].%s: is not allowed (volume %q)", [at, type, volume.name]) if {
	some at, volume in pod.pod.spec.volumes
	some type in (object.keys(volume) - {"name"})
	not type in allowed_volumes
}

problems contains sprintf("%s.securityContext.allowPrivilegeEscalation: must be false", [path]) if {
	not pod.is_windows
	some {"path": path, "container": container} in pod.containers
	not container.securityContext.allowPrivilegeEscalation == false
}

problems contains sprintf("%s.runAsNonRoot: must not be false", [path]) if {
	not is_user_namespaced
	some {"path": path, "context": context} in pod.contexts
	context.runAsNonRoot == false
}

problems contains sprintf("%s.securityContext.runAsNonRoot: must be true, here or in spec.securityContext", [path]) if {
	not is_user_namespaced
	not pod.pod.spec.securityContext.runAsNonRoot == true
	some {"path": path, "container": container} in pod.containers
	not is_set(container, "runAsNonRoot")
}

is_set(container, field) if {
	some name, value in container.securityContext
	name == field
	value != null
}

problems contains sprintf("%s.securityContext.procMount: %s is not allowed", [path, mount]) if {
	some {"path": path, "container": container} in pod.containers
	mount := container.securityContext.procMount
	mount != "Default"
}

problems contains sprintf("%s.runAsUser: must not be 0", [path]) if {
	not is_user_namespaced
	some {"path": path, "context": context} in pod.contexts
	context.runAsUser == 0
}

# A pod with its own user namespace is nobody on the node, whoever it is inside.
is_user_namespaced if pod.pod.spec.hostUsers == false

problems contains message if {
	not pod.is_windows
	not pod.pod.spec.securityContext.seccompProfile.type
	some {"path": path, "container": container} in pod.containers
	not container.securityContext.seccompProfile.type
	message := sprintf(
		"%s.securityContext.seccompProfile.type: must be RuntimeDefault or Localhost, here or in spec.securityContext",
		[path],
	)
}

problems contains sprintf("%s.securityContext.capabilities.drop: must include ALL", [path]) if {
	not pod.is_windows
	some {"path": path, "container": container} in pod.containers
	not "ALL" in object.get(container, ["securityContext", "capabilities", "drop"], [])
}

problems contains sprintf("%s.securityContext.capabilities.add: %s is not allowed", [path, capability]) if {
	not pod.is_windows
	some {"path": path, "container": container} in pod.containers
	some capability in container.securityContext.capabilities.add
	capability != "NET_BIND_SERVICE"
}
