# METADATA
# title: Resources and probes
# description: |
#   Every container says what it needs: requests for cpu and memory, and a memory limit. What runs for ever says when it is
#   ready. parameters.probes: false leaves probes out.
# custom:
#   remora:
#     kinds: [Pod, apps/Deployment, apps/StatefulSet, apps/DaemonSet, batch/Job, batch/CronJob]
package remora.resources

import data.remora.lib.pod

deny contains sprintf("%s.resources.requests.%s: is required", [path, resource]) if {
	some {"path": path, "container": container} in pod.containers
	not is_ephemeral(path)
	some resource in ["cpu", "memory"]
	not container.resources.requests[resource]
	not pod.pod.spec.resources.requests[resource]
}

deny contains sprintf("%s.resources.limits.memory: is required", [path]) if {
	some {"path": path, "container": container} in pod.containers
	not is_ephemeral(path)
	not container.resources.limits.memory
	not pod.pod.spec.resources.limits.memory
}

deny contains sprintf("%s.readinessProbe: is required", [path]) if {
	not input.parameters.probes == false
	runs_for_ever
	some {"path": path, "container": container} in pod.containers
	startswith(path, "spec.containers[")
	not container.readinessProbe
}

is_ephemeral(path) if startswith(path, "spec.ephemeralContainers[")

# Jobs end; their pods have another restart policy than Always.
runs_for_ever if object.get(pod.pod.spec, "restartPolicy", "Always") == "Always"
