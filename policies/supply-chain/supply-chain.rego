# METADATA
# title: Supply chain
# description: |
#   Images come from listed registries and are named by digest, and their author says who signed them in the annotation of
#   parameters.annotation. An annotation is not a signature: nothing here verifies one. The digest is what pins the image.
# custom:
#   remora:
#     kinds: [Pod, apps/Deployment, apps/StatefulSet, apps/DaemonSet, batch/Job, batch/CronJob]
package remora.supply_chain

import data.remora.lib.pod

deny contains sprintf("%s.image: %q is not named by digest (@sha256:…)", [path, container.image]) if {
	some {"path": path, "container": container} in pod.containers
	not regex.match(`@sha256:[0-9a-f]{64}$`, container.image)
}

deny contains sprintf("%s.image: %q is not from one of %s", [path, container.image, concat(", ", input.parameters.registries)]) if {
	some {"path": path, "container": container} in pod.containers
	every registry in input.parameters.registries {
		not startswith(container.image, registry)
	}
}

deny contains sprintf("metadata.annotations[%s]: is required, the name of one of %s", [annotation, concat(", ", signers)]) if {
	annotation := input.parameters.annotation
	signers := input.parameters.signers
	not object.get(pod.pod, ["metadata", "annotations", annotation], "") in signers
}
