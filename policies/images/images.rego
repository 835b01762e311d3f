# METADATA
# title: Images
# description: |
#   Where images may come from (parameters.registries, prefixes that end at a slash), and how they are named: never
#   `latest`, by digest where parameters.digests is true.
# custom:
#   remora:
#     kinds: [Pod, apps/Deployment, apps/StatefulSet, apps/DaemonSet, batch/Job, batch/CronJob]
package remora.images

import data.remora.lib.pod

images contains {"path": sprintf("%s.image", [path]), "image": container.image} if {
	some {"path": path, "container": container} in pod.containers
}

images contains {"path": sprintf("spec.volumes[%d].image.reference", [at]), "image": volume.image.reference} if {
	some at, volume in pod.pod.spec.volumes
}

deny contains sprintf("%s: %q is not from one of %s", [path, image, concat(", ", input.parameters.registries)]) if {
	some {"path": path, "image": image} in images
	every registry in input.parameters.registries {
		not startswith(image, registry)
	}
}

deny contains sprintf("%s: %q has the tag latest; name a version", [path, image]) if {
	some {"path": path, "image": image} in images
	not contains(image, "@sha256:")
	tag(image) == "latest"
}

deny contains sprintf("%s: %q is not named by digest (@sha256:…)", [path, image]) if {
	input.parameters.digests == true
	some {"path": path, "image": image} in images
	not regex.match(`@sha256:[0-9a-f]{64}$`, image)
}

# A colon before the last slash belongs to a registry's port. No tag means latest.
tag(image) := "latest" if not contains(name(image), ":")

tag(image) := split(name(image), ":")[1] if contains(name(image), ":")

name(image) := parts[count(parts) - 1] if parts := split(image, "/")
