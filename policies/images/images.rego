# METADATA
# title: Images
# description: |
#   Where images may come from (parameters.registries, prefixes that end at a slash), and how they are named: never
#   `latest`, by digest where parameters.digests is true. What Remora puts into a pod is an image like any other: list
#   its registry too.
# custom:
#   remora:
#     kinds: [Pod, apps/Deployment, apps/StatefulSet, apps/DaemonSet, batch/Job, batch/CronJob]
package remora.images

import data.remora.lib.image

deny contains sprintf("%s: %q is not from one of %s", [path, name, concat(", ", input.parameters.registries)]) if {
	some {"path": path, "image": name} in image.images
	not image.is_from(name, input.parameters.registries)
}

deny contains sprintf("%s: %q has the tag latest; name a version", [path, name]) if {
	some {"path": path, "image": name} in image.images
	not contains(name, "@sha256:")
	image.tag(name) == "latest"
}

deny contains sprintf("%s: %q is not named by digest (@sha256:…)", [path, name]) if {
	input.parameters.digests == true
	some {"path": path, "image": name} in image.images
	not image.is_pinned(name)
}
