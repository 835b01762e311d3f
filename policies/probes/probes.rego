# METADATA
# title: Probes
# description: |
#   What runs for ever says how it is known to be well: every container has the probes of parameters.required. Init
#   containers, and pods that end (of Jobs), need none.
# custom:
#   remora:
#     kinds: [Pod, apps/Deployment, apps/StatefulSet, apps/DaemonSet]
package remora.probes

import data.remora.lib.pod

deny contains sprintf("spec.containers[%d].%s: is required", [at, probe]) if {
	runs_for_ever
	some at, container in pod.pod.spec.containers
	some probe in input.parameters.required
	not container[probe]
}

# Jobs end; their pods have another restart policy than Always.
runs_for_ever if object.get(pod.pod.spec, "restartPolicy", "Always") == "Always"
