# METADATA
# title: Resources
# description: |
#   Every container says what it needs: the requests and limits of parameters, by itself or for the whole pod
#   (spec.resources). Debugging containers cannot say it.
# custom:
#   remora:
#     kinds: [Pod, apps/Deployment, apps/StatefulSet, apps/DaemonSet, batch/Job, batch/CronJob]
package remora.resources

import data.remora.lib.pod

deny contains sprintf("%s.resources.%s.%s: is required", [path, of, resource]) if {
	some {"path": path, "container": container} in pod.containers
	not startswith(path, "spec.ephemeralContainers[")
	some of in ["requests", "limits"]
	some resource in input.parameters[of]
	not container.resources[of][resource]
	not pod.pod.spec.resources[of][resource]
}
