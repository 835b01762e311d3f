# METADATA
# title: Supply chain
# description: |
#   Images come from listed registries and are named by digest, and their author says who signed them in the annotation
#   of parameters.annotation. An annotation is not a signature: anybody may write one, and nothing here verifies a
#   signature. The digest is what pins the image. What Remora puts into a pod is an image like any other: pin it too
#   (`images.*.digest` of the chart), and list its registry.
# custom:
#   remora:
#     kinds: [Pod, apps/Deployment, apps/StatefulSet, apps/DaemonSet, batch/Job, batch/CronJob]
package remora.supply_chain

import data.remora.lib.image
import data.remora.lib.pod

deny contains sprintf("%s: %q is not named by digest (@sha256:…)", [path, name]) if {
	some {"path": path, "image": name} in image.images
	not image.is_pinned(name)
}

deny contains sprintf("%s: %q is not from one of %s", [path, name, concat(", ", input.parameters.registries)]) if {
	some {"path": path, "image": name} in image.images
	not image.is_from(name, input.parameters.registries)
}

deny contains message if {
	annotation := input.parameters.annotation
	signers := input.parameters.signers
	not object.get(pod.pod, ["metadata", "annotations", annotation], "") in signers
	message := sprintf(
		"metadata.annotations[%s]: is required, the name of one of %s (an annotation is not a signature: none is verified)",
		[annotation, concat(", ", signers)],
	)
}
