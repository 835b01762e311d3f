# METADATA
# title: Remora's own safety
# description: |
#   What would get in the way of what Remora puts into pods: its ports, its users and its volumes' names.
# custom:
#   remora:
#     kinds: [Pod, apps/Deployment, apps/StatefulSet, apps/DaemonSet, batch/Job, batch/CronJob]
package remora.safety

import data.remora.lib.pod

reserved_ports := {15001, 15006, 15008, 15020}

deny contains sprintf("%s.ports[%d].containerPort: %d is Remora's", [path, at, port.containerPort]) if {
	some {"path": path, "container": container} in pod.containers
	not startswith(container.name, "remora-")
	some at, port in container.ports
	port.containerPort in reserved_ports
}

deny contains sprintf("%s.runAsUser: 15037 is the user of Remora's proxy, whose traffic is not captured", [path]) if {
	some {"path": path, "context": context} in pod.contexts
	not is_remoras(path)
	context.runAsUser == 15037
}

is_remoras(path) if {
	some {"path": of, "container": container} in pod.containers
	path == sprintf("%s.securityContext", [of])
	startswith(container.name, "remora-")
}

deny contains sprintf("spec.template.spec.volumes[%d].name: %q begins like Remora's own", [at, volume.name]) if {
	not pod.is_pod
	some at, volume in pod.pod.spec.volumes
	startswith(volume.name, "remora-")
}
